"""From paths to blocks of documents, which the nodes ingest one at a time."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

from headrace.errors import SourceError
from headrace.ingest.faults import fault_of
from headrace.ingest.finding import (
    Found,
    Identities,
    PassedOver,
    Selection,
    Stamps,
    Unread,
    find,
)
from headrace.ingest.finding.identity import CONTENT_PREFIX
from headrace.ingest.readers import Empty, Limits, Remark, Unreadable, read_each
from headrace.types import Document, Outcome, Reader

#: Documents stored together, at most (DECISIONS.md, "ingest blocks").
_BLOCK_CHARACTERS = 400_000
_BLOCK_DOCUMENTS = 128
#: Characters of the first block, and of any at least.
_FEWEST_CHARACTERS = 50_000
#: The seconds until the next block is asked for that make blocks larger, or smaller.
_SOON_S = 2.0
_LATE_S = 8.0
_EVERYTHING = Selection()
_FAULTS_TOLD = 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Block:
    """Documents to ingest together, and the outcomes of other files.

    `others` are failures, files that were passed over, and unchanged files, which were
    not read. `lost` says which part of a document could not be read, by its source.
    """

    documents: tuple[Document, ...]
    others: tuple[Outcome, ...] = ()
    lost: Mapping[str, str] = field(default_factory=dict)


def paths_or_documents(
    sources: Iterable[str | Path] | Iterable[Document],
) -> tuple[list[str | Path], Iterable[Document]]:
    """The paths or the documents that were given; the other is empty.

    Documents are taken one by one, when they are asked for: a generator may make more
    than memory holds.

    Raises:
        SourceError: something else was given, or both in one call.
    """
    if isinstance(sources, str | bytes | Document) or not isinstance(sources, Iterable):
        raise SourceError(
            f"a {type(sources).__name__} was given to ingest: give a list of paths or documents"
        )
    given = iter(sources)
    first = list(islice(given, 1))
    everything = chain(first, given)
    if first and isinstance(first[0], Document):
        return [], _checked(everything, Document)
    return checked_paths(everything), []


def checked_paths(paths: Iterable[object]) -> list[str | Path]:
    """The paths. Raises SourceError for anything that is not, or cannot be, a path."""
    if isinstance(paths, str | bytes) or not isinstance(paths, Iterable):
        raise SourceError(f"a {type(paths).__name__} was given: give a list of paths")
    checked: list[str | Path] = list(_checked(paths, (str, Path)))
    for path in checked:
        try:
            os.fsencode(path)
            Path(path).is_dir()
        except (ValueError, OSError) as fault:
            raise SourceError(f"{str(path)!a:.100} cannot be a path: {fault!a:.100}") from fault
    return checked


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How files are found and read.

    Attributes:
        limits: what one document may take.
        readers: the user's own; see `reader_for`.
        selection: what was chosen below the folders.
        identities: the ids of the documents; None: their absolute paths.
        stamps: they tell which files are unchanged; None: all are read.
        workers: processes that read at the same time.
        read: reads files in their order; None: child processes do.
    """

    limits: Limits
    readers: Sequence[Reader] = ()
    selection: Selection = _EVERYTHING
    identities: Identities | None = None
    stamps: Stamps | None = None
    workers: int = 1
    read: Callable[[Sequence[Path]], Iterable[tuple[Path, Document | Unreadable]]] | None = None


#: What reading files and folders gives, one after the other.
Met = Document | Unreadable | PassedOver | Unread


def read_paths(
    paths: Sequence[str | Path],
    options: ReadingOptions,
    expect_bytes: Callable[[int], None] = lambda size: None,
    read_bytes: Callable[[int], None] = lambda size: None,
) -> Iterator[Met]:
    """Every document of the files and folders, in order.

    First come paths that cannot be read (bad paths, locked folders, links that are not
    followed), and unchanged files, which need not be. Files that were passed over come
    last.

    Args:
        expect_bytes: told the size of all files to read together.
        read_bytes: told the size of each file that was read.
    Raises:
        SourceError: not one of the paths can be read.
    """
    found = find_any([Path(path) for path in paths], options.readers, options.selection)
    yield from found.faults
    files = found.files
    if options.stamps:
        unread, files = options.stamps.sorted_out(files)
        yield from unread
    sizes = {path: _size_bytes(path) for path in files}
    expect_bytes(sum(sizes.values()))
    for path, outcome in options.read(files) if options.read else _read_here(files, options):
        read_bytes(sizes.pop(path, 0))
        if isinstance(outcome, Document) and options.identities:
            yield options.identities.identified(outcome, path)
        else:
            yield outcome
    yield from found.passed_over


