"""Documents cut into chunks, and the vectors of those that are not stored yet."""

import numpy as np
from hamilton.function_modifiers import tag

from headrace.ingest.cutting.embedded_texts import ChunkMaker
from headrace.ingest.cutting.sections import Sections
from headrace.ingest.cutting.splitting import chunk_spans, counted_with, text_tokens
from headrace.types import ChunkDraft, Encoder, PreparedDocument, TenantDatabase


@tag(stage="ingest")
def document_chunks(
    changed_documents: list[PreparedDocument],
    encoder: Encoder,
    chunk_tokens: int = 256,
    chunk_overlap: int = 0,
) -> list[list[ChunkDraft]]:
    """Each document's chunks, cut at headings, paragraphs or sentences if possible.

    `chunk.text` is exactly `document.text[chunk.start:chunk.end]`. In Markdown, a
    heading is in one chunk with what follows it, and each chunk has the headings and
    the table header above it (`chunk.above`).

    Args:
        chunk_tokens: the most tokens of a chunk, with its title, what is above it and
            the special tokens. A chunk never has more than the encoder reads, so the
            encoder misses no text.
        chunk_overlap: the tokens that neighbouring chunks of a document share.
    Returns:
        One list per document, in order; chunks in reading order.
    """
    capacity = min(chunk_tokens, encoder.max_tokens)
    return [_chunks(prepared, encoder, capacity, chunk_overlap) for prepared in changed_documents]


@tag(stage="ingest")
def new_chunks(
    changed_documents: list[PreparedDocument],
    document_chunks: list[list[ChunkDraft]],
    database: TenantDatabase,
) -> list[ChunkDraft]:
    """The chunks to embed: those whose content is not stored in their document yet.

    Returns:
        One per content hash, in order.
    """
    ids = [prepared.document.document_id for prepared in changed_documents]
    stored = set()
    for document_id, _, content_hash in database.query("stored_chunks", {"document_ids": ids}):
        stored.add((document_id, bytes(content_hash)))
    new = {}
    for document_id, chunks in zip(ids, document_chunks, strict=True):
        for chunk in chunks:
            if (document_id, chunk.content_hash) not in stored:
                new[chunk.content_hash] = chunk
    return list(new.values())


@tag(stage="ingest")
def known_embeddings(
    new_chunks: list[ChunkDraft], database: TenantDatabase
) -> dict[bytes, np.ndarray]:
    """The vectors of those new chunks whose content another document of the tenant has.

    So a document that was renamed or copied is stored without being embedded.

    Returns:
        By content hash: (encoder.dimension,) float32, norm 1 to half precision.
    """
    hashes = [chunk.content_hash for chunk in new_chunks]
    rows = database.query("known_embeddings", {"content_hashes": hashes}) if hashes else []
    return {bytes(content): np.array(vector, np.float32) for content, vector in rows}


@tag(stage="ingest")
def chunk_embeddings(
    new_chunks: list[ChunkDraft], known_embeddings: dict[bytes, np.ndarray], encoder: Encoder
) -> np.ndarray:
    """The vectors of the new chunks, in order; those that are known are not computed.

    Returns:
        (n_new_chunks, encoder.dimension) float32, rows of norm 1.
    """
    unknown = [chunk for chunk in new_chunks if chunk.content_hash not in known_embeddings]
    encoded = encoder.encode([chunk.embedded_text for chunk in unknown])
    if len(unknown) == len(new_chunks):
        return encoded
    vectors = dict(known_embeddings)
    for chunk, vector in zip(unknown, encoded, strict=True):
        vectors[chunk.content_hash] = vector
    return np.array([vectors[chunk.content_hash] for chunk in new_chunks], np.float32)


def _chunks(
    prepared: PreparedDocument, encoder: Encoder, capacity: int, overlap: int
) -> list[ChunkDraft]:
    maker = ChunkMaker(prepared, encoder, capacity)
    if prepared.document.markup == "markdown":
        return list(Sections(maker, overlap).chunks())
    tokens = text_tokens(encoder, capacity, maker.title)
    spans = chunk_spans(prepared.document, counted_with(encoder), tokens, overlap)
    return [maker.draft(ordinal, span) for ordinal, span in enumerate(spans)]
