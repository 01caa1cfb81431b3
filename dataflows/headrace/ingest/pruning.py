"""Which stored documents have vanished from the disk, and which of them may go."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from headrace.ingest.readers.files import as_named, stored_name
from headrace.types import Outcome, TenantDatabase

#: Whether to remove what has vanished: "all" does it however much that is.
Prune = bool | Literal["all"]

_IF_MEANT = 'If that is meant: --prune-all, or prune="all" in Python'
_GONE = "it was not found again in its place; --prune removes it"


@dataclass(frozen=True, slots=True)
class Vanished:
    """The documents stored from one place that were not met again, as (id, source).

    `is_empty`: there were stored documents, and not one was met again.
    """

    root: str
    documents: Sequence[tuple[str, str]]
    is_empty: bool


def vanished_documents(
    roots: Iterable[Path], outcomes: Iterable[Outcome], database: TenantDatabase
) -> list[Vanished]:
    """What is stored from these places and was not met again, for each place.

    A source that could not be read has not vanished, and neither has what is stored
    from beneath a folder that could not be.

    Args:
        roots: files, and folders with everything beneath them, as absolute paths.
        outcomes: of the ingest that has just read these places.
    """
    met: set[str] = set()
    failed: set[str] = set()
    for outcome in outcomes:
        met.add(outcome.document_id)
        if outcome.status == "failed":
            failed.update((outcome.source, _file_of(outcome.source)))
    places = []
    for root in map(stored_name, roots):
        stored = database.query("stored_sources", {"root": root})
        found = []
        for document_id, source in stored:
            if document_id not in met and not _is_in(failed, source):
                met.add(document_id)  # two places may hold one another
                found.append((document_id, source))
        places.append(Vanished(root, found, is_empty=len(found) == len(stored)))
    return places


def sorted_out(
    paths: Iterable[str | Path],
    outcomes: Iterable[Outcome],
    prune: Prune,
    database: TenantDatabase,
) -> tuple[list[str], list[Outcome]]:
    """The ids of the documents to remove, and what is said of those that are kept.

    Args:
        paths: the places that were read, as they were named.
        outcomes: of the ingest that has just read them.
        prune: False: all are kept. "all": all are removed, however many they are.
    """
    places = vanished_documents([as_named(Path(path)) for path in paths], outcomes, database)
    refused: dict[str, str] = {}
    if prune and prune != "all" and any(place.documents for place in places):
        ((stored,),) = database.query("stored_count")
        refused = _refusals(places, stored)
    removed: list[str] = []
    kept: list[Outcome] = []
    for place in places:
        if reason := refused.get(place.root):
            kept.append(Outcome("", place.root, "failed", reason=reason))
        elif prune:
            removed += [document_id for document_id, _ in place.documents]
        else:
            kept += [Outcome(*document, "gone", reason=_GONE) for document in place.documents]
    return removed, kept


def _refusals(places: Sequence[Vanished], stored: int) -> dict[str, str]:
    """Why the documents of a place are not to be removed, by the place.

    An unmounted disk or a wrong path looks as if all its files had been deleted.

    Args:
        stored: number of documents of the tenant.
    """
    vanished = sum(len(place.documents) for place in places)
    if vanished * 2 > stored:
        reason = (
            f"nothing was removed: {vanished:,} of the tenant's {stored:,} documents were not "
            f"found again, more than half. {_IF_MEANT}"
        )
        return {place.root: reason for place in places if place.documents}
    refused = {}
    for place in places:
        if place.documents and place.is_empty:
            refused[place.root] = (
                f"nothing was removed from here: not one of its {len(place.documents):,} stored "
                f"documents was found again. {_IF_MEANT}"
            )
    return refused


def _is_in(failed: set[str], source: str) -> bool:
    """Whether a source is one that failed, or beneath one."""
    if not failed:
        return False
    if source in failed or _file_of(source) in failed:
        return True
    return any(parent.as_posix() in failed for parent in Path(source).parents)


def _file_of(source: str) -> str:
    """The file of a source that names a place in it: "a.mbox:12" -> "a.mbox"."""
    return source.rpartition(":")[0] or source
