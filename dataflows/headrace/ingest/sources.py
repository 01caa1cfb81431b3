"""From paths to blocks of documents: what one run of the ingestion dataflow takes at a time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from headrace.errors import SourceError
from headrace.ingest.readers import Unreadable, find_sources, read_source
from headrace.types import Document, Outcome

_BLOCK_CHARACTERS = 200_000
_BLOCK_DOCUMENTS = 64


@dataclass(frozen=True)
class Block:
    """Documents to ingest together, and what could not be read on the way to them."""

    documents: tuple[Document, ...]
    failed: tuple[Outcome, ...] = ()


def told_apart(sources: Iterable) -> tuple[list[str | Path], Iterable[Document]]:
    """The paths, or the documents, which are taken one by one as they are stored: a generator may make more than memory holds.

    SourceError for anything else, or for both in one call.
    """
    given = iter(sources)
    first = next(given, None)
    if isinstance(first, Document):
        return [], _each_is(Document, chain([first], given))
    return list(_each_is(str | Path, chain([first] if first is not None else [], given))), []


def read_paths(
    paths: Sequence[str | Path], max_document_mb: float
) -> Iterator[Document | Unreadable]:
    """Every document of the files and folders, in order. SourceError for a path that does not exist or is of no known kind."""
    for path in find_sources([Path(path) for path in paths]):
        yield from read_source(path, max_document_mb=max_document_mb)


def blocks(documents: Iterable[Document | Unreadable]) -> Iterator[Block]:
    """The documents in blocks of at most 64 or about 200,000 characters. An id that was seen before in this run is a failure: which of
    the two texts is meant cannot be known."""
    seen: dict[str, str] = {}
    taken: list[Document] = []
    failed: list[Outcome] = []
    for document in documents:
        if isinstance(document, Unreadable):
            failed.append(Outcome("", document.source, "failed", reason=document.reason))
        elif document.document_id in seen:
            reason = f'its id "{document.document_id}" is also that of a document in {seen[document.document_id]}, which was kept'
            failed.append(Outcome(document.document_id, document.source, "failed", reason=reason))
        else:
            seen[document.document_id] = document.source
            taken.append(document)
        if (
            len(taken) + len(failed) >= _BLOCK_DOCUMENTS
            or sum(len(document.text) for document in taken) >= _BLOCK_CHARACTERS
        ):
            yield Block(tuple(taken), tuple(failed))
            taken, failed = [], []
    if taken or failed:
        yield Block(tuple(taken), tuple(failed))


def _each_is(kind: Any, sources: Iterable) -> Iterator:
    for source in sources:
        if not isinstance(source, kind):
            raise SourceError(
                f"ingesting was given a {type(source).__name__} among others: give paths, or documents, each in a call of its own"
            )
        yield source
