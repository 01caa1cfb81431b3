"""Words that carry meaning, and the share of a query's words that a sentence holds."""

import math
import re
from collections.abc import Container, Iterable, Sequence

import numpy as np

from headrace.text.folding import folded
from headrace.text.function_words import EMPTY_WORDS
from headrace.text.terms import in_pairs

_WORD = re.compile(r"\w+")
_STEM_LETTERS = 6


def stem(word: str) -> str:
    """The first six letters of a word: a stemmer for any language.

    What has a digit or another sign in it is no word of a language, and stays whole.
    """
    return word[:_STEM_LETTERS] if word.isalpha() else word


def stems(text: str) -> set[str]:
    """The stems of the words of a text that carry meaning, in plain small letters.

    In writing without spaces, overlapping pairs of characters stand for words.
    """
    words = _WORD.findall(in_pairs(folded(text)).lower())
    return {stem(word) for word in words if word not in EMPTY_WORDS}


def shares(sentences: Sequence[str], queries: Sequence[str]) -> np.ndarray:
    """The share of each query's words that each sentence holds.

    Words that few of the sentences hold count more.

    Returns:
        (n_sentences, n_queries) float64 in [0, 1]; 0 for a query without such words.
    """
    held = [stems(sentence) for sentence in sentences]
    found = np.zeros((len(sentences), len(queries)))
    for column, query in enumerate(queries):
        words = stems(query)
        weights = rarity_weights(words, held)
        # Exact sums: those of a set of words would depend on its order.
        total = math.fsum(weights.values()) or 1.0
        for row, words_held in enumerate(held):
            found[row, column] = math.fsum(weights[word] for word in words & words_held) / total
    return found


def rarity_weights(words: Iterable[str], texts: Sequence[Container[str]]) -> dict[str, float]:
    """The weight of each word: the fewer of the texts hold it, the more.

    Of n texts it is ln(1 + n / (1 + those that hold it)).

    Args:
        texts: sets of words, or texts in small letters, in which a word is looked for.
    """
    weights = {}
    for word in words:
        holding = sum(word in text for text in texts)
        weights[word] = math.log(1 + len(texts) / (1 + holding))
    return weights


def beside(held: np.ndarray) -> np.ndarray:
    """The larger share of each sentence's two neighbours.

    Args:
        held: (n_sentences,), a share for each sentence in reading order; may be empty.
    Returns:
        (n_sentences,); beyond the first and the last sentence the share is 0.
    """
    if not len(held):
        return held
    before = np.append(0.0, held[:-1])
    after = np.append(held[1:], 0.0)
    return np.maximum(after, before)
