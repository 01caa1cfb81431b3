"""Documents -> chunks -> embeddings -> stored: the ingestion dataflow, run once per block of documents.

A document's text, chunks, postings and embeddings change in one transaction, so a reader, or a process that is killed, sees all of the
old or all of the new. What has not changed is neither split nor embedded again.
"""

import hashlib
import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

import numpy as np
from hamilton.function_modifiers import tag

from dataflows.abbreviations import find_definitions
from dataflows.errors import SourceError
from dataflows.types import ChunkDraft, Database, Document, Encoder, Outcome, PreparedDocument

#: Changes what is made of a document; raise it to have everything made anew at the next ingest.
_VERSION = 1
#: A language is believed from this probability on: below it, titles of a few words are taken for any language there is, and a tenant's
#: questions are then stemmed in all of them.
_SURE = 0.95
#: Chunks are sized in steps of so many word pieces, so that documents with titles of different lengths share a splitter.
_ROOM_STEP = 4
_DELETED_AT_ONCE = 16
_MAX_ID_CHARACTERS = 1000
_MAX_TITLE_CHARACTERS = 1000
_MAX_VALUE_CHARACTERS = 300
_LANGUAGES = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "nl": "dutch", "no": "norwegian",
    "nb": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip


@tag(stage="ingest")
def prepared_documents(
    documents: list[Document], chunk_tokens: int = 256, chunk_overlap: int = 0, default_language: str = "english"
) -> list[PreparedDocument]:
    """The documents as they will be stored, each with its language and the hash of all that is ingested of it.

    NUL characters and lone surrogates, which PostgreSQL cannot hold, become U+FFFD, one for one, so that offsets stay true.
    The language is `metadata["language"]` when given (a code such as "de" or a configuration such as "german"), else detected from
    the text, else, where that is too short to be sure, `default_language`; without a text search configuration of its own it is "simple".

    Returns:
        One per document, in order.
    """
    recipe = [_VERSION, chunk_tokens, chunk_overlap]
    return [_prepared(document, recipe, default_language) for document in documents]


@tag(stage="ingest")
def changed_documents(prepared_documents: list[PreparedDocument], database: Database, tenant: str) -> list[PreparedDocument]:
    """Those that are not stored, or stored otherwise; in order."""
    ids = [prepared.document.document_id for prepared in prepared_documents]
    stored = {row[0]: bytes(row[1]) for row in database.query(tenant, "stored_hashes", {"document_ids": ids})}
    return [prepared for prepared in prepared_documents if stored.get(prepared.document.document_id) != prepared.content_hash]


@tag(stage="ingest")
def document_chunks(
    changed_documents: list[PreparedDocument], encoder: Encoder, chunk_tokens: int = 256, chunk_overlap: int = 0
) -> list[list[ChunkDraft]]:
    """Each document's chunks, in reading order, cut at headings, paragraphs and sentences where that is possible.

    A chunk with its title in front is at most `chunk_tokens` word pieces (never more than the encoder reads), so nothing of it is lost
    to the encoder. `chunk.text` is exactly `document.text[chunk.start:chunk.end]`.

    Args:
        chunk_overlap: word pieces that neighbouring chunks of a document share.
    """
    capacity = min(chunk_tokens, encoder.max_tokens)
    return [_chunks(prepared, encoder, capacity, chunk_overlap) for prepared in changed_documents]


@tag(stage="ingest")
def new_chunks(
    changed_documents: list[PreparedDocument], document_chunks: list[list[ChunkDraft]], database: Database, tenant: str
) -> list[ChunkDraft]:
    """The chunks whose content is not stored yet: what has to be embedded. One per content hash, in order."""
    ids = [prepared.document.document_id for prepared in changed_documents]
    stored = {(row[0], bytes(row[2])) for row in database.query(tenant, "stored_chunks", {"document_ids": ids})}
    new = {
        chunk.content_hash: chunk
        for prepared, chunks in zip(changed_documents, document_chunks, strict=True)
        for chunk in chunks
        if (prepared.document.document_id, chunk.content_hash) not in stored
    }
    return list(new.values())


@tag(stage="ingest")
def chunk_embeddings(new_chunks: list[ChunkDraft], encoder: Encoder) -> np.ndarray:
    """(n_new_chunks, encoder.dimension) float32, rows of norm 1, in the order of `new_chunks`."""
    return encoder.encode([chunk.embedded_text for chunk in new_chunks])


@tag(stage="ingest")
def stored_documents(
    prepared_documents: list[PreparedDocument],
    changed_documents: list[PreparedDocument],
    document_chunks: list[list[ChunkDraft]],
    new_chunks: list[ChunkDraft],
    chunk_embeddings: np.ndarray,
    database: Database,
    encoder: Encoder,
    tenant: str,
) -> list[Outcome]:
    """What became of each document, in order, once all of them are stored, each in a transaction of its own.

    A document that PostgreSQL refuses is reported as failed, with the reason; the others are stored.
    """
    vectors = {chunk.content_hash: vector for chunk, vector in zip(new_chunks, chunk_embeddings, strict=True)}
    chunks = {id(prepared): drafts for prepared, drafts in zip(changed_documents, document_chunks, strict=True)}
    return [
        _stored(prepared, chunks[id(prepared)], vectors, database, encoder, tenant)
        if id(prepared) in chunks
        else Outcome(prepared.document.document_id, prepared.document.source, "unchanged")
        for prepared in prepared_documents
    ]


