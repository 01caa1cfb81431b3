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

#: Weights (DECISIONS.md, "quotes") of the cosine; of the word pieces' cosines; of the
#: share of the query's words in the sentence, in the sentence with its title and
#: headings, and in its section; and of the kind of thing asked for.
_COSINE_WEIGHT = 0.5
_NEAREST_WEIGHT = 1.5
_WORDS_WEIGHT = 0.4
_PLACED_WORDS_WEIGHT = 0.6
_SECTION_WEIGHT = 0.3
_KIND_WEIGHT = 0.4
#: Cosines count this many times as much when no document is in the question's language,
#: since words tell nothing then (DECISIONS.md, "quotes in another language").
_MEANING_ALONE = 1.65
#: What a sentence gains that gives a default, if the question asks for one.
_DEFAULT_WEIGHT = 0.8
#: What a sentence gains that does what the question wants to do ("turn on"), and what
#: one loses that does the opposite ("turn off").
_ACT_WEIGHT = 0.4
#: What a section gains whose heading has the words of the question (DECISIONS.md,
#: "headings that fit").
_FITTING_HEADING = 1.2
#: What a section gains whose heading is a question: this times its cosine to the
#: question asked, less the least (DECISIONS.md, "questions as headings").
_LIKE_QUESTION = 1.0
_LEAST_LIKE = 0.3
#: What a sentence loses that only says where to read more.
_POINTING = 0.6
#: What the first sentence of a section gains.
_OPENING_WEIGHT = 0.05
#: A part of a question with fewer words than this says too little alone.
_FEW_WORDS = 3
#: What a place loses that has none of the question's identifiers.
_MISSED_IDENTIFIERS = 1.5
#: What a place loses that has none of the words of a fragment: "And in Finland?"
_MISSED_FRAGMENT = 0.75
#: What a paragraph loses that tells an assistant how to answer.
_INSTRUCTING = 2.0
#: What release notes lose, unless the question is about releases.
_RELEASE = 0.5
#: What a sentence without a word loses: a rule, a fence, an address alone.
_WORDLESS = 2.0
_NO_LANGUAGES: Mapping[str, str] = {}
_NO_HITS: list[Hit] = []
#: An answer has at most this many tokens, unless its first sentence has more
#: (DECISIONS.md, "length of a quotation").
_QUOTED_TOKENS = 115
#: The same when a whole list, a block of code or steps are asked for.
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

    Only needed if some documents are in the question's language and others are not;
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

    A sentence gains by

    - its cosine (weight 0.5), and the mean cosine of the query's word pieces to its
      nearest ones (1.5); both 1.65 times if all documents are in another language;
    - the share of the query's words in it (0.4), in it with its title and headings
      (0.6), and in its section (0.3), rare words counting more;
    - the kind of thing asked for, such as a date (0.4), a default (0.8), the act (0.4);
    - its place: first of a section (0.05), under a fitting heading (up to 1.2) or under
      a question like the one asked (its cosine less 0.3).

    It loses by

    - lacking codes, versions and years that another place has (up to 1.5), or the words
      of a fragment, "And in Finland?" (up to 0.75);
    - being an instruction to an assistant or wordless (2), only a pointer (0.6),
      release notes unasked (0.5), or the opposite act (0.4);
    - being in another language than the question (`quoting.sentences.spoken`).

    The question as typed counts only if it was neither rewritten nor split.

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
    """(n_sentences, 1): how like the question asked a heading is that is a question."""
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
    """The scores, in which the question as typed counts as its worst other wording.

    A part of few words says too little alone: it gets the mean of itself and the whole.
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

    The first sentence of a section also has the date or version of its heading. If a
    list is asked for, the sentence that introduces one has it.
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
    """(n_sentences,) bool: what gives a default, if the question asks for one."""
    told = [labelled_row(one.lead, one.text) or one.text for one in places.sentences]
    return np.array([tells_default(question, text) for text in told])


def _telling_act(places: Places, question: str) -> np.ndarray:
    """(n_sentences,) int: 1 for doing what the question wants, -1 for undoing it."""
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

    It is usually one stretch: contiguous sentences of one section, under its heading if
    that has words of the question that the stretch lacks. There are more if the first
    may not hold the answer, one for each sub-question, and up to three documents for a
    question of many words. If documents disagree, each is quoted, the newest first. A
    question for a list gets every sentence that answers; one for documents, these.

    The text shown has no marks of lists, headings, anchors and links; rows of tables
    have the names of their columns. The ranges quote the documents as they are.

    It has at most 115 tokens, or one longer sentence; 130 of several documents, 135
    with the sentence that a first pronoun refers to, 150 if the stretches may lack the
    answer. Of manuals (documents with code, or mostly under headings) it has 200 in
    that case, and for steps or a list. If the tokenizer cuts words to pieces, letters
    count (`lengths`).

    Args:
        ranked_hits: best first; they say how relevant each chunk of a manual is. The
            order of the passages does without them.
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
