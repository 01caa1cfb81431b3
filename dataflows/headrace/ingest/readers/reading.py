"""Files to their documents, whatever their type."""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from headrace.errors import SourceError
from headrace.ingest.readers.cleaning import one_line
from headrace.ingest.readers.contents import File, content_of
from headrace.ingest.readers.files import (
    as_named,
    opened,
    reader_for,
    refuse_special_file,
    stored_name,
    supported_endings,
)
from headrace.ingest.readers.jsonl import line_count, line_documents
from headrace.ingest.readers.kinds.names import FileType, file_type
from headrace.ingest.readers.limits import Limits
from headrace.ingest.readers.outcomes import Content, Empty, Remark, Unreadable
from headrace.ingest.readers.processes import Reading
from headrace.types import Document, Reader

#: Read in a process of their own: by parsers that are not ours, or at some length.
_FOREIGN: set[FileType] = {
    "html",
    "pdf",
    "docx",
    "odt",
    "rtf",
    "rst",
    "adoc",
    "org",
    "xlsx",
    "xls",
    "pptx",
    "csv",
    "ipynb",
    "eml",
    "msg",
    "mbox",
    "epub",
    "zip",
}
_DEFAULT = Limits()
#: What is said of archives that hold nothing to read.
_OF_OTHER_TYPES = "without a file of a type that is read"
#: Files handed over at a time, and bytes after which no more are added.
_BATCH_FILES = 64
_BATCH_BYTES = 1_000_000
#: Processes that read files at the same time, unless another number is given.
_WORKERS = 2


def read_source(
    path: Path, limits: Limits = _DEFAULT, *, readers: Sequence[Reader] = ()
) -> Iterator[Document | Unreadable]:
    """The documents of one file, and an Unreadable for each part that gave none.

    A .jsonl file gives one document a line. Any other file gives one outcome, except a
    PDF that has scanned or damaged pages among others: it gives its Document, then an
    Unreadable that names those pages. A file of a reader of the user's gives what that
    reader finds. Nothing that a file holds makes this raise.

    Args:
        path: a file, of any type.
        limits: what is over them is not read. The user's readers have no limits.
        readers: the user's own.
    """
    yield from read_files([path], limits, readers=readers)


def read_files(
    paths: Iterable[Path], limits: Limits = _DEFAULT, *, readers: Sequence[Reader] = ()
) -> Iterator[Document | Unreadable]:
    """The outcomes of several files, one after the other, as from `read_source`."""
    for _, outcome in read_each(paths, limits, readers=readers):
        yield outcome


def read_each(
    paths: Iterable[Path],
    limits: Limits,
    *,
    readers: Sequence[Reader],
    workers: int = _WORKERS,
) -> Iterator[tuple[Path, Document | Unreadable]]:
    """The outcomes of several files, in their order, each with its file.

    Files that are read in a process of their own are handed over several at a time:
    while one outcome is used, the next files are being read, by as many processes as
    there are workers.
    """
    ahead: deque[tuple[list[_Source], Reading]] = deque()
    try:
        for batch in _batches(paths, limits, readers, workers):
            handed_over = [source.handed_over for source in batch if source.handed_over]
            ahead.append((batch, Reading(handed_over, limits)))
            if len(ahead) >= workers:
                yield from _batch_outcomes(*ahead[0], limits, readers)
                ahead.popleft()
        for batch, reading in ahead:
            yield from _batch_outcomes(batch, reading, limits, readers)
    finally:
        for _, reading in ahead:
            reading.close()


def count_documents(path: Path, readers: Sequence[Reader] = ()) -> int:
    """The number of outcomes to expect from `read_source`, for a progress bar.

    The lines of a .jsonl that are not blank; 1 for any other file.
    """
    path = Path(path)
    is_ours = reader_for(path, readers) is None
    try:
        refuse_special_file(path)
        return line_count(path) if is_ours and file_type(path) == "jsonl" else 1
    except (SourceError, OSError):
        return 1


@dataclass(frozen=True, slots=True)
class _Source:
    """A file to read.

    `handed_over` is what another process is to read; `fault` says why a file cannot be
    handed over.
    """

    path: Path
    name: str
    handed_over: File | None = None
    fault: str = ""


def _batches(
    paths: Iterable[Path], limits: Limits, readers: Sequence[Reader], workers: int
) -> Iterator[list[_Source]]:
    """The files, several at a time, but few bytes; fewer for more workers."""
    batch: list[_Source] = []
    size_bytes = 0
    for path in paths:
        source = _source(as_named(Path(path)), limits, readers)
        batch.append(source)
        size_bytes += len(source.handed_over[1]) if source.handed_over else 0
        if len(batch) >= _BATCH_FILES // workers or size_bytes >= _BATCH_BYTES / workers:
            yield batch
            batch, size_bytes = [], 0
    if batch:
        yield batch


