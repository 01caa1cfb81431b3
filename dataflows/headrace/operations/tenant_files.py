"""The file in which a tenant's documents go from one installation to another.

It is compressed with gzip, and holds one JSON object a line:

    {"head": {"format": "headrace tenant", "version": 1, "tenant": "acme",
              "encoder": "...", "dimension": 384}}
    {"glossary": [["RMA", "return merchandise authorization"]]}
    {"document": {"document_id", "title", "source", "text", "language", "metadata",
                  "page_starts", "content_hash", "stored_at", "chunks"}}
    {"end": {"documents": 1, "chunks": 3, "sha256": "..."}}

A chunk is {"start", "end", "page", "above", "vector"}: characters of the document's
text, what stands above them, and half-precision numbers in base64. The checksum is that
of all lines before the last.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from headrace.errors import SourceError

FORMAT = "headrace tenant"
VERSION = 1
#: A longer line is no document of ours.
_LINE_BYTES = 1_000_000_000
_COMPRESSION = 6
#: What reading a damaged file raises.
_DAMAGE = (EOFError, OSError, zlib.error, ValueError, RecursionError, KeyError, TypeError)


@dataclass(frozen=True)
class Head:
    """Whose documents the file holds, and whose vectors."""

    tenant: str
    encoder: str
    dimension: int
    format: str = FORMAT
    version: int = VERSION


@dataclass(frozen=True)
class Contents:
    """What a whole file holds."""

    head: Head
    glossary: list[tuple[str, str]]
    documents: int


class _Line(NamedTuple):
    kind: str
    value: Any
    content: bytes


class Writer:
    """Writes lines and counts them. Made by `written`."""

    def __init__(self, file: gzip.GzipFile):
        self._file = file
        self._sum = hashlib.sha256()
        self.documents = 0
        self.chunks = 0

    def document(self, document: dict[str, Any]) -> None:
        self.line("document", document)
        self.documents += 1
        self.chunks += len(document["chunks"])

    def line(self, kind: str, value: Any) -> None:
        line = json.dumps({kind: value}, ensure_ascii=False).encode() + b"\n"
        self._sum.update(line)
        self._file.write(line)

    def end(self) -> None:
        counts = {"documents": self.documents, "chunks": self.chunks}
        self.line("end", {**counts, "sha256": self._sum.hexdigest()})


@contextmanager
def written(path: Path, head: Head) -> Iterator[Writer]:
    """Yield what writes the file. It has its name once it is complete.

    It is readable for its owner alone.

    Raises:
        SourceError: it cannot be written; nothing is left of it.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600, exist_ok=False)
        with gzip.open(unfinished, "wb", compresslevel=_COMPRESSION) as file:
            writer = Writer(file)
            writer.line("head", asdict(head))
            yield writer
            writer.end()
        unfinished.replace(path)
    except OSError as error:
        raise SourceError(
            f"writing {path} failed, and nothing was kept: {error.strerror or error}; free disk "
            "space, or name a file in a folder that is there"
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def contents(path: Path) -> Contents:
    """What the file holds, once all of it has been read and its checksum is right.

    Raises:
        SourceError: it is no such file, is cut or damaged, or newer than this code.
    """
    sum_of_lines = hashlib.sha256()
    head: Head | None = None
    glossary: list[tuple[str, str]] = []
    documents = 0
    is_whole = False
    for line in _lines(path):
        is_whole = False
        if head is None:
            head = _head(path, line)
        elif line.kind == "glossary":
            glossary = [(str(short), str(long)) for short, long in line.value]
        elif line.kind == "document":
            documents += 1
        elif line.kind == "end":
            expected = {"documents": documents, "sha256": sum_of_lines.hexdigest()}
            is_whole = isinstance(line.value, dict) and line.value | expected == line.value
        sum_of_lines.update(line.content)
    if is_whole and head is not None:
        return Contents(head, glossary, documents)
    raise SourceError(
        f"{path} is cut or was changed: its end is missing or does not fit. Nothing was imported; "
        "export it again"
    )


def documents(path: Path) -> Iterator[dict[str, Any]]:
    """The documents of a file that `contents` has read whole."""
    for line in _lines(path):
        if line.kind == "document":
            yield line.value


def _lines(path: Path) -> Iterator[_Line]:
    try:
        with gzip.open(path, "rb") as file:
            while content := file.readline(_LINE_BYTES):
                ((kind, value),) = json.loads(content).items()
                yield _Line(kind, value, content)
    except FileNotFoundError:
        raise SourceError(f"there is no file {path}") from None
    except (*_DAMAGE, AttributeError) as error:
        raise SourceError(
            f"{path} is no export of a tenant, or is cut or damaged: "
            f"{error or type(error).__name__}. Nothing was imported; export it again"
        ) from error


def _head(path: Path, line: _Line) -> Head:
    value = line.value
    if line.kind != "head" or not isinstance(value, dict) or value.get("format") != FORMAT:
        raise SourceError(f'{path} is no export of a tenant ("run.py tenant export" makes one)')
    if value.get("version") != VERSION:
        raise SourceError(
            f"{path} is of version {value.get('version')}, and this Headrace reads version "
            f"{VERSION}: use the newer one"
        )
    return Head(str(value.get("tenant")), str(value.get("encoder")), int(value["dimension"]))
