"""Spreadsheets (.xlsx): every row with its headers, values as they are shown."""

import io
import re
import zipfile
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from headrace.ingest.readers.cleaning import clean_text, one_line
from headrace.ingest.readers.kinds.packages import (
    CORE_PROPERTIES,
    core_properties,
    opened_package,
    part_of,
)
from headrace.ingest.readers.kinds.tabular.shown import shown
from headrace.ingest.readers.kinds.tabular.tables import Row, passages
from headrace.ingest.readers.limits import Limits
from headrace.ingest.readers.outcomes import Block, Content, joined_blocks

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

#: The texts of a sheet's cells, by row and column.
Grid = dict[int, dict[int, str]]

_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?\bref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
#: What openpyxl writes where a file names no author.
_NO_AUTHOR = "openpyxl"


class Area(NamedTuple):
    """The rows and columns that a merged cell covers, the last ones included."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int


def xlsx_content(data: bytes, limits: Limits) -> Content:
    """The sheets in order, each beneath its name as a heading, hidden ones too.

    A merged cell counts for all the cells that it covers. Formulas are read by their
    stored values; one without a value is read as the formula, which is said. Charts,
    comments and pictures are left out.
    """
    with opened_package(data, ".xlsx", limits) as archive:
        title, metadata = _properties(archive)
        workbook = _workbook(data)
        formulas = _workbook(data, formulas=True) if _has_formulas(archive) else None
        blocks: list[Block] = []
        uncomputed = 0
        for sheet in workbook.worksheets:
            grid = _grid(sheet)
            if formulas:
                uncomputed += _add_formulas(grid, formulas[sheet.title])
            _fill_merged(grid, archive, sheet)
            rows = list(passages(grid_rows(grid)))
            if rows:
                hidden = "" if sheet.sheet_state == "visible" else " (hidden)"
                blocks += [Block(one_line(sheet.title) + hidden, "## "), *rows]
    hidden_sheets = [one_line(one.title) for one in workbook if one.sheet_state != "visible"]
    if hidden_sheets:
        metadata["hidden_sheets"] = hidden_sheets
    return Content(
        text=clean_text(joined_blocks(blocks)),
        title=title,
        metadata=metadata,
        markup="markdown",
        lost=_lost(uncomputed),
    )


def _has_formulas(archive: zipfile.ZipFile) -> bool:
    for name in archive.namelist():
        if name.startswith("xl/worksheets/") and _FORMULA.search(archive.read(name)):
            return True
    return False


def _workbook(data: bytes, *, formulas: bool = False) -> "Workbook":
    """The workbook, whose cells are read row by row.

    Otherwise, openpyxl would make a cell of each that a merged one covers: millions.
    """
    import openpyxl

    return openpyxl.load_workbook(
        io.BytesIO(data), read_only=True, data_only=not formulas, keep_links=False
    )


def _cells(sheet: Any) -> Iterator[tuple[int, int, Any]]:
    """The cells that hold something, each with its row and column."""
    sheet.reset_dimensions()  # a sheet may say that it has a million columns
    for row, cells in enumerate(sheet.iter_rows(), start=1):
        for column, cell in enumerate(cells, start=1):
            if cell.value is not None:
                yield row, column, cell


def _grid(sheet: Any) -> Grid:
    grid: Grid = {}
    for row, column, cell in _cells(sheet):
        if text := shown(cell.value, cell.number_format):
            grid.setdefault(row, {})[column] = text
    return grid


def _add_formulas(grid: Grid, sheet: Any) -> int:
    """Writes the formulas that have no value, and says how many they are."""
    added = 0
    for row, column, cell in _cells(sheet):
        if cell.data_type == "f" and not grid.get(row, {}).get(column):
            formula = getattr(cell.value, "text", cell.value)  # of an array, or of one cell
            grid.setdefault(row, {})[column] = one_line(str(formula or "="))
            added += 1
    return added


def _fill_merged(grid: Grid, archive: zipfile.ZipFile, sheet: Any) -> None:
    """Spreads the texts of merged cells."""
    from openpyxl.utils import range_boundaries

    areas = []
    for found in _MERGED.finditer(archive.read(sheet._worksheet_path)):
        bounds = range_boundaries(found[1].decode())
        first_column, first_row, last_column, last_row = (bound or 0 for bound in bounds)
        areas.append(Area(first_row, last_row, first_column, last_column))
    spread(grid, areas)


def spread(grid: Grid, areas: Iterable[Area]) -> None:
    """Write the texts of merged cells into the filled rows that they cover."""
    rows = sorted(grid)
    widest = max((max(row) for row in grid.values()), default=0)
    for area in areas:
        text = grid.get(area.first_row, {}).get(area.first_column)
        if text:
            for row in rows[bisect_left(rows, area.first_row) : bisect_right(rows, area.last_row)]:
                for column in range(area.first_column, min(area.last_column, widest) + 1):
                    grid[row].setdefault(column, text)


def grid_rows(grid: Grid) -> Iterator[Row]:
    """The rows in order, with an empty one where some are missing."""
    before = 0
    for number in sorted(grid):
        if number > before + 1:
            yield {}
        yield dict(sorted(grid[number].items()))
        before = number


def _lost(uncomputed: int) -> str:
    if not uncomputed:
        return ""
    noun = "formula has" if uncomputed == 1 else "formulas have"
    return (
        f"{uncomputed:,} {noun} no stored value and became text as written; "
        "open the file in a spreadsheet program and save it"
    )


def _properties(archive: zipfile.ZipFile) -> tuple[str, dict[str, Any]]:
    """The title, and author and day of creation as metadata.

    As the file has them: openpyxl invents those that it does not, such as today's date.
    """
    title, metadata = core_properties(part_of(archive, CORE_PROPERTIES))
    if metadata.get("author") == _NO_AUTHOR:
        del metadata["author"]
    return title, metadata
