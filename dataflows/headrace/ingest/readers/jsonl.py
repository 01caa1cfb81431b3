"""JSON lines, plain or gzipped: a document a line, laid out like BEIR collections."""

import codecs
import gzip
import io
import itertools
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from headrace.errors import SourceError, json_fault
from headrace.ingest.readers.cleaning import clean_text, one_line, plain_metadata
from headrace.ingest.readers.files import opened
from headrace.ingest.readers.limits import Limits
from headrace.ingest.readers.outcomes import Empty, Unreadable
from headrace.types import Document

_PIECE_BYTES = 1 << 16
_MARK_BYTES = 2
#: How a file in UTF-16 without a mark begins.
_WIDE_STARTS = {b"{\0": "utf-16-le", b"\0{": "utf-16-be"}
_UTF8_MARK = b"\xef\xbb\xbf"
_DAMAGED = (OSError, EOFError, zlib.error)  # what reading a broken gzip file raises
#: A packed file is never unpacked to more times its size: texts are packed to a third
#: of theirs, tables to a thirtieth.
_MOST_UNPACKED = 200
#: Unpacked, up to this much is read in any case.
_HARMLESS_BYTES = 100_000_000
_MOST_BLANK_LINES = 100_000
#: Values of one line, which take far more memory than they take in the file.
_MOST_VALUES = 3_000_000
_FIELDS = ("title", "text", "metadata")
#: Names of a line's values that are told where one is missing.
_NAMES_TOLD = 5
_NAME_CHARACTERS = 40
_KINDS = {
    str: "a string",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}


class _Line(NamedTuple):
    """A line of a file.

    `number` counts from 1. `size_bytes` is that of the whole line without its end, also
    when `data` is cut off past the limit.
    """

    number: int
    size_bytes: int
    data: bytes


def line_documents(path: Path, source: str, limits: Limits) -> Iterator[Document | Unreadable]:
    """The documents of a file's lines, in order, read one line at a time.

    A line is an object with "_id" (or "id"), "text", and optionally "title" and
    "metadata". Its other values join the metadata. A line with a title and no text has
    its title for a text. Blank lines are passed over. A line over the limit is never
    held whole. When a file breaks off (a damaged gzip), the documents before that
    come first, then one Unreadable for the rest.
    """
    number, is_empty = 0, True
    lines_of_ids: dict[str, int] = {}
    with _opened(path) as file:
        try:
            for line in _lines(file, limits.max_bytes):
                number = line.number
                if line.size_bytes > limits.max_bytes or not line.data.isspace():
                    is_empty = False
                    outcome = _outcome(line, source, limits)
                    yield _unrepeated(outcome, source, number, lines_of_ids)
        except SourceError as fault:
            is_empty = False
            yield Unreadable(f"{source}:{number + 1}", f"not read from here on: {fault}")
        except _DAMAGED as fault:
            is_empty = False
            yield Unreadable(
                f"{source}:{number + 1}",
                f"the file is damaged from here on, and what came before is unchecked: {fault}",
            )
    if is_empty:
        yield Empty(source, "empty: not one line with a document")


def line_count(path: Path) -> int:
    """The number of lines that are not blank, plus 1 when the file breaks off."""
    lines, is_blank = 0, True
    with _opened(path) as unpacked:
        try:
            while piece := unpacked.readline(_PIECE_BYTES):
                is_blank = is_blank and piece.isspace()
                if piece.endswith(b"\n"):
                    lines, is_blank = lines + (not is_blank), True
        except (*_DAMAGED, SourceError):
            return lines + 1
    return lines + (not is_blank)


class _Unpacked:
    """What is in a file when it is opened; more may be written to it meanwhile."""

    def __init__(self, file: BinaryIO, is_packed: bool) -> None:
        self._file: BinaryIO | _Recoded = _as_utf8(
            gzip.GzipFile(fileobj=file) if is_packed else file
        )
        size_bytes = os.fstat(file.fileno()).st_size
        if is_packed:
            size_bytes = max(size_bytes * _MOST_UNPACKED, _HARMLESS_BYTES)
        if isinstance(self._file, _Recoded):  # two bytes become three at most
            size_bytes *= 2
        self._left_bytes = size_bytes
        self._is_packed = is_packed
        self._blank_lines = 0

    def readline(self, most_bytes: int) -> bytes:
        """The next line, or its next `most_bytes`; b"" at the end.

        Raises:
            SourceError: the file was made to be endless.
        """
        if self._left_bytes <= 0 and not self._is_packed:
            return b""
        data = self._file.readline(most_bytes)
        self._left_bytes -= len(data)
        self._blank_lines = self._blank_lines + 1 if data == b"\n" else 0
        if self._left_bytes < 0 and self._is_packed:
            raise SourceError(f"it unpacks to more than {_MOST_UNPACKED} times its size")
        if self._blank_lines > _MOST_BLANK_LINES:
            raise SourceError(f"more than {_MOST_BLANK_LINES:,} blank lines in a row")
        return data


