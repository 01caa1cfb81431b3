"""Tables that fit the terminal without breaking a word."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.console import Console, ConsoleOptions
from rich.table import Table
from rich.text import Text

from headrace.commands.characters import harmless

#: Blanks between two columns.
_GAP = 2


class Columns:
    """A plain table of any width.

    Cells wrap at words; only a word longer than half the width is broken. Where the
    columns do not fit side by side even so, several tables are shown one below the
    other. Each begins with the first column, and has the rows with anything beside it.
    """

    def __init__(self, columns: Sequence[str], rows: Iterable[Sequence[Any]], numbers: set[str]):
        """
        Args:
            rows: cells in the order of the columns; a `Text` keeps its colour.
            numbers: the names of columns that are right-aligned.
        """
        self._names = [Text(name, "bold") for name in columns]
        self._rows = [[_text(value) for value in row] for row in rows]
        self._are_numbers = [name in numbers for name in columns]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Any]:
        words = [self._longest_word(column) for column in range(len(self._names))]
        least = [min(word, options.max_width // 2) for word in words]
        for number, columns in enumerate(_that_fit(least, options.max_width)):
            if number:
                yield Text()
            yield self._table(columns, least)

    def _table(self, columns: Sequence[int], least: Sequence[int]) -> Table:
        table = Table(box=None, pad_edge=False)
        for column in columns:
            table.add_column(
                self._names[column],
                justify="right" if self._are_numbers[column] else "left",
                min_width=least[column],
                overflow="fold",
            )
        is_part = len(columns) < len(self._names)
        for row in self._rows:
            cells = [row[column] for column in columns]
            if not is_part or any(cell.plain for cell in cells[1:]):
                table.add_row(*cells)
        return table

    def _longest_word(self, column: int) -> int:
        cells = [self._names[column], *(row[column] for row in self._rows)]
        words = " ".join(cell.plain for cell in cells).split()
        return max(map(len, words), default=0)


def _that_fit(widths: Sequence[int], width: int) -> list[list[int]]:
    """Columns by table: the first column in each, and the others in order.

    Args:
        widths: of the columns, at least.
        width: of a table, at most; one of two columns may be wider.
    """
    tables = [[0]]
    used = widths[0]
    for column in range(1, len(widths)):
        needed = _GAP + widths[column]
        if used + needed > width and len(tables[-1]) > 1:
            tables.append([0])
            used = widths[0]
        tables[-1].append(column)
        used += needed
    return tables


def _text(value: Any) -> Text:
    return value if isinstance(value, Text) else Text(harmless(str(value)))
