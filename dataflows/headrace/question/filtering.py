"""The conditions that a question puts on the documents it wants."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from hamilton.function_modifiers import config, tag

from headrace.metadata.field_kinds import kind_of
from headrace.metadata.filters import filters_json, known_filters
from headrace.question.found_filters import (
    FoundFilter,
    date_field,
    filters_in,
    is_of_time,
    newest_called,
    relative_dates,
)
from headrace.question.mention_cues import is_of_asking
from headrace.text.asking.documents import asks_any_newest, asks_documents
from headrace.text.phrases import content_words
from headrace.types import (
    Filter,
    KnownName,
    QueryFilters,
    QuestionAnalysis,
    RewrittenQuery,
    TenantDatabase,
    TenantFacts,
)

#: A filter that was read from a question is applied if this share of the documents (of
#: up to 200) has the field; otherwise it is preferred (DECISIONS.md, "filters that are
#: applied").
_RELIABLE = 0.9
_MOST_PREFERRED = 4
#: Shorter words do not say what is asked: initials.
_LEAST_LETTERS = 3
#: The characters that LIKE does not read as themselves.
_LIKE_MARK = re.compile(r"[%_\\]")
_SEVERAL = re.compile(
    r"\b(both|between|while|whereas|unlike|compared|respectively)\b", re.IGNORECASE
)
_A_DOCUMENT = re.compile(
    r"\b(articles?|reports?|stor(?:y|ies)|posts?|pages?|papers?|documents?|according to"
    r"|reported by)\b",
    re.IGNORECASE,
)


@config.when(filtering="off")
@tag(stage="filter extraction")
def query_filters__off(tenant_facts: TenantFacts, filters: Sequence[Filter] = ()) -> QueryFilters:
    """The given filters and no others.

    Raises QuestionError for a field that the tenant's documents do not have.
    """
    return QueryFilters(known_filters(filters, tenant_facts))


@config.when(filtering="rules")
@tag(stage="filter extraction")
def query_filters__rules(
    corrected_query: RewrittenQuery,
    known_names: list[KnownName],
    tenant_facts: TenantFacts,
    database: TenantDatabase,
    filters: Sequence[Filter] = (),
    today: date | None = None,
    fiscal_year_start: int = 1,
) -> QueryFilters:
    """The given filters, and those that the question's words ask for.

    The words may ask for values of fields (`mentions.mentions_of`), for dates of
    publication (`date_ranges.published`), and for fiscal years and quarters
    (`metadata.periods`). Such a filter is applied if nine of ten documents have the
    field, or the question asks for nothing but such documents, and the words

    - announce it ("license: MIT", "by Ada Lovelace", "articles published in 2019"), or
    - name a thing that documents are about, or their fiscal year ("the revenue of Adobe
      in FY2018"). Of several things, a document has to be about one, and those about
      each are preferred.

    All others are preferred. So is every announced filter of a question about several
    documents ("the article from A, while the one from B ..."): it may hold for only one
    of them.

    "The latest release notes" are the newest documents whose title, or a value, has
    these words.

    Applied filters from the question are given up one by one, and listed in `relaxed`,
    while they leave no document, or only documents without any word of what is asked.
    Given filters are never given up.

    Args:
        filters: conditions given beside the question.
        today: what "last year" counts from; without it, such dates are not read.
        fiscal_year_start: the month in which fiscal years begin, 1 to 12.
    Raises QuestionError for a given field that the tenant's documents do not have.
    """
    given = known_filters(filters, tenant_facts)
    text = corrected_query.text
    found = filters_in(text, known_names, tenant_facts, today, fiscal_year_start)
    found += _of_newest(text, tenant_facts, (*given, *_clear(found)), database)
    settled = _settled(given, found, text, tenant_facts, database)
    return _with_today(settled, found, relative_dates(text, today, fiscal_year_start), today)


@config.when(filtering="llm")
@tag(stage="filter extraction")
def filters_by_rules(
    corrected_query: RewrittenQuery,
    known_names: list[KnownName],
    tenant_facts: TenantFacts,
    today: date | None = None,
    fiscal_year_start: int = 1,
) -> list[FoundFilter]:
    """The filters that the question asks for, used when the language model fails.

    Arguments as for `query_filters__rules`.
    """
    return filters_in(corrected_query.text, known_names, tenant_facts, today, fiscal_year_start)


@config.when(filtering="llm")
@tag(stage="filter extraction")
def query_filters__llm(
    corrected_query: RewrittenQuery,
    question_analysis: QuestionAnalysis,
    filters_by_rules: list[FoundFilter],
    tenant_facts: TenantFacts,
    database: TenantDatabase,
    filters: Sequence[Filter] = (),
    today: date | None = None,
    fiscal_year_start: int = 1,
) -> QueryFilters:
    """The given filters, and those that the language model read.

    Values that no document has are left out. Without an analysis, the filters from the
    question are those of the rules. They are applied, preferred and given up as by
    rules.

    Raises QuestionError for a given field that the tenant's documents do not have.
    """
    given = known_filters(filters, tenant_facts)
    found = filters_by_rules
    if question_analysis.note is None:
        found = _of_analysis(question_analysis, database)
    text = corrected_query.text
    settled = _settled(given, found, text, tenant_facts, database)
    return _with_today(settled, found, relative_dates(text, today, fiscal_year_start), today)


def _with_today(
    settled: QueryFilters,
    found: Sequence[FoundFilter],
    relative: Sequence[str],
    today: date | None,
) -> QueryFilters:
    """The filters, with `today` or `unread` set if words count from today."""
    if not relative:
        return settled
    if any(is_of_time(found_filter.condition) for found_filter in found):
        return replace(settled, today=today)
    return replace(settled, unread=tuple(relative))


def _clear(found: Sequence[FoundFilter]) -> list[Filter]:
    return [found_filter.condition for found_filter in found if found_filter.is_clear]


def _of_newest(
    text: str, tenant_facts: TenantFacts, filters: Sequence[Filter], database: TenantDatabase
) -> list[FoundFilter]:
    """The day of the newest documents with some name, if the question wants these.

    The name is the longest run of words that documents have. A single word must be a
    word for documents ("report"), and makes a filter that is only preferred, unless the
    question asks for nothing else. "The newest document" may have any name.
    """
    called = newest_called(text)
    field = date_field(tenant_facts.date_fields)
    if not called or field is None:
        return []
    patterns = [f"%{_LIKE_MARK.sub('', word)}%" for word in called]
    is_whole = asks_documents(text)
    least = 1 if is_whole or is_of_asking(called[0]) else 2
    counts = [0] if asks_any_newest(text) else range(len(patterns), least - 1, -1)
    for count in counts:
        parameters = {
            "field": field,
            "patterns": patterns[:count],
            "filters": filters_json(filters),
        }
        for (newest,) in database.query("newest_date", parameters):
            condition = Filter(field, "range", low=newest, high=newest + timedelta(days=1))
            return [FoundFilter(condition, "", is_clear=count > 1 or is_whole)]
    return []


def _of_analysis(
    question_analysis: QuestionAnalysis, database: TenantDatabase
) -> list[FoundFilter]:
    """The language model's filters, with values that the documents have."""
    found = []
    for condition, words in question_analysis.filters:
        known = _with_known_values(condition, database)
        if known is not None:
            found.append(FoundFilter(known, words, is_clear=True))
    return found


def _with_known_values(condition: Filter, database: TenantDatabase) -> Filter | None:
    """The condition with the values that documents have, under these or other names.

    None when they have none of them.
    """
    if condition.operator != "in":
        return condition
    phrases = [value.lower() for value in condition.values]
    rows = database.query("known_names", {"short_forms": [], "phrases": phrases, "language": ""})
    values: dict[str, None] = {}
    for name in [KnownName(*row) for row in rows]:
        if name.kind in ("value", "name") and name.field == condition.field:
            values[name.meaning] = None
    return replace(condition, values=tuple(values)) if values else None


def _settled(
    given: tuple[Filter, ...],
    found: Sequence[FoundFilter],
    text: str,
    tenant_facts: TenantFacts,
    database: TenantDatabase,
) -> QueryFilters:
    """Which of the found filters are applied, preferred, and given up."""
    wanted = sum(not (one.condition.negated or one.is_aside) for one in found)
    is_of_several = wanted > 1 and _speaks_of_several(text)
    words: dict[Filter, str] = {}
    for found_filter in found:
        is_clear = found_filter.is_clear and (found_filter.is_named or not is_of_several)
        is_whole = asks_documents(text, found_filter.words)
        if is_clear and (is_whole or _is_reliable(found_filter.condition, database)):
            words[found_filter.condition] = found_filter.words
    kept, relaxed = list(words), []
    said = [found_filter.words for found_filter in found]
    topic = _topic(text, said, tenant_facts, database) if kept else []
    while kept and not _speak_of(topic, (*given, *kept), tenant_facts, database):
        relaxed.append(kept.pop())
    preferred: dict[Filter, None] = {}
    for found_filter in found:
        condition = found_filter.condition
        is_met = condition in words and (not found_filter.is_named or len(condition.values) < 2)
        if not is_met and not condition.negated:
            preferred.update(dict.fromkeys(_preferred(condition)))
    return QueryFilters(
        applied=(*given, *kept),
        preferred=tuple(preferred)[:_MOST_PREFERRED],
        relaxed=tuple(relaxed),
        consumed=tuple(words[condition] for condition in kept if words[condition]),
    )


def _preferred(condition: Filter) -> list[Filter]:
    """A condition for each value, since each is searched for by itself.

    Of consecutive years only the last: its report compares with the years before.
    """
    if condition.operator != "in":
        return [condition]
    values = condition.values
    if kind_of(condition.field) == "period" and all(map(str.isdecimal, values)):
        years = sorted(map(int, values))
        if years[-1] - years[0] == len(years) - 1:
            values = (str(years[-1]),)
    return [Filter(condition.field, "in", (value,)) for value in values]


def _speaks_of_several(question: str) -> bool:
    """Whether a question seems to be about several documents."""
    return bool(_SEVERAL.search(question)) or len(_A_DOCUMENT.findall(question)) > 1


def _is_reliable(condition: Filter, database: TenantDatabase) -> bool:
    """Whether a condition drops hardly any document because it lacks the field.

    Documents without the field meet a negated condition.
    """
    if condition.negated:
        return True
    ((documents, having),) = database.query("field_coverage", {"field": condition.field})
    return having >= _RELIABLE * documents


def _topic(
    text: str, said: Iterable[str], tenant_facts: TenantFacts, database: TenantDatabase
) -> list[str]:
    """The words of the question that documents have, beside those of its filters."""
    for words in filter(None, said):
        text = text.replace(words, " ")
    topic = []
    for word in set(content_words(text)):
        if len(word) >= _LEAST_LETTERS and word.isalpha() and not is_of_asking(word):
            topic.append(word)
    if not topic:
        return []
    languages = list(tenant_facts.languages)
    parameters = {"words": sorted(topic), "languages": languages, "with_candidates": False}
    return [word for word, _, chunks in database.query("known_words", parameters) if chunks > 0]


def _speak_of(
    topic: Sequence[str],
    filters: Sequence[Filter],
    tenant_facts: TenantFacts,
    database: TenantDatabase,
) -> bool:
    """Whether a document meets all filters and, of a topic, has one of its words."""
    if not _documents_left(filters, database):
        return False
    if not topic:
        return True
    languages = list(tenant_facts.languages)
    parameters = {"words": topic, "languages": languages, "filters": filters_json(filters)}
    ((spoken,),) = database.query("spoken_of", parameters)
    return spoken


def _documents_left(filters: Sequence[Filter], database: TenantDatabase) -> int:
    """1 if a document meets all filters, else 0."""
    parameters = {"filters": filters_json(filters), "count_limit": 1}
    ((documents, _),) = database.query("filtered_chunks", parameters)
    return documents
