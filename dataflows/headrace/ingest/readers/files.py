"""What a path says about its file, and how a file is opened.

`readers` are the user's own: for files that Headrace does not read, or reads in another
way.
"""

import contextlib
import errno
import functools
import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from headrace.errors import SettingsError, SourceError
from headrace.ingest.readers.kinds.names import DESCRIBED, FILE_TYPES, file_type
from headrace.types import Reader

_OF_THE_SYSTEM = {("/", "proc"), ("/", "sys"), ("/", "dev")}
_IS_OF_THE_SYSTEM = "a file of the system, which is never read"


def real_paths(paths: Iterable[Path]) -> list[Path]:
    """Absolute paths with links resolved."""
    return [Path(os.path.realpath(path)) for path in paths]


def is_beneath(path: Path, bounds: Sequence[Path]) -> bool:
    """Whether a path, with links resolved, is one of `bounds` or beneath one."""
    (real,) = real_paths([path])
    return any(real.is_relative_to(bound) for bound in bounds)


def is_supported(path: Path, readers: Sequence[Reader]) -> bool:
    """Whether a file of this name is one to read."""
    return file_type(path) is not None or reader_for(path, readers) is not None


def supported_endings(readers: Sequence[Reader]) -> list[str]:
    """The files that are read, each once: mostly endings, for messages."""
    endings: list[str] = list(DESCRIBED)
    for reader in readers:
        endings += reader.endings
    return list(dict.fromkeys(endings))


def reader_for(path: Path, readers: Sequence[Reader]) -> Reader | None:
    """The user's reader of a file; None when the file is left to Headrace.

    The longest ending of its name decides. With equal endings, the user's readers come
    before Headrace, the first one first.
    """
    name = path.name.lower()
    reader = max(readers, key=lambda one: _matched(name, one.endings), default=None)
    if reader is None:
        return None
    length = _matched(name, reader.endings)
    return reader if length and length >= _matched(name, FILE_TYPES) else None


def as_named(path: Path) -> Path:
    """The absolute path of what was named. Links in it stay.

    So a document keeps its id when a link such as `current` is led elsewhere.
    """
    if ".." in path.parts:  # what is above a link is not what its text says
        return Path(os.path.realpath(path))
    if path.is_absolute():
        return path
    here = os.environ.get("PWD", "")  # as the shell shows it, with links
    is_here = Path(here).is_absolute() and os.path.realpath(here) == os.path.realpath(".")
    return Path(here if is_here else Path.cwd(), path)


def named_beneath(root: Path, path: Path, readers: Sequence[Reader]) -> Path:
    """The name of a file in a folder that was named.

    Links beneath the folder are resolved, those on the way to it stay. A link at the
    end of the path stays when only its own name tells the file type.
    """
    real = Path(os.path.realpath(path))
    if is_supported(path, readers) and not is_supported(real, readers):
        real = Path(os.path.realpath(path.parent), path.name)
    real_root = os.path.realpath(root)
    return root / real.relative_to(real_root) if real.is_relative_to(real_root) else real


def stored_name(path: Path) -> str:
    """A path as it is stored: slashes, and escapes for bytes that are not UTF-8."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def is_file(path: Path) -> bool:
    """Whether there is a file; False beneath a folder that may not be looked into."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_there(path: Path) -> bool:
    """Whether there is a file or folder; False as of `is_file`."""
    try:
        return path.exists()
    except OSError:
        return False


def may_be_there(path: Path) -> bool:
    """Whether there is a file or folder, or nobody can tell.

    So it is beneath a folder that may not be looked into. A name that is too long for
    the file system is nowhere.
    """
    try:
        return path.exists()
    except OSError as fault:
        return fault.errno != errno.ENAMETOOLONG


def refuse_special_file(path: Path) -> None:
    """Raises SourceError for a path that cannot be a document.

    Reading a folder, pipe or device may never end. What the system shows of itself as
    files may hold the secrets of this process.
    """
    if Path(os.path.realpath(path)).parts[:2] in _OF_THE_SYSTEM:
        raise SourceError(_IS_OF_THE_SYSTEM)
    _refuse_special(path.stat())


def _refuse_special(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise SourceError("not a regular file")
    if found.st_dev in _devices_of_the_system():
        raise SourceError(_IS_OF_THE_SYSTEM)


@functools.cache
def _devices_of_the_system() -> frozenset[int]:
    """The numbers of the file systems in which the system shows itself."""
    devices: set[int] = set()
    for place in _OF_THE_SYSTEM:
        with contextlib.suppress(OSError):  # most systems do not have all of them
            devices.add(Path(*place).stat().st_dev)
    return frozenset(devices - {Path("/").stat().st_dev})


def opened(path: Path) -> BinaryIO:
    """A file opened to be read, which waits for nothing.

    Raises:
        SourceError: it is no document; see `refuse_special_file`.
    """
    refuse_special_file(path)
    file = open(path, "rb", opener=_open_without_waiting)  # noqa: PTH123, SIM115
    # Between looking at a path and opening it, something else may have come there.
    try:
        _refuse_special(os.fstat(file.fileno()))
    except SourceError:
        file.close()
        raise
    return file


def _open_without_waiting(path: str, flags: int) -> int:
    """Opens a path; to open a pipe would wait until somebody writes to it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def check_endings(readers: Sequence[Reader]) -> None:
    """Raises SettingsError for a reader with an ending that no name could have."""
    for reader in readers:
        for ending in reader.endings:
            if not ending.startswith(".") or ending != ending.lower():
                raise SettingsError(
                    f"the reader {type(reader).__name__} has the ending {ending!r}: endings are "
                    'several texts in small letters, each with its dot, such as (".eml", ".msg")'
                )


def _matched(name: str, endings: Iterable[str]) -> int:
    """The length of the longest ending that a name has; 0 when it has none of them."""
    return max((len(ending) for ending in endings if name.endswith(ending)), default=0)
