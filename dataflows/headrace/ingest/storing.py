"""Stores and removes documents, and decides on the transactions.

Many documents share a transaction, but each is stored as a whole. Two ingests cannot
deadlock: a transaction first locks the rows of its documents, in the order of their
ids, and last the tenant's statistics. Words and names of values are stored in a
transaction before it. Those of a document that is then refused do no harm: they count
only while a document has them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from headrace.errors import SourceError
from headrace.ingest.rows import (
    AddedChunk,
    DraftedDocument,
    chunk_parameters,
    definition_parameters,
    document_parameters,
    field_parameters,
    move_parameters,
    name_parameters,
    word_parameters,
)
from headrace.text.storable import is_storable
from headrace.types import ChunkDraft, Encoder, Outcome, Statements, TenantDatabase

_MAX_ID_CHARACTERS = 1000
#: After this many removed documents, words and names that only they had are removed.
_FORGOTTEN_TOGETHER = 50
#: Chunks that one statement stores.
_STORED_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """What turns a document's stored chunks into its new ones.

    Attributes:
        kept: by chunk_id, the chunks that are stored already, each with its new place.
        added: the chunks to store.
        gone: the chunk_ids of stored chunks to delete.
    """

    kept: Mapping[int, ChunkDraft]
    added: Sequence[AddedChunk]
    gone: Sequence[int]


class Sums(NamedTuple):
    """A number of chunks, and the length of all of them together, in terms."""

    chunks: int = 0
    length: int = 0


class _StoredChunk(NamedTuple):
    """A row of the statement `stored_chunks`."""

    document_id: str
    chunk_id: int
    content_hash: bytes


def store(
    drafted: Sequence[DraftedDocument],
    vectors: Mapping[bytes, np.ndarray],
    database: TenantDatabase,
    encoder: Encoder,
    known: Collection[bytes] = (),
    superseded: Mapping[str, str] = MappingProxyType({}),
) -> list[Outcome]:
    """Stores documents with their chunks; one that cannot be stored has failed.

    Args:
        vectors: of the chunks that are not stored yet, by content hash.
        encoder: for chunks that another ingest removed after `vectors` were made.
        known: content hashes of the vectors that were taken from stored chunks.
        superseded: the ids of documents to remove, each with the id of the document
            that takes its place; no reader sees both, or neither.
    Returns:
        What became of each, in order: "new", "changed" or "failed". Then those that
        were removed.
    """
    storable = [one for one in drafted if not _fault(one)]
    stored: dict[str, Outcome] = {}
    for outcome in _store_together(storable, vectors, database, encoder, superseded):
        stored[outcome.document_id] = outcome
    computed = vectors.keys() - known
    outcomes = []
    for one in drafted:
        fault = _fault(one)
        outcome = _failed(one, fault) if fault else stored.pop(one.document_id)
        embedded = {chunk.content_hash for chunk in one.chunks} & computed
        computed -= embedded  # what several documents hold was embedded once
        outcomes.append(replace(outcome, embedded=len(embedded)))
    if stored or any(outcome.status == "changed" for outcome in outcomes):
        forget_removed(database)
    merge_segments(database)
    return [*outcomes, *stored.values()]


def remove(document_ids: Sequence[str], database: TenantDatabase) -> list[Outcome]:
    """Removes documents with everything made of them.

    Returns:
        Those that were stored, in order.
    """
    outcomes: list[Outcome] = []
    for start in range(0, len(document_ids), _FORGOTTEN_TOGETHER):
        for document_id in document_ids[start : start + _FORGOTTEN_TOGETHER]:
            outcomes += _removed(document_id, database)
        forget_removed(database)
        merge_segments(database)
    return outcomes


def _removed(document_id: str, database: TenantDatabase) -> list[Outcome]:
    """The outcome of removing a document; [] if it is not stored."""
    removed: list[Outcome] = []

    def remove_once(transaction: Statements) -> None:
        # Not there at the second attempt: the first one was committed after all.
        for outcome, deleted in _deleted(transaction, [document_id]):
            _add_statistics(transaction, -1, Sums(-deleted.chunks, -deleted.length))
            removed[:] = [outcome]

    database.write(remove_once)
    return removed


def _deleted(transaction: Statements, document_ids: Iterable[str]) -> list[tuple[Outcome, Sums]]:
    """Deletes those of the documents that are stored, with the sums of their chunks."""
    deleted = []
    for document_id in document_ids:
        key = {"document_id": document_id}
        if transaction.query("lock_document", key):
            chunk_ids = [chunk.chunk_id for chunk in _stored_chunks(transaction, [document_id])]
            sums = _delete_chunks(transaction, chunk_ids)
            ((source,),) = transaction.query("delete_document", key)
            deleted.append((Outcome(document_id, source, "removed", sums.chunks), sums))
    return deleted


def forget_removed(database: TenantDatabase) -> None:
    """Removes the words and names of values that only removed text had."""
    database.write(lambda transaction: transaction.query("forget_removed"))


def merge_segments(database: TenantDatabase) -> None:
    """Merges those of the tenant's segments of postings that are due.

    Each merge is one transaction. Stops when another process is merging them.
    """
    while database.query("due_segments"):
        if not database.write(_merge_once):
            return


def _merge_once(transaction: Statements) -> bool:
    """Merges the segments that are due first; whether there were any."""
    due = transaction.query("due_segments")
    if due:
        levels, segments = due[0]
        transaction.query("merge_segments", {"levels": levels, "segments": segments})
    return bool(due)


def store_glossary(pairs: Iterable[tuple[str, str]], database: TenantDatabase) -> None:
    """Stores the tenant's glossary in place of the one given before.

    Args:
        pairs: (short form, long form). What documents define is not touched.
    """
    if not isinstance(pairs, Iterable) or not all(map(_is_pair, pairs := list(pairs))):
        raise SourceError("a glossary is a list of pairs of texts: (short form, long form)")
    glossary = {
        "short_forms": [short for short, _ in pairs],
        "long_forms": [long for _, long in pairs],
    }

    def store_once(transaction: Statements) -> None:
        transaction.query("store_glossary", glossary)
        _add_statistics(transaction, 0, Sums())

    database.write(store_once)


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, tuple | list) and len(pair) == 2 and all(map(is_storable, pair))


def _store_together(
    drafted: Sequence[DraftedDocument],
    vectors: Mapping[bytes, np.ndarray],
    database: TenantDatabase,
    encoder: Encoder,
    superseded: Mapping[str, str],
) -> list[Outcome]:
    """Stores all documents in one transaction, which removes those they supersede.

    If PostgreSQL refuses it, each half is stored in the same way, down to the document
    that is refused.
    """
    if not drafted:
        return []

    def store_names(transaction: Statements) -> None:
        transaction.query("store_words", word_parameters(drafted, vectors))
        names = name_parameters([one.document for one in drafted])
        transaction.query("store_value_names", names)

    try:
        database.write(store_names)
        return database.write(
            lambda transaction: _replace(transaction, drafted, vectors, encoder, superseded)
        )
    except SourceError as error:
        if len(drafted) == 1:
            return [_failed(drafted[0], str(error))]
    half = len(drafted) // 2
    return [
        *_store_together(drafted[:half], vectors, database, encoder, superseded),
        *_store_together(drafted[half:], vectors, database, encoder, superseded),
    ]


def _fault(drafted: DraftedDocument) -> str:
    """Why a document cannot be stored; "" if it can."""
    characters = len(drafted.document_id)
    if not 1 <= characters <= _MAX_ID_CHARACTERS:
        return f"its id has {characters:,} characters: 1 to {_MAX_ID_CHARACTERS:,} are possible"
    return "" if drafted.chunks else "empty: it holds no text"


def _failed(drafted: DraftedDocument, reason: str) -> Outcome:
    return Outcome(drafted.document_id, drafted.document.source, "failed", reason=reason)


def _replace(
    transaction: Statements,
    drafted: Sequence[DraftedDocument],
    vectors: Mapping[bytes, np.ndarray],
    encoder: Encoder,
    superseded: Mapping[str, str],
) -> list[Outcome]:
    """Brings the documents to their new state; returns what became of each, in order.

    Their rows are locked first, so the new chunks are compared with those that are
    stored at that moment. The documents that they supersede are removed at the end.
    """
    documents = [one.document for one in drafted]
    new_ids = _store_documents(transaction, drafted)
    old_ids = [one.document_id for one in drafted if one.document_id not in new_ids]
    stored: dict[str, list[_StoredChunk]] = {}
    for chunk in _stored_chunks(transaction, old_ids):
        stored.setdefault(chunk.document_id, []).append(chunk)
    differences = [_difference(stored.get(one.document_id, []), one) for one in drafted]
    change = _change_chunks(transaction, differences, vectors, encoder)
    transaction.query("store_fields", field_parameters(documents))
    transaction.query("store_definitions", definition_parameters(documents))
    stored_ids = {one.document_id for one in drafted}
    gone = sorted(old for old, new in superseded.items() if new in stored_ids)
    deleted = _deleted(transaction, gone)
    for _, sums in deleted:
        change = Sums(change.chunks - sums.chunks, change.length - sums.length)
    _add_statistics(transaction, len(new_ids) - len(deleted), change)
    outcomes = []
    for one in drafted:
        status = "new" if one.document_id in new_ids else "changed"
        source = one.document.source
        outcomes.append(Outcome(one.document_id, source, status, len(one.chunks)))
    return [*outcomes, *(outcome for outcome, _ in deleted)]


def _store_documents(transaction: Statements, drafted: Sequence[DraftedDocument]) -> set[str]:
    """Stores the documents' rows, which stay locked; the ids of those that are new."""
    rows = transaction.query("store_documents", document_parameters(drafted))
    return {document_id for document_id, is_new in rows if is_new}


