"""One page after the other, as pdfium gives them: pieces, fields, comments, faults."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from headrace.ingest.readers.pdf.forms import Field, fields_and_comments, with_fields
from headrace.ingest.readers.pdf.legibility import is_legible
from headrace.ingest.readers.pdf.pieces import Piece, page_pieces

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument


@dataclass(frozen=True, slots=True)
class Page:
    """What is on a page, `number` from 1.

    `pieces` are those in the direction of most lines, `turned` those of each other
    direction, `text` is all that was drawn as text. `is_drawn` says whether the page
    shows something, `is_legible` whether its text can be read, `fault` why the page
    could not be read.
    """

    number: int
    height: float = 0
    pieces: list[Piece] = field(default_factory=list)
    turned: list[list[Piece]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    is_drawn: bool = False
    is_legible: bool = True
    fault: str = ""

    @property
    def has_text(self) -> bool:
        return bool(self.pieces or self.turned or self.comments)


def read_pages(pdf: "PdfDocument") -> Iterator[Page]:
    from pypdfium2.raw import FORMTYPE_NONE

    if pdf.get_formtype() != FORMTYPE_NONE:
        pdf.init_forms()
    for index in range(len(pdf)):
        yield _page(pdf, index)


def _page(pdf: "PdfDocument", index: int) -> Page:
    from pypdfium2 import PdfiumError

    try:
        with closing(pdf[index]) as page, closing(page.get_textpage()) as text_page:
            return _read(index + 1, page, text_page, pdf.formenv)
    except PdfiumError as fault:
        return Page(index + 1, fault=str(fault))


def _read(number: int, page: Any, text_page: Any, form: Any) -> Page:
    turn = page.get_rotation()
    width, height = page.get_size()
    if turn in (90, 270):
        width, height = height, width
    directions = page_pieces(text_page, width, height)
    text = " ".join(piece.text for pieces in directions for piece in pieces)
    legible = is_legible(text)
    if not legible:
        directions = []
    fields, comments = fields_and_comments(page, form, turn, width, height)
    pieces = _with_fields(directions[0] if directions else [], fields)
    is_drawn = bool(text) or any(True for _ in page.get_objects(max_depth=1))
    return Page(number, page.get_height(), pieces, directions[1:], comments, is_drawn, legible)


def _with_fields(pieces: list[Piece], fields: list[Field]) -> list[Piece]:
    return with_fields(pieces, fields) if fields else pieces
