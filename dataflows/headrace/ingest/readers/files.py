"""Which files to read, and what a path says about its file."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from headrace.errors import SourceError

FileType = Literal["md", "txt", "rst", "html", "pdf", "docx", "jsonl"]

FILE_TYPES: dict[str, FileType] = {
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


def find_sources(paths: Sequence[Path]) -> list[Path]:
    """The files to read: those named, and those of a supported type in named folders.

    Links are followed. Beneath a folder, hidden files and folders and files of other
    types are passed over.

    Returns:
        Absolute paths, each once, sorted.
    Raises:
        SourceError: a path does not exist, a file named is not of a supported type, or
            a folder cannot be listed.
    """
    sources: set[Path] = set()
    for path in map(Path, paths):
        if _is_folder(path):
            sources.update(located(file) for file in _files_beneath(path))
        elif file_type(path) is None:
            raise SourceError(f"{path} cannot be read: it is not one of {', '.join(FILE_TYPES)}")
        else:
            sources.add(located(path))
    return sorted(sources)


def is_supported(path: Path) -> bool:
    """Whether a file of this name is one to read."""
    return file_type(path) is not None


def file_type(path: Path) -> FileType | None:
    """The type of a file, by the ending of its name; None when it is not supported."""
    name = path.name.lower()
    for ending, kind in FILE_TYPES.items():
        if name.endswith(ending):
            return kind
    return None


def located(path: Path) -> Path:
    """The absolute path with links resolved.

    A link at its end stays when only its own name tells the file type.
    """
    target = Path(os.path.realpath(path))
    if file_type(path) and not file_type(target):
        return path.parent.resolve() / path.name
    return target


def stored_name(path: Path) -> str:
    """A path as it is stored: slashes, and escapes for bytes that are not UTF-8."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def refuse_special_file(path: Path) -> None:
    """Raises SourceError for a folder, pipe or device: reading it may never end."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise SourceError("not a regular file")


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError as fault:
        raise SourceError(f"{path} does not exist") from fault
    except OSError as fault:
        raise SourceError(f"{path} cannot be read: {fault.strerror}") from fault


def _files_beneath(folder: Path) -> Iterator[Path]:
    """The files to read in a folder and the folders beneath it.

    Each folder is visited once, so that a circle of links comes to an end.
    """
    seen: set[str] = set()
    for here, folders, files in os.walk(folder, followlinks=True, onerror=_refuse_listing):
        if os.path.realpath(here) in seen:
            folders.clear()
            continue
        seen.add(os.path.realpath(here))
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith(".") and is_supported(Path(name)):
                yield Path(here, name)


def _refuse_listing(fault: OSError) -> None:
    """Stops at a folder that cannot be listed.

    If it were passed over, its documents would look as if they had been deleted.
    """
    raise SourceError(f"folder {fault.filename} cannot be listed: {fault.strerror}") from fault
