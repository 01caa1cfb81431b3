"""The cells of a table of AsciiDoc."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from headrace.ingest.readers.kinds.tabular.tables import Row, headed_passages
from headrace.ingest.readers.outcomes import Block

_COLUMNS = re.compile(r"\bcols\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s,\]]+))")
_TIMES = re.compile(r"(\d+)\*")
#: How a cell begins: "|", after a blank with how many columns and rows it spans or how
#: often it is there, and how it is aligned and read.
_CELL = re.compile(
    r"(?:(?:(?<=\s)|^)(?:(\d+)?(?:\.(\d+))?([+*]))?(?:[<^>]?(?:\.[<^>])?)[aehlmsdv]?|(?<!\\))\|",
    re.MULTILINE,
)
_MOST_SPANNED = 500


def table_blocks(
    lines: Sequence[str], style: str, separator: str, marked: Callable[[str], str]
) -> Iterator[Block]:
    """Each row as a line with the headers of its columns, where there are any.

    Args:
        lines: what stands between the lines that delimit the table.
        style: the attributes above it, such as '%header,cols="1,2"'.
        separator: what parts cells: "|", or "!" for a table in a table.
        marked: makes the text of a cell Markdown.
    """
    text = "\n".join(lines)
    if separator != "|":
        text = text.replace("|", "¦").replace(separator, "|")
    rows = list(_rows(text, style, marked))
    has_header = bool(re.search(r"%(?:\w+%)*header|options\s*=\s*\"?[\w,]*header", style))
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    is_apart = first + 1 < len(lines) and not lines[first + 1].strip()
    is_headed = has_header or (is_apart and "noheader" not in style and len(rows) > 1)
    yield from headed_passages(rows, int(is_headed))


def _rows(text: str, style: str, marked: Callable[[str], str]) -> Iterator[Row]:
    count = _column_count(style)
    if not count:
        first_line = next((line for line in text.splitlines() if line.strip()), "")
        count = sum(cell.columns for cell in _cells(first_line))
    row: dict[int, str] = {}
    column = 0
    above: dict[int, tuple[str, int]] = {}  # what reaches down, and into how many rows
    for cell in _cells(text):
        while column in above:
            column = _reached(row, column, above)
        value = marked(" ".join(cell.text.split()))
        for place in range(column, column + cell.columns):
            row |= {place: value} if value else {}
            if cell.rows > 1:
                above[place] = (value, cell.rows - 1)
        column += cell.columns
        while column in above and cell.rows == 1:
            column = _reached(row, column, above)
        if column >= count:
            yield row
            row, column = {}, 0
    if row:
        yield row


def _reached(row: dict[int, str], column: int, above: dict[int, tuple[str, int]]) -> int:
    """The next column, once a cell of a row above has filled this one."""
    value, rows = above.pop(column)
    if value:
        row[column] = value
    if rows > 1:
        above[column] = (value, rows - 1)
    return column + 1


class _Cell(NamedTuple):
    text: str
    columns: int
    rows: int


def _cells(text: str) -> Iterator[_Cell]:
    starts = list(_CELL.finditer(text))
    ends = [found.start() for found in starts[1:]]
    for found, end in zip(starts, [*ends, len(text)], strict=True):
        spans = (min(int(number or 1), _MOST_SPANNED) for number in (found[1], found[2]))
        columns, rows = spans if found[3] else (1, 1)
        yield _Cell(
            text[found.end() : end].replace("\\|", "|"), columns, rows if found[3] == "+" else 1
        )


def _column_count(style: str) -> int:
    """How many columns the attribute "cols" names; 0 without it."""
    found = _COLUMNS.search(style)
    if found is None:
        return 0
    count = 0
    for column in re.split(r"[,;]", next(filter(None, found.groups()), "")):
        times = _TIMES.search(column)
        count += min(int(times[1]), _MOST_SPANNED) if times else 1
    return count
