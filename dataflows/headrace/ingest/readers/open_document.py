"""Texts of OpenDocument (.odt), as LibreOffice writes them, as Markdown."""

from collections.abc import Iterator
from typing import Any

from headrace.errors import SourceError
from headrace.ingest.readers.cleaning import clean_text, day_of, one_line
from headrace.ingest.readers.kinds.packages import attribute, opened_package, part_of
from headrace.ingest.readers.kinds.tabular.tables import Row, headed_passages, passages
from headrace.ingest.readers.limits import Limits
from headrace.ingest.readers.outcomes import Block, Content, joined_blocks

#: What is not shown, or repeats headings.
_LEFT_OUT = (
    "tracked-changes",
    "annotation",
    "annotation-end",
    "table-of-content",
    "sequence-decls",
    "forms",
    "note-citation",
    "bookmark",
    "script",
)
_WHITE = {"s": " ", "tab": " ", "line-break": " "}
_DEEPEST_HEADING = 6
#: Cells that are said to repeat are most often the empty rest of a row.
_MOST_REPEATED = 100


def odt_content(data: bytes, limits: Limits) -> Content:
    """The text as it is shown: headings, paragraphs, lists, tables, links, notes.

    Changes count as accepted; comments and tables of contents are left out. Pictures
    are their alternative texts, and notes follow the paragraph that they belong to.

    Raises:
        SourceError: it is not an .odt, or is over the limit once unpacked.
    """
    with opened_package(data, ".odt", limits) as archive:
        content = part_of(archive, "content.xml")
        body = None if content is None else content.find("body/text")
        if body is None:
            raise SourceError("damaged, or not an .odt in spite of its name: it has no text")
        title, metadata = _properties(part_of(archive, "meta.xml"))
    text = clean_text(joined_blocks(_blocks(body)))
    return Content(text=text, title=title or _title(body), metadata=metadata, markup="markdown")


def _blocks(parent: Any) -> Iterator[Block]:
    for element in parent:
        kind = element.tag
        if kind in _LEFT_OUT:
            continue
        if kind == "h":
            depth = min(int(attribute(element, "outline-level") or 1), _DEEPEST_HEADING)
            yield from _paragraph(element, "#" * depth + " ")
        elif kind == "p":
            yield from _paragraph(element)
        elif kind == "list":
            yield from _items(element, "")
            yield Block("")
        elif kind == "table":
            yield from _table(element)
            yield Block("")
        else:  # a section, a frame, an index
            yield from _blocks(element)


def _paragraph(element: Any, prefix: str = "", kind: Any = "") -> Iterator[Block]:
    yield Block(one_line(_words(element)), prefix, kind)
    for note in element.iter("note-body"):
        yield Block(f"Note: {' '.join(one_line(_words(part)) for part in note)}")


def _items(parent: Any, margin: str) -> Iterator[Block]:
    """The items of a list; what else is in an item stands beneath it."""
    for item in parent:
        mark = "- "
        for element in item:
            if element.tag == "list":
                yield from _items(element, margin + "  ")
            elif element.tag in ("p", "h"):
                yield from _paragraph(element, margin + mark, "item")
                mark = "  "
            else:
                yield from _blocks([element])


def _table(table: Any) -> Iterator[Block]:
    """Each row with its headers; a table within a cell is part of its text."""
    headers = len(list(_rows(table.iterfind("table-header-rows/table-row"))))
    rows = list(_rows(row for row in table.iter("table-row") if _table_of(row) is table))
    yield from headed_passages(rows, headers) if headers else passages(rows)


def _table_of(row: Any) -> Any:
    return next(row.iterancestors("table"))


def _rows(rows: Any) -> Iterator[Row]:
    for row in rows:
        cells: dict[int, str] = {}
        column = 0
        for cell in row:
            if cell.tag not in ("table-cell", "covered-table-cell"):
                continue
            times = min(int(attribute(cell, "number-columns-repeated") or 1), _MOST_REPEATED)
            text = one_line(" ".join(block.text for block in _blocks(cell)))
            if text:
                cells |= dict.fromkeys(range(column, column + times), text)
            column += times
        yield cells


def _words(element: Any) -> str:
    """The text within a paragraph, with links and the alternative texts of pictures."""
    pieces = [element.text or ""]
    for part in element:
        if isinstance(part.tag, str) and part.tag not in _LEFT_OUT:
            pieces.append(_part(part))
        pieces.append(part.tail or "")
    return "".join(pieces)


def _part(part: Any) -> str:
    if part.tag in _WHITE:
        return _WHITE[part.tag]
    if part.tag == "note":
        return ""
    if part.tag == "frame":
        said = part.findtext("desc") or part.findtext("title") or ""
        if part.find("text-box") is None:
            return f"[Picture: {one_line(said)}]" if said.strip() else ""
        return f" {' '.join(_words(one) for one in part.find('text-box'))} "
    words = _words(part)
    address = attribute(part, "href") if part.tag == "a" else ""
    is_told = address and words.strip() and words.strip() != address
    return f"[{words}]({address})" if is_told and not address.startswith("#") else words


def _properties(meta: Any) -> tuple[str, dict[str, Any]]:
    """The title, and author and day of creation as metadata."""
    if meta is None:
        return "", {}
    title, author, first, created = (
        one_line(meta.findtext(f"meta/{name}") or "")
        for name in ("title", "creator", "initial-creator", "creation-date")
    )
    metadata = {"author": first or author, "created": day_of(created)}
    return title, {name: value for name, value in metadata.items() if value}


def _title(body: Any) -> str:
    """The first heading, or a paragraph in the style of titles above it."""
    for element in body:
        is_title = element.tag == "p" and attribute(element, "style-name") == "Title"
        if element.tag == "h" or is_title:
            return one_line(_words(element))
    return ""
