"""The sub-queries: every text that is searched for."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from hamilton.function_modifiers import config, tag

from headrace.question.question_kinds import kind_of, parts
from headrace.text.asking.languages import is_foreign, lasting_words, without_asking_words
from headrace.text.phrases import content_words
from headrace.text.terms import read_syntax
from headrace.types import (
    Courtesy,
    QueryFilters,
    QuestionAnalysis,
    QuestionKind,
    RewrittenQuery,
    SubQuery,
    TenantFacts,
    leading,
)
from headrace.types.questions import SubQueryRole


class _Weights(NamedTuple):
    """The weights of the question as asked and of the question as rewritten.

    `as_corrected` is the weight of the question with its typos corrected and no
    abbreviation written out; 0 if that is not searched for. The values are explained in
    DECISIONS.md, "weights of sub-queries".
    """

    as_asked: float
    as_rewritten: float
    as_corrected: float = 0.0


#: For a question that is searched for as asked.
_UNCHANGED = _Weights(1.0, 1.0)
#: For a question with typos.
_CORRECTED = _Weights(0.25, 1.0)
#: For a question with typos, in which abbreviations were written out, too.
_CORRECTED_AND_WRITTEN_OUT = _Weights(0.25, 0.5, as_corrected=1.0)
#: For a question that said too little, or in which words became filters.
_COMPLETED = _Weights(0.5, 1.0)
#: For a question in which only abbreviations were written out.
_WRITTEN_OUT = _Weights(1.0, 0.5)
#: The weight of a part of a compound question.
_PART_WEIGHT = 0.5
#: The weight of the question among the documents that meet a preferred filter.
_PREFERRED_WEIGHT = 0.5
#: The weight of the question beside words of earlier turns' topic.
_TOPIC_WEIGHT = 0.5
#: The weight of the keyword search if no document is in the question's language
#: (DECISIONS.md, "questions in another language").
_FOREIGN_KEYWORDS = 0.15
_NO_COURTESY = Courtesy()
_NO_FACTS = TenantFacts("", 0, 0, (), ())
#: A question is searched for whole when fewer words would be left without its filters.
_LEAST_WORDS = 3


@config.when(decomposition="off")
@tag(stage="decomposition")
def question_kind__off() -> QuestionKind:
    """Always "simple": the question is not read."""
    return "simple"


@config.when_in(decomposition=["rules", "llm"])
@tag(stage="decomposition")
def question_kind__rules(expanded_query: RewrittenQuery) -> QuestionKind:
    """The kind of the question by its wording: whether it needs more than one fact.

    It is "comparison", "bridging", "check", "several" or "simple".
    Example: "When was the director of Heat born?" -> "bridging".
    """
    return kind_of(expanded_query.text)


@config.when(understanding="off")
@tag(stage="decomposition")
def sub_queries__off(expanded_query: RewrittenQuery) -> list[SubQuery]:
    """The question alone."""
    asked = read_syntax(expanded_query.text)
    return [SubQuery(asked.text, phrases=asked.phrases, excluded=asked.excluded)]


@config.when_in(understanding=["rules", "llm"])
@config.when(decomposition="off")
@tag(stage="decomposition")
def sub_queries__whole(
    searched_query: str,
    expanded_query: RewrittenQuery,
    query_filters: QueryFilters,
    max_sub_queries: int = 8,
    topic: Sequence[str] = (),
    courtesy: Courtesy = _NO_COURTESY,
    question_language: str = "",
    tenant_facts: TenantFacts = _NO_FACTS,
) -> list[SubQuery]:
    """The sub-queries as by rules, without the parts of a compound question."""
    if courtesy.kind:
        return []
    made = _sub_queries(searched_query, expanded_query, query_filters, (), topic)
    return _worded(made[:max_sub_queries], question_language, tenant_facts)


@config.when(decomposition="rules")
@tag(stage="decomposition")
def sub_queries__rules(
    searched_query: str,
    expanded_query: RewrittenQuery,
    query_filters: QueryFilters,
    max_sub_queries: int = 8,
    topic: Sequence[str] = (),
    courtesy: Courtesy = _NO_COURTESY,
    question_language: str = "",
    tenant_facts: TenantFacts = _NO_FACTS,
) -> list[SubQuery]:
    """The texts to search for.

    They are, in this order: the question as asked; the question as rewritten, if it
    was; the parts of a compound question; the question once for each preferred filter,
    among the documents that meet it; the question beside the topic of the turns before
    it. The rewritten question and its parts lack the words that became applied filters,
    since every hit meets those. Quoted phrases and excluded words are read by
    `text.terms.read_syntax`.

    Returns:
        1 to `max_sub_queries` sub-queries; [] for a greeting or thanks. No text comes
        twice under the same filters: of equal texts, the first is kept, in the place of
        the last.
    Example: "What is tokenizers licensed under, and who wrote httpx?" -> the question,
        "What is tokenizers licensed under", "who wrote httpx?".
    """
    if courtesy.kind:
        return []
    found = parts(_rewritten(expanded_query, query_filters))
    made = _sub_queries(searched_query, expanded_query, query_filters, found, topic)
    return _worded(made[:max_sub_queries], question_language, tenant_facts)


@config.when(decomposition="llm")
@tag(stage="decomposition")
def parts_by_rules(expanded_query: RewrittenQuery, query_filters: QueryFilters) -> list[str]:
    """The parts of a compound question by rules, used when the language model fails."""
    return parts(_rewritten(expanded_query, query_filters))


@config.when(decomposition="llm")
@tag(stage="decomposition")
def sub_queries__llm(
    searched_query: str,
    expanded_query: RewrittenQuery,
    query_filters: QueryFilters,
    question_analysis: QuestionAnalysis,
    parts_by_rules: list[str],
    max_sub_queries: int = 8,
    topic: Sequence[str] = (),
    courtesy: Courtesy = _NO_COURTESY,
    question_language: str = "",
    tenant_facts: TenantFacts = _NO_FACTS,
) -> list[SubQuery]:
    """The sub-queries as by rules, with the language model's sub-questions as parts.

    Without an analysis, the parts are those of the rules.
    """
    if courtesy.kind:
        return []
    found = question_analysis.sub_questions
    if question_analysis.note is not None:
        found = parts_by_rules
    made = _sub_queries(searched_query, expanded_query, query_filters, found, topic)
    return _worded(made[:max_sub_queries], question_language, tenant_facts)


def _sub_queries(
    searched_query: str,
    expanded_query: RewrittenQuery,
    query_filters: QueryFilters,
    sub_questions: Sequence[str],
    topic: Sequence[str],
) -> list[SubQuery]:
    """The sub-queries in their order, before `_worded` adapts them to the languages."""
    asked = read_syntax(searched_query)
    rewritten = _rewritten(expanded_query, query_filters)
    is_rewritten = rewritten.lower() != asked.text.lower()
    weights = _UNCHANGED
    if is_rewritten:
        weights = _weights(searched_query, expanded_query, query_filters)
    made = [_sub_query(searched_query, "original", asked.excluded, weights.as_asked)]
    if weights.as_corrected:
        corrected = _without_meanings(rewritten, expanded_query)
        made.append(_sub_query(corrected, "rewritten", asked.excluded, weights.as_corrected))
    if is_rewritten:
        made.append(_sub_query(rewritten, "rewritten", asked.excluded, weights.as_rewritten))
    for question in sub_questions:
        made.append(_sub_query(question, "sub-question", asked.excluded, _PART_WEIGHT))
    made = _distinct(made)
    main = made[leading(made)]
    for condition in query_filters.preferred:
        made.append(
            SubQuery(
                main.text,
                "preferred",
                phrases=main.phrases,
                excluded=asked.excluded,
                filters=(condition,),
                weight=_PREFERRED_WEIGHT,
            )
        )
    return [*made, *_with_topic(topic, main)]


def _worded(
    sub_queries: list[SubQuery], language: str, tenant_facts: TenantFacts
) -> list[SubQuery]:
    """The sub-queries, adapted to the question's language.

    - If some documents are in this language and others are not, `language` is set, and
      those in it come first.
    - If the language is written without spaces, the keyword search does not read the
      words that only ask.
    - If no document is in this language, `crossing` is set. The keyword search counts
      less and reads names, numbers and codes alone: other words that two languages
      share, such as German "die", would mislead.
    """
    if not is_foreign(language, tenant_facts.languages):
        is_one_of_several = bool(language) and len(tenant_facts.languages) > 1
        said = language if is_one_of_several else ""
        return [_spoken(query, language, said) for query in sub_queries]
    said = {"keyword_weight": _FOREIGN_KEYWORDS, "crossing": (language, *tenant_facts.languages)}
    return [
        replace(query, keywords=lasting_words(query.text, language), **said)
        for query in sub_queries
    ]


def _spoken(query: SubQuery, language: str, said: str) -> SubQuery:
    """A sub-query in a language that documents are in.

    Args:
        said: that language, where documents are in others too; else "".
    """
    words = without_asking_words(query.text, language)
    if not words or words == query.text:
        return replace(query, language=said) if said else query
    return replace(query, language=said, keywords=words)


def _with_topic(topic: Sequence[str], main: SubQuery) -> list[SubQuery]:
    """The leading sub-query after the words of a topic that it lacks; [] if none."""
    known = set(content_words(main.text))
    words = [word for word in topic if word.lower() not in known]
    if not words:
        return []
    return [
        SubQuery(
            " ".join([*words, main.text]),
            "topic",
            phrases=main.phrases,
            excluded=main.excluded,
            weight=_TOPIC_WEIGHT,
        )
    ]


def _sub_query(text: str, role: SubQueryRole, excluded: tuple[str, ...], weight: float) -> SubQuery:
    asked = read_syntax(text)
    return SubQuery(asked.text, role, asked.phrases, excluded, weight=weight)


def _distinct(sub_queries: Sequence[SubQuery]) -> list[SubQuery]:
    """The sub-queries, each text once.

    Of equal texts, the first is kept, in the place of the last.
    """
    by_text: dict[str, SubQuery] = {}
    for sub_query in reversed(sub_queries):
        by_text[sub_query.text.lower()] = sub_query
    return list(reversed(by_text.values()))


def _weights(question: str, rewritten: RewrittenQuery, filters: QueryFilters) -> _Weights:
    """The weights of a question that was rewritten.

    The wording that says more of what is meant has the larger weight. Written-out
    abbreviations say little more, unless they are at least half of the question's
    words.
    """
    kinds = {change.kind for change in rewritten.changes}
    if filters.consumed or "follow-up" in kinds:
        return _COMPLETED
    written_out = {change.before for change in rewritten.changes if change.kind == "abbreviation"}
    words = sum(len(before.split()) for before in written_out)
    says_little = 2 * words < len(content_words(question))
    if "typo" in kinds:
        return _CORRECTED_AND_WRITTEN_OUT if written_out and says_little else _CORRECTED
    return _WRITTEN_OUT if says_little else _COMPLETED


def _rewritten(expanded_query: RewrittenQuery, query_filters: QueryFilters) -> str:
    """The rewritten question without words that became filters or that it excludes."""
    return read_syntax(_without(query_filters.consumed, expanded_query.text)).text


def _without_meanings(text: str, query: RewrittenQuery) -> str:
    """A text without the meanings that were put after abbreviations."""
    for change in query.changes:
        if change.kind == "abbreviation":
            text = text.replace(f" ({change.after})", "", 1)
    return text


def _without(phrases: Sequence[str], question: str) -> str:
    """The question without these phrases, or whole if hardly a word would be left."""
    if not phrases:
        return question
    rest = question
    for phrase in phrases:
        pattern = rf"\b(?:with|by|from|under|in)?\s*{re.escape(phrase)}"
        rest = re.sub(pattern, " ", rest, count=1, flags=re.IGNORECASE)
    rest = re.sub(r"\s+", " ", rest).strip(" ,;")
    return rest if len(rest.split()) >= _LEAST_WORDS else question
