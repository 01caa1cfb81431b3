"""Whether the documents answer a question at all, before anything is written or paid for."""

import math
import re

from hamilton.function_modifiers import tag

from headrace.types import AnswerabilitySigns, Context, Hit, QueryFilters, SubQuery, leading

#: The margin is over the hit at this rank; where there is none, the best hit stands alone.
_FAR_RANK = 10
#: A name is known when so many of its first letters are there: "Norwegian" in "Norwegians".
_LETTERS = 6
_NAME = re.compile(r"(?<!^)\b[A-ZÀ-Þ][\w'’-]+|\b\d[\w.,-]*")


@tag(stage="compile")
def answerability_signs(
    semantic_hits: list[Hit],
    keyword_hits: list[Hit],
    context: Context,
    sub_queries: list[SubQuery],
    query_filters: QueryFilters,
) -> AnswerabilitySigns:
    """What says whether the context answers the question: the cosine of the nearest chunk; the share of the question's names and numbers that neither
    the context has nor a filter was made of; how far the best keyword hit is before the tenth, as a share of its score.
    """
    if not semantic_hits:
        return AnswerabilitySigns()
    main = leading(sub_queries)
    missing = _missing_names(sub_queries[main].text, context, query_filters) if sub_queries else 0.0
    scores = [hit.score for hit in keyword_hits if hit.stream == f"keyword {main}"][:_FAR_RANK]
    far = scores[-1] if len(scores) == _FAR_RANK else 0.0
    margin = 1 - far / scores[0] if scores and scores[0] > 0 else 0.0
    return AnswerabilitySigns(True, max(hit.score for hit in semantic_hits), missing, margin)


@tag(stage="compile")
def answerability(
    answerability_signs: AnswerabilitySigns,
    answerability_cosine: float = 5.6,
    answerability_missing: float = -1.35,
    answerability_margin: float = 1.35,
    answerability_intercept: float = -3.7,
) -> float:
    """How likely the context answers the question, in [0, 1]: a logistic regression on its signs; 0 when nothing was found by meaning.

    The ratio of the weights (8.25 : -2 : 2) was chosen by AUROC on five collections, scale and intercept fitted on them, each set and kind alike;
    `run.py tune --stage answerability` fits all four. AUROC on samples of SQuAD 2.0, CLAP NQ, TimeQA, MTRAG-UN and MultiHop-RAG 0.62, 0.89, 0.65,
    0.78 and 0.99 (the first and third were written to look answerable), and of the best BM25 score per question word 0.54, 0.74, 0.51, 0.76 and
    0.98. At 0.25, at most 9 % of the answerable questions of each are refused.
    """
    signs = answerability_signs
    if not signs.found:
        return 0.0
    weighed = (
        answerability_cosine * signs.cosine
        + answerability_missing * signs.missing
        + answerability_margin * signs.margin
    )
    return (
        1 + math.tanh((weighed + answerability_intercept) / 2)
    ) / 2  # the logistic function, for whatever weights without overflow


def _missing_names(question: str, context: Context, filters: QueryFilters) -> float:
    """The share of the names and numbers in a question, its first word apart, that neither the context nor a filter has."""
    names = [
        re.sub(r"['’]s$|[.,]+$", "", name)[:_LETTERS].lower() for name in _NAME.findall(question)
    ]
    asked_for = map(str, (*filters.applied, *filters.preferred, *filters.relaxed))
    held = (
        " ".join(
            [*(passage.title for passage in context.passages), context.text, *asked_for]
        ).lower()
        if names
        else ""
    )
    return sum(name not in held for name in names) / len(names) if names else 0.0
