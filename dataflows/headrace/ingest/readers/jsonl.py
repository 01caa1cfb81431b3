"""JSON lines, plain or gzipped: one document a line, in the layout of the BEIR collections."""

import gzip
import itertools
import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from headrace.errors import SourceError
from headrace.ingest.readers.cleaning import clean_text, one_line, plain_metadata
from headrace.ingest.readers.outcomes import BYTES_PER_MB, Unreadable, size_error
from headrace.types import Document

_PIECE_BYTES = 1 << 16
_DAMAGED = (OSError, EOFError, zlib.error)  # what reading a broken gzip file raises


def line_documents(
    path: Path, source: str, max_document_mb: float
) -> Iterator[Document | Unreadable]:
    """The documents of a file's lines in their order, read one line at a time; blank lines are passed over.

    A line is an object: "_id" (or "id"), "text", and optionally "title" and "metadata"; its other values join the metadata.
    A line without text but with a title has its title for a text. Lines over `max_document_mb` are never held whole.
    When a file breaks off (a damaged gzip), the documents before that come first, then one Unreadable for the rest.
    """
    number, is_empty = 0, True
    limit_bytes = int(max_document_mb * BYTES_PER_MB)
    with _opened(path) as file:
        try:
            for number, size_bytes, line in _numbered_lines(file, limit_bytes):
                if size_bytes > limit_bytes or not line.isspace():
                    is_empty = False
                    yield _outcome(number, size_bytes, line, source, max_document_mb)
        except _DAMAGED as fault:
            is_empty = False
            yield Unreadable(
                f"{source}:{number + 1}",
                f"the file is damaged from here on, and what came before is unchecked: {fault}",
            )
    if is_empty:
        yield Unreadable(source, "empty: not one line with a document")


def line_count(path: Path) -> int:
    """How many lines are not blank; one more for the rest of a file that breaks off."""
    lines, is_blank = 0, True
    with _opened(path) as file:
        try:
            while piece := file.readline(_PIECE_BYTES):
                is_blank = is_blank and piece.isspace()
                if piece.endswith(b"\n"):
                    lines, is_blank = lines + (not is_blank), True
        except _DAMAGED:
            return lines + 1
    return lines + (not is_blank)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as file:
        if path.name.lower().endswith(".gz"):
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield unpacked
        else:
            yield file


def _numbered_lines(file: BinaryIO, limit_bytes: int) -> Iterator[tuple[int, int, bytes]]:
    """Each line's number from 1, its size in bytes and its bytes, cut off past `limit_bytes`."""
    for number in itertools.count(1):
        line = file.readline(limit_bytes + 1)
        if not line:
            return
        rest_bytes = 0
        while not line.endswith(b"\n") and (rest := file.readline(_PIECE_BYTES)):
            rest_bytes += len(rest)
            if rest.endswith(b"\n"):
                break
        yield number, len(line) - line.endswith(b"\n") + rest_bytes, line


def _outcome(
    number: int, size_bytes: int, line: bytes, source: str, max_document_mb: float
) -> Document | Unreadable:
    try:
        if size_bytes > max_document_mb * BYTES_PER_MB:
            raise size_error(size_bytes, max_document_mb, "a line of ")
        return _document(
            _entry(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line), source
        )
    except SourceError as fault:
        return Unreadable(f"{source}:{number}", str(fault))
    except RecursionError:
        return Unreadable(f"{source}:{number}", "its values are nested too deeply")


def _entry(line: bytes) -> Mapping[str, Any]:
    try:
        entry = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as fault:
        raise SourceError(
            f"not UTF-8, as JSON must be: byte {fault.start + 1} is 0x{line[fault.start]:02x}"
        ) from fault
    except json.JSONDecodeError as fault:
        raise SourceError(
            f"not JSON: {fault.msg.removesuffix(' at')} at character {fault.pos + 1}"
        ) from fault
    except ValueError as fault:  # a number of thousands of digits
        raise SourceError(f"not JSON that can be read: {fault}") from fault
    if not isinstance(entry, dict):
        raise SourceError(f"not a JSON object but {_kind(entry)}")
    return entry


def _document(entry: Mapping[str, Any], source: str) -> Document:
    id_name = "_id" if entry.get("_id") is not None else "id"
    title = one_line(_value(entry, "title", str, default=""))
    text = clean_text(_value(entry, "text", str))
    own = _value(entry, "metadata", dict, default={})
    others = {
        name: value
        for name, value in entry.items()
        if name not in (id_name, "title", "text", "metadata")
    }
    if not text.strip() and not title:
        raise SourceError("empty: neither text nor title")
    return Document(
        document_id=_identifier(entry, id_name),
        title=title,
        text=text if text.strip() else title,
        source=source,
        metadata={"file_type": "jsonl"} | plain_metadata(others | own),
    )


def _identifier(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise SourceError(
            '"_id" is missing'
            if value is None
            else f'"{name}" is {_kind(value)}, not a string or a number'
        )
    identifier = clean_text(str(value))
    if not identifier.strip():
        raise SourceError(f'"{name}" is empty')
    return identifier


def _value(entry: Mapping[str, Any], name: str, wanted: type, default: Any = None) -> Any:
    """`entry[name]`, `default` when it is missing or null; SourceError when there is no default, or it is not a `wanted`."""
    value = entry.get(name)
    value = default if value is None else value
    if value is None:
        raise SourceError(f'"{name}" is missing')
    if not isinstance(value, wanted):
        raise SourceError(f'"{name}" is {_kind(value)}, not {_KINDS[wanted]}')
    return value


_KINDS = {
    str: "a string",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "null")
