"""Questions made of stored chunks, to audit semantic search with."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from headrace.text.sentences import sentence_spans
from headrace.types import Encoder, encoded_queries

#: Length of the noise on a stored vector; the cosine to its chunk is about 0.89.
_NOISE = 0.5
#: Shorter sentences are asked only where there are no others.
_SENTENCE_WORDS = 4


class AuditedChunk(NamedTuple):
    """A row of `audited_chunks`; the vector is pgvector's."""

    text: str
    vector: Any


def vectors_to_ask(chunks: Sequence[AuditedChunk], encoder: Encoder, seed: int) -> list[np.ndarray]:
    """A question for each chunk, as a vector.

    By turns, it is a sentence of the chunk, encoded as a question is, and the chunk's
    own vector with noise. A chunk without a sentence always gives its vector.

    Returns:
        (dimension,) float32 of norm 1 each.
    """
    random = np.random.default_rng(seed)
    sentences = []
    for number, chunk in enumerate(chunks):
        sentences.append(_sentence(chunk.text, random) if number % 2 == 0 else "")
    asked = [sentence for sentence in sentences if sentence]
    encoded = iter(encoded_queries(encoder, asked) if asked else ())
    vectors = []
    for chunk, sentence in zip(chunks, sentences, strict=True):
        vectors.append(next(encoded) if sentence else _noisy(chunk.vector, random))
    return vectors


def _sentence(text: str, random: np.random.Generator) -> str:
    """One of the text's sentences, of four words or more if possible; "" for none."""
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    long = [sentence for sentence in sentences if len(sentence.split()) >= _SENTENCE_WORDS]
    askable = long or sentences
    return askable[random.integers(len(askable))] if askable else ""


def _noisy(vector: Any, random: np.random.Generator) -> np.ndarray:
    stored = np.asarray(vector.to_list(), np.float32)
    noise = random.normal(0, _NOISE / len(stored) ** 0.5, len(stored)).astype(np.float32)
    moved = stored + noise
    return moved / np.linalg.norm(moved)
