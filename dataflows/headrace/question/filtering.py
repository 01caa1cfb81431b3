"""What a question says about the documents it wants: filters, read from its words and given beside them."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from hamilton.function_modifiers import config, tag

from headrace.metadata.field_kinds import kind_of
from headrace.metadata.filters import filters_json, known_filters
from headrace.question import date_ranges
from headrace.question.mentions import Mention, mentions_of
from headrace.types import (
    Corpus,
    Database,
    Filter,
    KnownName,
    QueryFilters,
    QuestionAnalysis,
    RewrittenQuery,
)

#: A filter read from a question is only applied where this share of the documents (of up to 200) has the field; else it is preferred.
_RELIABLE = 0.9
_MOST_PREFERRED = 4
_SEVERAL = re.compile(
    r"\b(both|between|while|whereas|unlike|compared|respectively)\b", re.IGNORECASE
)
_A_DOCUMENT = re.compile(
    r"\b(articles?|reports?|stor(?:y|ies)|posts?|pages?|papers?|documents?|according to|reported by)\b",
    re.IGNORECASE,
)


@config.when(filtering="off")
@tag(stage="filter extraction")
def query_filters__off(corpus: Corpus, filters: Sequence[Filter] = ()) -> QueryFilters:
    """The given filters and no others. Raises QuestionError for a field that the tenant's documents do not have."""
    return QueryFilters(known_filters(filters, corpus))


@config.when(filtering="rules")
@tag(stage="filter extraction")
def query_filters__rules(
    corrected_query: RewrittenQuery,
    known_names: list[KnownName],
    corpus: Corpus,
    database: Database,
    tenant: str,
    filters: Sequence[Filter] = (),
    today: date | None = None,
    fiscal_year_start: int = 1,
) -> QueryFilters:
    """The given filters, and what the question's words ask for: values of fields (`mentions.mentions_of`), dates of publication.

    Applied is what the words announce ("license: MIT", "by Ada Lovelace", "articles published in 2019") where nine of ten documents have the field.
    All else is preferred: a value that is only mentioned, a field that few documents have, and where the question speaks of several documents ("the
    article from A, while the one from B ..."), since what holds for one need not hold for the other. Applied filters read from the question that
    would leave no document are given up one by one, and said so in `relaxed`; given ones never are.

    Args:
        filters: conditions given beside the question. Raises QuestionError for a field that the tenant's documents do not have.
        today: what "last year" and the like count from; without it they are not read.
        fiscal_year_start: the month in which fiscal years begin, 1 to 12.
    """
    given = known_filters(filters, corpus)
    text = corrected_query.text
    dates = _of_dates(text, corpus, today, fiscal_year_start)
    mentions = [
        mention for mention in mentions_of(text, known_names) if not _says_a_date(mention, dates)
    ]
    found = [*_of_mentions(text, mentions), *dates]
    return _settled(given, found, text, database, tenant)


@config.when(filtering="llm")
@tag(stage="filter extraction")
def query_filters__llm(
    corrected_query: RewrittenQuery,
    question_analysis: QuestionAnalysis,
    known_names: list[KnownName],
    corpus: Corpus,
    database: Database,
    tenant: str,
    filters: Sequence[Filter] = (),
    today: date | None = None,
    fiscal_year_start: int = 1,
) -> QueryFilters:
    """The given filters, and those that the language model read, where the documents have such values; without an analysis, as the rules do."""
    if question_analysis.note:
        return query_filters__rules(
            corrected_query,
            known_names,
            corpus,
            database,
            tenant,
            filters,
            today,
            fiscal_year_start,
        )
    found = [
        (known, words, True)
        for condition, words in question_analysis.filters
        if (known := _with_known_values(condition, database, tenant))
    ]
    return _settled(known_filters(filters, corpus), found, corrected_query.text, database, tenant)


def _with_known_values(condition: Filter, database: Database, tenant: str) -> Filter | None:
    """The condition with the values that documents have, or have by another name; None where there are none."""
    if condition.operator != "in":
        return condition
    rows = database.query(
        tenant,
        "known_names",
        {"short_forms": [], "phrases": [value.lower() for value in condition.values]},
    )
    values = tuple(
        dict.fromkeys(
            meaning
            for kind, _, field, meaning, *_ in rows
            if kind in ("value", "name") and field == condition.field
        )
    )
    return replace(condition, values=values) if values else None