@tag(stage="ingest")
def removed_documents(vanished_ids: list[str], database: Database, tenant: str) -> list[Outcome]:
    """What became of each document that is to go, in order: "removed" with its chunks, or nothing to say if it was not there."""
    outcomes = (_removed(document_id, database, tenant) for document_id in vanished_ids)
    return [outcome for outcome in outcomes if outcome is not None]


def _removed(document_id: str, database: Database, tenant: str) -> Outcome | None:
    key = {"document_id": document_id}
    with database.transaction(tenant) as transaction:
        if not transaction.query("lock_document", key):
            return None
        chunk_ids = [row[1] for row in transaction.query("stored_chunks", {"document_ids": [document_id]})]
        chunks, length = _deleted(transaction, chunk_ids)
        ((source,),) = transaction.query("delete_document", key)
        transaction.query("add_statistics", {"documents": -1, "chunks": -chunks, "length": -length})
    return Outcome(document_id, source, "removed", chunks)


def _deleted(transaction: Any, chunk_ids: list[int]) -> tuple[int, int]:
    """Deletes chunks, a few at a time; how many, and of what length together."""
    blocks = [chunk_ids[start : start + _DELETED_AT_ONCE] for start in range(0, len(chunk_ids), _DELETED_AT_ONCE)]
    rows = [transaction.query("delete_chunks", {"chunk_ids": block})[0] for block in blocks]
    return sum(chunks for chunks, _ in rows), sum(length for _, length in rows)


def _prepared(document: Document, recipe: list[int], default_language: str) -> PreparedDocument:
    document = Document(
        document_id=_storable(document.document_id),
        title=_storable(document.title)[:_MAX_TITLE_CHARACTERS].strip(),
        text=_storable(document.text),
        source=_storable(document.source),
        metadata=json.loads(_storable(json.dumps(dict(document.metadata), default=str, ensure_ascii=False))),
        page_starts=document.page_starts,
        markup=document.markup,
    )
    language = _language(document, default_language)
    parts = [recipe, document.title, document.text, document.source, document.metadata, document.page_starts, document.markup, language]
    content = json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()
    return PreparedDocument(document, language, hashlib.sha256(content).digest())


def _storable(text: str) -> str:
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _language(document: Document, default: str) -> str:
    given = str(document.metadata.get("language") or document.metadata.get("lang") or "").lower()
    if given in _LANGUAGES.values():
        return given
    if given:
        return _LANGUAGES.get(given[:2], "simple")
    code, probability = _language_model().classify(f"{document.title}\n{document.text[:2000]}")
    return _LANGUAGES.get(code, "simple") if probability >= _SURE else default


@cache
def _language_model() -> Any:
    """The model that tells languages, loaded when first needed: it takes a second."""
    from py3langid import langid

    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)


