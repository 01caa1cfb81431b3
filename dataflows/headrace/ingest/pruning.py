"""Which stored documents are to be removed: those that vanished, or those named."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from headrace.errors import SourceError
from headrace.ingest.readers.files import as_named, may_be_there, stored_name
from headrace.metadata.documents import unknown_document
from headrace.text.storable import is_storable
from headrace.types import Outcome, TenantDatabase

#: Whether to remove what has vanished: "all" does it however much that is.
Prune = bool | Literal["all"]

_IF_MEANT = 'If that is meant: --prune-all, or prune="all" in Python'
_GONE = "its text was not found again in its place; --prune removes it"
_NO_PATH = (
    "no stored document came from this path. Documents that were given in Python are removed by "
    "ids=[...] or sources=[...]"
)
_NO_SOURCE = "no stored document has this source, or one beneath it"


@dataclass(frozen=True, slots=True)
class Vanished:
    """The stored documents of one place that the last ingest did not find again.

    Attributes:
        documents: as (id, source).
        is_empty: whether none of the place's stored documents was found again.
    """

    root: str
    documents: Sequence[tuple[str, str]]
    is_empty: bool


def vanished_documents(
    roots: Iterable[Path], outcomes: Iterable[Outcome], database: TenantDatabase
) -> list[Vanished]:
    """The stored documents that an ingest of these places did not find again, by place.

    A source that could not be read has not vanished. Neither has a document from
    beneath a folder that could not be read.

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
        stored = []
        for document_id, source in database.query("stored_sources", {"root": root}):
            if not _is_beside(source, root):
                stored.append((document_id, source))
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
    """The ids of the documents to remove, and the outcomes of those that are kept.

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


def _is_beside(source: str, root: str) -> bool:
    """Whether a source is a file of its own, whose path only begins like a root's.

    With the root "docs", such a source is "docs:old/a.md", unless a reader names places
    like that.
    """
    return source.startswith(f"{root}:") and may_be_there(Path(source))


def _file_of(source: str) -> str:
    """The file of a source that names a place in it: "a.mbox:12" -> "a.mbox"."""
    return source.rpartition(":")[0] or source


@dataclass(frozen=True, slots=True)
class Chosen:
    """Documents to remove, each once, and a failure for each name that chose none."""

    document_ids: list[str]
    missing: list[Outcome]


def chosen_documents(
    database: TenantDatabase,
    paths: Iterable[str | Path],
    ids: Sequence[str] = (),
    sources: Sequence[str] = (),
) -> Chosen:
    """The documents that are named by any of these.

    Args:
        paths: files, and folders with everything beneath them, there or not.
        ids: of documents.
        sources: of documents, and places with all sources beneath them, such as
            "s3://bucket/docs".
    Raises SourceError if `ids` or `sources` is not a list of texts.
    """
    places = []
    for path in paths:
        given = os.fsencode(path).decode("utf-8", "backslashreplace")
        places.append((given, stored_name(as_named(Path(path))), _NO_PATH))
    for source in _checked("sources", sources):
        places.append((source, source.rstrip("/") or source, _NO_SOURCE))
    chosen: dict[str, None] = {}
    missing = []
    for given, root, reason in places:
        stored = database.query("stored_sources", {"root": root})
        found = [row for row in stored if not _is_beside(row[1], root)]
        chosen.update(dict.fromkeys(document_id for document_id, _ in found))
        if not found:
            missing.append(Outcome("", given, "failed", reason=reason))
    wanted = _checked("ids", ids)
    hashes = database.query("stored_hashes", {"document_ids": wanted}) if wanted else []
    known = {document_id for document_id, _ in hashes}
    for document_id in wanted:
        if document_id in known:
            chosen[document_id] = None
        else:
            reason = unknown_document(database, document_id)
            missing.append(Outcome(document_id, "", "failed", reason=reason))
    return Chosen(list(chosen), missing)


def _checked(name: str, texts: Any) -> list[str]:
    if isinstance(texts, Iterable) and not isinstance(texts, str | bytes):
        given = list(texts)
        if all(map(is_storable, given)):
            return given
    raise SourceError(f"remove: {name} is {texts!a:.60}, it must be a list of texts")
