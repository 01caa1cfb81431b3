"""Tables of pages, with merged cells repeated in every row and column they cover."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from headrace.ingest.readers.kinds.tabular.tables import ACROSS, Row, headed_passages
from headrace.ingest.readers.outcomes import Block

_DIGIT = re.compile(r"\d")
#: Cells cover no columns beyond these.
_MOST_COLUMNS = 200
#: Longer texts stand only in the first row and column that their cell covers.
_LONGEST_REPEATED = 300
#: Characters that all repeated texts of a table may have together.
_MOST_REPEATED = 500_000


@dataclass(slots=True)
class Cell:
    """A cell as the page has it. `columns` and `rows` are how many it covers."""

    text: str
    is_header: bool
    columns: int = 1
    rows: int = 1


@dataclass(slots=True)
class GridRow:
    """A row as the page has it. `is_head` if it stands in <thead>."""

    is_head: bool
    cells: list[Cell] = field(default_factory=list)


def table_blocks(rows: Sequence[GridRow]) -> Iterator[Block]:
    """Each row as a line that holds its headers: "Model: P7; Flow min: 3 l".

    Headers are the rows in <thead>, or the first ones that have nothing but <th> or
    text in bold; or else a first row of words above numbers. Rows of which only the
    first cell is like that are written as "Voltage: 24 V". Without headers, a row is
    "a | b".
    """
    rows = [row for row in rows if row.cells]
    texts = list(_texts(rows))
    headers = _header_count(rows)
    if any(len(set(found.values())) > 1 for found in texts[:headers]):  # others are titles
        for block in headed_passages([row for row in texts if row], _present(texts, headers)):
            yield Block(block.text, kind="row")
        return
    for row, found in zip(rows, texts, strict=True):
        if found:
            yield Block(_line(row, found), kind="row")


def _line(row: GridRow, found: Row) -> str:
    """A row of a table without headers."""
    first, *others = found.values()
    is_named = row.cells[0].is_header and not any(cell.is_header for cell in row.cells[1:])
    if is_named and others:
        return f"{first.rstrip(': ')}: {' | '.join(others)}"
    if not others:
        return first
    return " | ".join(found.get(column, "") for column in range(max(found) + 1))


def _header_count(rows: Sequence[GridRow]) -> int:
    """How many of the first rows are headers; 0 if all rows look like that."""
    count = 0
    while count < len(rows) and _is_header(rows[count]):
        count += 1
    if not count and _stands_above_numbers(rows):
        return 1
    return count if count < len(rows) else 0


def _stands_above_numbers(rows: Sequence[GridRow]) -> bool:
    """Whether the first row has words alone, one of them above nothing but numbers."""
    if len(rows) < 3 or any(len(row.cells) != len(rows[0].cells) for row in rows):
        return False
    if len(rows[0].cells) < 2 or any(_DIGIT.search(cell.text) for cell in rows[0].cells):
        return False
    for column, first in enumerate(rows[0].cells):
        below = [row.cells[column].text for row in rows[1:]]
        if first.text and all(_DIGIT.search(text) for text in below):
            return True
    return False


def _is_header(row: GridRow) -> bool:
    if row.is_head:
        return True
    return all(cell.is_header for cell in row.cells if cell.text) and any(
        cell.is_header for cell in row.cells
    )


def _present(texts: Sequence[Row], headers: int) -> int:
    """How many of the header rows hold any text."""
    return sum(bool(row) for row in texts[:headers])


def _texts(rows: Sequence[GridRow]) -> Iterator[dict[int, str]]:
    """The texts of each row by column; a cell across the table stands in ACROSS."""
    above: dict[int, tuple[str, int]] = {}
    repeated = 0
    for row in rows:
        if len(row.cells) == 1 and row.cells[0].columns > 1 and not above:
            yield {ACROSS: row.cells[0].text} if row.cells[0].text else {}
            continue
        found: dict[int, str] = {}
        reaching: dict[int, tuple[str, int]] = {}
        for column, (text, left) in above.items():
            if text and len(text) <= _LONGEST_REPEATED and repeated < _MOST_REPEATED:
                found[column] = text
                repeated += len(text)
            if left > 1:
                reaching[column] = (text, left - 1)
        column = 0
        for cell in row.cells:
            while column in above:
                column += 1
            width = min(cell.columns, max(_MOST_COLUMNS - column, 1))
            for place in range(column, column + width):
                is_first = place == column
                is_short = len(cell.text) <= _LONGEST_REPEATED and repeated < _MOST_REPEATED
                if cell.text and (is_first or is_short):
                    found[place] = cell.text
                    repeated += 0 if is_first else len(cell.text)
                if cell.rows > 1 and place < _MOST_COLUMNS:
                    reaching[place] = (cell.text, cell.rows - 1)
            column += width
        above = reaching
        yield dict(sorted(found.items()))
