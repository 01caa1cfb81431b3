"""From paths to blocks of documents: what the nodes ingest at a time."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

from headrace.errors import SourceError
from headrace.ingest.faults import fault_of
from headrace.ingest.finding import Found, PassedOver, Selection, find
from headrace.ingest.readers import Limits, Remark, Unreadable, read_files
from headrace.types import Document, Outcome, Reader

_BLOCK_CHARACTERS = 200_000
_BLOCK_DOCUMENTS = 64
_EVERYTHING = Selection()
_FAULTS_TOLD = 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Block:
    """Documents to ingest together, and what was met on the way to them.

    `others` are failures, and files that were passed over.
    """

    documents: tuple[Document, ...]
    others: tuple[Outcome, ...] = ()


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
    """The paths. Raises SourceError for what is none, or could be none."""
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


def read_sources(
    sources: Iterable[str | Path] | Iterable[Document],
    limits: Limits,
    readers: Sequence[Reader] = (),
    selection: Selection = _EVERYTHING,
) -> tuple[list[str | Path], Iterable[Document | Unreadable | PassedOver]]:
    """The paths that were given with their documents; or no path, and given documents.

    The arguments and errors are those of `read_paths` and `paths_or_documents`.
    """
    paths, documents = paths_or_documents(sources)
    if not paths:
        return [], documents
    return paths, read_paths(paths, limits, readers, selection)


def read_paths(
    paths: Sequence[str | Path],
    limits: Limits,
    readers: Sequence[Reader] = (),
    selection: Selection = _EVERYTHING,
) -> Iterator[Document | Unreadable | PassedOver]:
    """Every document of the files and folders, in order.

    First comes what cannot be read: bad paths, locked folders, links that are not
    followed. Last comes what was passed over.

    Args:
        limits: what one document may take.
        readers: the user's own; see `reader_for`.
        selection: what was chosen beneath the folders.
    Raises:
        SourceError: not one of the paths can be read.
    """
    found = find_any([Path(path) for path in paths], readers, selection)
    yield from found.faults
    yield from read_files(found.files, limits, readers=readers)
    yield from found.passed_over


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


def blocks(documents: Iterable[Document | Unreadable | PassedOver]) -> Iterator[Block]:
    """The documents in blocks of at most 64 and about 200,000 characters.

    A document that cannot be stored is a failure. So is one whose id came before in
    this run: it is not known which of the two texts is meant.
    """
    seen: dict[str, str] = {}
    taken: list[Document] = []
    others: list[Outcome] = []
    characters = 0
    for document in documents:
        if isinstance(document, PassedOver):
            others.append(_passed_over(document))
        elif isinstance(document, Unreadable):
            status = "noted" if isinstance(document, Remark) else "failed"
            others.append(Outcome("", document.source, status, reason=document.reason))
        elif fault := fault_of(document):
            others.append(_unstorable(document, fault))
        elif document.document_id in seen:
            others.append(_repeated(document, seen[document.document_id]))
        else:
            seen[document.document_id] = document.source
            taken.append(document)
            characters += len(document.text)
        if len(taken) + len(others) >= _BLOCK_DOCUMENTS or characters >= _BLOCK_CHARACTERS:
            yield Block(tuple(taken), tuple(others))
            taken, others, characters = [], [], 0
    if taken or others:
        yield Block(tuple(taken), tuple(others))


def _passed_over(group: PassedOver) -> Outcome:
    return Outcome("", group.paths[0], "passed over", reason=str(group), files=group.paths)


def _unstorable(document: Document, fault: str) -> Outcome:
    identifier, source = document.document_id, document.source
    return Outcome(
        identifier if isinstance(identifier, str) else repr(identifier)[:100],
        source if isinstance(source, str) else repr(source)[:100],
        "failed",
        reason=fault,
    )


def _repeated(document: Document, first_source: str) -> Outcome:
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
