"""Paths to documents. Whatever a file holds, reading it gives values: documents, and reasons where there are none.

    find_sources      files and folders -> the files to read
    read_source       a file            -> its documents, and an Unreadable for each thing that did not become one
    count_documents   a file            -> how many outcomes to expect, for a progress bar

One module per format (`texts`, `html`, `pdf`, `word`, `jsonl`); `decoding` and `cleaning` make the text that is stored.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from headrace.errors import SourceError
from headrace.ingest.readers.cleaning import clean_text, one_line
from headrace.ingest.readers.html import html_content
from headrace.ingest.readers.jsonl import line_count, line_documents
from headrace.ingest.readers.outcomes import BYTES_PER_MB, Content, Unreadable, size_error
from headrace.ingest.readers.pdf import pdf_content
from headrace.ingest.readers.texts import markdown_content, plain_content, rst_content
from headrace.ingest.readers.word import docx_content
from headrace.types import Document

__all__ = [
    "Unreadable",
    "clean_text",
    "count_documents",
    "find_sources",
    "is_supported",
    "read_source",
]

_FILE_TYPES = {
    ".md": "md",
    ".markdown": "md",
    ".txt": "txt",
    ".rst": "rst",
    ".html": "html",
    ".htm": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".jsonl": "jsonl",
    ".jsonl.gz": "jsonl",
}
_CONTENTS = {
    "md": markdown_content,
    "rst": rst_content,
    "txt": plain_content,
    "html": html_content,
    "pdf": pdf_content,
}


def find_sources(paths: Sequence[Path]) -> list[Path]:
    """The files to read: those named, and beneath each folder named all of a supported type, links followed.

    Hidden files and folders beneath a folder are passed over, as are files of other types.

    Returns:
        Absolute paths, each once, sorted.
    Raises:
        SourceError: a path does not exist, a file named is of no supported type, or a folder cannot be listed.
    """
    sources: set[Path] = set()
    for path in map(Path, paths):
        if _is_folder(path):
            sources.update(_located(file) for file in _files_beneath(path))
        elif _file_type(path) is None:
            raise SourceError(f"{path} cannot be read: it is not one of {', '.join(_FILE_TYPES)}")
        else:
            sources.add(_located(path))
    return sorted(sources)


def is_supported(path: Path) -> bool:
    """Whether a file of this name is one to read."""
    return _file_type(path) is not None


def read_source(path: Path, *, max_document_mb: float = 64) -> Iterator[Document | Unreadable]:
    """The documents of one file, and an Unreadable for each part that did not become one.

    One Document for most files, one per line for .jsonl. Most files give one outcome; a PDF with scanned pages among
    others gives its Document and then an Unreadable naming those pages. Nothing a file holds makes this raise.

    Args:
        max_document_mb: in units of 1,000,000 bytes; larger files (.docx: unpacked) and larger .jsonl lines are not read.
    """
    path = _located(Path(path))
    source = _name(path)
    try:
        _refuse_special_file(path)
        if _file_type(path) == "jsonl":
            yield from line_documents(path, source, max_document_mb)
        else:
            yield from _file_outcomes(path, source, max_document_mb)
    except SourceError as fault:
        yield Unreadable(source, str(fault))
    except OSError as fault:
        yield Unreadable(source, f"cannot be read: {fault.strerror or fault}")


def count_documents(path: Path) -> int:
    """How many outcomes `read_source` has in store: the lines of a .jsonl that are not blank, 1 for any other file."""
    path = _located(Path(path))
    try:
        _refuse_special_file(path)
        return line_count(path) if _file_type(path) == "jsonl" else 1
    except (SourceError, OSError):
        return 1


def _file_outcomes(
    path: Path, source: str, max_document_mb: float
) -> Iterator[Document | Unreadable]:
    file_type = _file_type(path)
    if file_type is None:
        raise SourceError(f"it is not one of {', '.join(_FILE_TYPES)}")
    if (size_bytes := path.stat().st_size) > max_document_mb * BYTES_PER_MB:
        raise size_error(size_bytes, max_document_mb)
    content = _content(file_type, path.read_bytes(), max_document_mb)
    if not content.text.strip():
        raise SourceError("empty: there is no text in it")
    yield Document(
        document_id=source,
        title=content.title or one_line(_name(Path(path.stem))),
        text=content.text,
        source=source,
        metadata={"file_type": file_type, **content.metadata},
        page_starts=content.page_starts,
        markup=content.markup,
    )
    if content.lost:
        yield Unreadable(source, content.lost)


def _content(file_type: str, data: bytes, max_document_mb: float) -> Content:
    try:
        return (
            docx_content(data, max_document_mb)
            if file_type == "docx"
            else _CONTENTS[file_type](data)
        )
    except SourceError:
        raise
    except Exception as fault:  # a parser met bytes its authors did not foresee: about this file, whatever it raised
        raise SourceError(
            f"damaged, or not {file_type} in spite of its name ({type(fault).__name__}: {fault})"
        ) from fault


def _file_type(path: Path) -> str | None:
    name = path.name.lower()
    return next(
        (file_type for ending, file_type in _FILE_TYPES.items() if name.endswith(ending)), None
    )


def _located(path: Path) -> Path:
    """The absolute path with links resolved, unless the link has the telling file ending and its target none."""
    target = Path(os.path.realpath(path))
    return (
        path.parent.resolve() / path.name if _file_type(path) and not _file_type(target) else target
    )


def _name(path: Path) -> str:
    """A path as stored: with slashes, and with escapes for bytes in a file name that are not UTF-8."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError as fault:
        raise SourceError(f"{path} does not exist") from fault
    except OSError as fault:
        raise SourceError(f"{path} cannot be read: {fault.strerror}") from fault


def _files_beneath(folder: Path) -> Iterator[Path]:
    """The files to read in a folder and its folders; each folder once, so that links in a circle come to an end."""
    seen: set[str] = set()
    for here, folders, files in os.walk(folder, followlinks=True, onerror=_refuse_listing):
        if os.path.realpath(here) in seen:
            folders.clear()
            continue
        seen.add(os.path.realpath(here))
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (
            Path(here, name)
            for name in files
            if not name.startswith(".") and _file_type(Path(name))
        )


def _refuse_listing(fault: OSError) -> None:
    """Stop at a folder that cannot be listed: passed over, its documents would look as if they were gone."""
    raise SourceError(f"folder {fault.filename} cannot be listed: {fault.strerror}") from fault


def _refuse_special_file(path: Path) -> None:
    """Refuse a folder, and a pipe or a device, from which reading might never return."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise SourceError("not a regular file")
