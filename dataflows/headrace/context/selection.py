"""The sentences that are worth their tokens."""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from headrace.text.words import beside, shares

#: The value of a sentence that has no word of the question (DECISIONS.md, "chunk
#: value").
_CHUNK_VALUE = 0.5
#: Share of a neighbouring sentence's words that counts too.
_NEIGHBOUR_WEIGHT = 0.25


class Place(NamedTuple):
    """The index of a piece, and that of a sentence in it."""

    piece: int
    sentence: int


def sentence_values(
    sentences: Sequence[Sequence[str]], relevances: np.ndarray, queries: Sequence[str]
) -> list[np.ndarray]:
    """How valuable each sentence is to the question.

    The value is relevance^2 * (0.5 + share + neighbours / 4). Relevance is the chunk's.
    The share is how much of a query's words the sentence holds, for the query that fits
    best, rare words counting more; neighbours is the larger share of the sentences
    before and after it.

    Args:
        sentences: of each chunk.
        relevances: one per chunk, 0 to 1, by `filling.relevances`.
        queries: what was searched for, each once.
    Returns:
        (n_sentences,) float64 per chunk, 0 or more.
    """
    if not sentences:
        return []
    texts = list(chain.from_iterable(sentences))
    own = shares(texts, queries).max(axis=1, initial=0.0)
    counts = np.array([len(of_chunk) for of_chunk in sentences])
    first = np.cumsum(counts)[:-1]
    weights = np.repeat(np.square(relevances), counts)
    values = weights * (_CHUNK_VALUE + own + _NEIGHBOUR_WEIGHT * beside(own, first))
    return np.split(values, first)


def ranked(values: Sequence[np.ndarray]) -> list[Place]:
    """All sentences, the most valuable first; of equals, the first.

    Args:
        values: of the sentences of each piece.
    """
    if not values:
        return []
    places = []
    for piece, of_piece in enumerate(values):
        for sentence in range(len(of_piece)):
            places.append(Place(piece, sentence))
    order = np.argsort(-np.concatenate(values), kind="stable")
    return [places[number] for number in order.tolist()]


def chosen(
    places: Sequence[Place],
    lengths: Sequence[Sequence[int]],
    opening: Callable[[int, set[int]], int],
    budget: float,
) -> list[Place]:
    """The sentences to keep, in the order of `places`.

    A sentence is kept if it still fits, together with its chunk's header if no sentence
    of that chunk was kept before. One that does not fit is passed over.

    Args:
        places: of the sentences, the most valuable first.
        lengths: of each sentence, in the unit of the budget.
        opening: the length of a chunk's header, given the chunk's index and the indexes
            of the chunks that have a sentence already.
        budget: the length of all kept sentences and headers together, at most.
    """
    used = 0
    opened: set[int] = set()
    kept = []
    for place in places:
        piece, sentence = place
        length = lengths[piece][sentence]
        if piece not in opened:
            length += opening(piece, opened)
        if used + length <= budget:
            used += length
            opened.add(piece)
            kept.append(place)
    return kept
