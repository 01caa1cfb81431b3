"""Tables that are drawn by the places of their cells, with rules or without."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from statistics import median

import numpy as np

from headrace.ingest.readers.kinds.tabular.tables import Row, passages
from headrace.ingest.readers.pdf.pieces import Piece

_ROWS = 3
_COLUMNS = 2
#: Share of the cells that have to be filled, and rows with more than one cell.
_FILLED = 0.6
#: Share of the rows below the headers that may have cells over several columns.
_CROSSED = 0.15
#: Characters of a cell, in the middle and at most.
_SHORT_CELL = 40
_LONGEST_CELL = 200
#: Heights of a letter between two rows, and between two lines of one cell.
_ROW_GAP = 2.2
_LINE_GAP = 0.35
_HEAD_ROWS = 3
#: Characters of a header.
_LONGEST_HEAD = 80
_CAPTION = re.compile(r"(?:table|tabelle|tableau|tabla|tabella|fig(?:ure|\.)?)\s*[\dIVX]", re.I)
#: What stands before an item: "1.", "(a)", "[Kar15]", a bullet.
_MARK = re.compile(r"\[[^\]]*\]|\(?\w{1,4}[.)]|[^\w\s]{1,2}")
#: What stands before words that are no cell: a bullet, or the mark of a comment.
_COMMENT = re.compile(r"(?=[^\w\s$€£¥(\[])(\W{1,3})\s*[^\W\d_]")
#: Rows that may stand right above a table without being part of it.
_SKIPPED_ROWS = 2
#: Cells that are looked at together.
_MOST_CELLS = 3_000


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The cells of a table, row by row; `columns` are left and right of its columns.

    `head` are the first rows of the table of which this is the continuation.
    """

    rows: tuple[Row, ...]
    columns: tuple[tuple[float, float], ...]
    head: tuple[Row, ...] = ()

    def continued(self, other: "Table") -> "Table | None":
        """The other table, if it continues this one on the next page; else None."""
        if len(self.columns) != len(other.columns):
            return None
        pairs = zip(self.columns, other.columns, strict=True)
        if any(min(ours[1], its[1]) <= max(ours[0], its[0]) for ours, its in pairs):
            return None
        head = self.head or self.rows[:_HEAD_ROWS]
        rows = other.rows
        while rows and rows[0] in head[:2]:
            rows = rows[1:]
        return replace(other, rows=rows, head=head)

    def lines(self) -> list[str]:
        """Its rows as text, each with the names of its columns.

        Names of columns that no row uses come first, so that nothing is lost.
        """
        above = len(list(passages(self.head)))
        lines = [block.text for block in passages([*self.head, *self.rows])][above:]
        written = "\n".join(lines)
        names = chain.from_iterable(row.values() for row in self.rows[:_HEAD_ROWS])
        unused = list(dict.fromkeys(name for name in names if name.rstrip(":") not in written))
        return [" | ".join(unused), *lines] if unused else lines


