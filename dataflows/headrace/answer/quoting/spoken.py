"""Which sentences are in another language than the question."""

import numpy as np

from headrace.answer.quoting.places import Places
from headrace.text.asking.languages import language_of
from headrace.types import Context, TenantFacts


def in_other_language(
    places: Places, context: Context, language: str, tenant_facts: TenantFacts | None
) -> np.ndarray:
    """(n_sentences,) bool: those of passages in another language than the question.

    None where the tenant's documents are in one language, or no passage is in the
    question's. A passage is in the language of its sentences; where these do not tell
    it, it is in the question's.
    """
    languages = tenant_facts.languages if tenant_facts else ()
    if not language or len(languages) < 2:
        return np.zeros(len(places.numbers), bool)
    told = []
    for passage in context.of_hits.passages:
        text = "\n".join(sentence.text for sentence in passage.sentences)
        told.append(language_of(text, languages))
    if language not in told:
        return np.zeros(len(places.numbers), bool)
    return np.array([told[number] not in (language, "") for number, _ in places.numbers])
