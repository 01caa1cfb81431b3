"""Archives (.zip): every file in one becomes documents of its own."""

import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import PurePosixPath

from headrace.errors import SourceError
from headrace.ingest.readers.cleaning import clean_text
from headrace.ingest.readers.kinds.names import FileType, file_type
from headrace.ingest.readers.kinds.packages import opened_package
from headrace.ingest.readers.limits import Limits
from headrace.ingest.readers.outcomes import Content, Part

_MOST_ENTRIES = 10_000
_ENCRYPTED = 0x1
_UTF8_NAME = 0x800
#: Where systems keep what nobody wrote.
_OF_THE_SYSTEM = "__MACOSX"

Read = Callable[[FileType, bytes], Content]


def zip_content(data: bytes, limits: Limits, read: Read) -> Content:
    """The files in an archive, each read as if it were outside of one.

    As in folders, hidden files and files of other types are passed over. Nothing is
    written to disk. What cannot be read is named, and the others are read.

    Raises:
        SourceError: the archive itself is over a limit.
    """
    with opened_package(data, ".zip", limits) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(entries) > _MOST_ENTRIES:
            raise SourceError(
                f"{len(entries):,} files are in it, more than {_MOST_ENTRIES:,}; unpack it"
            )
        parts: list[Part] = []
        for entry in entries:
            parts += _parts(archive, entry, read)
    return Content(text="", parts=tuple(parts))


def _parts(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, read: Read) -> list[Part]:
    name = clean_text(_name(entry)).replace(":", "%3A")  # a colon parts the file's own path
    path = PurePosixPath(name.replace("\\", "/"))
    kind = file_type(path)
    is_hidden = any(part.startswith(".") and part != ".." for part in path.parts)
    if kind is None or is_hidden or _OF_THE_SYSTEM in path.parts:
        return []
    try:
        content = read(kind, _bytes(archive, entry, path, kind))
    except SourceError as fault:
        return [Part(name, kind, str(fault))]
    if content.parts:
        return [Part(f"{name}/{part.name}", part.kind, part.outcome) for part in content.parts]
    return [Part(name, kind, content)]


def _name(entry: zipfile.ZipInfo) -> str:
    """The name of a file; most that are not marked as UTF-8 are UTF-8 all the same."""
    if entry.flag_bits & _UTF8_NAME:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.filename


def _bytes(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: PurePosixPath, kind: FileType
) -> bytes:
    if kind == "zip":
        raise SourceError("a .zip within a .zip is not read; unpack the outer one")
    if kind == "jsonl":
        raise SourceError("a .jsonl within a .zip is not read; unpack the .zip")
    if path.is_absolute() or ".." in path.parts or path.parts[0].endswith("%3A"):
        raise SourceError("its path leads out of the .zip")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise SourceError("a link, which is not followed")
    if entry.flag_bits & _ENCRYPTED:
        raise SourceError("protected by a password; save a copy without one")
    try:
        return archive.read(entry)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as fault:
        raise SourceError(f"the .zip is damaged here: {fault}") from fault
