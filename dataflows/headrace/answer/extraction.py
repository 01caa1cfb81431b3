"""The sentences that answer, word for word: an answer without a language model."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from hamilton.function_modifiers import tag

from headrace.answer.quoting.composing import composed
from headrace.answer.quoting.evidence import Evidence
from headrace.answer.quoting.lengths import Lengths
from headrace.answer.quoting.places import (
    Places,
    heading_fits,
    instructing,
    introducing,
    missed_identifiers,
    missed_words,
    opening,
    places_of,
    pointing,
    section_shares,
    wordless,
)
from headrace.answer.quoting.released import of_releases
from headrace.answer.quoting.sentences.spoken import in_other_language, lost_by_language
from headrace.answer.quoting.units import without_mark
from headrace.text.answer_types import fits, fits_place, tells_default, tells_difference
from headrace.text.asking.acts import leaning
from headrace.text.asking.following import fragment_words
from headrace.text.asking.forms import asks_explanation, asks_list
from headrace.text.markup.plain_lines import labelled_row
from headrace.text.phrases import content_words
from headrace.text.words import shares
from headrace.types import (
    CitedText,
    Context,
    Hit,
    QueryFilters,
    ReadSentences,
    ScoredSentence,
    SubQuery,
    TenantDatabase,
    TenantFacts,
    TokenCounter,
)

#: Weights (DECISIONS.md, "quotes"): of the cosine; of that to the nearest word pieces;
#: of the share of the query's words that the sentence holds, that it holds beneath its
#: title and headings, and that its section holds; and of the kind of thing asked for.
_COSINE_WEIGHT = 0.5
_NEAREST_WEIGHT = 1.5
_WORDS_WEIGHT = 0.4
_PLACED_WORDS_WEIGHT = 0.6
_SECTION_WEIGHT = 0.3
_KIND_WEIGHT = 0.4
#: What the cosines count more where no document is in the question's language, since
#: words do not tell (DECISIONS.md, "quotes in another language").
_MEANING_ALONE = 1.65
#: What a sentence gains that says what holds where nothing is set, if that is asked.
_DEFAULT_WEIGHT = 0.8
#: What a sentence gains that tells of the act asked for, and loses that tells of the
#: opposite.
_ACT_WEIGHT = 0.4
#: What a section gains whose heading says what the question says (DECISIONS.md,
#: "headings that fit").
_FITTING_HEADING = 1.2
#: What a section gains by the cosine of a question that is its heading, as far as that
#: is above the least (DECISIONS.md, "questions as headings").
_LIKE_QUESTION = 1.0
_LEAST_LIKE = 0.3
#: What a sentence loses that says no more than where to read.
_POINTING = 0.6
#: What the first sentence of a section gains.
_OPENING_WEIGHT = 0.05
#: A part of a question says too little alone with fewer words than this.
_FEW_WORDS = 3
#: What a place loses that has none of the question's identifiers.
_MISSED_IDENTIFIERS = 1.5
#: What a place loses that has none of the words of a fragment: "And in Finland?"
_MISSED_FRAGMENT = 0.75
#: What a paragraph loses that tells an assistant how to answer.
_INSTRUCTING = 2.0
#: What the notes of a release lose, where the question is not on releases.
_RELEASE = 0.5
#: What a sentence loses without a word: a rule, a fence, an address alone.
_WORDLESS = 2.0
_NO_LANGUAGES: Mapping[str, str] = {}
_NO_HITS: list[Hit] = []
#: An answer has at most this many tokens, unless its first sentence has more
#: (DECISIONS.md, "length of a quotation").
_QUOTED_TOKENS = 115
#: With all of a list, a block of code or the steps that are asked for.
_WHOLE_TOKENS = 200


@tag(stage="compile")
def document_metadata(
    context: Context, tenant_facts: TenantFacts, database: TenantDatabase
) -> dict[str, dict[str, Any]]:
    """The metadata of the context's documents, by document id.

    `tenant_facts` says when they may have changed.
    """
    ids = list(dict.fromkeys(passage.document_id for passage in context.passages))
    if not ids:
        return {}
    return dict(database.query("document_metadata", {"document_ids": ids}))


@tag(stage="compile")
def document_languages(
    context: Context,
    sub_queries: list[SubQuery],
    tenant_facts: TenantFacts,
    database: TenantDatabase,
) -> dict[str, str]:
    """The languages of the context's documents, as PostgreSQL names them, by id.

    They are asked for where documents are in the question's language and in others;
    otherwise {}. `tenant_facts` says when they may have changed.
    """
    ids = list(dict.fromkeys(passage.document_id for passage in context.passages))
    if not ids or not any(query.language for query in sub_queries):
        return {}
    return dict(database.query("document_languages", {"document_ids": ids}))


@tag(stage="compile")
def sentence_scores(
    answerability: float,
    context: Context,
    sub_queries: list[SubQuery],
    read_sentences: ReadSentences,
    document_metadata: dict[str, dict[str, Any]],
    document_languages: Mapping[str, str] = _NO_LANGUAGES,
    answer_threshold: float = 0.25,
) -> list[ScoredSentence]:
    """How well the context's sentences fit each sub-query.

    A score is the sum of

    - 0.5 times the cosine similarity, and 1.5 times that of the query's word pieces to
      the nearest ones of the sentence;
    - 0.4 times the share of the query's words that the sentence holds, 0.6 times that
      which it holds beneath its title and headings, and 0.3 times that of its section;
      words that few sentences have count more;
    - 0.4 where it has what is asked for: a date, a name, a list; 0.8 for a default;
    - 0.05 where it is first in its section, up to 1.2 under a heading that fits, and as
      much as the cosine of a question that is its heading is above 0.3.

    A place without the codes, versions and years of the question loses up to 1.5, where
    another place has them; up to 0.75 without the words of "And in Finland?"; 2 where
    it tells an assistant how to answer, or has no word; 0.6 where it only says where to
    read more; and 0.5 as notes of a release, unless releases are asked for. Where it is
    asked how to turn a thing on, a sentence that does gains 0.4, and one that turns it
    off loses as much. The question as typed counts only where it was not rewritten or
    split. Where all documents are in another language, cosines count 1.65 times. What a
    sentence loses that is in another one: `quoting.sentences.spoken`.

    Returns:
        All sentences, the best first; [] for a question that will be declined.
    """
    places = places_of(context.of_hits, document_metadata)
    if not places.numbers or answerability < answer_threshold:
        return []
    asked = [query for query in sub_queries if query.role != "topic"]
    is_asked = [query.role != "topic" for query in sub_queries]
    queries = [query.text for query in asked]
    scores = _COSINE_WEIGHT * read_sentences.cosines + _NEAREST_WEIGHT * read_sentences.nearest
    scores = scores[:, is_asked] * (_MEANING_ALONE if sub_queries[0].crossing else 1.0)
    scores += _PLACED_WORDS_WEIGHT * read_sentences.shares[:, is_asked]
    scores += _WORDS_WEIGHT * shares([one.text for one in places.sentences], queries)
    scores += _SECTION_WEIGHT * section_shares(places, queries)
    scores += _LIKE_QUESTION * _like_questions(read_sentences, is_asked)
    scores += _KIND_WEIGHT * _fitting(places, queries) - _lost(places, queries)[:, None]
    other = in_other_language(context, sub_queries[0].language, document_languages)
    scores -= lost_by_language(scores, other)
    return _ranked(_by_parts(scores, asked), places)


def _like_questions(read: ReadSentences, is_asked: list[bool]) -> np.ndarray:
    """(n_sentences, 1): how far a question above is like the one asked."""
    if not read.questions.size:
        return np.zeros((len(read.shares), 1))
    cosines = read.questions[:, is_asked].max(axis=1, keepdims=True)
    return np.maximum(cosines - _LEAST_LIKE, 0)


def _ranked(scores: np.ndarray, places: Places) -> list[ScoredSentence]:
    """The sentences with their scores, the best first."""
    scored = []
    for row in np.argsort(-scores.max(axis=1), kind="stable"):
        passage, number = places.numbers[row]
        scored.append(ScoredSentence(passage, number, tuple(scores[row].tolist())))
    return scored


def _by_parts(scores: np.ndarray, asked: list[SubQuery]) -> np.ndarray:
    """The scores, those of the question as typed the least of its other wordings.

    A part of a few words says too little alone, and counts beside the whole.
    """
    if len(asked) == 1:
        return scores
    scores = scores.copy()
    for column, query in enumerate(asked):
        if query.role == "sub-question" and len(content_words(query.text)) < _FEW_WORDS:
            scores[:, column] = (scores[:, column] + scores[:, 0]) / 2
    # The question as typed still has the typos, and the words that became filters.
    scores[:, 0] = scores[:, 1:].min(axis=1)
    return scores


def _fitting(places: Places, queries: list[str]) -> np.ndarray:
    """(n_sentences, n_queries) bool: whether a sentence has what a query asks for.

    The first of a section has the date or the version that its heading has. Where a
    list is asked for, what introduces one has it.
    """
    rows = []
    for sentence, is_first in zip(places.sentences, opening(places), strict=True):
        heading = sentence.headings[-1] if sentence.headings and is_first else ""
        text = without_mark(sentence.text)
        rows.append([fits(one, text) or fits_place(one, heading) for one in queries])
    lists = [asks_list(one) for one in queries]
    contrasts = [tells_difference(queries[0], one.text) for one in places.sentences]
    introduced = introducing(places)[:, None] & lists
    return np.array(rows) | introduced | np.array(contrasts)[:, None]


def _lost(places: Places, queries: list[str]) -> np.ndarray:
    """(n_sentences,): what each place loses, whatever the query."""
    lost = _MISSED_IDENTIFIERS * missed_identifiers(places, queries[0])
    lost = lost + _MISSED_FRAGMENT * missed_words(places, fragment_words(queries[0]))
    lost = lost - _OPENING_WEIGHT * opening(places)
    lost = lost - _FITTING_HEADING * heading_fits(places, queries[0])
    lost = lost + _POINTING * pointing(places)
    lost = lost + _WORDLESS * wordless(places)
    lost = lost - _DEFAULT_WEIGHT * _telling_default(places, queries[0])
    lost = lost - _ACT_WEIGHT * _telling_act(places, queries[0])
    lost = lost + _RELEASE * of_releases(places, queries[0])
    return lost + _INSTRUCTING * instructing(places, queries[0])


def _telling_default(places: Places, question: str) -> np.ndarray:
    """(n_sentences,) bool: what says the default, where that is asked."""
    told = [labelled_row(one.lead, one.text) or one.text for one in places.sentences]
    return np.array([tells_default(question, text) for text in told])


def _telling_act(places: Places, question: str) -> np.ndarray:
    """(n_sentences,) int: 1 for what tells how it is done, -1 for how it is undone."""
    if not asks_explanation(question):
        return np.zeros(len(places.sentences), int)
    return np.array([leaning(question, one.text) for one in places.sentences])


@tag(stage="compile")
def quotes(
    sub_queries: list[SubQuery],
    context: Context,
    sentence_scores: list[ScoredSentence],
    token_counter: TokenCounter,
    document_metadata: dict[str, dict[str, Any]],
    query_filters: QueryFilters,
    ranked_hits: list[Hit] = _NO_HITS,
) -> list[CitedText]:
    """The answer in the words of the documents, each part with its place.

    As a rule it is a stretch: contiguous sentences of one section, with its heading
    where that has words of the question that the stretch has not. A second one follows
    where the first may not hold the answer, and one for each sub-question. A question
    of many words gets stretches of up to three documents. Where documents say different
    things of the same matter, all of these are quoted, the newest first. A question
    that asks for a list gets every sentence that answers, and a question for documents
    that meet a condition gets the documents.

    What is shown is made readable: without the marks of lists, headings, anchors and
    links, rows of tables with the names of their columns, blocks of code whole where
    they fit. The ranges quote the documents as they are. All together has 115 tokens at
    most, 130 of several documents, 135 with the sentence that its first pronoun refers
    to, 150 where the stretches may well lack the answer, unless a single sentence has
    more. Of manuals (documents with code, or with headings over most sentences) it has
    200 in that case, and where steps are asked for or a list is quoted. Where the
    tokenizer cuts words to pieces, letters count (`lengths`).

    Args:
        ranked_hits: best first; how relevant each chunk of a manual is. Without them
            the order of the passages says so.
    """
    evidence = Evidence(
        context.of_hits,
        [query for query in sub_queries if query.role != "topic"],
        sentence_scores,
        document_metadata,
        Lengths(token_counter),
        _QUOTED_TOKENS,
        _WHOLE_TOKENS,
        query_filters,
        _relevances(ranked_hits),
    )
    return composed(evidence)


def _relevances(hits: list[Hit]) -> dict[int, float]:
    """The score of each chunk as a share of the best one's, 0 to 1.

    {} where the best one has no score.
    """
    best = hits[0].score if hits else 0.0
    if best <= 0:
        return {}
    return {hit.chunk_id: min(1.0, max(0.0, hit.score / best)) for hit in hits}
