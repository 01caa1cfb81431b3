"""The vector of a question, moved from its language to that of the documents.

The vectors of texts in one language share a component, which keeps them away from texts
of the same meaning in another. It is estimated as the mean vector of the same questions
in each language. Source: Libovický, Rosa and Fraser 2020, "On the Language Neutrality
of Pre-trained Multilingual Representations", who subtract the mean of each language.
"""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np

from headrace.text.asking.languages import parallel_questions
from headrace.types import Encoder, encoded_queries

#: The share of the way from one mean to the other (DECISIONS.md, "way from one language
#: to another").
_WAY = 0.6

#: The mean vectors of languages that were needed so far, by encoder.
_kept_means: WeakKeyDictionary[Encoder, dict[str, np.ndarray]] = WeakKeyDictionary()


def moved(vectors: np.ndarray, encoder: Encoder, crossing: Sequence[str]) -> np.ndarray:
    """The vectors of a question, moved from its language to that of the documents.

    Vectors of unknown languages are returned as they are.

    Args:
        vectors: (n, encoder.dimension) float32, rows of norm 1.
        crossing: as in `SubQuery`; () for a question in a language of the documents.
            Where documents are in several languages, it is moved to their mean.
    Returns:
        The same shape, rows of norm 1.
    """
    known = parallel_questions()
    language, *others = crossing or ("",)
    towards = [name for name in others if name in known]
    if language not in known or not towards:
        return vectors
    means = _means(encoder, [language, *towards])
    step = np.mean([means[name] for name in towards], axis=0) - means[language]
    found = vectors + np.float32(_WAY) * step
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def _means(encoder: Encoder, languages: Sequence[str]) -> dict[str, np.ndarray]:
    """The mean vectors of the parallel questions, in these languages at least."""
    try:
        means = _kept_means.setdefault(encoder, {})
    except TypeError:  # an encoder of a kind that cannot be a key
        means = {}
    for language in languages:
        if language not in means:
            vectors = encoded_queries(encoder, parallel_questions()[language])
            means[language] = vectors.mean(axis=0)
    return means
