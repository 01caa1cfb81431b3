"""What sentences in another language than the question lose."""

from collections.abc import Mapping

import numpy as np

from headrace.text.asking.languages import configuration_of, language_of
from headrace.types import Context

#: What a sentence in another language loses if others are in the question's
#: (DECISIONS.md, "documents in other languages").
_OTHER_LANGUAGE = 0.5
#: What it loses besides if the best of all is in the question's language.
_NOT_BEST_LANGUAGE = 2.0
_UNKNOWN: Mapping[str, str] = {}


def in_other_language(
    context: Context, language: str, of_documents: Mapping[str, str] = _UNKNOWN
) -> np.ndarray:
    """(n_sentences,) bool: those of passages in another language than the question.

    None of them if no passage is in the question's. A passage has the language of its
    sentences, or that of its document if they do not show it.

    Args:
        language: the question's; "" if it does not matter.
        of_documents: by document id; one that is missing is in the question's language.
    """
    passages = context.of_hits.passages
    counts = [len(passage.sentences) for passage in passages]
    if not language:
        return np.zeros(sum(counts), bool)
    own = configuration_of(language)
    told = []
    for passage in passages:
        text = "\n".join(sentence.text for sentence in passage.sentences)
        known = of_documents.get(passage.document_id, own)
        told.append(configuration_of(language_of(text)) or known)
    is_other = [own in told and one != own for one in told]
    return np.repeat(np.array(is_other, bool), counts)


def lost_by_language(scores: np.ndarray, is_other: np.ndarray) -> np.ndarray:
    """What each sentence loses: an answer in the question's language is quoted from it.

    Args:
        scores: (n_sentences, n_queries), without this loss.
        is_other: (n_sentences,) bool, those in another language.
    Returns:
        (n_sentences, 1).
    """
    lost = _OTHER_LANGUAGE * is_other[:, None]
    best = int((scores - lost).max(axis=1).argmax())
    return lost if is_other[best] else lost + _NOT_BEST_LANGUAGE * is_other[:, None]
