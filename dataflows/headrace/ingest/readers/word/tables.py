"""Tables of Word: merged cells, headers, forms, and tables that only arrange a page."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from headrace.ingest.readers.cleaning import one_line
from headrace.ingest.readers.kinds.packages import attribute
from headrace.ingest.readers.kinds.tabular.tables import ACROSS, headed_passages, is_value, passages
from headrace.ingest.readers.outcomes import Block
from headrace.ingest.readers.word.inline import SKIPPED, is_placeholder, preferred
from headrace.ingest.readers.word.styles import is_on, value, whole

#: Characters of a cell above which it is a text of its own rather than a value.
_LONGEST_CELL = 2000
#: Lines in every cell of a row above which they are rows that were typed as one.
_LEAST_LINES = 3
#: No table is wider; a damaged file may say so.
_MOST_COLUMNS = 1000


@dataclass(slots=True)
class _Cell:
    """One cell; `columns` are those that it covers."""

    columns: range
    blocks: list[Block]
    is_bold: bool
    is_continued: bool
    text: str = ""


@dataclass(slots=True)
class _Row:
    is_header: bool
    cells: list[_Cell] = field(default_factory=list)

    def end(self) -> int:
        return max((cell.columns.stop for cell in self.cells), default=0)

    def is_across(self, width: int) -> bool:
        """Whether its only text stands across all columns."""
        told = [cell for cell in self.cells if cell.text]
        return len(told) == 1 and len(told[0].columns) == width > 1

    def texts(self, width: int) -> dict[int, str]:
        """The texts by column; a merged cell is repeated in each that it covers."""
        if self.is_across(width):
            return {ACROSS: self.cells[0].text}
        texts = {}
        for cell in self.cells:
            for column in cell.columns if cell.text else ():
                texts[column] = cell.text
        return texts

    def is_bold(self) -> bool:
        return any(cell.text for cell in self.cells) and all(
            cell.is_bold for cell in self.cells if cell.text
        )


def table_blocks(table: Any, read: Callable[[Any], Iterator[Block]]) -> Iterator[Block]:
    """The rows of a table as passages, each value after its header.

    A merged cell is repeated in every row and column that it covers. A table that holds
    tables, headings or long texts arranges a page: its cells follow each other.

    Args:
        read: gives the blocks of a cell.
    """
    rows = list(_rows(table, read))
    yield Block("")
    if _is_layout(table, rows):
        for row in rows:
            for cell in row.cells:
                yield from cell.blocks
                yield Block("")
    elif _is_form(rows) or _has_labels(rows[0]):
        for row in rows:
            yield Block(_labelled(row, names_first=_is_form(rows)))
    else:
        yield from _data_blocks(rows)
    yield Block("")


def _rows(table: Any, read: Callable[[Any], Iterator[Block]]) -> Iterator[_Row]:
    above: dict[int, str] = {}
    for element in _nearest(table, "tr"):
        properties = element.find("trPr")
        if properties is not None and properties.find("del") is not None:
            continue
        cells = list(_cells(element, properties, read))
        row = _Row(bool(is_on(properties, "tblHeader")), cells)
        for cell in cells:
            if cell.is_continued and not cell.text:
                cell.text = above.get(cell.columns.start, "")
        above = {cell.columns.start: cell.text for cell in cells}
        yield from _unfolded(row)


def _unfolded(row: _Row) -> Iterator[_Row]:
    """The rows that one row shows, whose cells hold as many lines beside each other."""
    counts = {len(cell.blocks) for cell in row.cells}
    if len(row.cells) < 2 or len(counts) > 1 or max(counts) < _LEAST_LINES:
        yield row
        return
    for line in range(max(counts)):
        cells = []
        for cell in row.cells:
            block = cell.blocks[line]
            text = one_line(block.text)
            cells.append(_Cell(cell.columns, [block], cell.is_bold, False, text))
        yield _Row(row.is_header, cells)


def _cells(row: Any, properties: Any, read: Callable[[Any], Iterator[Block]]) -> Iterator[_Cell]:
    column = whole(value(properties, "gridBefore"), 0) or 0
    for element in _nearest(row, "tc"):
        own = element.find("tcPr")
        if own is not None and own.find("cellDel") is not None:
            continue
        width = max(whole(value(own, "gridSpan"), 1) or 1, 1)
        blocks = [] if _is_to_be_filled_in(element) else list(read(element))
        text = one_line(" ".join(block.text for block in blocks))
        merged = own.find("vMerge") if own is not None else None
        is_continued = merged is not None and attribute(merged, "val") != "restart"
        end = min(column + width, _MOST_COLUMNS)
        yield _Cell(range(column, end), blocks, _is_bold(element), is_continued, text)
        column = end


def _is_to_be_filled_in(cell: Any) -> bool:
    """Whether a cell is a content control that nothing was entered in."""
    content = cell.getparent()
    return content.tag == "sdtContent" and is_placeholder(content.getparent())


def _nearest(element: Any, tag: str) -> Iterator[Any]:
    """The nearest elements of a tag, also within content controls and insertions."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag == "AlternateContent":
            yield from _nearest(preferred(child), tag)
        elif child.tag not in SKIPPED and child.tag not in ("p", "tbl"):
            yield from _nearest(child, tag)