def _source(path: Path, limits: Limits, readers: Sequence[Reader]) -> _Source:
    name, kind = stored_name(path), file_type(path)
    if kind not in _FOREIGN or reader_for(path, readers) is not None:
        return _Source(path, name)
    try:
        return _Source(path, name, handed_over=(kind, _bytes(path, limits)))
    except (SourceError, OSError) as fault:
        return _Source(path, name, fault=_reason(fault))


def _batch_outcomes(
    batch: Sequence[_Source], reading: Reading, limits: Limits, readers: Sequence[Reader]
) -> Iterator[tuple[Path, Document | Unreadable]]:
    for source in batch:
        for outcome in _outcomes(source, reading, limits, readers):
            yield source.path, outcome


def _outcomes(
    source: _Source,
    reading: Reading,
    limits: Limits,
    readers: Sequence[Reader],
) -> Iterator[Document | Unreadable]:
    """What a file gives; `reading` is of the files that were handed over."""
    path, name = source.path, source.name
    try:
        if source.fault:
            yield Unreadable(name, source.fault)
        elif source.handed_over:
            yield from _documents(source, source.handed_over[0], reading.next_content())
        elif reader := reader_for(path, readers):
            refuse_special_file(path)
            yield from _reader_outcomes(reader, path, name)
        elif (kind := file_type(path)) == "jsonl":
            yield from line_documents(path, name, limits)
        elif kind:
            yield from _documents(source, kind, content_of(kind, _bytes(path, limits), limits))
        else:
            endings = ", ".join(supported_endings(readers))
            yield Unreadable(name, f"it is not one of {endings}")
    except (SourceError, OSError) as fault:
        yield Unreadable(name, _reason(fault))


def _reason(fault: SourceError | OSError) -> str:
    if isinstance(fault, OSError):
        return f"cannot be read: {fault.strerror or fault}"
    return str(fault)


def _reader_outcomes(reader: Reader, path: Path, source: str) -> Iterator[Document | Unreadable]:
    """What a reader of the user's gives, up to its first fault."""
    name = type(reader).__name__
    try:
        for document in reader.read(str(path)):
            if not isinstance(document, Document):
                kind = type(document).__name__
                yield Unreadable(source, f"{name} gave a {kind}, which is not a Document")
                return
            yield document
    except SourceError as fault:
        yield Unreadable(source, f"{name} failed: {fault}")
    except Exception as fault:  # code that is not ours: any error
        yield Unreadable(source, f"{name} failed: {type(fault).__name__}: {fault}")


def _documents(
    source: _Source, kind: FileType, content: Content
) -> Iterator[Document | Unreadable]:
    """The document of a file, or those of its parts."""
    if kind == "zip" and not content.parts:
        yield Empty(source.name, "no file in it is of a type that is read", kind=_OF_OTHER_TYPES)
    elif not content.parts:
        yield from _document(source.name, source.path, kind, content)
    for part in content.parts:
        name = f"{source.name}:{part.name}"
        try:
            if isinstance(part.outcome, str):
                raise SourceError(part.outcome)
            yield from _document(name, PurePath(part.name), part.kind, part.outcome)
        except SourceError as fault:
            yield Unreadable(name, str(fault))


def _document(
    name: str, path: PurePath, kind: FileType, content: Content
) -> Iterator[Document | Unreadable]:
    if not content.text.strip():
        yield Empty(name, "empty: there is no text in it")
        return
    file_name = path.name if kind == "code" else path.stem
    yield Document(
        document_id=name,
        title=content.title or one_line(stored_name(Path(file_name))),
        text=content.text,
        source=name,
        metadata={"file_type": kind, **content.metadata},
        page_starts=content.page_starts,
        markup=content.markup,
    )
    if content.lost:
        yield Unreadable(name, content.lost, is_in_part=True)
    if content.remark:
        yield Remark(name, content.remark)
    if content.metadata.get("encoding_guessed"):
        encoding = content.metadata["encoding"]
        yield Remark(name, f"read as {encoding}, a guess: it has too little text to tell")


def _bytes(path: Path, limits: Limits) -> bytes:
    """What is in a file when it is opened; more may be written to it meanwhile."""
    with opened(path) as file:
        size_bytes = os.fstat(file.fileno()).st_size
        if size_bytes > limits.max_bytes:
            raise limits.size_error(size_bytes)
        return file.read(size_bytes)