class _Recoded:
    """A file in UTF-16, read as if it were in UTF-8."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = io.TextIOWrapper(file, encoding, errors="replace", newline="\n")

    def readline(self, most: int) -> bytes:
        return self._file.readline(most).encode("utf-8", "replace")


def _as_utf8(file: Any) -> "BinaryIO | _Recoded":
    """A file whose lines are UTF-8, whether it is that or UTF-16."""
    try:
        start = file.peek(_MARK_BYTES)[:_MARK_BYTES]
    except _DAMAGED:  # reading it says so
        return file
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _Recoded(file, "utf-16")
    encoding = _WIDE_STARTS.get(start)
    return _Recoded(file, encoding) if encoding else file


@contextmanager
def _opened(path: Path) -> Iterator[_Unpacked]:
    with opened(path) as file:
        yield _Unpacked(file, is_packed=path.name.lower().endswith(".gz"))


def _lines(file: _Unpacked, limit_bytes: int) -> Iterator[_Line]:
    for number in itertools.count(1):
        data = file.readline(limit_bytes + 1)
        if not data:
            return
        rest_bytes = 0
        while not data.endswith(b"\n") and (rest := file.readline(_PIECE_BYTES)):
            rest_bytes += len(rest)
            if rest.endswith(b"\n"):
                break
        yield _Line(number, len(data) - data.endswith(b"\n") + rest_bytes, data)


def _outcome(line: _Line, source: str, limits: Limits) -> Document | Unreadable:
    try:
        if line.size_bytes > limits.max_bytes:
            raise limits.size_error(line.size_bytes, "a line of ")
        data = line.data.removeprefix(_UTF8_MARK) if line.number == 1 else line.data
        return _document(_entry(data), source)
    except SourceError as fault:
        return Unreadable(f"{source}:{line.number}", str(fault))
    except RecursionError:
        return Unreadable(f"{source}:{line.number}", "its values are nested too deeply")


def _unrepeated(
    outcome: Document | Unreadable, source: str, number: int, lines_of_ids: dict[str, int]
) -> Document | Unreadable:
    """The outcome of a line; its failure if an earlier line had its id."""
    if isinstance(outcome, Unreadable):
        return outcome
    first = lines_of_ids.setdefault(outcome.document_id, number)
    if first == number:
        return outcome
    reason = f'its id "{outcome.document_id}" is also the id of line {first}, which was kept'
    return Unreadable(f"{source}:{number}", reason)


def _entry(line: bytes) -> Mapping[str, Any]:
    """The object that a line holds. SourceError: it is not an object, JSON or UTF-8."""
    if sum(map(line.count, (b",", b"[", b"{"))) > _MOST_VALUES:
        raise SourceError(f"more than {_MOST_VALUES:,} values")
    try:
        entry = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as fault:
        byte = line[fault.start]
        raise SourceError(
            f"not UTF-8, as JSON must be: byte {fault.start + 1} is 0x{byte:02x}"
        ) from fault
    except json.JSONDecodeError as fault:
        raise SourceError(f"not JSON: {json_fault(fault)}") from fault
    except ValueError as fault:  # a number of thousands of digits
        raise SourceError(f"not JSON that can be read: {fault}") from fault
    if not isinstance(entry, dict):
        raise SourceError(f"not a JSON object but {_kind(entry)}")
    return entry


def _document(entry: Mapping[str, Any], source: str) -> Document:
    id_name = "_id" if entry.get("_id") is not None else "id"
    title = one_line(_value(entry, "title", str, default=""))
    text = clean_text(_value(entry, "text", str))
    metadata = _value(entry, "metadata", dict, default={})
    known = (id_name, *_FIELDS)
    others = {name: value for name, value in entry.items() if name not in known}
    if not text.strip() and not title:
        raise SourceError("empty: neither text nor title")
    return Document(
        document_id=_identifier(entry, id_name),
        title=title,
        text=text if text.strip() else title,
        source=source,
        metadata={"file_type": "jsonl"} | plain_metadata(others | metadata),
    )


def _identifier(entry: Mapping[str, Any], name: str) -> str:
    """`entry[name]` as text. SourceError: it is missing, empty, or of another kind."""
    value = entry.get(name)
    if value is None:
        raise _missing("_id", entry)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise SourceError(f'"{name}" is {_kind(value)}, not a string or a number')
    identifier = clean_text(str(value))
    if not identifier.strip():
        raise SourceError(f'"{name}" is empty')
    return identifier


def _value(entry: Mapping[str, Any], name: str, wanted: type, default: Any = None) -> Any:
    """`entry[name]`, or `default` when it is missing or null.

    Raises:
        SourceError: there is neither a value nor a default, or it is not a `wanted`.
    """
    value = entry.get(name)
    value = default if value is None else value
    if value is None:
        raise _missing(name, entry)
    if not isinstance(value, wanted):
        raise SourceError(f'"{name}" is {_kind(value)}, not {_KINDS[wanted]}')
    return value


def _missing(name: str, entry: Mapping[str, Any]) -> SourceError:
    """Names what the line has instead: most often it is there under another name."""
    names = [f'"{one[:_NAME_CHARACTERS]}"' for one in sorted(entry)]
    told = ", ".join(names[:_NAMES_TOLD]) + (", ..." if len(names) > _NAMES_TOLD else "")
    return SourceError(f'"{name}" is missing' + (f"; the line has {told}" if names else ""))


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "null")
