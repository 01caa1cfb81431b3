"""Documents -> chunks -> embeddings -> stored: the ingestion dataflow, run once per block of documents.

A document's text, chunks, postings and embeddings change in one transaction, so a reader, or a process that is killed, sees all of the
old or all of the new; documents of a block share one (storing.py). What has not changed is neither split nor embedded again.
"""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

import numpy as np
from hamilton.function_modifiers import tag

from headrace.ingest.embedded_texts import embedded_text, short_title
from headrace.ingest.storing import remove, store
from headrace.text.word_pieces import word_piece_counter
from headrace.types import ChunkDraft, Database, Document, Encoder, Outcome, PreparedDocument

#: Changes what is made of a document; raise it to have its names, fields and definitions made anew at the next ingest.
VERSION = 4
#: Changes what is posted and embedded of a chunk; raise it to have those made anew too.
_CHUNK_VERSION = 3
#: A language is believed from this probability on: below it, titles of a few words are taken for any language there is, and a tenant's
#: questions are then stemmed in all of them.
_SURE = 0.95
#: Chunks are sized in steps of so many word pieces, so that documents with titles of different lengths share a splitter.
_ROOM_STEP = 4
_MAX_TITLE_CHARACTERS = 1000
_LANGUAGES = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nl": "dutch",
    "no": "norwegian",
    "nb": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}


@tag(stage="ingest")
def prepared_documents(
    documents: list[Document],
    chunk_tokens: int = 256,
    chunk_overlap: int = 0,
    default_language: str = "english",
) -> list[PreparedDocument]:
    """The documents as they will be stored, each with its language and the hash of all that is ingested of it.

    NUL characters and lone surrogates, which PostgreSQL cannot hold, become U+FFFD, one for one, so that offsets stay true.
    The language is `metadata["language"]` when given (a code such as "de" or a configuration such as "german"), else detected from
    the text, else, where that is too short to be sure, `default_language`; without a text search configuration of its own it is "simple".

    Returns:
        One per document, in order.
    """
    recipe = [VERSION, chunk_tokens, chunk_overlap]
    return [_prepared(document, recipe, default_language) for document in documents]


@tag(stage="ingest")
def changed_documents(
    prepared_documents: list[PreparedDocument], database: Database, tenant: str
) -> list[PreparedDocument]:
    """Those that are not stored, or stored otherwise; in order."""
    ids = [prepared.document.document_id for prepared in prepared_documents]
    stored = {
        row[0]: bytes(row[1])
        for row in database.query(tenant, "stored_hashes", {"document_ids": ids})
    }
    return [
        prepared
        for prepared in prepared_documents
        if stored.get(prepared.document.document_id) != prepared.content_hash
    ]


@tag(stage="ingest")
def document_chunks(
    changed_documents: list[PreparedDocument],
    encoder: Encoder,
    chunk_tokens: int = 256,
    chunk_overlap: int = 0,
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
    changed_documents: list[PreparedDocument],
    document_chunks: list[list[ChunkDraft]],
    database: Database,
    tenant: str,
) -> list[ChunkDraft]:
    """The chunks whose content is not stored yet: what has to be embedded. One per content hash, in order."""
    ids = [prepared.document.document_id for prepared in changed_documents]
    stored = {
        (row[0], bytes(row[2]))
        for row in database.query(tenant, "stored_chunks", {"document_ids": ids})
    }
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
    """What became of each document, in order, once all of them are stored, in one transaction.

    Where PostgreSQL refuses a document, each is stored in a transaction of its own: that one is reported as failed, with the reason.
    """
    vectors = {
        chunk.content_hash: vector
        for chunk, vector in zip(new_chunks, chunk_embeddings, strict=True)
    }
    changed = store(
        list(zip(changed_documents, document_chunks, strict=True)),
        vectors,
        database,
        encoder,
        tenant,
    )
    outcomes = {
        id(prepared): outcome for prepared, outcome in zip(changed_documents, changed, strict=True)
    }
    return [
        outcomes.get(id(prepared))
        or Outcome(prepared.document.document_id, prepared.document.source, "unchanged")
        for prepared in prepared_documents
    ]


@tag(stage="ingest")
def removed_documents(vanished_ids: list[str], database: Database, tenant: str) -> list[Outcome]:
    """What became of each document that is to go, in order: "removed" with its chunks, or nothing to say if it was not there."""
    outcomes = (remove(document_id, database, tenant) for document_id in vanished_ids)
    return [outcome for outcome in outcomes if outcome is not None]


def _prepared(document: Document, recipe: list[int], default_language: str) -> PreparedDocument:
    document = Document(
        document_id=_storable(document.document_id),
        title=_storable(document.title)[:_MAX_TITLE_CHARACTERS].strip(),
        text=_storable(document.text),
        source=_storable(document.source),
        metadata=json.loads(
            _storable(json.dumps(dict(document.metadata), default=str, ensure_ascii=False))
        ),
        page_starts=document.page_starts,
        markup=document.markup,
    )
    language = _language(document, default_language)
    parts = [
        recipe,
        document.title,
        document.text,
        document.source,
        document.metadata,
        document.page_starts,
        document.markup,
        language,
    ]
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


def _chunks(
    prepared: PreparedDocument, encoder: Encoder, capacity: int, overlap: int
) -> list[ChunkDraft]:
    document = prepared.document
    title = short_title(document.title, encoder, capacity)
    room = capacity - 2 - (encoder.count_tokens(f"{title}\n") if title else 0)  # 2: [CLS] and [SEP]
    room -= room % _ROOM_STEP
    pieces = _splitter(
        encoder.tokenizer, document.markup == "markdown", room, min(overlap, room // 2)
    ).chunk_indices(document.text)
    spans = (span for start, text in pieces for span in _bounded(start, len(text), room))
    return [
        _draft(ordinal, start, end, title, prepared) for ordinal, (start, end) in enumerate(spans)
    ]


@lru_cache(maxsize=128)
def _splitter(tokenizer: Any, markdown: bool, room: int, overlap: int) -> Any:
    """A splitter into chunks of at most `room` word pieces. Kept: making one copies the tokenizer's vocabulary, 25 ms."""
    from semantic_text_splitter import MarkdownSplitter, TextSplitter

    kind = MarkdownSplitter if markdown else TextSplitter
    count = word_piece_counter(tokenizer)
    if count is not None:  # the same chunks in a seventh of the time
        return kind.from_callback(count, room, overlap=overlap)
    return kind.from_huggingface_tokenizer(tokenizer, room, overlap=overlap)


def _bounded(start: int, length: int, room: int) -> Iterator[tuple[int, int]]:
    """Spans of at most 16 characters a word piece: an endless "word" is one unknown piece to the tokenizer, however long it is."""
    for offset in range(0, length, room * 16):
        yield start + offset, start + min(offset + room * 16, length)


def _draft(
    ordinal: int, start: int, end: int, title: str, prepared: PreparedDocument
) -> ChunkDraft:
    document = prepared.document
    text = document.text[start:end]
    said = (
        text.strip() == document.title
    )  # a document that is nothing but its title has its words once
    embedded = embedded_text(document.title, title, text)
    page = bisect_right(document.page_starts, start) or None
    content_hash = hashlib.sha256(
        f"{_CHUNK_VERSION}\0{prepared.language}\0{document.title}\0{embedded}".encode()
    ).digest()[:16]
    return ChunkDraft(
        ordinal, "" if said else document.title, text, start, end, page, embedded, content_hash
    )
