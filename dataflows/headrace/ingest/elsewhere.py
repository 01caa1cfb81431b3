"""Files that another process reads, perhaps on another machine.

If it sees the same file, it reads that. Otherwise the file is sent to it.
"""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from headrace.ingest.readers import Limits, Unreadable, read_each
from headrace.ingest.readers.files import file_type, stored_name
from headrace.types import Document, Reader

#: Files handed over together, and bytes after which no more are added.
_FILES = 16
_BYTES = 1_000_000

Outcomes = list[Document | Unreadable]


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as another process gets it.

    Attributes:
        content: None if that process may see the file itself.
    """

    path: Path
    size_bytes: int
    changed_ns: int
    content: bytes | None = None

    def with_content(self) -> "SentFile":
        """The same file, with what is in it. Raises OSError."""
        return replace(self, content=self.path.read_bytes())

    def is_seen(self) -> bool:
        """Whether this process sees the same file at the same place."""
        try:
            found = self.path.stat()
        except OSError:
            return False
        return (found.st_size, found.st_mtime_ns) == (self.size_bytes, self.changed_ns)


def sendable(path: Path, limits: Limits) -> SentFile | None:
    """A file that may be read elsewhere; None for one that has to be read here.

    JSON lines have to be, since they are read one by one. So do files that are too
    large, and paths that are not files: reading them here gives the reason.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    is_file = stat.S_ISREG(found.st_mode) and found.st_size <= limits.max_bytes
    if not is_file or file_type(path) == "jsonl":
        return None
    return SentFile(path, found.st_size, found.st_mtime_ns)


def batches(files: Iterable[Path], limits: Limits) -> Iterator[list[Path | SentFile]]:
    """The files in order: several to be read elsewhere, or one to be read here.

    A file to be read here is a `Path`, in a batch of its own.
    """
    batch: list[Path | SentFile] = []
    size_bytes = 0
    for path in files:
        sent = sendable(path, limits)
        if batch and (sent is None or len(batch) == _FILES or size_bytes >= _BYTES):
            yield batch
            batch, size_bytes = [], 0
        if sent is None:
            yield [path]
        else:
            batch.append(sent)
            size_bytes += sent.size_bytes
    if batch:
        yield batch


def read_sent(
    files: Sequence[SentFile], limits: Limits, readers: Sequence[Reader] = ()
) -> list[Outcomes | None]:
    """What each file gives; None for one that is not seen here and was not sent."""
    seen = [file.path for file in files if file.content is None and file.is_seen()]
    outcomes: dict[Path, Outcomes] = {path: [] for path in seen}
    for path, outcome in read_each(seen, limits, readers=readers, workers=1):
        outcomes[path].append(outcome)
    read: list[Outcomes | None] = []
    for file in files:
        if file.content is None:
            read.append(outcomes.get(file.path))
        else:
            read.append(list(_read_content(file.path, file.content, limits, readers)))
    return read


def _read_content(
    path: Path, content: bytes, limits: Limits, readers: Sequence[Reader]
) -> Iterator[Document | Unreadable]:
    """The outcomes of a file that is elsewhere, named after its place there."""
    there = stored_name(path)
    with TemporaryDirectory() as folder:
        copy = Path(os.path.realpath(folder), path.name)
        copy.write_bytes(content)
        here = stored_name(copy)
        for _, outcome in read_each([copy], limits, readers=readers, workers=1):
            source = _renamed(outcome.source, here, there)
            if isinstance(outcome, Document):
                document_id = _renamed(outcome.document_id, here, there)
                yield replace(outcome, document_id=document_id, source=source)
            else:
                yield replace(outcome, source=source)


def _renamed(name: str, here: str, there: str) -> str:
    return there + name[len(here) :] if name.startswith(here) else name
