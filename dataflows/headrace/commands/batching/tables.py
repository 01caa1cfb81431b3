"""CSV and Parquet, as questions are read from them and answers written to them."""

import csv
import json
from collections.abc import Iterable
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from headrace.commands import output
from headrace.errors import SourceError, json_fault
from headrace.types import Answer

_ENDINGS = (".csv", ".tsv", ".parquet")
_DELIMITERS = ",;\t"
#: Columns that hold JSON in a file of text.
_NESTED = ("filters", "history")
#: Columns of answers that are not text.
_TYPES = {
    "answered": "boolean",
    "confidence": "Float64",
    "total_ms": "Float64",
    "cost_usd": "Float64",
}
_COLUMNS = ("id", *Answer("", "", False).to_dict(), "error")
_INTEGER_BITS = 63


def is_table(path: Path) -> bool:
    """Whether a file is CSV or Parquet, by the end of its name."""
    return path.suffix.lower() in _ENDINGS


def check_library(path: Path) -> None:
    """Raises SourceError where a Parquet file is named and pyarrow is not installed."""
    if path.suffix.lower() == ".parquet" and find_spec("pyarrow") is None:
        raise SourceError(
            f"{path} is Parquet, which needs pyarrow: pip install 'headrace[parquet]'"
        )


def read_rows(path: Path) -> list[Any]:
    """The rows as objects without their empty cells; a text says why a row is none.

    Raises SourceError when the file cannot be read as what its name says.
    """
    check_library(path)
    if path.suffix.lower() == ".parquet":
        return _parquet_rows(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        delimiter = _delimiter(file.readline())
        file.seek(0)
        try:
            return [_csv_row(row) for row in csv.DictReader(file, delimiter=delimiter)]
        except csv.Error as error:
            raise SourceError(f"reading the questions {path} failed: {error}") from None


def write_table(path: Path, entries: Iterable[dict[str, Any]]) -> None:
    """Writes answers as a table, whole or not at all, a row each.

    Lists and objects are JSON in it.
    """
    import pandas as pd

    rows = [{name: _cell(value) for name, value in entry.items()} for entry in entries]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS), dtype=object)
    types = {name: _TYPES.get(name, "string") for name in _COLUMNS}
    frame = frame.astype(types | {"id": _id_type([row["id"] for row in rows])})
    if path.suffix.lower() == ".parquet":
        output.write_file(path, frame.to_parquet(index=False))
    else:
        separator = "\t" if path.suffix.lower() == ".tsv" else ","
        output.write_file(path, frame.to_csv(index=False, sep=separator))


def _delimiter(header: str) -> str:
    """The one of the usual delimiters that the names of the columns have most of."""
    return max(_DELIMITERS, key=header.count)


def _csv_row(row: dict[Any, Any]) -> Any:
    if None in row:
        return "has more cells than there are columns"
    return _read_json({name.strip(): cell for name, cell in row.items() if cell})


def _parquet_rows(path: Path) -> list[Any]:
    import pyarrow
    from pyarrow import parquet

    try:
        rows = parquet.read_table(path).to_pylist()
    except pyarrow.ArrowException as error:
        raise SourceError(f"reading the questions {path} failed: {error}") from None
    return [_read_json(_without_empty(row)) for row in rows]


def _without_empty(row: dict[str, Any]) -> dict[str, Any]:
    """A row without its empty cells; its filters without the fields of other rows."""
    entry = {name: cell for name, cell in row.items() if cell is not None}
    filters = entry.get("filters")
    if isinstance(filters, dict):
        entry["filters"] = {name: value for name, value in filters.items() if value is not None}
    if isinstance(entry.get("today"), datetime):
        entry["today"] = entry["today"].date()
    return entry


def _read_json(entry: dict[str, Any]) -> Any:
    """A row with its filters and history read, where they are text."""
    for name in _NESTED:
        if isinstance(entry.get(name), str):
            try:
                entry[name] = json.loads(entry[name])
            except (ValueError, RecursionError) as error:
                return f'has "{name}" that is not JSON: {json_fault(error)}'
    return entry


def _cell(value: Any) -> Any:
    """A value as a cell holds it; a lone surrogate, which none can, as its escape."""
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


def _id_type(ids: Iterable[Any]) -> str:
    """Whole numbers stay numbers where every id is one."""
    are_numbers = all(isinstance(one, int) and one.bit_length() <= _INTEGER_BITS for one in ids)
    return "Int64" if are_numbers else "string"