def _chunks(prepared: PreparedDocument, encoder: Encoder, capacity: int, overlap: int) -> list[ChunkDraft]:
    document = prepared.document
    title = _cut(document.title, encoder, capacity // 4)
    room = capacity - 2 - (encoder.count_tokens(f"{title}\n") if title else 0)  # 2: [CLS] and [SEP]
    room -= room % _ROOM_STEP
    pieces = _splitter(encoder.tokenizer, document.markup == "markdown", room, min(overlap, room // 2)).chunk_indices(document.text)
    spans = (span for start, text in pieces for span in _bounded(start, len(text), room))
    return [_draft(ordinal, start, end, title, prepared) for ordinal, (start, end) in enumerate(spans)]


@lru_cache(maxsize=128)
def _splitter(tokenizer: Any, markdown: bool, room: int, overlap: int) -> Any:
    """A splitter into chunks of at most `room` word pieces. Kept: making one copies the tokenizer's vocabulary, 25 ms."""
    from semantic_text_splitter import MarkdownSplitter, TextSplitter

    kind = MarkdownSplitter if markdown else TextSplitter
    return kind.from_huggingface_tokenizer(tokenizer, room, overlap=overlap)


def _cut(title: str, encoder: Encoder, most: int) -> str:
    """As many leading words of the title as take at most `most` word pieces."""
    words = title.split()
    while words and encoder.count_tokens(" ".join(words)) > most:
        words.pop()
    return " ".join(words)


def _bounded(start: int, length: int, room: int) -> Iterator[tuple[int, int]]:
    """Spans of at most 16 characters a word piece: an endless "word" is one unknown piece to the tokenizer, however long it is."""
    for offset in range(0, length, room * 16):
        yield start + offset, start + min(offset + room * 16, length)


def _draft(ordinal: int, start: int, end: int, title: str, prepared: PreparedDocument) -> ChunkDraft:
    document = prepared.document
    text = document.text[start:end]
    said = text.strip() == document.title  # a document that is nothing but its title has its words once
    embedded = f"{title}\n{text}" if title and not said else text
    page = bisect_right(document.page_starts, start) or None
    content_hash = hashlib.sha256(f"{prepared.language}\0{document.title}\0{embedded}".encode()).digest()[:16]
    return ChunkDraft(ordinal, "" if said else document.title, text, start, end, page, embedded, content_hash)


def _stored(
    prepared: PreparedDocument, chunks: list[ChunkDraft], vectors: dict[bytes, np.ndarray], database: Database, encoder: Encoder, tenant: str
) -> Outcome:
    document = prepared.document
    try:
        _check(document, chunks)
        with database.transaction(tenant) as transaction:
            is_new, added = _store(transaction, prepared, chunks, vectors, encoder)
    except SourceError as error:
        return Outcome(document.document_id, document.source, "failed", reason=str(error))
    return Outcome(document.document_id, document.source, "new" if is_new else "changed", len(chunks), added)


def _check(document: Document, chunks: list[ChunkDraft]) -> None:
    if not document.document_id or len(document.document_id) > _MAX_ID_CHARACTERS:
        raise SourceError(f"its id has {len(document.document_id):,} characters: 1 to {_MAX_ID_CHARACTERS:,} are possible")
    if not chunks:
        raise SourceError("empty: it holds no text")


def _store(
    transaction: Any, prepared: PreparedDocument, chunks: list[ChunkDraft], vectors: dict[bytes, np.ndarray], encoder: Encoder
) -> tuple[bool, int]:
    """Brings one document to its new state inside `transaction`; whether it is new, and how many chunks were added.

    The document's row is locked first, so what is stored is compared with what is there at that moment.
    """
    document = prepared.document
    key = {"document_id": document.document_id}
    row = {
        **key, "title": document.title, "source": document.source, "text": document.text, "language": prepared.language,
        "metadata": json.dumps(document.metadata, ensure_ascii=False), "content_hash": prepared.content_hash,
    }  # fmt: skip
    ((is_new,),) = transaction.query("store_document", row)
    kept, added, gone = _difference(transaction.query("stored_chunks", {"document_ids": [document.document_id]}), chunks)
    removed = _deleted(transaction, gone)
    if kept:
        transaction.query("move_chunks", {"chunk_ids": list(kept), **_places(list(kept.values()))})
    stored = transaction.query("store_chunks", {**row, **_contents(added, vectors, encoder)})[0] if added else (0, 0)
    transaction.query("store_fields", {**key, **_fields(document.metadata)})
    pairs = find_definitions(document.text)
    transaction.query("store_definitions", {**key, "short_forms": [short for short, _ in pairs], "long_forms": [long for _, long in pairs]})
    transaction.query("store_words", {"language": prepared.language, "text": "\n".join([document.title, *(chunk.text for chunk in added)])})
    change = {"documents": int(is_new), "chunks": stored[0] - removed[0], "length": stored[1] - removed[1]}
    transaction.query("add_statistics", change)
    return is_new, len(added)


def _difference(stored: list[tuple], chunks: list[ChunkDraft]) -> tuple[dict[int, ChunkDraft], list[ChunkDraft], list[int]]:
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


def _places(chunks: list[ChunkDraft]) -> dict[str, list]:
    return {
        "ordinals": [chunk.ordinal for chunk in chunks], "starts": [chunk.start for chunk in chunks],
        "ends": [chunk.end for chunk in chunks], "pages": [chunk.page for chunk in chunks],
    }  # fmt: skip


def _contents(chunks: list[ChunkDraft], vectors: dict[bytes, np.ndarray], encoder: Encoder) -> dict[str, list]:
    """The chunks as store_chunks takes them. A vector is missing only if another ingest changed the document meanwhile."""
    missing = [chunk for chunk in chunks if chunk.content_hash not in vectors]
    if missing:
        encoded = encoder.encode([chunk.embedded_text for chunk in missing])
        vectors = {**vectors, **{chunk.content_hash: vector for chunk, vector in zip(missing, encoded, strict=True)}}
    return {
        **_places(chunks), "titles": [chunk.title for chunk in chunks], "texts": [chunk.text for chunk in chunks],
        "content_hashes": [chunk.content_hash for chunk in chunks], "embeddings": [vectors[chunk.content_hash] for chunk in chunks],
    }  # fmt: skip


def _fields(metadata: dict[str, Any]) -> dict[str, list]:
    """The metadata as filters see it: one entry per field and value; nested objects and long texts are not for filtering."""
    rows: dict[tuple[str, str], tuple[str, date | None]] = {}
    for field, given in metadata.items():
        for value in given if isinstance(given, list) else [given]:
            text = re.sub(r"\s+", " ", str(value)).strip()
            if value is not None and not isinstance(value, dict | list) and 0 < len(text) <= _MAX_VALUE_CHARACTERS:
                rows[field, text.lower()] = (text, _date(field, value))
    return {
        "fields": [field for field, _ in rows], "folded": [folded for _, folded in rows],
        "field_values": [value for value, _ in rows.values()], "value_dates": [when for _, when in rows.values()],
    }  # fmt: skip


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
