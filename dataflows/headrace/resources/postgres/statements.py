"""The SQL of `sql/`, by name: one statement a file, and the numbered migrations."""

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import headrace

_PACKAGE = Path(headrace.__file__).resolve().parent
_MIGRATIONS = "migrations"


@cache
def folder() -> Path:
    """Where the files are: inside an installed package, or at the root of a checkout."""
    inside = _PACKAGE / "sql"
    return inside if inside.is_dir() else _PACKAGE.parent.parent / "sql"


@cache
def statement(name: str) -> str:
    """The text of the statement `name`, without its comments."""
    return re.sub(r"--[^\n]*\n", "\n", _file(name)).strip().removesuffix(";")


@cache
def has_one_plan(name: str) -> bool:
    """Whether one plan of sql/<name>.sql, made once, serves all values: its header says "plan: generic"."""
    return "-- plan:  generic" in _file(name)


def _file(name: str) -> str:
    return _places()[name].read_text(encoding="utf-8")


@cache
def _places() -> dict[str, Path]:
    """The file of each statement, by name; in which folder it is says which stage runs it."""
    return {
        path.stem: path
        for path in sorted(folder().rglob("*.sql"))
        if path.parent.name != _MIGRATIONS
    }


def filled(text: str, values: Mapping[str, object]) -> str:
    """`text` with each {name} of `values` put in: for the few places where SQL takes no parameter (types, names)."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def migrations() -> list[tuple[int, str, str]]:
    """(number, name, text) of every numbered file, in order."""
    files = sorted((folder() / _MIGRATIONS).glob("*.sql"))
    return [(int(file.name[:3]), file.stem, file.read_text(encoding="utf-8")) for file in files]


@cache
def fingerprint() -> str:
    """Changes when any statement changes: what was computed by the old one is then out of date."""
    files = sorted(folder().rglob("*.sql"))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:12]
