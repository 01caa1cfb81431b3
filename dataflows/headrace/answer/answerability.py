"""Whether the documents answer a question, before anything is written or paid."""

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

import numpy as np
from hamilton.function_modifiers import tag

from headrace.answer.nearest import nearest_places
from headrace.answer.signs.amounts import untold_amount
from headrace.answer.signs.asked_names import SECTION_WORDS, names_of
from headrace.answer.signs.names import AbsentNames, absent_names, is_held, words_of
from headrace.answer.signs.scattered import ContextDocument, Scattered, scattered
from headrace.answer.signs.unlike import compounds_of, unlikeness
from headrace.answer.verdicts import judged
from headrace.text.answer_types import words_of_asking
from headrace.text.asking.languages import language_of
from headrace.text.asking.requests import words_of_request
from headrace.text.function_words import EMPTY_WORDS, stop_words
from headrace.text.phrases import content_words
from headrace.text.titles import titled
from headrace.text.words import stems
from headrace.types import (
    UNSCALED,
    AnswerabilitySigns,
    AnswerabilityWeights,
    Context,
    CosineScale,
    Encoder,
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
#: A sentence with this many words of a longer question counts as if it had all of them
#: (DECISIONS.md, "words of a long question").
_MOST_HELD = 7
#: A sentence with all of the question's words, or a context with all of its codes, is
#: as good as a chunk of this cosine.
_WORDS_AS_COSINE = 0.5
#: Added to the absence when no sentence gives the amount asked for (DECISIONS.md,
#: "amounts that nothing tells").
_UNTOLD = 0.5
#: Lead and margin are how far the best hit is ahead of the hit at this rank.
_FAR_RANK = 10
#: The margin of a question with fewer keyword hits, which tell nothing.
_USUAL_MARGIN = 0.45
#: With fewer chunks found, lead and margin tell nothing, so these fixed values replace
#: them (DECISIONS.md, "few chunks"). So few chunks lack most words.
_FEW_CHUNKS = 20
_USUAL_LEAD = 0.15
_MARGIN_OF_FEW = 0.65
#: With few chunks, a sentence counts like a chunk whose cosine is lower by this, since
#: a short document is one chunk on several subjects (DECISIONS.md, "few chunks").
_SENTENCE_AS_CHUNK = 0.1
#: For documents in other languages than the question: the cosine that the change of
#: language costs, and what a lead of 1 adds to the usual margin (DECISIONS.md,
#: "answerability in another language").
_LOST_BY_LANGUAGE = 0.015
_MARGIN_OF_LEAD = 0.5


@tag(stage="compile")
def answerability_signs(
    semantic_hits: list[Hit],
    keyword_hits: list[Hit],
    context: Context,
    sub_queries: list[SubQuery],
    query_filters: QueryFilters,
    read_sentences: ReadSentences,
    encoder: Encoder,
    known_words: KnownWords | None = None,
    cosine_scale: tuple | None = None,
) -> AnswerabilitySigns:
    """The signs that the context answers the question: see `AnswerabilitySigns`.

    `near` is the nearest chunk's cosine, on the encoder's scale. Names that became a
    filter are not missing.

    With fewer than 20 chunks found, the nearest sentence's cosine less 0.1 counts if it
    is higher, lead and margin are fixed, and no word is unknown. With documents in
    other languages, cosines replace the share of words, and the lead the margin.
    """
    if not semantic_hits or not sub_queries:
        return AnswerabilitySigns()
    main = leading(sub_queries)
    question, foreign = sub_queries[main].text, bool(sub_queries[main].crossing)
    scale = CosineScale(*(cosine_scale or UNSCALED))
    cosines = [scale.of(hit.score) for hit in semantic_hits if hit.sub_query == main]
    scores = [hit.score for hit in keyword_hits if hit.sub_query == main]
    lead, margin = _ahead(cosines, scores, foreign)
    lost = scale.of(_LOST_BY_LANGUAGE) - scale.of(0.0) if foreign else 0.0
    held, fits = _fitting(read_sentences, main, question, lost, foreign=foreign)
    lacking = _lacking(sub_queries, context.of_hits, fits, query_filters)
    unknown = _unknown(question, known_words.chunks if known_words and not foreign else {})
    is_small = len(cosines) < _FEW_CHUNKS
    told = [] if is_small else [*unknown, *lacking.compounds]
    near = scale.of(max(hit.score for hit in semantic_hits))
    near = max(near, _nearest_sentence(read_sentences, main)) if is_small else near
    unlike = unlikeness(question, told, read_sentences, main, encoder)
    by_words = 1.0 if lacking.names.has_codes else float(held.max(initial=0.0))
    return AnswerabilitySigns(
        found=True,
        near=max(near + lost, _WORDS_AS_COSINE * by_words),
        sentence=float(fits.max(initial=0.0)),
        absent=min(1.0, lacking.absence + unlike),
        lead=lead,
        margin=margin,
        absent_names=(*lacking.names.absent, *lacking.compounds),
        apart_names=lacking.apart.names,
        unknown_words=tuple(unknown),
        untold_amount=lacking.untold,
    )


@tag(stage="compile")
def answerability(
    answerability_signs: AnswerabilitySigns,
    answerability_weights: tuple | None = None,
) -> float:
    """How likely the context answers the question, 0 to 1.

    It is a logistic regression on the signs; 0 when the semantic search found nothing.
    How the weights were fitted, and how good they are: DECISIONS.md, "answerability
    weights".
    """
    if not answerability_signs.found:
        return 0.0
    weights = AnswerabilityWeights(*(answerability_weights or _WEIGHTS))
    weighed = sum(map(operator.mul, weights, answerability_signs.values))
    # The logistic function, in a form that no weights make overflow.
    return (1 + math.tanh(weighed / 2)) / 2


@tag(stage="compile")
def verdict(
    answerability: float,
    answerability_signs: AnswerabilitySigns,
    query_filters: QueryFilters,
    context: Context,
    read_sentences: ReadSentences,
    answer_threshold: float = 0.25,
) -> Verdict:
    """Whether the question is declined, and why; or why an answer is not certain.

    It is declined if nothing was found, or if `answerability` is below
    `answer_threshold`. The places that come nearest are included.
    """
    made = judged(answerability_signs, answerability, query_filters, answer_threshold)
    return replace(made, nearest=nearest_places(context, read_sentences))


def _unknown(question: str, chunks: Mapping[str, int]) -> list[str]:
    """The words of a question that no chunk has, except those that only ask."""
    said = EMPTY_WORDS | SECTION_WORDS | words_of_asking(question) | words_of_request(question)
    said |= stop_words().get(language_of(question), frozenset())
    words = dict.fromkeys(content_words(question))
    return [word for word in words if word not in said and chunks.get(word, 1) <= 0]


def _nearest_sentence(read: ReadSentences, query: int) -> float:
    """The cosine of a chunk that counts as much as the sentence nearest to a query."""
    return float(read.cosines[:, query].max(initial=0.0)) - _SENTENCE_AS_CHUNK


class _Lacking(NamedTuple):
    """What a context lacks of a question.

    Attributes:
        names: names, codes and numbers that it lacks.
        apart: those that the nearest document lacks and another one has.
        compounds: hyphenated words that it lacks.
        untold: as `AnswerabilitySigns.untold_amount`.
    """

    names: AbsentNames
    apart: Scattered
    compounds: list[str]
    untold: str

    @property
    def absence(self) -> float:
        return self.names.absence + self.apart.absence + _UNTOLD * bool(self.untold)


def _lacking(
    sub_queries: Sequence[SubQuery], context: Context, fits: np.ndarray, filters: QueryFilters
) -> _Lacking:
    """What the context lacks. Each part of a question may be in its own document."""
    main = sub_queries[leading(sub_queries)]
    question, foreign = main.text, bool(main.crossing)
    parts = [query.text for query in sub_queries if query.role == "sub-question"] or [question]
    documents = _documents(context, fits)
    places = list(chain.from_iterable(one.places for one in documents))
    compounds = [] if foreign else compounds_of(question)
    words: set[str] = set()
    if compounds or names_of(question, foreign):
        words = words.union(*(one.words for one in documents))
    conditions = "\n".join(map(str, (*filters.applied, *filters.preferred, *filters.relaxed)))
    titles = [passage.title for passage in context.passages]
    given = words_of([conditions])
    apart = [scattered(one, documents, given, is_foreign=foreign) for one in parts]
    return _Lacking(
        absent_names(question, places, conditions, is_foreign=foreign, words=words, titles=titles),
        max(apart, key=lambda one: one.absence),
        [one for one in compounds if not is_held(one, words)],
        "" if foreign else untold_amount(question, context),
    )


def _documents(context: Context, fits: np.ndarray) -> list[ContextDocument]:
    """Each document: its source, and its sentences under their title and headings.

    Args:
        fits: (n_sentences,), how well each sentence of the context fits the question.
    """
    places: dict[str, list[str]] = {}
    scores: dict[str, float] = {}
    start = 0
    for passage in context.passages:
        of_document = places.setdefault(passage.document_id, [])
        of_document.append(f"{passage.title} {passage.source}")
        of_document += [titled(passage.title, one.text_in_place) for one in passage.sentences]
        end = start + len(passage.sentences)
        before = scores.get(passage.document_id, 0.0)
        scores[passage.document_id] = max(before, float(fits[start:end].max(initial=0.0)))
        start = end
    return [ContextDocument(places[one], scores[one]) for one in places]


def _fitting(
    read: ReadSentences, query: int, question: str, lost: float, *, foreign: bool
) -> tuple[np.ndarray, np.ndarray]:
    """How much of a query each sentence holds, and how well it fits.

    Both are (n_sentences,). The first is the share of the query's words, seven words
    counting as all of a longer query; for a query in another language it is the cosine.
    The second is the cosine plus 0.7 times the first.
    """
    if not len(read.shares):
        return np.zeros(0), np.zeros(0)
    cosines = read.cosines[:, query] + lost
    longer = max(1.0, len(stems(question)) / _MOST_HELD)
    held = np.clip(cosines if foreign else read.shares[:, query] * longer, 0.0, 1.0)
    return held, cosines + _WORDS_WEIGHT * held


def _ahead(cosines: Sequence[float], scores: Sequence[float], foreign: bool) -> tuple[float, float]:
    """How far the nearest chunk and the best keyword hit are ahead of the tenth."""
    if len(cosines) < _FEW_CHUNKS:
        return _USUAL_LEAD, _MARGIN_OF_FEW
    lead = cosines[0] - cosines[_FAR_RANK - 1]
    return lead, _USUAL_MARGIN + _MARGIN_OF_LEAD * lead if foreign else _margin(scores)


def _margin(scores: Sequence[float]) -> float:
    """How far the best score is ahead of the tenth, as a share of it."""
    if len(scores) < _FAR_RANK:
        return _USUAL_MARGIN
    return 1 - scores[_FAR_RANK - 1] / scores[0]
