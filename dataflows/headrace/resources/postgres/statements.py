"""The SQL of `sql/`: one statement per file, and the numbered migrations.

A statement is found by its name, which is unique over all folders. Its folder says
which stage runs it.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import headrace

_PACKAGE = Path(headrace.__file__).resolve().parent
_MIGRATIONS = "migrations"
_COMMENT = re.compile(r"--[^\n]*\n")


class Migration(NamedTuple):
    """A numbered file of sql/migrations. `name` is its file name without the ending."""

    number: int
    name: str
    text: str


class EncoderStatements:
    """The statements as they are sent to a database, for the vectors of one encoder."""

    def __init__(self, encoder_id: int, dimension: int):
        self._values = {"encoder_id": encoder_id, "dimension": dimension}
        self._texts: dict[str, bytes] = {}
        self.fingerprint = f"{fingerprint()}:{encoder_id}"

    def text(self, name: str) -> bytes:
        """The SQL of `<name>.sql`, encoded: as str, psycopg takes only literals."""
        text = self._texts.get(name)
        if text is None:
            text = filled(statement(name), self._values).encode()
            self._texts[name] = text
        return text


@cache
def folder() -> Path:
    """Where the files are: in an installed package, or at the root of a checkout."""
    inside = _PACKAGE / "sql"
    return inside if inside.is_dir() else _PACKAGE.parent.parent / "sql"


@cache
def statement(name: str) -> str:
    """The text of the statement `name`, without comments and the last semicolon.

    Raises:
        LookupError: there is no such file, or there are two files of one name.
    """
    return _COMMENT.sub("\n", _file(name)).strip().removesuffix(";")


@cache
def has_one_plan(name: str) -> bool:
    """Whether one plan of the statement `name`, made once, is good for all values.

    Its header says so: "plan:  generic".
    """
    return "-- plan:  generic" in _file(name)


def _file(name: str) -> str:
    path = _places().get(name)
    if path is None:
        raise LookupError(f"there is no statement {name}: {folder()} has no file {name}.sql")
    return path.read_text(encoding="utf-8")


@cache
def _places() -> Mapping[str, Path]:
    files = sorted(folder().rglob("*.sql"))
    return by_name(path for path in files if path.parent.name != _MIGRATIONS)


def by_name(files: Iterable[Path]) -> dict[str, Path]:
    """The file of each statement, by the statement's name.

    Raises:
        LookupError: two files have the same name.
    """
    places: dict[str, Path] = {}
    for path in files:
        other = places.setdefault(path.stem, path)
        if other != path:
            raise LookupError(
                f"two statements are named {path.stem}, and a statement is found by its name "
                f"alone: rename {other} or {path}"
            )
    return places


def filled(text: str, values: Mapping[str, object]) -> str:
    """`text` with the value of each {name} in its place.

    For the few places where SQL takes no parameter: types, and names of tables.
    """
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def migrations() -> list[Migration]:
    """Every migration, in the order of their numbers."""
    files = sorted((folder() / _MIGRATIONS).glob("*.sql"))
    return [_migration(file) for file in files]


def _migration(file: Path) -> Migration:
    return Migration(int(file.name[:3]), file.stem, file.read_text(encoding="utf-8"))


@cache
def fingerprint() -> str:
    """Twelve hexadecimal digits that change when any file of `sql/` changes."""
    files = sorted(folder().rglob("*.sql"))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:12]
