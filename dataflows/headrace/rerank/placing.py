"""Which chunk of a document comes first: the one whose sentences hold what is asked."""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from headrace.text.answer_types import wanted
from headrace.text.folding import folded, without_marks
from headrace.text.sentences import sentence_spans
from headrace.text.words import beside, rarity_weights, stems, words_in_each

#: Weight of a chunk's best sentence beside the chunk's own score, as a share of the
#: best chunk's (DECISIONS.md, "sentence weight").
SENTENCE_WEIGHT = 0.8
#: Share of a neighbouring sentence's words that counts too.
_NEIGHBOUR_WEIGHT = 0.25
#: How rare a word is, is counted in this many best chunks (DECISIONS.md, "compared
#: chunks").
_COMPARED_TEXTS = 50
#: What a sentence gains that has the kind of thing asked for. For "What is pandas?",
#: every chunk of the document has the word, and one says what it is.
_KIND_WEIGHT = 0.2


def placed(
    documents: Sequence[str],
    scores: Sequence[float],
    texts: Sequence[str],
    query: str,
    first: int,
    sentence_weight: float = SENTENCE_WEIGHT,
) -> list[int]:
    """Which hit goes to which place.

    Every document keeps its places; its chunks are put in the order of their score and
    their best sentence.

    Args:
        documents: the document of each hit, best hit first.
        scores: of the hits.
        texts: of their chunks.
        query: what the sentences should hold.
        first: only documents that have one of the first places are looked at.
        sentence_weight: of the best sentence, beside the score.
    Returns:
        The index of a hit for each place.
    """
    order = list(range(len(documents)))
    several = _documents_with_several(documents, first)
    if not several or scores[0] <= 0:
        return order
    others = [without_marks(folded(text).lower()) for text in texts[:_COMPARED_TEXTS]]
    weights = rarity_weights(stems(query), others)
    kind = wanted(query)
    for indexes in several:
        values = {}
        for index in indexes:
            sentence = _best_sentence(texts[index], weights, kind)
            values[index] = scores[index] / scores[0] + sentence_weight * sentence
        best_first = sorted(indexes, key=lambda index: -values[index])
        for place, index in zip(indexes, best_first, strict=True):
            order[place] = index
    return order


def _documents_with_several(documents: Sequence[str], first: int) -> list[list[int]]:
    """The indexes of each document's hits, if it has several and is among the first."""
    places: dict[str, list[int]] = {document: [] for document in documents[:first]}
    for index, document in enumerate(documents):
        if document in places:
            places[document].append(index)
    return [indexes for indexes in places.values() if len(indexes) > 1]


def _best_sentence(text: str, weights: Mapping[str, float], kind: re.Pattern[str] | None) -> float:
    """How well the best sentence of a text holds the query's words.

    It is the share of the words, by their weights, that the sentence and the better of
    its neighbours hold, 0 to 1; plus 0.2 if it has the kind of thing asked for.
    """
    most = (1 + _NEIGHBOUR_WEIGHT) * sum(weights.values())
    if not most:
        return 0.0
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    of_sentences = words_in_each(sentences, weights.keys())
    shares = np.array([sum(weights[word] for word in words) for words in of_sentences])
    typed = np.array([bool(kind and kind.search(sentence)) for sentence in sentences])
    shares = (shares + _NEIGHBOUR_WEIGHT * beside(shares)) / most
    return float(np.max(shares + _KIND_WEIGHT * typed, initial=0.0))