def _stored_chunks(transaction: Statements, document_ids: list[str]) -> list[_StoredChunk]:
    if not document_ids:
        return []
    rows = transaction.query("stored_chunks", {"document_ids": document_ids})
    return [_StoredChunk(*row) for row in rows]


def _difference(stored: Sequence[_StoredChunk], drafted: DraftedDocument) -> Difference:
    unclaimed: dict[bytes, list[int]] = {}
    for chunk in stored:
        unclaimed.setdefault(bytes(chunk.content_hash), []).append(chunk.chunk_id)
    kept: dict[int, ChunkDraft] = {}
    added: list[AddedChunk] = []
    for chunk in drafted.chunks:
        chunk_ids = unclaimed.get(chunk.content_hash)
        if chunk_ids:
            kept[chunk_ids.pop(0)] = chunk
        else:
            added.append(AddedChunk(drafted.document_id, drafted.language, chunk))
    gone: list[int] = []
    for chunk_ids in unclaimed.values():
        gone += chunk_ids
    return Difference(kept, added, gone)


def _change_chunks(
    transaction: Statements,
    differences: Sequence[Difference],
    vectors: Mapping[bytes, np.ndarray],
    encoder: Encoder,
) -> Sums:
    """Deletes, moves and adds the chunks of all documents; the change of the sums."""
    kept: dict[int, ChunkDraft] = {}
    added: list[AddedChunk] = []
    gone: list[int] = []
    for difference in differences:
        kept.update(difference.kept)
        added += difference.added
        gone += difference.gone
    removed = _delete_chunks(transaction, gone)
    if kept:
        transaction.query("move_chunks", move_parameters(kept))
    posted = _add_chunks(transaction, added, _completed(vectors, added, encoder))
    return Sums(posted.chunks - removed.chunks, posted.length - removed.length)