def with_tables(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces of a region, in which those of a table have become one piece."""
    rows = rows_of(pieces)
    found: list[tuple[Table, list[Piece]]] = []
    start = 0
    while start < len(rows):
        end = _run_end(rows, start)
        for first in range(start, min(start + _SKIPPED_ROWS, end - _ROWS) + 1):
            if _is_caption(rows[first]):
                continue
            table = _table(rows[first:end])
            if table is not None:
                found.append((table, list(chain.from_iterable(rows[first:end]))))
                break
        start = max(end, start + 1)
    return replaced(pieces, found)


def _is_caption(row: Sequence[Piece]) -> bool:
    """Whether a row above a table says what it is of, not what its columns are."""
    return (
        bool(_CAPTION.match(row[0].text)) or max(len(piece.text) for piece in row) > _LONGEST_HEAD
    )


def table_piece(table: Table, cells: Sequence[Piece]) -> Piece:
    """A table as a piece in the place of its cells."""
    return Piece(
        "\n".join(table.lines()),
        min(cell.left for cell in cells),
        min(cell.top for cell in cells),
        max(cell.right for cell in cells),
        max(cell.bottom for cell in cells),
        median(cell.size for cell in cells),
        table=table,
    )


def replaced(pieces: Sequence[Piece], found: Sequence[tuple[Table, list[Piece]]]) -> list[Piece]:
    """The pieces with each table in the place of its first cell."""
    table_of: dict[int, Piece] = {}
    for table, cells in found:
        table_of |= dict.fromkeys(map(id, cells), table_piece(table, cells))
    kept: list[Piece] = []
    done: set[int] = set()
    for piece in pieces:
        whole = table_of.get(id(piece), piece)
        if id(whole) not in done:
            done.add(id(whole))
            kept.append(whole)
    return kept


def rows_of(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces line by line from the top, each line from the left."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.middle):
        is_cell = rows and piece.table is None and rows[-1][0].table is None
        if is_cell and piece.is_beside(rows[-1][0]):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.left) for row in rows]


def _run_end(rows: Sequence[list[Piece]], start: int) -> int:
    """Where rows end that may be one table and begin at `start`; `start` for none."""
    if len(rows[start]) < _COLUMNS:
        return start
    end = start + 1
    while end < len(rows) and _follows(rows[end - 1], rows[end]):
        end += 1
    while end > start and len(rows[end - 1]) < _COLUMNS:
        end -= 1
    return end


def _follows(above: Sequence[Piece], row: Sequence[Piece]) -> bool:
    if any(piece.table for piece in row):
        return False
    gap = min(piece.top for piece in row) - max(piece.bottom for piece in above)
    height = max(piece.size for piece in row)
    if len(row) >= _COLUMNS:
        return gap <= _ROW_GAP * height
    return gap <= _LINE_GAP * height and any(row[0].is_over(piece) for piece in above)


def _table(rows: Sequence[list[Piece]]) -> Table | None:
    """The table that these rows are, if their cells stand in clear columns."""
    if not _have_short_cells(rows):
        return None
    columns = _columns(rows)
    if len(columns) < _COLUMNS or _are_crossed(rows[_HEAD_ROWS:], columns):
        return None
    cells: list[dict[int, str]] = []
    for number, row in enumerate(rows):
        placed = _placed(row, columns)
        if placed is None:
            return None
        if len(row) == 1 and number and _continues(cells[-1], placed):
            _join(cells[-1], placed)
        else:
            cells.append(placed)
    return Table(tuple(cells), tuple(columns)) if _is_clear(cells, len(columns)) else None


def _have_short_cells(rows: Sequence[list[Piece]]) -> bool:
    """Whether enough rows have cells, most of them short, to look for columns."""
    full = [row for row in rows if len(row) >= _COLUMNS]
    lengths = [len(piece.text) for piece in chain.from_iterable(full)]
    return len(full) >= _ROWS and median(lengths) <= _SHORT_CELL


def _columns(rows: Sequence[list[Piece]]) -> list[tuple[float, float]]:
    """Left and right of each column: the widths that cells have in common.

    Cells over several columns, as headers are, do not count: those that stand over two
    cells of another row.
    """
    cells = list(chain.from_iterable(rows))
    if len(cells) > _MOST_CELLS:
        return []
    lefts = np.array([piece.left for piece in cells])
    rights = np.array([piece.right for piece in cells])
    first_cells = np.cumsum([0, *map(len, rows[:-1])])
    columns: list[tuple[float, float]] = []
    for index in np.argsort(lefts, kind="stable").tolist():
        left, right = float(lefts[index]), float(rights[index])
        is_over = np.minimum(rights, right) > np.maximum(lefts, left)
        if np.add.reduceat(is_over, first_cells, dtype=int).max() > 1:
            continue
        if columns and left < columns[-1][1]:
            columns[-1] = columns[-1][0], max(columns[-1][1], right)
        else:
            columns.append((left, right))
    return columns


def _are_crossed(rows: Sequence[list[Piece]], columns: Sequence[tuple[float, float]]) -> bool:
    """Whether cells below the headers stand over several columns, as text does."""
    crossed = 0
    for row in rows:
        crossed += len(row) > 1 and any(len(_over(piece, columns)) > 1 for piece in row)
    return crossed > _CROSSED * len(rows)


def _over(piece: Piece, columns: Sequence[tuple[float, float]]) -> list[int]:
    """The columns that a piece stands over."""
    over = []
    for number, (left, right) in enumerate(columns):
        if min(right, piece.right) > max(left, piece.left):
            over.append(number)
    return over


def _placed(row: Sequence[Piece], columns: Sequence[tuple[float, float]]) -> dict[int, str] | None:
    """The texts of a row by column, repeated in all that they stand over."""
    placed: dict[int, str] = {}
    for piece in row:
        over = _over(piece, columns)
        if not over or any(number in placed for number in over):
            return None
        placed |= dict.fromkeys(over, piece.text)
    return placed


def _continues(above: dict[int, str], placed: dict[int, str]) -> bool:
    """Whether a line with one cell continues the cell above it."""
    return len(placed) == 1 and all(column in above for column in placed)


def _join(above: dict[int, str], placed: dict[int, str]) -> None:
    for column, text in placed.items():
        above[column] = f"{above[column]} {text}"


def _is_clear(cells: Sequence[dict[int, str]], column_count: int) -> bool:
    full = [row for row in cells if len(row) >= _COLUMNS]
    if len(full) < _ROWS or sum(map(len, full)) < _FILLED * len(full) * column_count:
        return False
    texts = list(chain.from_iterable(set(row.values()) for row in full))
    if median(map(len, texts)) > _SHORT_CELL or max(map(len, texts)) > _LONGEST_CELL:
        return False
    if column_count > _COLUMNS:
        return True
    return any(map(_has_digit, texts)) and not _are_items(full)


def _are_items(rows: Sequence[dict[int, str]]) -> bool:
    """Whether two columns are items of a list, or lines of code with their comments."""
    marks = [row[0] for row in rows if 0 in row]
    words = [row[1] for row in rows if 1 in row]
    marked = sum(bool(_MARK.fullmatch(mark)) for mark in marks)
    if marked >= _FILLED * len(marks) or median(map(len, words)) > _SHORT_CELL:
        return True
    commented = sum(bool(_COMMENT.match(word)) for word in words)
    return commented >= _FILLED * len(words)


def _has_digit(text: str) -> bool:
    return any(letter.isdigit() for letter in text)


def continued_tables(pages: Sequence[Sequence[Piece]]) -> Iterator[list[Piece]]:
    """The pieces of the pages; a table may go on with the one before it."""
    last: Table | None = None
    for pieces in pages:
        changed = list(pieces)
        first = next((piece for piece in changed[:1] if piece.table), None)
        if last is not None and first is not None and first.table is not None:
            table = last.continued(first.table)
            if table is not None:
                text = "\n".join(table.lines())
                changed[0] = replace(first, text=text, table=table)
        yield changed
        last = changed[-1].table if changed else None
