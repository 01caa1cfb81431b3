"""Which files are unchanged since they were stored, and so need not be read."""

import hashlib
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headrace.ingest.readers.files import file_type, reader_for, stored_name
from headrace.ingest.recipe import CHUNK_VERSION, DOCUMENT_VERSION
from headrace.types import Outcome, Reader, TenantDatabase

#: A file may change twice within one tick of the clock of its file system. So one that
#: has just changed is read again the next time, as with Git. Times in whole seconds are
#: those of a coarse clock.
_RACY_NS = 100_000_000
_COARSE_RACY_NS = 2_000_000_000
_FILES_ASKED = 1000
#: These may hold many documents.
_ALWAYS_READ = ("jsonl", "zip", "mbox")


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that was not read, as it is unchanged; the id of its document."""

    document_id: str
    source: str


class Stamps:
    """The stamps of files: a hash of size, time and inode, and of the settings.

    A document keeps the stamp of the file that it was read from.

    Args:
        recipe: the settings that decide what is stored of a file.
        verify: read every file, whatever its stamp.
        readers: the user's own; their files are always read.
    """

    def __init__(
        self,
        database: TenantDatabase,
        recipe: Sequence[Any],
        readers: Sequence[Reader] = (),
        *,
        verify: bool = False,
    ):
        self._database = database
        self._recipe = repr((DOCUMENT_VERSION, CHUNK_VERSION, *recipe)).encode()
        self._readers = readers
        self._verify = verify
        self._stamps: dict[str, bytes] = {}

    def sorted_out(self, files: Sequence[Path]) -> tuple[list[Unread], list[Path]]:
        """The files that are unchanged, and those to read, each in order."""
        unread: list[Unread] = []
        to_read: list[Path] = []
        for start in range(0, len(files), _FILES_ASKED):
            block = files[start : start + _FILES_ASKED]
            known = {} if self._verify else self._known(block)
            for path in block:
                source = stored_name(path)
                stamp = self._note(path, source)
                document_id, stored = known.get(source, ("", b""))
                if stamp and stamp == stored:
                    unread.append(Unread(document_id, source))
                    del self._stamps[source]
                else:
                    to_read.append(path)
        return unread, to_read

    def save(self, outcomes: Iterable[Outcome]) -> None:
        """Notes the stamps of the files whose documents are stored, and whole."""
        stamped: dict[str, list] = {"document_ids": [], "sources": [], "file_stamps": []}
        for outcome in outcomes:
            is_stored = outcome.status in ("new", "changed", "unchanged")
            if is_stored and not outcome.reason and outcome.source in self._stamps:
                stamped["document_ids"].append(outcome.document_id)
                stamped["sources"].append(outcome.source)
                stamped["file_stamps"].append(self._stamps.pop(outcome.source))
        if stamped["sources"]:
            self._database.write(lambda writing: writing.query("stamp_documents", stamped))

    def _known(self, files: Sequence[Path]) -> dict[str, tuple[str, bytes]]:
        """The stored document and stamp of each file, by source."""
        sources = {"sources": [stored_name(path) for path in files]}
        known = {}
        for source, document_id, stamp in self._database.query("file_stamps", sources):
            known[source] = (document_id, bytes(stamp))
        return known

    def _note(self, path: Path, source: str) -> bytes:
        """The stamp of a file, which is kept; b"" for one that has to be read."""
        if file_type(path) in _ALWAYS_READ or reader_for(path, self._readers):
            return b""
        try:
            found = os.stat(path)  # noqa: PTH116
        except OSError:  # the reader says what is wrong with it
            return b""
        if _has_just_changed(found):
            return b""
        state = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)
        stamp = hashlib.sha256(repr(state).encode() + self._recipe).digest()[:16]
        self._stamps[source] = stamp
        return stamp


def _has_just_changed(found: os.stat_result) -> bool:
    changed_ns = max(found.st_mtime_ns, found.st_ctime_ns)
    is_coarse = not (found.st_mtime_ns % 1_000_000_000 and found.st_ctime_ns % 1_000_000_000)
    return time.time_ns() - changed_ns < (_COARSE_RACY_NS if is_coarse else _RACY_NS)
