"""What was filled into a page's form, and what readers commented on it."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from headrace.ingest.readers.cleaning import one_line
from headrace.ingest.readers.pdf.letters.characters import turned_boxes
from headrace.ingest.readers.pdf.pieces import Piece

TICKED = "[x]"
NOT_TICKED = "[ ]"
#: Heights of a letter within which a label is before, after or above its field.
_FAR = 30
_ABOVE = 1.8
_MOST_ANNOTATIONS = 2_000
_HIDDEN = 2 | 32  # FPDF_ANNOT_FLAG_HIDDEN, FPDF_ANNOT_FLAG_NOVIEW
_PASSWORD = 1 << 13


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form with its value as text; `name` is for readers, or ""."""

    piece: Piece
    name: str
    is_box: bool


def fields_and_comments(
    page: Any, form: Any, turn: int, width: float, height: float
) -> tuple[list[Field], list[str]]:
    """The filled fields of a page, and the comments on it, each as a line of text.

    Args:
        form: pdfium's handle of the document's form; None when it has none.
        turn: degrees by which the page is turned when it is shown.
    """
    from pypdfium2 import raw

    fields: list[Field] = []
    comments: list[str] = []
    for number in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST_ANNOTATIONS)):
        annotation = raw.FPDFPage_GetAnnot(page, number)
        if not annotation:
            continue
        try:
            if raw.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
                continue
            if raw.FPDFAnnot_GetSubtype(annotation) == raw.FPDF_ANNOT_WIDGET:
                box = _box(annotation, turn, width, height)
                fields += _field(form, annotation, box) if form else ()
            else:
                comments += _comment(annotation)
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
    return fields, comments


def with_fields(pieces: list[Piece], fields: list[Field]) -> list[Piece]:
    """The pieces with each value after its label: "Name: Ada Holm", "[x] I accept".

    A label stands before its field on the same line, or above it; that of a box to tick
    stands behind it. A field without a label has its own name.
    """
    values: dict[int, list[Field]] = {}
    unlabelled: list[Piece] = []
    for field in sorted(fields, key=lambda field: (field.piece.top, field.piece.left)):
        place = _label(pieces, field)
        if place is None:
            unlabelled.append(_named(field))
        else:
            values.setdefault(place, []).append(field)
    labelled = [
        _labelled(piece, values[place]) if place in values else piece
        for place, piece in enumerate(pieces)
    ]
    return labelled + unlabelled


def _labelled(label: Piece, fields: list[Field]) -> Piece:
    text = label.text
    for field in fields:
        value = field.piece.text
        if field.is_box:
            text = f"{value} {text}"
        else:
            gap = " " if text.rstrip("_. ").endswith((":", "?")) or "; " in text else ": "
            text = text.rstrip("_. ") + (gap if text == label.text else "; ") + value
    right = max(label.right, *(field.piece.right for field in fields))
    return replace(label, text=text, right=right)


def _named(field: Field) -> Piece:
    value, name = field.piece.text, field.name
    if not name:
        return field.piece
    return replace(field.piece, text=f"{value} {name}" if field.is_box else f"{name}: {value}")


def _label(pieces: list[Piece], field: Field) -> int | None:
    """The place of a field's label among the pieces; None when it has none."""
    box = field.piece
    best: tuple[float, int] | None = None
    for place, piece in enumerate(pieces):
        distance = _distance(piece, box, is_box=field.is_box)
        if distance is not None and (best is None or distance < best[0]):
            best = distance, place
    return best[1] if best else None


def _distance(label: Piece, box: Piece, *, is_box: bool) -> float | None:
    """How far a label is from its field; None when it cannot be its label."""
    if not any(letter.isalpha() for letter in label.text):
        return None
    size = max(label.size, 1)
    shared = min(label.bottom, box.bottom) - max(label.top, box.top)
    if shared > 0.4 * min(label.height, box.height):
        before, behind = box.left - label.right, label.left - box.right
        if is_box and -size < behind <= _FAR * size:
            return max(behind, 0)
        if -size < before <= _FAR * size and label.left < box.left:
            return max(before, 0) + (1000 if is_box else 0)
        return None
    gap = box.top - label.bottom
    if not is_box and -0.5 * size <= gap <= _ABOVE * size and label.is_over(box):
        return 500 + gap
    return None


def _box(annotation: Any, turn: int, width: float, height: float) -> Piece:
    from pypdfium2 import raw

    rectangle = raw.FS_RECTF()
    raw.FPDFAnnot_GetRect(annotation, rectangle)
    sides = [[rectangle.left, rectangle.top, rectangle.right, rectangle.bottom]]
    left, top, right, bottom = turned_boxes(np.array(sides), turn, width, height)[0].tolist()
    return Piece("", left, min(top, bottom), right, max(top, bottom), 10)


def _field(form: Any, annotation: Any, box: Piece) -> Iterator[Field]:
    from pypdfium2 import raw

    kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
    name = _text(raw.FPDFAnnot_GetFormFieldAlternateName, form, annotation)
    name = name or _text(raw.FPDFAnnot_GetFormFieldName, form, annotation)
    if kind in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
        is_ticked = raw.FPDFAnnot_IsChecked(form, annotation)
        if kind == raw.FPDF_FORMFIELD_RADIOBUTTON:
            name = _text(raw.FPDFAnnot_GetFormFieldExportValue, form, annotation) or name
        yield Field(replace(box, text=TICKED if is_ticked else NOT_TICKED), name, is_box=True)
        return
    if kind in (raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX):
        value = _chosen(form, annotation)
    elif kind == raw.FPDF_FORMFIELD_TEXTFIELD:
        if raw.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD:
            return
        value = ""
    else:
        return
    value = value or _text(raw.FPDFAnnot_GetFormFieldValue, form, annotation)
    if value:
        yield Field(replace(box, text=value), name, is_box=False)


def _chosen(form: Any, annotation: Any) -> str:
    """The options that are chosen, as they are shown."""
    from pypdfium2 import raw

    chosen = []
    for number in range(min(raw.FPDFAnnot_GetOptionCount(form, annotation), _MOST_ANNOTATIONS)):
        if raw.FPDFAnnot_IsOptionSelected(form, annotation, number):
            chosen.append(_text(raw.FPDFAnnot_GetOptionLabel, form, annotation, number))
    return ", ".join(chosen)


def _comment(annotation: Any) -> Iterator[str]:
    from pypdfium2 import raw

    if raw.FPDFAnnot_GetSubtype(annotation) in (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP):
        return
    words = _text(raw.FPDFAnnot_GetStringValue, annotation, b"Contents")
    author = _text(raw.FPDFAnnot_GetStringValue, annotation, b"T")
    if words:
        yield f"[comment by {author}: {words}]" if author else f"[comment: {words}]"


def _text(call: Any, *given: Any) -> str:
    """What a function of pdfium writes into a buffer, as one clean line."""
    from pypdfium2.raw import FPDF_WCHAR

    size = call(*given, None, 0)
    if size <= 2:
        return ""
    buffer = (FPDF_WCHAR * (size // 2 + 1))()
    call(*given, buffer, size)
    return one_line(ctypes.string_at(buffer, size - 2).decode("utf-16-le", "replace"))
