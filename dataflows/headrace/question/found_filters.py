"""The filters that a question's words ask for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from headrace.metadata.field_kinds import kind_of
from headrace.metadata.periods import Period, meant_by, periods_of
from headrace.question import date_ranges
from headrace.question.mentions import Mention, mentions_of
from headrace.text.function_words import FUNCTION_WORDS
from headrace.types import Filter, KnownName, TenantFacts

#: Words that ask for the newest documents, and their name: "the latest release notes".
_NEWEST = re.compile(
    r"(?:^|\b(?i:the|our|its|their|your|my|de[rmns]|das|die|unsere[nrms]?|las?|les?|los|el)\s+)"
    r"(?:[Ll]atest|[Nn]ewest|[Mm]ost\s+recent|[Dd]erni(?:er|ère)s?|[ÚúUu]ltim[oa]s?"
    r"|[Nn]eueste[nrs]?|[Jj]üngste[nrs]?|[Aa]ktuellste[nrs]?)\s+"
    r"(?P<called>[\w-]+(?:\s+[\w-]+){0,2})"
)
#: Names of a field that says when a document appeared.
_DATE_FIELD = re.compile(
    r"publi|date|year|created|released|datum|jahr|erschienen|veröffentlicht|fecha|año|anno|année",
    re.IGNORECASE,
)
#: Between names of which one is enough: "by Ada or Bob".
_CHOICE = re.compile(r"\s(?:or|oder|ou|o|u)\s")


@dataclass(frozen=True, slots=True)
class FoundFilter:
    """A condition that a question puts on the documents it wants.

    Attributes:
        words: the words of the question that it was read from; "" if they stay part of
            the question.
        is_clear: whether the words clearly ask for such documents.
        is_named: whether the words name what documents are about, such as a company or
            a fiscal year.
        is_aside: whether the words may belong to what is asked instead: "what changed
            last year".
    """

    condition: Filter
    words: str
    is_clear: bool
    is_named: bool = False
    is_aside: bool = False


def filters_in(
    text: str,
    known_names: Sequence[KnownName],
    tenant_facts: TenantFacts,
    today: date | None,
    fiscal_year_start: int,
) -> list[FoundFilter]:
    """The filters that a question's words ask for: values of fields, dates, periods.

    Args:
        known_names: what the question's phrases mean to the documents.
        today: what "last year" counts from; without it, such dates are not read.
        fiscal_year_start: the month in which fiscal years begin, 1 to 12.
    """
    dates = _of_dates(text, tenant_facts, today, fiscal_year_start)
    mentions = []
    for mention in mentions_of(text, known_names):
        if not _says_a_date(mention, dates):
            mentions.append(mention)
    of_mentions = _of_mentions(text, mentions)
    return [*of_mentions, *dates, *_of_periods(text, known_names, of_mentions, today)]


def relative_dates(text: str, today: date | None, fiscal_year_start: int) -> list[str]:
    """The words of a question that count from today: "last year"."""
    words = []
    for span in date_ranges.published(text, today, fiscal_year_start):
        if span.is_relative:
            words.append(span.words)
    return words


def newest_called(text: str) -> tuple[str, ...]:
    """The name of the documents of which a question wants the newest; () for none.

    It has up to three words, and ends before a function word.
    Example: "What is new in the latest release notes?" -> ("release", "note").
    """
    match = _NEWEST.search(text)
    if match is None:
        return ()
    called = []
    for word in match["called"].lower().split():
        if word in FUNCTION_WORDS:
            break
        called.append(word.rstrip("s"))
    return tuple(called)


def date_field(fields: Sequence[str]) -> str | None:
    """The field that says when a document appeared.

    It is the only field of dates, or the first one whose name says so. A field of
    fiscal years says what a document reports on.
    """
    fields = [field for field in fields if kind_of(field) != "period"]
    if len(fields) == 1:
        return fields[0]
    return next((field for field in fields if _DATE_FIELD.search(field)), None)


def is_of_time(condition: Filter) -> bool:
    """Whether a condition is on a date, a year or a quarter."""
    return condition.operator == "range" or kind_of(condition.field) == "period"


def _of_periods(
    text: str,
    known_names: Sequence[KnownName],
    others: Sequence[FoundFilter],
    today: date | None,
) -> list[FoundFilter]:
    """Filters on fields of fiscal years and quarters, and on fields called "year".

    A field called "year" counts only if the question speaks of fiscal years, or names a
    thing; in the latter case the filter is not clear. If there are several periods, a
    document has to be of one of them.
    """
    periods = periods_of(text, today)
    taken = {other.condition.field for other in others}
    values: dict[str, dict[str, None]] = {}
    for name in known_names:
        if name.kind != "value" or name.field in taken:
            continue
        meant = meant_by(periods, name.phrase, name.field)
        if meant and _may_be_of_period(name.field, meant, others):
            values.setdefault(name.field, {})[name.meaning] = None
    is_fiscal = any(period.is_fiscal for period in periods)
    found = []
    for field, meanings in values.items():
        condition = Filter(field, "in", tuple(meanings))
        is_clear = is_fiscal or kind_of(field) == "period"
        found.append(FoundFilter(condition, "", is_clear, is_named=True))
    return found


def _may_be_of_period(field: str, periods: Sequence[Period], others: Sequence[FoundFilter]) -> bool:
    """Whether a field may hold the periods that a question speaks of."""
    if kind_of(field) == "period":
        return True
    is_of_reports = any(period.is_fiscal for period in periods)
    is_of_reports = is_of_reports or any(other.is_named for other in others)
    return field.lower() == "year" and is_of_reports


def _of_mentions(text: str, mentions: Sequence[Mention]) -> list[FoundFilter]:
    """A filter for each field and negation: "by Ada or Bob" is one."""
    grouped: dict[tuple[str, bool], list[Mention]] = {}
    for mention in mentions:
        grouped.setdefault((mention.field, mention.negated), []).append(mention)
    return [_of_group(text, group) for group in grouped.values()]


def _of_group(text: str, mentions: Sequence[Mention]) -> FoundFilter:
    """The filter of mentions of one field, all of them negated or none."""
    first = mentions[0]
    values: dict[str, None] = {}
    for mention in mentions:
        values.update(dict.fromkeys(mention.values))
    condition = Filter(first.field, "in", tuple(values), negated=first.negated)
    is_announced = all(mention.announced for mention in mentions)
    if any(mention.named for mention in mentions) and not first.negated:
        is_clear = all(mention.named or mention.announced for mention in mentions)
        return FoundFilter(condition, "", is_clear, is_named=True)
    if len(mentions) == 1:
        return FoundFilter(condition, first.words, is_announced)
    words = text[first.start : mentions[-1].end]
    is_choice = kind_of(first.field) != "source" and _CHOICE.search(words) is not None
    return FoundFilter(condition, words, is_announced and (is_choice or first.negated))


def _of_dates(
    text: str, tenant_facts: TenantFacts, today: date | None, fiscal_year_start: int
) -> list[FoundFilter]:
    """Filters on the documents' date. If there are several, none is clear."""
    field = date_field(tenant_facts.date_fields)
    if field is None:
        return []
    ranges = date_ranges.published(text, today, fiscal_year_start)
    found = []
    for span in ranges:
        condition = Filter(field, "range", low=span.low, high=span.high, negated=span.negated)
        is_clear = span.is_clear and len(ranges) == 1
        is_aside = span.is_relative and not span.is_clear
        found.append(FoundFilter(condition, span.words, is_clear, is_aside=is_aside))
    return found


def _says_a_date(mention: Mention, dates: Sequence[FoundFilter]) -> bool:
    """Whether a range of dates was read from the same words: "in the year 1968"."""
    return any(
        mention.field == found.condition.field and mention.words in found.words for found in dates
    )
