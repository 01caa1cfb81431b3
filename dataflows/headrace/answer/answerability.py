"""Whether the documents answer a question, before anything is written or paid."""

import math
import operator
from collections.abc import Sequence

from hamilton.function_modifiers import tag

from headrace.answer.names import absent_names
from headrace.answer.verdicts import judged
from headrace.text.answer_types import words_of_asking
from headrace.text.function_words import EMPTY_WORDS
from headrace.text.phrases import content_words
from headrace.text.titles import titled
from headrace.types import (
    UNSCALED,
    AnswerabilitySigns,
    AnswerabilityWeights,
    Context,
    CosineScale,
    Hit,
    KnownWords,
    QueryFilters,
    ReadSentences,
    SubQuery,
    Verdict,
    leading,
)

_WEIGHTS = AnswerabilityWeights()
#: Weight of the share of the question's words beside a sentence's cosine.
_WORDS_WEIGHT = 0.7
#: A sentence with all of the question's words, or a context with all of its codes, is
#: as good as a chunk of this cosine.
_WORDS_AS_COSINE = 0.5
#: The lead and the margin are over the hit at this rank.
_FAR_RANK = 10
#: Those of fewer hits, which say nothing: the usual ones.
_USUAL_LEAD = 0.15
_USUAL_MARGIN = 0.45
#: Documents in other languages than the question: what cosines lack beside those in its
#: own, and the margin that a lead of 1 goes with, beyond the usual one (DECISIONS.md,
#: "answerability in another language").
_LOST_BY_LANGUAGE = 0.1
_MARGIN_OF_LEAD = 0.5


@tag(stage="compile")
def answerability_signs(
    semantic_hits: list[Hit],
    keyword_hits: list[Hit],
    context: Context,
    sub_queries: list[SubQuery],
    query_filters: QueryFilters,
    read_sentences: ReadSentences,
    known_words: KnownWords | None = None,
    cosine_scale: tuple | None = None,
) -> AnswerabilitySigns:
    """The signs that the context answers the question.

    They are the cosine of the nearest chunk, or half of the largest share of the
    question's words in a sentence, or half where all of its codes are there, if that is
    more; how well the best sentence fits, by its cosine and its words; how much of the
    question's names, codes and numbers neither the context has nor a filter was made
    of; and how far the nearest chunk and the best keyword hit are ahead of the tenth.
    Cosines are those of the encoder's scale.

    Words do not count where the documents are in other languages than the question. The
    cosine stands for their share, and the chunks' lead for the keyword hits' margin;
    cosines are taken for 0.1 higher than they are.
    """
    if not semantic_hits or not sub_queries:
        return AnswerabilitySigns()
    main = leading(sub_queries)
    asked = sub_queries[main]
    foreign = bool(asked.crossing)
    conditions = _conditions(query_filters)
    names = absent_names(asked.text, _places(context.of_hits), conditions, is_foreign=foreign)
    scale = CosineScale(*(cosine_scale or UNSCALED))
    lead = _lead([scale.of(hit.score) for hit in semantic_hits if hit.sub_query == main])
    margin = _margin([hit.score for hit in keyword_hits if hit.sub_query == main])
    share, sentence = (_best_meaning if foreign else _best_sentence)(read_sentences, main)
    near = scale.of(_nearest(semantic_hits)) + _LOST_BY_LANGUAGE * foreign
    by_words = 1.0 if names.has_codes else share
    return AnswerabilitySigns(
        found=True,
        near=max(near, _WORDS_AS_COSINE * by_words),
        sentence=sentence,
        absent=names.absence,
        lead=lead,
        margin=_USUAL_MARGIN + _MARGIN_OF_LEAD * lead if foreign else margin,
        absent_names=names.absent,
        unknown_words=() if foreign else _unknown(asked.text, known_words),
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


def _nearest(hits: Sequence[Hit]) -> float:
    return max(hit.score for hit in hits)


def _places(context: Context) -> list[str]:
    """Each sentence beneath its title and headings; and the documents' sources."""
    places = []
    for passage in context.passages:
        places.append(f"{passage.title} {passage.source}")
        places += [titled(passage.title, one.text_in_place) for one in passage.sentences]
    return places


def _conditions(filters: QueryFilters) -> str:
    """What of the question became a filter."""
    return "\n".join(map(str, (*filters.applied, *filters.preferred, *filters.relaxed)))


def _unknown(question: str, known_words: KnownWords | None) -> tuple[str, ...]:
    """The words of a question that no document has."""
    chunks = known_words.chunks if known_words else {}
    said = EMPTY_WORDS | words_of_asking(question)
    words = [word for word in dict.fromkeys(content_words(question)) if word not in said]
    return tuple(word for word in words if chunks.get(word, 1) <= 0)


def _best_sentence(read: ReadSentences, query: int) -> tuple[float, float]:
    """The largest share of a query's words in a sentence, and the best score.

    The score is the cosine plus 0.7 times that share. Both are 0 without sentences.
    """
    if not len(read.shares):
        return 0.0, 0.0
    held = read.shares[:, query]
    scores = read.cosines[:, query] + _WORDS_WEIGHT * held
    return float(held.max()), float(scores.max())


def _best_meaning(read: ReadSentences, query: int) -> tuple[float, float]:
    """The same where words do not count: the largest cosine is the share, too."""
    if not len(read.cosines):
        return 0.0, 0.0
    cosine = float(read.cosines[:, query].max()) + _LOST_BY_LANGUAGE
    share = min(max(cosine, 0.0), 1.0)
    return share, cosine + _WORDS_WEIGHT * share


def _lead(cosines: Sequence[float]) -> float:
    """How far the nearest chunk is ahead of the tenth, in cosine."""
    if len(cosines) < _FAR_RANK:
        return _USUAL_LEAD
    return cosines[0] - cosines[_FAR_RANK - 1]


def _margin(scores: Sequence[float]) -> float:
    """How far the best score is ahead of the tenth, as a share of it."""
    if len(scores) < _FAR_RANK:
        return _USUAL_MARGIN
    return 1 - scores[_FAR_RANK - 1] / scores[0]
