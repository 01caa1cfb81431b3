"""Stored chunks embedded with another encoder.

`run.py migrate-encoder` runs these nodes once per block of chunks.
"""

import numpy as np
from hamilton.function_modifiers import tag

from headrace.errors import ModelError
from headrace.ingest.cutting.embedded_texts import embedded_text, short_above, short_title
from headrace.ingest.cutting.splitting import SPECIAL_TOKENS
from headrace.types import Encoder, StoredText, TenantDatabase


@tag(stage="ingest")
def unembedded_chunks(
    database: TenantDatabase, after_chunk: int = 0, block_chunks: int = 64
) -> list[StoredText]:
    """The next chunks that have no vector of the database's encoder, by chunk_id.

    Args:
        after_chunk: the chunk_id that all of them are greater than.
        block_chunks: how many to return at most.
    """
    block = {"after_chunk": after_chunk, "block_chunks": block_chunks}
    return [StoredText(*row) for row in database.query("unembedded_chunks", block)]


@tag(stage="ingest")
def texts_to_embed(
    unembedded_chunks: list[StoredText],
    encoder: Encoder,
    chunk_tokens: int = 256,
    cut_long_chunks: bool = False,
) -> list[str]:
    """What the encoder reads of each chunk, in order.

    It is the text that the encoder would read if the chunk were ingested with it.

    Args:
        cut_long_chunks: accept that the end of a chunk that is too long is not read.
    Raises:
        ModelError: a chunk has more tokens than the encoder reads, which
            `cut_long_chunks` does not accept.
    """
    capacity = min(chunk_tokens, encoder.max_tokens)
    texts = []
    for chunk in unembedded_chunks:
        shortened = short_title(chunk.title, encoder, capacity)
        beneath = short_above(chunk.above, encoder, capacity)
        text = embedded_text(chunk.title, shortened, beneath, chunk.text)
        if not cut_long_chunks:
            _refuse_long_text(text, chunk.document_id, encoder)
        texts.append(text)
    return texts


@tag(stage="ingest")
def new_embeddings(texts_to_embed: list[str], encoder: Encoder) -> np.ndarray:
    """The vectors of the texts, in order.

    Returns:
        (n_texts, encoder.dimension) float32, rows of norm 1.
    """
    return encoder.encode(texts_to_embed)


@tag(stage="ingest")
def stored_embeddings(
    unembedded_chunks: list[StoredText], new_embeddings: np.ndarray, database: TenantDatabase
) -> int:
    """How many of the chunks have a vector now.

    The others were removed meanwhile, or are being removed.
    """
    if not unembedded_chunks:
        return 0
    ids = [chunk.chunk_id for chunk in unembedded_chunks]
    embedded = {"chunk_ids": ids, "embeddings": new_embeddings}
    ((chunks,),) = database.write(lambda writing: writing.query("store_embeddings", embedded))
    return chunks


def _refuse_long_text(text: str, document_id: str, encoder: Encoder) -> None:
    tokens = encoder.count_tokens(text) + SPECIAL_TOKENS
    if tokens > encoder.max_tokens:
        raise ModelError(
            f"{encoder.name} reads {encoder.max_tokens} word pieces, a chunk of {document_id} "
            f"has {tokens}: its end would not be searched by meaning. Ingest again with "
            f"HEADRACE_CHUNK_TOKENS={encoder.max_tokens} or less first, or accept it with --cut"
        )
