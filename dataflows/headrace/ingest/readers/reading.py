"""One file to its documents, whatever its type."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from headrace.errors import SourceError
from headrace.ingest.readers.cleaning import one_line
from headrace.ingest.readers.files import (
    FileType,
    file_type,
    located,
    reader_for,
    refuse_special_file,
    stored_name,
    supported_endings,
)
from headrace.ingest.readers.html import html_content
from headrace.ingest.readers.jsonl import line_count, line_documents
from headrace.ingest.readers.outcomes import BYTES_PER_MB, Content, Unreadable, size_error
from headrace.ingest.readers.pdf import pdf_content
from headrace.ingest.readers.texts import markdown_content, plain_content, rst_content
from headrace.ingest.readers.word import docx_content
from headrace.types import Document, Reader

_CONTENTS: dict[FileType, Callable[[bytes], Content]] = {
    "md": markdown_content,
    "rst": rst_content,
    "txt": plain_content,
    "html": html_content,
    "pdf": pdf_content,
}


def read_source(
    path: Path, *, max_document_mb: float = 64, readers: Sequence[Reader] = ()
) -> Iterator[Document | Unreadable]:
    """The documents of one file, and an Unreadable for each part that gave none.

    A .jsonl file gives one document a line. Any other file gives one outcome, except a
    PDF that has scanned or damaged pages among others: it gives its Document, then an
    Unreadable that names those pages. A file of a reader of the user's gives what that
    reader finds. Nothing that a file holds makes this raise.

    Args:
        path: a file, of any type.
        max_document_mb: in units of 1,000,000 bytes; larger files (.docx: unpacked) and
            larger lines of a .jsonl are not read. The user's readers have no limit.
        readers: the user's own.
    """
    path = located(Path(path), readers)
    source = stored_name(path)
    try:
        refuse_special_file(path)
        reader = reader_for(path, readers)
        if reader is not None:
            yield from _reader_outcomes(reader, path, source)
        elif file_type(path) == "jsonl":
            yield from line_documents(path, source, max_document_mb)
        else:
            yield from _file_outcomes(path, source, max_document_mb)
    except SourceError as fault:
        yield Unreadable(source, str(fault))
    except OSError as fault:
        yield Unreadable(source, f"cannot be read: {fault.strerror or fault}")


def count_documents(path: Path, readers: Sequence[Reader] = ()) -> int:
    """The number of outcomes to expect from `read_source`, for a progress bar.

    The lines of a .jsonl that are not blank; 1 for any other file.
    """
    path = located(Path(path), readers)
    is_ours = reader_for(path, readers) is None
    try:
        refuse_special_file(path)
        return line_count(path) if is_ours and file_type(path) == "jsonl" else 1
    except (SourceError, OSError):
        return 1


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


def _file_outcomes(
    path: Path, source: str, max_document_mb: float
) -> Iterator[Document | Unreadable]:
    kind = file_type(path)
    if kind is None:
        raise SourceError(f"it is not one of {', '.join(supported_endings())}")
    size_bytes = path.stat().st_size
    if size_bytes > max_document_mb * BYTES_PER_MB:
        raise size_error(size_bytes, max_document_mb)
    content = _content(kind, path.read_bytes(), max_document_mb)
    if not content.text.strip():
        raise SourceError("empty: there is no text in it")
    yield Document(
        document_id=source,
        title=content.title or one_line(stored_name(Path(path.stem))),
        text=content.text,
        source=source,
        metadata={"file_type": kind, **content.metadata},
        page_starts=content.page_starts,
        markup=content.markup,
    )
    if content.lost:
        yield Unreadable(source, content.lost)


def _content(kind: FileType, data: bytes, max_document_mb: float) -> Content:
    try:
        if kind == "docx":
            return docx_content(data, max_document_mb)
        return _CONTENTS[kind](data)
    except SourceError:
        raise
    except Exception as fault:  # bytes that a parser's authors did not foresee: any error
        raise SourceError(
            f"damaged, or not {kind} in spite of its name ({type(fault).__name__}: {fault})"
        ) from fault
