"""How documents and their chunks become rows: many documents in one transaction, each as a whole.

Two ingests wait for each other in one direction only: a transaction first takes its documents' rows, in the order of their ids, and the
tenant's statistics last. The words for typos are stored beforehand, in a transaction of their own: they count only while chunks hold them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np

from headrace.errors import SourceError
from headrace.metadata.field_kinds import names_of
from headrace.metadata.filters import field_number, field_text
from headrace.text.abbreviations import find_definitions
from headrace.text.terms import searched
from headrace.text.titles import folded_title
from headrace.types import ChunkDraft, Database, Document, Encoder, Outcome, PreparedDocument

_MAX_ID_CHARACTERS = 1000
_MAX_VALUE_CHARACTERS = 300

Drafted = tuple[PreparedDocument, list[ChunkDraft]]


def store(
    drafted: Sequence[Drafted],
    vectors: Mapping[bytes, np.ndarray],
    database: Database,
    encoder: Encoder,
    tenant: str,
) -> list[Outcome]:
    """What became of each document, in order: "new", "changed" or "failed".

    Args:
        vectors: of the chunks that are not stored yet, by content hash.
    """
    reasons = [_fault(prepared.document, chunks) for prepared, chunks in drafted]
    sound = [one for one, reason in zip(drafted, reasons, strict=True) if not reason]
    stored = iter(_stored(sound, vectors, database, encoder, tenant))
    outcomes = [
        _failed(one, reason) if reason else next(stored)
        for one, reason in zip(drafted, reasons, strict=True)
    ]
    merge_segments(database, tenant)
    return outcomes


def remove(document_id: str, database: Database, tenant: str) -> Outcome | None:
    """Removes a document and all that is of it; None if it was not there."""
    key = {"document_id": document_id}
    with database.transaction(tenant) as transaction:
        if not transaction.query("lock_document", key):
            return None
        chunk_ids = [
            row[1] for row in transaction.query("stored_chunks", {"document_ids": [document_id]})
        ]
        ((chunks, length),) = transaction.query("delete_chunks", {"chunk_ids": chunk_ids})
        ((source,),) = transaction.query("delete_document", key)
        transaction.query("add_statistics", {"documents": -1, "chunks": -chunks, "length": -length})
    merge_segments(database, tenant)
    return Outcome(document_id, source, "removed", chunks)


def merge_segments(database: Database, tenant: str) -> None:
    """Puts together what is due of a tenant's postings, in one transaction per merge, unless another process is at it."""
    while database.query(tenant, "due_segments"):
        with database.transaction(tenant) as transaction:
            due = transaction.query("due_segments")
            if not due:
                return
            transaction.query("merge_segments", {"levels": due[0][0], "segments": due[0][1]})


def _stored(
    drafted: Sequence[Drafted],
    vectors: Mapping[bytes, np.ndarray],
    database: Database,
    encoder: Encoder,
    tenant: str,
) -> list[Outcome]:
    """Stores all in one transaction; if PostgreSQL refuses that, half and half, down to the document that it refuses."""
    if not drafted:
        return []
    try:
        with database.transaction(tenant) as transaction:
            transaction.query("store_words", _texts(drafted, vectors))
            transaction.query(
                "store_value_names", _value_names([prepared.document for prepared, _ in drafted])
            )
        with database.transaction(tenant) as transaction:
            return _store(transaction, drafted, vectors, encoder)
    except SourceError as error:
        if len(drafted) == 1:
            return [_failed(drafted[0], str(error))]
    half = len(drafted) // 2
    return [
        *_stored(drafted[:half], vectors, database, encoder, tenant),
        *_stored(drafted[half:], vectors, database, encoder, tenant),
    ]


def _fault(document: Document, chunks: list[ChunkDraft]) -> str:
    """Why a document cannot be stored; "" if it can."""
    if not document.document_id or len(document.document_id) > _MAX_ID_CHARACTERS:
        return f"its id has {len(document.document_id):,} characters: 1 to {_MAX_ID_CHARACTERS:,} are possible"
    return "" if chunks else "empty: it holds no text"


def _failed(drafted: Drafted, reason: str) -> Outcome:
    document = drafted[0].document
    return Outcome(document.document_id, document.source, "failed", reason=reason)


