"""Whether the documents answer a question, before anything is written or paid."""

import math
import re

from hamilton.function_modifiers import tag

from headrace.text.folding import folded
from headrace.text.words import stem
from headrace.types import (
    AnswerabilitySigns,
    AnswerabilityWeights,
    Context,
    Hit,
    QueryFilters,
    SubQuery,
    leading,
)

#: The margin is over the hit at this rank; where there is none, the best hit stands
#: alone.
_FAR_RANK = 10
_WEIGHTS = AnswerabilityWeights()
_NAME = re.compile(r"(?<!^)\b[A-ZÀ-Þ][\w'’-]+|\b\d[\w.,-]*")
_NAME_END = re.compile(r"['’]s$|[.,]+$")


@tag(stage="compile")
def answerability_signs(
    semantic_hits: list[Hit],
    keyword_hits: list[Hit],
    context: Context,
    sub_queries: list[SubQuery],
    query_filters: QueryFilters,
) -> AnswerabilitySigns:
    """The signs that the context answers the question.

    They are the cosine of the nearest chunk; the share of the question's names and
    numbers that neither the context has nor a filter was made of; and how far the best
    keyword hit is ahead of the tenth, as a share of its score.
    """
    if not semantic_hits:
        return AnswerabilitySigns()
    main = leading(sub_queries)
    missing = 0.0
    if sub_queries:
        missing = _missing_names(sub_queries[main].text, context.of_hits, query_filters)
    scores = [hit.score for hit in keyword_hits if hit.sub_query == main][:_FAR_RANK]
    far = scores[-1] if len(scores) == _FAR_RANK else 0.0
    margin = 1 - far / scores[0] if scores and scores[0] > 0 else 0.0
    return AnswerabilitySigns(True, max(hit.score for hit in semantic_hits), missing, margin)


@tag(stage="compile")
def answerability(
    answerability_signs: AnswerabilitySigns,
    answerability_weights: tuple = _WEIGHTS,
) -> float:
    """How likely the context answers the question, 0 to 1.

    It is a logistic regression on the signs; 0 when the semantic search found nothing.
    How well it tells, and how the weights were fitted: DECISIONS.md, "answerability
    weights".
    """
    signs = answerability_signs
    if not signs.found:
        return 0.0
    weights = AnswerabilityWeights(*answerability_weights)
    weighed = weights.cosine * signs.cosine
    weighed += weights.missing * signs.missing
    weighed += weights.margin * signs.margin
    # The logistic function, in a form that no weights make overflow.
    return (1 + math.tanh((weighed + weights.intercept) / 2)) / 2


def _missing_names(question: str, context: Context, filters: QueryFilters) -> float:
    """The share of a question's names and numbers that context and filters lack.

    A name is known when its stem is there: "Norwegian" in "Norwegians". The first word
    does not count: it has a capital anyway.
    """
    names = [stem(_NAME_END.sub("", name)).lower() for name in _NAME.findall(folded(question))]
    if not names:
        return 0.0
    titles = [passage.title for passage in context.passages]
    conditions = map(str, (*filters.applied, *filters.preferred, *filters.relaxed))
    held = folded(" ".join([*titles, context.text, *conditions])).lower()
    return sum(name not in held for name in names) / len(names)
