"""Presentations (.pptx): slides as pages, with their tables, diagrams and notes.

The XML itself is read: python-pptx would bring along 25 MB, and leaves out diagrams.
"""

import zipfile
from collections.abc import Iterator
from typing import Any

from headrace.errors import SourceError
from headrace.ingest.readers.cleaning import clean_text, one_line
from headrace.ingest.readers.kinds.packages import (
    CORE_PROPERTIES,
    attribute,
    core_properties,
    opened_package,
    part_of,
    relations,
)
from headrace.ingest.readers.kinds.tabular.tables import passages
from headrace.ingest.readers.limits import Limits
from headrace.ingest.readers.outcomes import Block, Content, joined_blocks

_MAIN = "ppt/presentation.xml"
_TITLES = ("title", "ctrTitle")
#: What stands on every slide: its number, the date, header and footer.
_FURNITURE = ("sldNum", "dt", "hdr", "ftr", "sldImg")
_SHAPES = ("sp", "grpSp", "graphicFrame", "AlternateContent", "Choice", "cxnSp")
_DEEPEST_LEVEL = 8
_NO_TITLE = ("powerpoint presentation", "powerpoint-präsentation", "présentation powerpoint")
_GAP = "\n\n"


def pptx_content(data: bytes, limits: Limits) -> Content:
    """The slides in the order in which they are shown, hidden ones too.

    The title of a slide is a heading, what is written in lists is items, and the notes
    follow as "Notes: ". Charts and pictures are left out.
    """
    with opened_package(data, ".pptx", limits) as archive:
        names = _slide_names(archive)
        slides = [_slide_text(archive, name) for name in names]
        title, metadata = _properties(archive)
    starts, offset = [], 0
    for text in slides:
        starts.append(offset)
        offset += len(text) + len(_GAP) if text else 0
    text = _GAP.join(text for text in slides if text)
    return Content(
        text=text, title=title, metadata=metadata, page_starts=tuple(starts), markup="markdown"
    )


def _slide_names(archive: zipfile.ZipFile) -> list[str]:
    main = part_of(archive, _MAIN)
    if main is None:
        raise SourceError("damaged, or not a .pptx in spite of its name: it has no presentation")
    parts = relations(archive, _MAIN)
    found = []
    for slide in main.iterfind("sldIdLst/sldId"):
        _, name = parts.get(attribute(slide, "id"), ("", ""))
        if name in archive.NameToInfo:
            found.append(name)
    return found


def _slide_text(archive: zipfile.ZipFile, name: str) -> str:
    slide = part_of(archive, name)
    tree = slide.find("cSld/spTree")
    shapes = list(_shapes(tree))
    topmost = _topmost(tree)
    shapes.sort(key=lambda shape: shape is not topmost and _placeholder(shape) not in _TITLES)
    blocks: list[Block] = []
    for shape in shapes:
        blocks += _shape_blocks(shape)
    for kind, part in relations(archive, name).values():
        if kind == "diagramData" and (diagram := part_of(archive, part)) is not None:
            blocks += _paragraphs(diagram, "list")
        elif kind == "notesSlide" and (notes := part_of(archive, part)) is not None:
            blocks += _notes(notes)
    return clean_text(joined_blocks(blocks))


def _shapes(tree: Any) -> Iterator[Any]:
    """The shapes, those within groups too."""
    for shape in tree if tree is not None else ():
        if shape.tag in ("grpSp", "AlternateContent", "Choice"):
            yield from _shapes(shape)
        elif shape.tag in _SHAPES:
            yield shape


def _topmost(tree: Any) -> Any:
    """The text box wholly above all other text of a slide that has no title.

    It may be drawn last, and is the title all the same. None without one, and where a
    text does not say where it is.
    """
    shapes = [shape for shape in _texts_on(tree) if _placeholder(shape) not in _FURNITURE]
    if len(shapes) < 2 or any(_placeholder(shape) in _TITLES for shape in shapes):
        return None
    placed = []
    for shape in shapes:
        top = _number(shape, "off", "y")
        if top is None:
            return None
        placed.append((top, shape))
    placed.sort(key=lambda one: one[0])
    (top, first), (below, _) = placed[:2]
    is_above = top + (_number(first, "ext", "cy") or 0) <= below
    return first if is_above and first.tag == "sp" else None


def _texts_on(tree: Any) -> Iterator[Any]:
    """The shapes and groups that hold text."""
    for shape in tree if tree is not None else ():
        if shape.tag in _SHAPES and any(found.text for found in shape.iter("t")):
            yield shape


def _number(shape: Any, name: str, which: str) -> int | None:
    """A number of a shape's own place and size, in its unit of 1/360,000 cm."""
    found = shape.find(f"spPr/xfrm/{name}")
    if found is None:
        found = shape.find(f"grpSpPr/xfrm/{name}")
    if found is None:
        found = shape.find(f"xfrm/{name}")
    return None if found is None else int(found.get(which, 0))


def _placeholder(shape: Any) -> str:
    """What a shape is a place for: "title", "body", "" for a shape of its own."""
    found = next(shape.iterfind(".//nvPr/ph"), None)
    return "" if found is None else found.get("type", "body")


def _shape_blocks(shape: Any) -> Iterator[Block]:
    kind = _placeholder(shape)
    table = next(shape.iter("tbl"), None)
    if kind in _FURNITURE:
        return
    if table is not None:
        yield from passages(map(_cells, table.iterfind("tr")))
    elif kind in _TITLES:
        title = one_line(" ".join(block.text for block in _paragraphs(shape, "")))
        yield Block(title, "## ")
    else:
        yield from _paragraphs(shape, "list" if kind == "body" else "")
    yield Block("")


def _cells(row: Any) -> dict[int, str]:
    cells = {}
    for column, cell in enumerate(row.iterfind("tc")):
        text = one_line(" ".join(block.text for block in _paragraphs(cell, "")))
        if text:
            cells[column] = text
    return cells


def _paragraphs(shape: Any, how: str) -> Iterator[Block]:
    """The paragraphs of a shape; `how`: "list" for items unless said otherwise."""
    for paragraph in shape.iter("p"):
        text = "".join(_texts(paragraph)).strip()
        style = paragraph.find("pPr")
        marks = {child.tag for child in style} if style is not None else set()
        is_item = bool(marks & {"buChar", "buAutoNum"}) or how == "list" and "buNone" not in marks
        if text and is_item:
            level = int(style.get("lvl", 0)) if style is not None else 0
            indent = "  " * min(level, _DEEPEST_LEVEL)
            yield Block(one_line(text), f"{indent}- ", "item")
        elif text:
            yield Block(text)


def _texts(paragraph: Any) -> Iterator[str]:
    for element in paragraph.iter("t", "br"):
        yield "\n" if element.tag == "br" else element.text or ""


def _notes(notes: Any) -> Iterator[Block]:
    for shape in _shapes(notes.find("cSld/spTree")):
        if _placeholder(shape) == "body":
            text = "\n".join(block.text for block in _paragraphs(shape, ""))
            yield Block(text, "Notes: ")


def _properties(archive: zipfile.ZipFile) -> tuple[str, dict[str, Any]]:
    """The title, and author and day of creation as metadata."""
    title, metadata = core_properties(part_of(archive, CORE_PROPERTIES))
    return "" if title.lower() in _NO_TITLE else title, metadata
