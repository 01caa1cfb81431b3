"""Which files to read, and what a path says about its file.

`readers` are the user's own: for files that Headrace does not read, or reads in another
way.
"""

import contextlib
import functools
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from headrace.errors import SettingsError, SourceError
from headrace.ingest.readers.kinds.names import DESCRIBED, FILE_TYPES, file_type
from headrace.types import Reader

_OF_THE_SYSTEM = {("/", "proc"), ("/", "sys"), ("/", "dev")}
_IS_OF_THE_SYSTEM = "a file of the system, which is never read"


def find_sources(
    paths: Sequence[Path], readers: Sequence[Reader] = (), *, follow_links: bool = False
) -> list[Path]:
    """The files to read: those named, and those of a supported type in named folders.

    Beneath a folder, hidden files and folders and files of other types are passed over.

    Args:
        follow_links: beneath a folder, also links that lead out of all named paths.

    Returns:
        Absolute paths, each once, sorted.
    Raises:
        SourceError: a path does not exist, a file named is not of a supported type, or
            a folder cannot be listed.
        SettingsError: a reader has an ending that no name could have.
    """
    _check_endings(readers)
    bounds = [] if follow_links else real_paths(paths)
    sources: set[Path] = set()
    for path in map(Path, paths):
        if _is_folder(path):
            for file, leads_out in _beneath(path, bounds, readers):
                if not leads_out:
                    sources.add(located(file, readers))
        elif not is_supported(path, readers):
            endings = ", ".join(supported_endings(readers))
            raise SourceError(f"{path} cannot be read: it is not one of {endings}")
        else:
            sources.add(located(path, readers))
    return sorted(sources)


def links_out(paths: Sequence[Path], readers: Sequence[Reader] = ()) -> list[Path]:
    """The links beneath folders that `find_sources` follows only when asked to.

    They lead to files or folders that are neither named nor beneath a named folder.
    """
    bounds = real_paths(paths)
    found: set[Path] = set()
    for path in map(Path, paths):
        if path.is_dir():
            for file, leads_out in _beneath(path, bounds, readers):
                if leads_out:
                    found.add(file.absolute())
    return sorted(found)


def real_paths(paths: Iterable[Path]) -> list[Path]:
    """Absolute paths with links resolved."""
    return [Path(os.path.realpath(path)) for path in paths]


def is_beneath(path: Path, bounds: Sequence[Path]) -> bool:
    """Whether a path, with links resolved, is one of `bounds` or beneath one."""
    (real,) = real_paths([path])
    return any(real.is_relative_to(bound) for bound in bounds)


def is_supported(path: Path, readers: Sequence[Reader] = ()) -> bool:
    """Whether a file of this name is one to read."""
    return file_type(path) is not None or reader_for(path, readers) is not None


def supported_endings(readers: Sequence[Reader] = ()) -> list[str]:
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


def located(path: Path, readers: Sequence[Reader] = ()) -> Path:
    """The absolute path with links resolved.

    A link at its end stays when only its own name tells the file type.
    """
    target = Path(os.path.realpath(path))
    if is_supported(path, readers) and not is_supported(target, readers):
        return path.parent.resolve() / path.name
    return target


def stored_name(path: Path) -> str:
    """A path as it is stored: slashes, and escapes for bytes that are not UTF-8."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def refuse_special_file(path: Path) -> None:
    """Raises SourceError for what is no document.

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


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError as fault:
        raise SourceError(f"{path} does not exist") from fault
    except OSError as fault:
        raise SourceError(f"{path} cannot be read: {fault.strerror}") from fault


def _check_endings(readers: Sequence[Reader]) -> None:
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


def _beneath(
    folder: Path, bounds: Sequence[Path], readers: Sequence[Reader]
) -> Iterator[tuple[Path, bool]]:
    """The files to read in a folder and the folders beneath it.

    Each folder is visited once, so that a circle of links comes to an end.

    Args:
        bounds: what links must not lead out of; nothing: they may lead anywhere.
    Returns:
        Each with whether it is a link that leads out. Such a link may be to a folder.
    """

    def leads_out(path: Path) -> bool:
        return bool(bounds) and path.is_symlink() and not is_beneath(path, bounds)

    seen: set[str] = set()
    for here, folders, files in os.walk(folder, followlinks=True, onerror=_refuse_listing):
        if os.path.realpath(here) in seen:
            folders.clear()
            continue
        seen.add(os.path.realpath(here))
        inner = [name for name in folders if not name.startswith(".")]
        folders.clear()
        for name in inner:
            if leads_out(Path(here, name)):
                yield Path(here, name), True
            else:
                folders.append(name)
        for name in files:
            if not name.startswith(".") and is_supported(Path(name), readers):
                yield Path(here, name), leads_out(Path(here, name))


def _refuse_listing(fault: OSError) -> None:
    """Stops at a folder that cannot be listed.

    If it were passed over, its documents would look as if they had been deleted.
    """
    raise SourceError(f"folder {fault.filename} cannot be listed: {fault.strerror}") from fault
