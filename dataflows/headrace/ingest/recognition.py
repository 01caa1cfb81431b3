"""The languages of many texts at once, by the model of py3langid.

The model walks through a text byte by byte, from state to state of a table of 40 MB,
and nearly every step waits for memory. Here the texts are walked through side by side
(DECISIONS.md, "languages side by side"). The results are those of py3langid.
"""

import math
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

#: With fewer texts, walking through one after the other is faster.
_LEAST_TEXTS = 24


class Recognised(NamedTuple):
    """A language by its code (ISO 639-1), and how probable it is."""

    code: str
    probability: float


def classified(texts: Sequence[str]) -> list[Recognised]:
    """The most probable language of each text."""
    model = _model()
    if len(texts) < _LEAST_TEXTS:
        return [Recognised(*model.identifier.classify(text)) for text in texts]
    return model.classified([_encoded(text) for text in texts])


def _encoded(text: str) -> bytes:
    """A text as the model reads it."""
    text = text.lower() if text.isupper() else text
    return unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")


@cache
def _model() -> "_Model":
    """The model; loading it takes a second."""
    return _Model()


class _Model:
    """Naive Bayes over sequences of bytes, which an automaton finds.

    Attributes:
        identifier: py3langid's own, which reads one text at a time.
    """

    def __init__(self) -> None:
        from py3langid import langid

        loaded = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
        self.identifier = loaded
        self._codes = loaded.nb_classes
        self._priors = np.asarray(loaded.nb_pc)
        self._weights = np.asarray(loaded.nb_ptc)
        self._next = np.asarray(loaded.tk_nextmove)  # shares its memory
        self._rows = np.array(loaded.tk_row, np.int64) << 8
        self._features = np.array(loaded.tk_output, np.int32)
        #: A language with two columns counts where its code stands first.
        self._columns = [self._codes.index(code) for code in self._codes]

    def classified(self, texts: Sequence[bytes]) -> list[Recognised]:
        features = self._found(texts)
        used = np.unique(np.concatenate(features))
        weights = self._weights[used].astype(np.float32)
        row_of = np.zeros(len(self._weights), np.intp)
        row_of[used] = np.arange(len(used))
        recognised = []
        for text, found in zip(texts, features, strict=True):
            scores = self._scores(row_of[found], weights)
            scores *= 1.0 / math.sqrt(len(text) or 1)
            chances = np.exp(scores - scores.max())
            chances /= chances.sum()
            summed = np.zeros_like(chances)
            np.add.at(summed, self._columns, chances)
            best = int(summed.argmax())
            recognised.append(Recognised(self._codes[best], float(summed[best])))
        return recognised

    def _found(self, texts: Sequence[bytes]) -> list[np.ndarray]:
        """The features met in each text, in order; some of them often."""
        order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
        lengths = np.array([len(texts[number]) for number in order])
        read = np.zeros((len(texts), lengths[0]), np.uint8)
        for row, number in enumerate(order):
            read[row, : lengths[row]] = np.frombuffer(texts[number], np.uint8)
        columns = np.ascontiguousarray(read.T)
        states = np.zeros(columns.shape, np.int64)
        state = np.zeros(len(texts), np.int64)
        # How many texts are at least so long, for each length.
        reading = len(texts) - np.searchsorted(lengths[::-1], np.arange(lengths[0]), "right")
        for place, count in enumerate(reading):
            state = self._next[self._rows[state[:count]] + columns[place, :count]]
            states[place, :count] = state
        met = self._features[states.T]
        found: list[np.ndarray] = [np.empty(0, np.int32)] * len(texts)
        for row, number in enumerate(order):
            features = met[row, : lengths[row]]
            found[number] = features[features >= 0]
        return found

    def _scores(self, features: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The score of each language, (n_languages,) float32.

        Args:
            features: as rows of `weights`; none gives all languages the same score.
        """
        if not len(features):
            return np.zeros_like(self._priors, np.float32)
        places = np.arange(len(features))
        first = np.empty(len(weights), np.intp)
        first[features[::-1]] = places[::-1]  # of equal ones, the last assignment stays
        # Added up in the order in which they were met, floats give py3langid's sum.
        distinct = features[first[features] == places]
        counts = np.bincount(features)[distinct].astype(np.float32)
        return np.log1p(counts) @ weights[distinct] + self._priors
