"""Spreadsheets of Excel before 2007, of as few records as a reader needs (BIFF8)."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

_VERSION = 0x0600
_FORMATS = {"General": 0, "0%": 9, "mm-dd-yy": 14, "#,##0.00": 4}


@dataclass(frozen=True)
class OldSheet:
    """A sheet: rows of texts, numbers and (number, format) pairs; None: no cell.

    `merged` are areas of first and last row, first and last column, from 0.
    """

    name: str
    rows: Sequence[Sequence[str | float | tuple[float, str] | None]]
    merged: Sequence[tuple[int, ...]] = ()
    is_hidden: bool = False


def old_excel(*sheets: OldSheet) -> bytes:
    """The bytes of a workbook."""
    bodies = [_body(sheet) for sheet in sheets]
    offset = len(_globals(sheets, [0] * len(sheets)))
    places = []
    for body in bodies:
        places.append(offset)
        offset += len(body)
    return _globals(sheets, places) + b"".join(bodies)


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _begin(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", _VERSION, kind, 0, 0, 0, 0))


def _globals(sheets: Sequence[OldSheet], places: Sequence[int]) -> bytes:
    records = [_begin(0x0005)]
    for number in _FORMATS.values():
        records.append(_record(0x00E0, struct.pack("<HH16x", 0, number)))
    for sheet, place in zip(sheets, places, strict=True):
        name = sheet.name.encode("latin-1")
        head = struct.pack("<IBBBB", place, sheet.is_hidden, 0, len(name), 0)
        records.append(_record(0x0085, head + name))
    return b"".join([*records, _record(0x000A)])


def _body(sheet: OldSheet) -> bytes:
    records = [_begin(0x0010)]
    for row, cells in enumerate(sheet.rows):
        for column, cell in enumerate(cells):
            if cell is not None:
                records.append(_cell(row, column, cell))
    if sheet.merged:
        areas = b"".join(struct.pack("<HHHH", *area) for area in sheet.merged)
        records.append(_record(0x00E5, struct.pack("<H", len(sheet.merged)) + areas))
    return b"".join([*records, _record(0x000A)])


def _cell(row: int, column: int, cell: str | float | tuple[float, str]) -> bytes:
    if isinstance(cell, str):
        text = cell.encode("utf-16-le")
        head = struct.pack("<HHHHB", row, column, 0, len(cell), 1)
        return _record(0x0204, head + text)
    value, code = cell if isinstance(cell, tuple) else (cell, "General")
    number = list(_FORMATS).index(code)
    return _record(0x0203, struct.pack("<HHHd", row, column, number, value))
