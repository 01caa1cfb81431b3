"""Whether the documents answer a question, before anything is written or paid."""

import math
import operator
from collections.abc import Sequence

import numpy as np
from hamilton.function_modifiers import tag

from headrace.answer.names import absent_names
from headrace.answer.verdicts import judged
from headrace.text.function_words import EMPTY_WORDS
from headrace.text.phrases import content_words
from headrace.types import (
    AnswerabilitySigns,
    AnswerabilityWeights,
    Context,
    Hit,
    KnownWords,
    QueryFilters,
    ReadSentences,
    SubQuery,
    Verdict,
    leading,
)

_WEIGHTS = AnswerabilityWeights()
#: The best sentences by words: one of them is the best sentence.
_BEST_SENTENCES = 3
#: Weight of the share of the question's words beside a sentence's cosine.
_WORDS_WEIGHT = 0.7
#: A sentence with all of the question's words is as good as a chunk of this cosine.
_WORDS_AS_COSINE = 0.5
#: The margin is over the keyword hit at this rank.
_FAR_RANK = 10
#: The margin of fewer hits, which say nothing: the usual one.
_USUAL_MARGIN = 0.45


@tag(stage="compile")
def answerability_signs(
    semantic_hits: list[Hit],
    keyword_hits: list[Hit],
    context: Context,
    sub_queries: list[SubQuery],
    query_filters: QueryFilters,
    read_sentences: ReadSentences,
    known_words: KnownWords | None = None,
) -> AnswerabilitySigns:
    """The signs that the context answers the question.

    They are the cosine of the nearest chunk, or half of the largest share of the
    question's words in a sentence, if that is more; how well the best of three
    sentences fits, by its cosine and its words; the share of the question's names,
    codes and numbers that neither the context has nor a filter was made of; the share
    of its words that no document has; and how far the best keyword hit is ahead of the
    tenth.
    """
    if not semantic_hits or not sub_queries:
        return AnswerabilitySigns()
    context = context.of_hits
    main = leading(sub_queries)
    question = sub_queries[main].text
    absent, absence = absent_names(question, _held(context, query_filters))
    words = [word for word in content_words(question) if word not in EMPTY_WORDS]
    words = list(dict.fromkeys(words))
    chunks = known_words.chunks if known_words else {}
    unknown = [word for word in words if chunks.get(word, 1) <= 0]
    share, sentence = _best_sentence(read_sentences, main)
    return AnswerabilitySigns(
        found=True,
        near=max(*(hit.score for hit in semantic_hits), _WORDS_AS_COSINE * share),
        sentence=sentence,
        absent=absence,
        unknown=len(unknown) / max(1, len(words)),
        margin=_margin([hit.score for hit in keyword_hits if hit.sub_query == main]),
        absent_names=tuple(absent),
        unknown_words=tuple(unknown),
    )


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
    if not answerability_signs.found:
        return 0.0
    weights = AnswerabilityWeights(*answerability_weights)
    weighed = sum(map(operator.mul, weights, answerability_signs.values))
    # The logistic function, in a form that no weights make overflow.
    return (1 + math.tanh(weighed / 2)) / 2


@tag(stage="compile")
def verdict(
    answerability: float,
    answerability_signs: AnswerabilitySigns,
    query_filters: QueryFilters,
    answer_threshold: float = 0.25,
) -> Verdict:
    """Whether the question is declined, and why; or why an answer is not certain.

    It is declined where nothing was found, or below `answer_threshold` of
    `answerability`.
    """
    return judged(answerability_signs, answerability, query_filters, answer_threshold)


def _held(context: Context, filters: QueryFilters) -> str:
    """All that is known: the passages with their titles, and what became a filter."""
    titles = [passage.title for passage in context.passages]
    conditions = map(str, (*filters.applied, *filters.preferred, *filters.relaxed))
    return "\n".join([*titles, context.text, *conditions])


def _best_sentence(read: ReadSentences, query: int) -> tuple[float, float]:
    """The largest share of a query's words in a sentence, and the best score.

    The score is the cosine plus 0.7 times that share, of the three sentences with most
    of the words. Both are 0 without sentences.
    """
    if not len(read.shares):
        return 0.0, 0.0
    held = read.shares[:, query]
    best = np.argsort(-held, kind="stable")[:_BEST_SENTENCES]
    scores = read.cosines[best, query] + _WORDS_WEIGHT * held[best]
    return float(held.max()), float(scores.max())


def _margin(scores: Sequence[float]) -> float:
    """How far the best score is ahead of the tenth, as a share of it."""
    if len(scores) < _FAR_RANK:
        return _USUAL_MARGIN
    return 1 - scores[_FAR_RANK - 1] / scores[0]