def _read_here(
    files: Sequence[Path], options: ReadingOptions
) -> Iterator[tuple[Path, Document | Unreadable]]:
    return read_each(files, options.limits, readers=options.readers, workers=options.workers)


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # reading it says why
        return 0


def find_any(
    paths: Sequence[Path], readers: Sequence[Reader] = (), selection: Selection = _EVERYTHING
) -> Found:
    """As `find`. Raises SourceError when not one of the paths can be read."""
    found = find(paths, readers, selection)
    if found.is_hopeless:
        told = [f"{fault.source} {fault.reason}" for fault in found.faults[:_FAULTS_TOLD]]
        more = len(found.faults) - len(told)
        raise SourceError("; ".join(told) + (f"; and {more:,} more" if more else ""))
    return found


def blocks(
    documents: Iterable[Met], clock: Callable[[], float] = time.perf_counter
) -> Iterator[Block]:
    """The documents in blocks of at most 128 and about 400,000 characters.

    What a killed run loses is the blocks it was working on. So the first is small, and
    blocks double or halve by how soon the next one is asked for.

    Files without text are passed over; their outcomes are in the last block. A document
    that cannot be stored is a failure. So is one whose id came before in this run, as
    it is not known which of the two texts is meant.
    """
    seen: dict[str, str] = {}
    taken: list[Document] = []
    others: list[Outcome] = []
    lost: dict[str, str] = {}
    empty: dict[str, list[str]] = {}
    characters, most = 0, _FEWEST_CHARACTERS
    for met in documents:
        # Only now, as what is said of a document comes after it.
        is_full = len(taken) + len(others) >= _BLOCK_DOCUMENTS or characters >= most
        if isinstance(met, Remark):
            others.append(Outcome("", met.source, "noted", reason=met.reason))
            continue
        if isinstance(met, Empty):
            empty.setdefault(met.kind, []).append(met.source)
            continue
        if isinstance(met, Unreadable) and met.is_in_part:
            lost[met.source] = met.reason
            continue
        if is_full:
            handed_over = clock()
            yield Block(tuple(taken), tuple(others), lost)
            most = _resized(most, clock() - handed_over)
            taken, others, lost, characters = [], [], {}, 0
        outcome = _outcome(met, seen)
        if isinstance(outcome, Document):
            taken.append(outcome)
            characters += len(outcome.text)
        else:
            others.append(outcome)
    others += [passed_over(kind, sources) for kind, sources in empty.items()]
    if taken or others:
        yield Block(tuple(taken), tuple(others), lost)


def _resized(characters: int, seconds: float) -> int:
    """The characters of the next block, if the last one kept its taker busy so long."""
    if seconds < _SOON_S:
        return min(_BLOCK_CHARACTERS, 2 * characters)
    return max(_FEWEST_CHARACTERS, characters // 2) if seconds > _LATE_S else characters


def passed_over(kind: str, sources: Sequence[str]) -> Outcome:
    """The outcome of files without text, one at least; `kind` is that of `Empty`."""
    return _passed_over(PassedOver(kind, tuple(sources)))


def _outcome(met: Met, seen: dict[str, str]) -> Document | Outcome:
    """A document to store, or the outcome of anything else."""
    if isinstance(met, PassedOver):
        return _passed_over(met)
    if isinstance(met, Unreadable):
        return Outcome("", met.source, "failed", reason=met.reason)
    if isinstance(met, Unread):
        seen.setdefault(met.document_id, met.source)
        return Outcome(met.document_id, met.source, "unchanged")
    if fault := fault_of(met):
        return _unstorable(met, fault)
    if met.document_id in seen:
        return _repeated(met, seen[met.document_id])
    seen[met.document_id] = met.source
    return met


def _passed_over(files: PassedOver) -> Outcome:
    return Outcome("", files.paths[0], "passed over", reason=str(files), files=files.paths)


def _unstorable(document: Document, fault: str) -> Outcome:
    identifier, source = document.document_id, document.source
    return Outcome(
        identifier if isinstance(identifier, str) else repr(identifier)[:100],
        source if isinstance(source, str) else repr(source)[:100],
        "failed",
        reason=fault,
    )


def _repeated(document: Document, first_source: str) -> Outcome:
    if document.document_id.startswith(CONTENT_PREFIX):
        return Outcome(document.document_id, document.source, "unchanged")
    reason = (
        f'its id "{document.document_id}" is also the id of a document in {first_source}, '
        "which was kept"
    )
    return Outcome(document.document_id, document.source, "failed", reason=reason)


def _checked(sources: Iterable, kind: type[T] | tuple[type[T], ...]) -> Iterator[T]:
    for source in sources:
        if not isinstance(source, kind):
            raise SourceError(
                f"a {type(source).__name__} was given among the sources to ingest: "
                "give paths or documents, each in a call of its own"
            )
        yield source