def _store(
    transaction: Any,
    drafted: Sequence[Drafted],
    vectors: Mapping[bytes, np.ndarray],
    encoder: Encoder,
) -> list[Outcome]:
    """Brings the documents to their new state inside `transaction`.

    Their rows are locked first, so what is to be stored is compared with what is there at that moment.
    """
    ids = [prepared.document.document_id for prepared, _ in drafted]
    new = {
        document_id
        for document_id, is_new in transaction.query("store_documents", _rows(drafted))
        if is_new
    }
    stored: dict[str, list[tuple]] = {document_id: [] for document_id in ids}
    if len(new) < len(ids):
        for row in transaction.query("stored_chunks", {"document_ids": ids}):
            stored[row[0]].append(row)
    differences = [
        _difference(stored[prepared.document.document_id], chunks) for prepared, chunks in drafted
    ]
    kept = {chunk_id: chunk for kept, _, _ in differences for chunk_id, chunk in kept.items()}
    added = [
        (prepared, chunk)
        for (prepared, _), (_, added, _) in zip(drafted, differences, strict=True)
        for chunk in added
    ]
    gone = [chunk_id for _, _, gone in differences for chunk_id in gone]
    removed = transaction.query("delete_chunks", {"chunk_ids": gone})[0] if gone else (0, 0)
    if kept:
        transaction.query("move_chunks", {"chunk_ids": list(kept), **_places(list(kept.values()))})
    posted = (
        transaction.query("store_chunks", _contents(added, vectors, encoder))[0]
        if added
        else (0, 0)
    )
    transaction.query(
        "store_fields",
        {"stored_ids": ids, **_fields([prepared.document for prepared, _ in drafted])},
    )
    transaction.query(
        "store_definitions",
        {"stored_ids": ids, **_definitions([prepared.document for prepared, _ in drafted])},
    )
    transaction.query(
        "add_statistics",
        {"documents": len(new), "chunks": posted[0] - removed[0], "length": posted[1] - removed[1]},
    )
    return [
        Outcome(
            prepared.document.document_id,
            prepared.document.source,
            "new" if document_id in new else "changed",
            len(chunks),
            len(added),
        )
        for document_id, (prepared, chunks), (_, added, _) in zip(
            ids, drafted, differences, strict=True
        )
    ]


def _difference(
    stored: list[tuple], chunks: list[ChunkDraft]
) -> tuple[dict[int, ChunkDraft], list[ChunkDraft], list[int]]:
    """Which stored chunks stay (by id, each with its new place), which chunks are added, which stored ones go."""
    unclaimed: dict[bytes, list[int]] = {}
    for _, chunk_id, content_hash in stored:
        unclaimed.setdefault(bytes(content_hash), []).append(chunk_id)
    kept, added = {}, []
    for chunk in chunks:
        ids = unclaimed.get(chunk.content_hash)
        if ids:
            kept[ids.pop(0)] = chunk
        else:
            added.append(chunk)
    return kept, added, [chunk_id for ids in unclaimed.values() for chunk_id in ids]


def _texts(drafted: Sequence[Drafted], vectors: Mapping[bytes, np.ndarray]) -> dict[str, list[str]]:
    """The text that may bring new words, by language."""
    texts: dict[str, list[str]] = {}
    for prepared, chunks in drafted:
        new = [chunk.text for chunk in chunks if chunk.content_hash in vectors]
        texts.setdefault(prepared.language, []).extend([prepared.document.title, *new])
    return {"languages": list(texts), "texts": ["\n".join(parts) for parts in texts.values()]}


def _rows(drafted: Sequence[Drafted]) -> dict[str, list]:
    documents = [prepared.document for prepared, _ in drafted]
    return {
        "document_ids": [document.document_id for document in documents],
        "titles": [document.title for document in documents],
        "folded_titles": [folded_title(document.title) for document in documents],
        "sources": [document.source for document in documents],
        "texts": [document.text for document in documents],
        "languages": [prepared.language for prepared, _ in drafted],
        "metadata": [json.dumps(document.metadata, ensure_ascii=False) for document in documents],
        "content_hashes": [prepared.content_hash for prepared, _ in drafted],
    }