def _is_bold(cell: Any) -> bool:
    """Whether all text of a cell is set in bold by itself."""
    runs = [run for run in cell.iter("r") if run.find("t") is not None]
    return bool(runs) and all(is_on(run.find("rPr"), "b") for run in runs)


def _is_layout(table: Any, rows: list[_Row]) -> bool:
    if next(table.iterfind(".//tc//tbl"), None) is not None:
        return True
    if all(len(row.cells) == 1 for row in rows):
        return True
    return any(any(map(_is_of_its_own, row.cells)) for row in rows)


def _is_of_its_own(cell: _Cell) -> bool:
    """Whether a cell holds a text rather than a value."""
    has_heading = any(block.prefix.startswith("#") for block in cell.blocks)
    return has_heading or len(cell.text) > _LONGEST_CELL


def _is_form(rows: list[_Row]) -> bool:
    """Whether the first of two columns names what stands in the second.

    It does if its texts end with colons or are bold, or if the second column mixes
    words with a few values: a column with a header has values of one kind.
    """
    if len(rows) < 2 or any(len(row.cells) != 2 or row.is_header for row in rows):
        return False
    labels = [row.cells[0] for row in rows if row.cells[0].text]
    if len(labels) < 2:
        return False
    if all(label.text.endswith(":") for label in labels):
        return True
    if all(label.is_bold for label in labels) and not rows[0].cells[1].is_bold:
        return True
    told = [row.cells[1].text for row in rows[1:] if row.cells[1].text]
    return 0 < sum(map(is_value, told)) <= len(told) / 2 and not rows[0].is_bold()


def _has_labels(row: _Row) -> bool:
    """Whether labels such as "Name:" stand beside their values in a row."""
    ends = [cell.text.endswith(":") for cell in row.cells if cell.text]
    return any(ends) and not all(ends) and not row.is_header


def _labelled(row: _Row, *, names_first: bool) -> str:
    """A row of a form: "Name: Ann; Berth: North"."""
    parts: list[str] = []
    for place, cell in enumerate(row.cells):
        is_label = names_first and place == 0 or cell.text.endswith(":")
        text = cell.text.rstrip(": ") + ":" if is_label and cell.text else cell.text
        if text and parts and parts[-1].endswith(":") and not is_label:
            parts[-1] += f" {text}"
        elif text:
            parts.append(text)
    return "; ".join(parts)


def _data_blocks(rows: list[_Row]) -> Iterator[Block]:
    """The rows of a table of values; those across all columns above it are titles."""
    width = max(row.end() for row in rows)
    titles = list(takewhile(lambda row: row.is_across(width), rows))
    for row in titles:
        yield from row.cells[0].blocks
    table = rows[len(titles) :]
    if not table:
        return
    texts = [row.texts(width) for row in table]
    headers = _header_count(table)
    if not headers and any(ACROSS in row for row in texts):
        headers = int(not any(map(str.isdecimal, "".join(texts[0].values()))))
    if _is_irregular(table):
        for row in table:
            yield Block(" | ".join(cell.text for cell in row.cells if cell.text))
    elif headers:
        yield from headed_passages(texts, headers)
    else:
        yield from _passages(texts)


def _is_irregular(rows: list[_Row]) -> bool:
    """Whether most rows are divided unlike the first two, as in printed forms.

    Then what stands above a value is no header of it. A row that is marked as a header
    is one.
    """
    if rows[0].is_header:
        return False
    divisions = [tuple(cell.columns for cell in row.cells) for row in rows]
    found = Counter(divisions[2:]).most_common()
    usual = [division for division, count in found if count == found[0][1]]
    return bool(usual) and not set(usual) & set(divisions[:2])


def _header_count(rows: list[_Row]) -> int:
    """How many rows are headers: those marked so, else a first row in bold."""
    count = 0
    while count < len(rows) and rows[count].is_header:
        count += 1
    if count == len(rows):
        return 0
    if not count and len(rows) > 1 and rows[0].is_bold():
        return 0 if rows[1].is_bold() else 1
    return count


def _passages(rows: list[dict[int, str]]) -> Iterator[Block]:
    """The passages of a table whose headers are found by what they say.

    Headers above nothing but empty cells are said once.
    """
    blocks = list(passages(rows))
    said = "\n".join(block.text for block in blocks)
    for row in rows[:2]:
        names = dict.fromkeys(row.values())
        if not all(name.rstrip(":") in said for name in names):
            yield Block(" | ".join(names))
    yield from blocks