def _add_chunks(
    transaction: Statements, added: Sequence[AddedChunk], vectors: Mapping[bytes, np.ndarray]
) -> Sums:
    """Stores chunks, few at a time: the statement's time grows with their square."""
    chunks, length = 0, 0
    for start in range(0, len(added), _STORED_TOGETHER):
        some = added[start : start + _STORED_TOGETHER]
        (row,) = transaction.query("store_chunks", chunk_parameters(some, vectors))
        chunks += row[0]
        length += row[1]
    return Sums(chunks, length)


def _delete_chunks(transaction: Statements, chunk_ids: list[int]) -> Sums:
    if not chunk_ids:
        return Sums()
    (row,) = transaction.query("delete_chunks", {"chunk_ids": chunk_ids})
    return Sums(*row)


def _completed(
    vectors: Mapping[bytes, np.ndarray], added: Sequence[AddedChunk], encoder: Encoder
) -> Mapping[bytes, np.ndarray]:
    """The vectors, with those of added chunks that have none.

    One is missing only when another ingest changed the document in the meantime.
    """
    missing = [one.chunk for one in added if one.chunk.content_hash not in vectors]
    if not missing:
        return vectors
    completed = dict(vectors)
    encoded = encoder.encode([chunk.embedded_text for chunk in missing])
    for chunk, vector in zip(missing, encoded, strict=True):
        completed[chunk.content_hash] = vector
    return completed


def _add_statistics(transaction: Statements, documents: int, sums: Sums) -> None:
    """Adds a change to the tenant's statistics: the last statement of a transaction."""
    change = {"documents": documents, "chunks": sums.chunks, "length": sums.length}
    transaction.query("add_statistics", change)
