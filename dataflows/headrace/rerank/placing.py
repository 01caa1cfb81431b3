"""Which passages of a document come first: those whose sentences hold what is asked."""

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

from headrace.text.answer_types import wanted
from headrace.text.sentences import sentence_spans
from headrace.text.words import beside, stems

#: What the best sentence of a chunk counts for beside the chunk's own score, as a share of the best chunk's, and what the sentences next to it add.
#: Gold spans found in the first five chunks, chunking-chroma and chunking-covidqa: 0.967 and 0.830 as fused, 0.964 and 0.849 with 0.6, 0.960 and
#: 0.853 with 0.8, 0.960 and 0.855 with 1; in the first alone 0.710 and 0.601, 0.713 and 0.623, 0.715 and 0.628, 0.713 and 0.630.
_OF_SENTENCES, _OF_NEIGHBOURS = 0.8, 0.25
#: What it adds when a sentence has the kind of thing that is asked for. On seven collections 0.05 to 0.3 change next to nothing, for better; it is
#: for "What is pandas?": every passage of the document holds the word, and one says what that is.
_OF_TYPE = 0.2


def placed(
    documents: Sequence[str], scores: Sequence[float], texts: Sequence[str], query: str, first: int
) -> list[int]:
    """Which of the hits, best first, is to stand at each place: each document where it was, its chunks by their score and their best sentence.

    Args:
        documents: whose chunk each hit is; `scores` and `texts` likewise.
        query: what the sentences should hold.
        first: only documents with a place among so many hits are looked at; the others' stay as they are.
    Returns:
        The index of a hit for each place.
    """
    places: dict[str, list[int]] = {document: [] for document in documents[:first]}
    for index, document in enumerate(documents):
        if document in places:
            places[document].append(index)
    several = [indexes for indexes in places.values() if len(indexes) > 1]
    order = list(range(len(documents)))
    if not several or scores[0] <= 0:
        return order
    weights = _weights(query, texts)
    kind = wanted(query)
    for indexes in several:
        worth = {
            index: scores[index] / scores[0]
            + _OF_SENTENCES * _best_sentence(texts[index], weights, kind)
            for index in indexes
        }
        for place, index in zip(
            indexes, sorted(indexes, key=lambda index: -worth[index]), strict=True
        ):
            order[place] = index
    return order


def _weights(query: str, texts: Sequence[str]) -> dict[str, float]:
    """What each word of the query counts for: the more the fewer of the texts have it."""
    folded = [text.lower() for text in texts]
    return {
        word: math.log(1 + len(folded) / (1 + sum(word in text for text in folded)))
        for word in stems(query)
    }


def _best_sentence(text: str, weights: Mapping[str, float], kind: re.Pattern[str] | None) -> float:
    """The share of the words, by their weights, that the best sentence of a text holds with the better of those beside it, 0 to 1; and what it
    counts for that it has the kind of thing that is asked for.
    """
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    held = np.array(
        [sum(weights[word] for word in weights.keys() & stems(sentence)) for sentence in sentences]
    )
    typed = np.array([bool(kind and kind.search(sentence)) for sentence in sentences])
    most = (1 + _OF_NEIGHBOURS) * sum(weights.values())
    return (
        float(np.max((held + _OF_NEIGHBOURS * beside(held)) / most + _OF_TYPE * typed, initial=0.0))
        if most
        else 0.0
    )
