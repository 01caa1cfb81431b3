"""The stored chunks in the vectors of another encoder: run once per block of chunks by `run.py migrate-encoder`."""

import numpy as np
from hamilton.function_modifiers import tag

from headrace.errors import ModelError
from headrace.ingest.embedded_texts import embedded_text, short_title
from headrace.types import Database, Encoder, StoredText

_SPECIAL_TOKENS = 2  # [CLS] and [SEP]


@tag(stage="ingest")
def unembedded_chunks(
    database: Database, tenant: str, after_chunk: int = 0, block_chunks: int = 64
) -> list[StoredText]:
    """Up to `block_chunks` of the tenant's chunks behind `after_chunk` that have no vector of the database's encoder, by chunk_id."""
    rows = database.query(
        tenant, "unembedded_chunks", {"after_chunk": after_chunk, "block_chunks": block_chunks}
    )
    return [StoredText(*row) for row in rows]


@tag(stage="ingest")
def texts_to_embed(
    unembedded_chunks: list[StoredText],
    encoder: Encoder,
    chunk_tokens: int = 256,
    cut_long_chunks: bool = False,
) -> list[str]:
    """What the encoder reads of each chunk, in order: the same text as if the chunk were ingested with this encoder.

    Raises ModelError when it is more than the encoder reads, unless `cut_long_chunks` accepts that the end of such a chunk is not read.
    """
    capacity = min(chunk_tokens, encoder.max_tokens)
    texts = [
        embedded_text(chunk.title, short_title(chunk.title, encoder, capacity), chunk.text)
        for chunk in unembedded_chunks
    ]
    for chunk, text in zip(unembedded_chunks, texts, strict=True):
        tokens = encoder.count_tokens(text) + _SPECIAL_TOKENS
        if tokens > encoder.max_tokens and not cut_long_chunks:
            raise ModelError(
                f"{encoder.name} reads {encoder.max_tokens} word pieces, a chunk of {chunk.document_id} has {tokens}: its end would not be "
                f"searched by meaning. Ingest again with HEADRACE_CHUNK_TOKENS={encoder.max_tokens} or less first, or accept it with --cut"
            )
    return texts


@tag(stage="ingest")
def new_embeddings(texts_to_embed: list[str], encoder: Encoder) -> np.ndarray:
    """(n_texts, encoder.dimension) float32, rows of norm 1, in order."""
    return encoder.encode(texts_to_embed)


@tag(stage="ingest")
def stored_embeddings(
    unembedded_chunks: list[StoredText], new_embeddings: np.ndarray, database: Database, tenant: str
) -> int:
    """How many of the chunks have a vector now; the others have been removed meanwhile, or are being removed."""
    if not unembedded_chunks:
        return 0
    values = {
        "chunk_ids": [chunk.chunk_id for chunk in unembedded_chunks],
        "embeddings": new_embeddings,
    }
    with database.transaction(tenant) as transaction:
        ((chunks,),) = transaction.query("store_embeddings", values)
    return chunks
