"""Spreadsheets (.xlsx): every row with its headers, values as they are shown."""

import io
import re
import zipfile
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from headrace.ingest.readers.cleaning import clean_text, one_line
from headrace.ingest.readers.kinds.packages import opened_package
from headrace.ingest.readers.kinds.shown import shown
from headrace.ingest.readers.kinds.tables import Row, passages
from headrace.ingest.readers.limits import Limits
from headrace.ingest.readers.outcomes import Block, Content, joined_blocks

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

#: The texts of a sheet's cells, by row and column.
Grid = dict[int, dict[int, str]]

_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
#: What openpyxl writes where a file names no author.
_NO_AUTHOR = "openpyxl"


def xlsx_content(data: bytes, limits: Limits) -> Content:
    """The sheets in order, each beneath its name as a heading, hidden ones too.

    A merged cell counts for all the cells that it covers. Formulas are read by their
    stored values; one without a value is read as the formula, which is said. Charts,
    comments and pictures are left out.
    """
    import openpyxl

    with opened_package(data, ".xlsx", limits) as archive:
        has_formulas = _has_formulas(archive)
    workbook = openpyxl.load_workbook(io.BytesIO(data), data_only=True, keep_links=False)
    formulas = _formulas(data) if has_formulas else {}
    blocks: list[Block] = []
    uncomputed = 0
    for sheet in workbook.worksheets:
        grid = _grid(sheet)
        for (row, column), formula in formulas.get(sheet.title, {}).items():
            if not grid.get(row, {}).get(column):
                grid.setdefault(row, {})[column] = formula
                uncomputed += 1
        _fill_merged(grid, sheet)
        rows = list(passages(_rows(grid)))
        if rows:
            hidden = "" if sheet.sheet_state == "visible" else " (hidden)"
            blocks += [Block(one_line(sheet.title) + hidden, "## "), *rows]
    title, metadata = _properties(workbook)
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


def _formulas(data: bytes) -> dict[str, dict[tuple[int, int], str]]:
    """The formulas of each sheet, by row and column."""
    import openpyxl

    workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    found: dict[str, dict[tuple[int, int], str]] = {}
    for sheet in workbook.worksheets:
        sheet.reset_dimensions()  # a sheet may say that it has a million columns
        formulas = found.setdefault(sheet.title, {})
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f" and cell.row and cell.column:
                    formulas[cell.row, cell.column] = one_line(str(cell.value))
    return found


def _grid(sheet: "Worksheet") -> Grid:
    """The cells that say something; not `sheet.rows`, which makes those in between."""
    grid: Grid = {}
    for (row, column), cell in sorted(sheet._cells.items()):
        if cell.value is not None and (text := shown(cell.value, cell.number_format)):
            grid.setdefault(row, {})[column] = text
    return grid


def _fill_merged(grid: Grid, sheet: "Worksheet") -> None:
    """Writes the text of a merged cell into the rows and columns that it covers."""
    rows = sorted(grid)
    last_column = max((max(row) for row in grid.values()), default=0)
    for merged in sheet.merged_cells.ranges:
        text = grid.get(merged.min_row, {}).get(merged.min_col)
        if text:
            start = bisect_left(rows, merged.min_row)
            for row in rows[start : bisect_left(rows, merged.max_row + 1)]:
                for column in range(merged.min_col, min(merged.max_col, last_column) + 1):
                    grid[row].setdefault(column, text)


def _rows(grid: Grid) -> Iterator[Row]:
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


def _properties(workbook: "Workbook") -> tuple[str, dict[str, Any]]:
    """The title, and as metadata author, day of creation and names of hidden sheets."""
    properties = workbook.properties
    author = one_line(properties.creator or "")
    metadata = {
        "author": "" if author == _NO_AUTHOR else author,
        "created": properties.created.date() if properties.created and author else None,
        "hidden_sheets": _names(sheet for sheet in workbook if sheet.sheet_state != "visible"),
    }
    title = one_line(properties.title or "")
    return title, {name: value for name, value in metadata.items() if value}


def _names(sheets: Iterable[Any]) -> list[str]:
    return [one_line(sheet.title) for sheet in sheets]