def _settled(
    given: tuple[Filter, ...],
    found: Sequence[tuple[Filter, str, bool]],
    text: str,
    database: Database,
    tenant: str,
) -> QueryFilters:
    """What of the conditions found is applied, what preferred, and what given up because it would leave no document."""
    several = (
        _speaks_of_several(text) and sum(not condition.negated for condition, _, _ in found) > 1
    )
    wanted = {
        condition: words
        for condition, words, clear in found
        if clear and not several and _is_reliable(condition, database, tenant)
    }
    kept, relaxed = list(wanted), []
    while kept and not _documents_left((*given, *kept), database, tenant):
        relaxed.append(kept.pop())
    preferred = dict.fromkeys(
        part
        for condition, _, _ in found
        if condition not in wanted and not condition.negated
        for part in _parts(condition)
    )
    consumed = tuple(wanted[condition] for condition in kept)
    return QueryFilters(
        (*given, *kept), tuple(preferred)[:_MOST_PREFERRED], tuple(relaxed), consumed
    )


def _of_mentions(text: str, mentions: Sequence[Mention]) -> list[tuple[Filter, str, bool]]:
    """A condition per field and negation with the words it came from, and whether they clearly ask for it. "By Ada or Bob" is one condition."""
    grouped: dict[tuple[str, bool], list[Mention]] = {}
    for mention in mentions:
        grouped.setdefault((mention.field, mention.negated), []).append(mention)
    found = []
    for (field, negated), members in grouped.items():
        values = tuple(dict.fromkeys(value for mention in members for value in mention.values))
        start, end = members[0].start, members[-1].end
        in_one = len(members) == 1 or (kind_of(field) != "source" and " or " in text[start:end])
        words = members[0].words if len(members) == 1 else text[start:end]
        clear = all(mention.announced for mention in members) and (in_one or negated)
        found.append((Filter(field, "in", values, negated=negated), words, clear))
    return found


def _of_dates(
    text: str, corpus: Corpus, today: date | None, fiscal_year_start: int
) -> list[tuple[Filter, str, bool]]:
    """Conditions on the documents' date, with the words they came from."""
    field = _date_field(corpus.date_fields)
    ranges = date_ranges.published(text, today, fiscal_year_start) if field else []
    return [
        (
            Filter(field, "range", low=found.low, high=found.high, negated=found.negated),
            found.words,
            found.clear and len(ranges) == 1,
        )
        for found in ranges
    ]


def _says_a_date(mention: Mention, dates: Sequence[tuple[Filter, str, bool]]) -> bool:
    """Whether a value is no more than what a range of dates was read from: "in the year 1968"."""
    return any(
        mention.field == condition.field and mention.words in words for condition, words, _ in dates
    )


def _parts(condition: Filter) -> list[Filter]:
    """One condition per value: each is searched for by itself."""
    return (
        [Filter(condition.field, "in", (value,)) for value in condition.values]
        if condition.operator == "in"
        else [condition]
    )


def _speaks_of_several(question: str) -> bool:
    return bool(_SEVERAL.search(question)) or len(_A_DOCUMENT.findall(question)) > 1


def _is_reliable(condition: Filter, database: Database, tenant: str) -> bool:
    """Whether documents without the field are few, or stay: what is not wanted is left out only where a document says it."""
    if condition.negated:
        return True
    ((documents, having),) = database.query(tenant, "field_coverage", {"field": condition.field})
    return having >= _RELIABLE * documents


def _date_field(fields: Sequence[str]) -> str | None:
    """The field that tells when a document appeared: the only date there is, or the one named for it."""
    named = [
        field
        for field in fields
        if re.search(r"publish|date|year|created|released", field, re.IGNORECASE)
    ]
    return fields[0] if len(fields) == 1 else (named or [None])[0]


def _documents_left(filters: Sequence[Filter], database: Database, tenant: str) -> int:
    ((documents, _),) = database.query(
        tenant, "filtered_chunks", {"filters": filters_json(filters), "count_limit": 1}
    )
    return documents
