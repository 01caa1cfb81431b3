"""The streams that are searched: the question as asked first, as rewritten, its parts, and again among the documents it prefers."""

import re
from collections.abc import Sequence

from hamilton.function_modifiers import config, tag

from headrace.question.question_kinds import kind_of, parts
from headrace.text.phrases import content_words
from headrace.text.terms import read_syntax
from headrace.types import QueryFilters, QuestionAnalysis, RewrittenQuery, SubQuery

#: What the scores of the question's parts count, and those of it among the documents it prefers.
_PART, _PREFERRED = 0.5, 0.5
#: What the question as asked and as rewritten count: where its words were wrong; not enough, or more than is searched for; only written out.
_MENDED, _COMPLETED, _WRITTEN_OUT = (0.25, 1.0), (0.5, 1.0), (1.0, 0.5)


@config.when(decomposition="off")
@tag(stage="decomposition")
def question_kind__off() -> str:
    """Always "simple": nothing is made of the question."""
    return "simple"


@config.when_in(decomposition=["rules", "llm"])
@tag(stage="decomposition")
def question_kind__rules(expanded_query: RewrittenQuery) -> str:
    """Whether the question needs more than one fact, by its wording: "comparison", "bridging", "check", "several" or "simple".

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
    normalized_query: str,
    expanded_query: RewrittenQuery,
    query_filters: QueryFilters,
    max_sub_queries: int = 8,
) -> list[SubQuery]:
    """As by rules, without the parts of a compound question."""
    return _streams(normalized_query, expanded_query, query_filters, (), max_sub_queries)


@config.when(decomposition="rules")
@tag(stage="decomposition")
def sub_queries__rules(
    normalized_query: str,
    expanded_query: RewrittenQuery,
    query_filters: QueryFilters,
    max_sub_queries: int = 8,
) -> list[SubQuery]:
    """What is searched for: the question as asked first, as rewritten if it was, the parts of a compound question, and the question again among the
    documents that meet each preferred filter.

    The rewritten question and the parts go without the words that became filters: every document left meets those. Quoted phrases, and
    words excluded by a hyphen in front of them at the end, are read by `analysis.read_syntax`.

    Returns:
        One to `max_sub_queries` streams, no text twice under the same filters.
    Example: "What is tokenizers licensed under, and who wrote httpx?" -> itself, "What is tokenizers licensed under", "who wrote httpx?".
    """
    return _streams(normalized_query, expanded_query, query_filters, None, max_sub_queries)


@config.when(decomposition="llm")
@tag(stage="decomposition")
def sub_queries__llm(
    normalized_query: str,
    expanded_query: RewrittenQuery,
    query_filters: QueryFilters,
    question_analysis: QuestionAnalysis,
    max_sub_queries: int = 8,
) -> list[SubQuery]:
    """As by rules, the parts being the language model's sub-questions; without an analysis, wholly as by rules."""
    found = None if question_analysis.note else question_analysis.sub_questions
    return _streams(normalized_query, expanded_query, query_filters, found, max_sub_queries)


def _streams(
    normalized_query: str,
    expanded_query: RewrittenQuery,
    query_filters: QueryFilters,
    sub_questions: Sequence[str] | None,
    most: int,
) -> list[SubQuery]:
    """The streams; the parts are those of the rules where no `sub_questions` are given."""
    excluded = read_syntax(normalized_query).excluded
    rewritten = read_syntax(_without(query_filters.consumed, expanded_query.text)).text
    changed = rewritten.lower() != read_syntax(normalized_query).text.lower()
    as_asked, as_rewritten = (
        _weights(normalized_query, expanded_query, query_filters) if changed else (1.0, 1.0)
    )
    streams = [
        _stream(normalized_query, "original", excluded, as_asked),
        *([_stream(rewritten, "rewritten", excluded, as_rewritten)] if changed else []),
        *(
            _stream(part, "sub-question", excluded, _PART)
            for part in (parts(rewritten) if sub_questions is None else sub_questions)
        ),
    ]
    distinct = {stream.text.lower(): stream for stream in reversed(streams)}
    main = list(reversed(distinct.values()))
    asked = max(main[: 1 + changed], key=lambda stream: stream.weight)
    preferred = [
        SubQuery(asked.text, "preferred", asked.phrases, excluded, (condition,), _PREFERRED)
        for condition in query_filters.preferred
    ]
    return [*main, *preferred][:most]


def _stream(text: str, role: str, excluded: tuple[str, ...], weight: float) -> SubQuery:
    asked = read_syntax(text)
    return SubQuery(asked.text, role, asked.phrases, excluded, weight=weight)


def _weights(
    question: str, rewritten: RewrittenQuery, filters: QueryFilters
) -> tuple[float, float]:
    """What the question as asked and as rewritten count: the one leads that says more of what is meant.

    Abbreviations written out say little more, unless they are half of the question's words.
    """
    kinds = {change.kind for change in rewritten.changes}
    written_out = {change.before for change in rewritten.changes if change.kind == "abbreviation"}
    words = sum(len(before.split()) for before in written_out)
    if filters.consumed or "follow-up" in kinds:
        return _COMPLETED
    if "typo" in kinds:
        return _MENDED
    return _WRITTEN_OUT if 2 * words < len(content_words(question)) else _COMPLETED


def _without(phrases: Sequence[str], question: str) -> str:
    """The question without these words of it; the whole of it when hardly a word would be left."""
    rest = question
    for phrase in phrases:
        rest = re.sub(
            rf"\b(?:with|by|from|under|in)?\s*{re.escape(phrase)}",
            " ",
            rest,
            count=1,
            flags=re.IGNORECASE,
        )
    rest = re.sub(r"\s+", " ", rest).strip(" ,;")
    return rest if len(rest.split()) >= 3 else question
