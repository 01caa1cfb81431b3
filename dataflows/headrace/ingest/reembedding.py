"""Stored chunks embedded with another encoder.

`run.py migrate-encoder` runs these nodes once per block of chunks.
"""

from itertools import chain

import numpy as np
from hamilton.function_modifiers import tag

from headrace.errors import ModelError
from headrace.ingest.cutting.embedded_texts import embedded_text, short_above, short_title
from headrace.ingest.cutting.splitting import SPECIAL_TOKENS
from headrace.types import Encoder, StoredText, TenantDatabase

#: A chunk that is longer than the encoder reads is read in at most this many parts.
_MOST_PARTS = 4


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
) -> list[list[str]]:
    """What the encoder reads of each chunk, in order.

    It is the text that the encoder would read if the chunk were ingested with it. A
    chunk that is too long, because encoders count tokens differently, is read in up to
    four parts, each with the same title and headings.

    Args:
        cut_long_chunks: accept that the end of a chunk that is even longer is not read.
    Raises:
        ModelError: a chunk has more tokens than the encoder reads in four parts, and
            `cut_long_chunks` is False.
    """
    capacity = min(chunk_tokens, encoder.max_tokens)
    texts = []
    for chunk in unembedded_chunks:
        shortened = short_title(chunk.title, encoder, capacity)
        beneath = short_above(chunk.above, encoder, capacity)
        whole = embedded_text(chunk.title, shortened, beneath, chunk.text)
        parts = [whole]
        while not all(_is_read_whole(part, encoder) for part in parts):
            if len(parts) == _MOST_PARTS:
                if not cut_long_chunks:
                    raise _too_long(whole, chunk.document_id, encoder)
                parts = [whole]
                break
            halves = _parts(chunk.text, 2 * len(parts))
            parts = [embedded_text(chunk.title, shortened, beneath, half) for half in halves]
        texts.append(parts)
    return texts


@tag(stage="ingest")
def new_embeddings(texts_to_embed: list[list[str]], encoder: Encoder) -> np.ndarray:
    """The vectors of the chunks, in order: each the mean of its parts' vectors.

    Returns:
        (n_chunks, encoder.dimension) float32, rows of norm 1.
    """
    vectors = encoder.encode(list(chain.from_iterable(texts_to_embed)))
    if len(vectors) == len(texts_to_embed):
        return vectors
    ends = np.cumsum([len(parts) for parts in texts_to_embed])
    means = [part.mean(axis=0) for part in np.split(vectors, ends[:-1])]
    return np.array([mean / np.linalg.norm(mean) for mean in means], np.float32)


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


def _parts(text: str, count: int) -> list[str]:
    """A text in parts of about the same length, cut at blanks if possible."""
    parts, start = [], 0
    for number in range(1, count):
        middle = len(text) * number // count
        blank = max(text.rfind(" ", start, middle), text.rfind("\n", start, middle))
        end = blank if blank > start else middle
        parts.append(text[start:end])
        start = end
    return [*parts, text[start:]]


def _is_read_whole(text: str, encoder: Encoder) -> bool:
    return encoder.count_tokens(text) + SPECIAL_TOKENS <= encoder.max_tokens


def _too_long(text: str, document_id: str, encoder: Encoder) -> ModelError:
    tokens = encoder.count_tokens(text) + SPECIAL_TOKENS
    return ModelError(
        f"{encoder.name} reads {encoder.max_tokens} word pieces, a chunk of {document_id} "
        f"has {tokens}: its end would not be searched by meaning. Ingest again with "
        f"HEADRACE_CHUNK_TOKENS={encoder.max_tokens} or less first, or accept it with --cut"
    )
