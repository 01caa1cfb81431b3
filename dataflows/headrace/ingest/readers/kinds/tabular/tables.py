"""Rows of a table as passages of text, each with its headers.

A table may be cut into chunks anywhere between two rows, and a reader of one of them
sees no other. So every value is written behind the header of its column.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile

from headrace.ingest.readers.outcomes import Block

#: The texts of a row's cells, by the number of their column; empty cells are left out.
Row = Mapping[int, str]
#: The column of a text that stands across all columns, and names the rows below it.
ACROSS = -1

#: A longer row continues in another line, which begins like the first.
_LONGEST_LINE = 600
#: Numbers, amounts, dates and times, as against names.
_VALUE = re.compile(
    r"[^\w\s]?\s?(?:[A-Z]{3}\s)?[-+(]?\W?\d[\d\s.,:/'-]*\)?\s?(?:\W|[A-Za-z]{1,3})?"
)
_YEAR = re.compile(r"(?:19|20)\d\d")


def passages(rows: Iterable[Row]) -> Iterator[Block]:
    """Each row as a line such as "Depot: Verwood; Deposit: 155".

    Empty rows part tables. Rows of one cell above a table are its titles, and the first
    row after them has the headers if it may be one: it holds no numbers other than
    years. A second row of headers below it joins the first. Rows without headers are
    written as "Verwood | 155".
    """
    names: dict[int, str] = {}
    for table in _tables(rows):
        start = _title_count(table)
        for row in table[:start]:
            yield Block(next(iter(row.values())))
        found, header_rows = _headers(table[start:], is_first=not names)
        names = found or names
        for row in table[start + header_rows :]:
            for line in _lines(row, names):
                yield Block(line)


def is_value(text: str) -> bool:
    """Whether a text is a number, amount, date or time rather than words."""
    return bool(_VALUE.fullmatch(text))


def headed_passages(rows: Iterable[Row], header_rows: int) -> Iterator[Block]:
    """The passages of one table whose first rows are known to be headers.

    Rows of one cell above the headers are titles. A text in the column `ACROSS` stands
    alone. Headers above nothing but empty cells are said once.
    """
    table = [row for row in rows if row]
    start = _title_count(table[:header_rows])
    for row in table[:start]:
        yield Block(next(iter(row.values())))
    plain = list(takewhile(lambda row: ACROSS not in row, table[start:]))
    found = _headers(plain, is_first=True)[1] if header_rows else 0
    end = max(start + found, header_rows)
    names = _joined_names(table[start:end])
    if set(names) - set().union(*table[end:]):
        yield Block(" | ".join(dict.fromkeys(names.values())))
    for row in table[end:]:
        for line in _lines(row, names):
            yield Block(line)


def _joined_names(headers: Sequence[Row]) -> dict[int, str]:
    """The names of the columns, from all rows of headers; a name is said only once."""
    names: dict[int, str] = {}
    for row in headers:
        for column, text in row.items():
            over = names.get(column, "")
            names[column] = over if over.endswith(text) else f"{over} {text}".strip()
    return names


def _tables(rows: Iterable[Row]) -> Iterator[list[Row]]:
    table: list[Row] = []
    for row in rows:
        if row:
            table.append(row)
        elif table:
            yield table
            table = []
    if table:
        yield table


def _title_count(table: Sequence[Row]) -> int:
    """How many rows stand above the headers: each says one thing only."""
    count = 0
    while count < len(table) and len(set(table[count].values())) == 1:
        count += 1
    is_column = count == len(table)
    return count if is_column or max(map(len, table)) > 1 else 0


def _headers(table: Sequence[Row], *, is_first: bool) -> tuple[dict[int, str], int]:
    """The names of the columns, and of how many rows they were made; none: ({}, 0).

    `is_first`: no table stands above. Below one, empty rows may part groups of its
    rows, so that a row of headers has to stand above values.
    """
    if len(table) < 2 or not _names_columns(table[0], table[1]):
        return {}, 0
    first, second = table[0], table[1]
    if len(table) > 2 and _is_second(first, second, table[2]):
        names, over = {}, ""
        for column in sorted({*first, *second}):
            over = first.get(column, over)
            below = second.get(column, "")
            names[column] = over if below in ("", over) else f"{over} {below}".strip()
        return names, 2
    if is_first or any(_VALUE.fullmatch(second.get(column, "")) for column in first):
        return dict(first), 1
    return {}, 0


def _names_columns(row: Row, below: Row) -> bool:
    """Whether no cell is a value, except for years that stand above no year.

    "Name:" above "City:" does not name a column either, but the rest of its row.
    """
    for column, text in row.items():
        under = below.get(column, "")
        if text.endswith(":") and under.endswith(":"):
            return False
        if _VALUE.fullmatch(text) and not (_YEAR.fullmatch(text) and not _YEAR.fullmatch(under)):
            return False
    return True


def _is_second(first: Row, second: Row, third: Row) -> bool:
    """Whether a second row divides the columns that the first one names."""
    texts = list(first.values())
    is_divided = len(set(texts)) < len(texts) or bool(set(second) - set(first))
    has_values = any(_VALUE.fullmatch(text) for text in third.values())
    return is_divided and has_values and _names_columns(second, third)


def _lines(row: Row, names: Mapping[int, str]) -> Iterator[str]:
    cells = []
    for column, text in row.items():
        name = names.get(column, "").rstrip(":")
        cell = f"{name}: {text}" if name else text
        if not name or cells[-1:] != [cell]:  # a merged cell below a merged header
            cells.append(cell)
    gap = "; " if any(column in names for column in row) else " | "
    line = cells[0]
    for cell in cells[1:]:
        if len(line) + len(cell) > _LONGEST_LINE:
            yield line
            line = cells[0][:_LONGEST_LINE]
        line += gap + cell
    yield line
