"""What sentences lose that are in another language than the question."""

import numpy as np

from headrace.text.asking.languages import language_of
from headrace.types import Context, TenantFacts

#: In another language than the question, where others are in it (DECISIONS.md,
#: "documents in other languages").
_OTHER_LANGUAGE = 0.5
#: Beside that, where the best of all is in the question's language.
_NOT_BEST_LANGUAGE = 2.0


def in_other_language(
    context: Context, language: str, tenant_facts: TenantFacts | None
) -> np.ndarray:
    """(n_sentences,) bool: those of passages in another language than the question.

    None where the tenant's documents are in one language, or no passage is in the
    question's. A passage is in the language of its sentences; where these do not tell
    it, it is in the question's.
    """
    passages = context.of_hits.passages
    counts = [len(passage.sentences) for passage in passages]
    languages = tenant_facts.languages if tenant_facts else ()
    if not language or len(languages) < 2:
        return np.zeros(sum(counts), bool)
    told = []
    for passage in passages:
        text = "\n".join(sentence.text for sentence in passage.sentences)
        told.append(language_of(text, languages))
    is_other = [language in told and one not in (language, "") for one in told]
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
