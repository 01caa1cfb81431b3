"""Spreadsheets of Excel before 2007 (.xls), read as those of today."""

import io
from collections.abc import Iterator
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from headrace.errors import SourceError
from headrace.ingest.readers.cleaning import clean_text, one_line
from headrace.ingest.readers.kinds.tabular.sheets import Area, Grid, grid_rows, spread
from headrace.ingest.readers.kinds.tabular.shown import shown
from headrace.ingest.readers.kinds.tabular.tables import passages
from headrace.ingest.readers.outcomes import Block, Content, joined_blocks

if TYPE_CHECKING:
    from xlrd.book import Book
    from xlrd.sheet import Cell, Sheet

_VISIBLE = 0


def xls_content(data: bytes) -> Content:
    """The sheets in order, each beneath its name as a heading, hidden ones too.

    A merged cell counts for all the cells that it covers. Formulas are read by their
    stored values. Charts, comments and pictures are left out.
    """
    book = _book(data)
    blocks: list[Block] = []
    metadata: dict[str, Any] = {}
    for sheet in book.sheets():
        grid = _grid(sheet, book)
        spread(grid, _merged(sheet))
        rows = list(passages(grid_rows(grid)))
        is_hidden = sheet.visibility != _VISIBLE
        if is_hidden:
            metadata.setdefault("hidden_sheets", []).append(one_line(sheet.name))
        if rows:
            name = one_line(sheet.name) + (" (hidden)" if is_hidden else "")
            blocks += [Block(name, "## "), *rows]
    text = clean_text(joined_blocks(blocks))
    return Content(text=text, metadata=metadata, markup="markdown")


def _book(data: bytes) -> "Book":
    import xlrd
    from xlrd.biffh import XLRDError

    try:
        return xlrd.open_workbook(
            file_contents=data,
            formatting_info=True,
            ragged_rows=True,
            ignore_workbook_corruption=True,  # as Excel does
            logfile=io.StringIO(),
        )
    except XLRDError as fault:
        if "encrypted" in str(fault):
            raise SourceError("protected by a password; save a copy without one") from fault
        raise SourceError(f"damaged, or not a .xls in spite of its name: {fault}") from fault


def _grid(sheet: "Sheet", book: "Book") -> Grid:
    grid: Grid = {}
    for row, column, cell in _cells(sheet):
        if text := _text(cell, book):
            grid.setdefault(row, {})[column] = text
    return grid


def _cells(sheet: "Sheet") -> Iterator[tuple[int, int, "Cell"]]:
    for row, cells in enumerate(sheet.get_rows()):
        for column, cell in enumerate(cells):
            yield row, column, cell


def _merged(sheet: "Sheet") -> Iterator[Area]:
    for bounds in sheet.merged_cells:
        first_row, rows_end, first_column, columns_end = bounds
        yield Area(first_row, rows_end - 1, first_column, columns_end - 1)


def _text(cell: "Cell", book: "Book") -> str:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(int(cell.value), "")
    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
        return ""
    value: Any = cell.value
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        value = bool(value)
    elif cell.ctype == xlrd.XL_CELL_DATE:
        value = _moment(value, book)
    return shown(value, _format(cell, book))


def _moment(days: float, book: "Book") -> datetime | time | float:
    """The date or time that a number means, or the number itself."""
    from xlrd.xldate import XLDateError, xldate_as_datetime

    try:
        moment = xldate_as_datetime(days, book.datemode)
    except (XLDateError, OverflowError):
        return days
    return moment.time() if days < 1 else moment


def _format(cell: "Cell", book: "Book") -> str:
    if cell.xf_index is None:
        return "General"
    known = book.format_map.get(book.xf_list[cell.xf_index].format_key)
    return known.format_str if known else "General"