def _places(chunks: list[ChunkDraft]) -> dict[str, list]:
    return {
        "ordinals": [chunk.ordinal for chunk in chunks],
        "starts": [chunk.start for chunk in chunks],
        "ends": [chunk.end for chunk in chunks],
        "pages": [chunk.page for chunk in chunks],
    }


def _contents(
    added: list[tuple[PreparedDocument, ChunkDraft]],
    vectors: Mapping[bytes, np.ndarray],
    encoder: Encoder,
) -> dict[str, Any]:
    """The chunks as store_chunks takes them. A vector is missing only if another ingest changed the document meanwhile."""
    chunks = [chunk for _, chunk in added]
    missing = [chunk for chunk in chunks if chunk.content_hash not in vectors]
    if missing:
        encoded = encoder.encode([chunk.embedded_text for chunk in missing])
        vectors = {
            **vectors,
            **{chunk.content_hash: vector for chunk, vector in zip(missing, encoded, strict=True)},
        }
    return {
        "document_ids": [prepared.document.document_id for prepared, _ in added],
        "languages": [prepared.language for prepared, _ in added],
        **_places(chunks),
        "texts": [chunk.text for chunk in chunks],
        "searched_titles": [searched(chunk.title) for chunk in chunks],
        "searched_texts": [searched(chunk.text) for chunk in chunks],
        "content_hashes": [chunk.content_hash for chunk in chunks],
        "embeddings": _matrix([vectors[chunk.content_hash] for chunk in chunks], encoder),
    }


def _matrix(vectors: list[np.ndarray], encoder: Encoder) -> np.ndarray:
    """(n_vectors, dimension) float32."""
    return np.array(vectors, np.float32).reshape(len(vectors), encoder.dimension)


def _definitions(documents: list[Document]) -> dict[str, list[str]]:
    """The abbreviations that the documents define, one entry per document and pair."""
    rows = [
        (document.document_id, short, long)
        for document in documents
        for short, long in find_definitions(document.text)
    ]
    return {
        "document_ids": [document_id for document_id, _, _ in rows],
        "short_forms": [short for _, short, _ in rows],
        "long_forms": [long for _, _, long in rows],
    }


def _fields(documents: list[Document]) -> dict[str, list]:
    """The metadata as filters see it: one entry per document, field and value; nested objects and long texts are not for filtering."""
    rows: dict[tuple[str, str, str], tuple[str, date | None, float | None]] = {}
    for document in documents:
        for field, given in document.metadata.items():
            for value in given if isinstance(given, list) else [given]:
                text = field_text(value)
                if (
                    value is not None
                    and not isinstance(value, dict | list)
                    and 0 < len(text) <= _MAX_VALUE_CHARACTERS
                ):
                    rows[document.document_id, field, text.lower()] = (
                        text,
                        _date(field, value),
                        field_number(value),
                    )
    ids, fields, folded = ([key[column] for key in rows] for column in range(3))
    texts, dates, numbers = ([row[column] for row in rows.values()] for column in range(3))
    return {
        "document_ids": ids,
        "fields": fields,
        "folded": folded,
        "field_values": texts,
        "value_dates": dates,
        "value_numbers": numbers,
    }


def _value_names(documents: list[Document]) -> dict[str, list[str]]:
    """What else the values of the documents' metadata are called, one entry per name and value, in order."""
    values = _fields(documents)
    pairs = set(zip(values["fields"], values["folded"], strict=True))
    rows = sorted(
        (name[:_MAX_VALUE_CHARACTERS], field, folded)
        for field, folded in pairs
        for name in names_of(field, folded)
    )
    names, fields, folded = ([row[column] for row in rows] for column in range(3))
    return {"names": names, "fields": fields, "folded": folded}


def _date(field: str, value: Any) -> date | None:
    """The value as a date: an ISO date or time in any field, a year in a field that is named for one."""
    text = str(value)
    if re.fullmatch(r"1[5-9]\d\d|20\d\d", text):
        return date(int(text), 1, 1) if re.search(r"year|date", field, re.IGNORECASE) else None
    if match := re.fullmatch(r"(\d{4})-(\d\d)", text):
        text = f"{match.group(0)}-01"
    try:
        return datetime.fromisoformat(text).date() if re.match(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None
