"""The words that carry a text's meaning, and how many of a question's words a sentence holds."""

import math
import re
from collections.abc import Sequence

import numpy as np

_FUNCTION_WORDS = frozenset(
    "a about an and any are as at be been but by can could did do does for from had has have how i if in into is it its many may me much my of on "
    "or our should so some than that the their them then there these they this those to was we were what when where which who whom whose why "
    "will with would you your".split()
)


def stems(text: str) -> set[str]:
    """The words that carry meaning, in small letters and cut to six letters: a stemmer for any language, good enough to compare."""
    return {word[:6] for word in re.findall(r"\w+", text.lower()) if word not in _FUNCTION_WORDS}


def shares(sentences: Sequence[str], queries: Sequence[str]) -> np.ndarray:
    """(n_sentences, n_queries) in [0, 1]: the share of each query's words that each sentence holds, rare words counting more."""
    held = [stems(sentence) for sentence in sentences]
    found = np.zeros((len(sentences), len(queries)))
    for column, words in enumerate(stems(query) for query in queries):
        weights = {
            word: math.log(1 + len(held) / (1 + sum(word in words_held for words_held in held)))
            for word in words
        }
        total = sum(weights.values()) or 1.0
        found[:, column] = [
            sum(weights[word] for word in words & words_held) / total for words_held in held
        ]
    return found


def beside(held: np.ndarray) -> np.ndarray:
    """(n_sentences,): of each sentence what the better of those before and after it holds; `held` in reading order."""
    return np.maximum(np.append(held[1:], 0.0), np.append(0.0, held[:-1])) if len(held) else held
