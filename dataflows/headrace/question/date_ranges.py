"""The dates of publication that a question asks for.

Examples: "published in 2019", "articles between March 2004 and 2006", "reports of the
past 90 days". A date that the question itself is about is left alone: "who was king in
1815?".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from dateutil import parser
from dateutil.relativedelta import relativedelta

from headrace.question.date_patterns import (
    COUNTS,
    DAY,
    DECADE,
    DECADES,
    DONE,
    FISCAL_YEAR,
    LIKELY,
    MENTIONED,
    MONTH_DAY,
    MONTHS,
    NEGATION_BEFORE,
    NEGATION_INSIDE,
    ORDINALS,
    QUARTER,
    SAID,
    SEVERAL_THINGS,
    SIDES,
    THIS,
    UNITS,
)

_LENGTHS = {
    "day": relativedelta(days=1),
    "week": relativedelta(weeks=1),
    "month": relativedelta(months=1),
    "quarter": relativedelta(months=3),
    "year": relativedelta(years=1),
}
#: A report on a time of up to this many days also appeared about then.
_MOST_DAYS = 31
#: "Of", in front of a date.
_OF = re.compile(r"of|del?|du", re.IGNORECASE)
#: Fewer are the last two digits of a year.
_LEAST_YEAR = 1000
_MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}

#: The named groups of a match of one of the patterns.
_Groups = Mapping[str, str | None]
#: The first day and the day after the last one; None for an open side.
_Bounds = tuple[date | None, date | None]


@dataclass(frozen=True)
class DateRange:
    """The dates from `low` to before `high`; None for an open side.

    Attributes:
        words: the words that say so.
        start: where they begin in the question.
        is_clear: whether they say that documents appeared then.
        negated: whether the dates outside the range are wanted.
        is_relative: whether they count from today.
    """

    low: date | None
    high: date | None
    words: str
    start: int = 0
    is_clear: bool = True
    negated: bool = False
    is_relative: bool = False


def published(text: str, today: date | None = None, fiscal_year_start: int = 1) -> list[DateRange]:
    """The ranges of dates in which a text wants documents to have appeared.

    They are in the order of the text. Two dates joined by "and" or "or" are the ends of
    one range. A year in the name of one document ("annual report 2021") is not a range.
    A relative date is one in any place.

    Args:
        today: what relative ranges count from; without it, they are not read. "Last
            year" is the calendar year before, "the past 90 days" are 90 days that
            include today.
        fiscal_year_start: the month in which fiscal years begin, 1 to 12. A fiscal year
            is named for the calendar year in which it ends.
    Example: "papers published between March 2004 and 2006" -> 2004-03-01 to before
        2007-01-01.
    """

    def found(
        pattern: re.Pattern[str], words: str | int = 0, taken: Sequence[DateRange] = ()
    ) -> list[DateRange]:
        ranges = []
        for match in pattern.finditer(text):
            span = _range(match, today, fiscal_year_start)
            if span is not None and not _is_taken(*match.span(words), taken):
                ranges.append(span)
        return ranges

    said = found(SAID)
    said += found(DONE, "said", said)
    likely = [span for span in found(LIKELY, "f", said) if _is_within((span.low, span.high), 1)]
    mentioned = found(MENTIONED, 0, [*said, *likely])
    return sorted([*said, *likely, *mentioned], key=lambda span: span.start)


def _is_taken(start: int, end: int, ranges: Sequence[DateRange]) -> bool:
    """Whether characters `start` to before `end` overlap the words of a range."""
    return any(found.start < end and start < found.start + len(found.words) for found in ranges)


def _range(match: re.Match[str], today: date | None, fiscal_year_start: int) -> DateRange | None:
    """The range of a match of one of the patterns; None if there is no such date."""
    groups = _groups(match)
    is_relative = bool(groups.get("unit") or groups.get("day"))
    if is_relative:
        bounds = _relative(groups, today, fiscal_year_start)
    else:
        bounds = _absolute(groups, fiscal_year_start)
    if bounds is None or _is_of_name(groups, bounds):
        return None
    low, high = bounds
    before = NEGATION_BEFORE.search(match.string[: match.start()])
    negated = before is not None
    if "range" in groups:
        inside = match.string[match.start() : match.start("range")]
        negated = negated or bool(NEGATION_INSIDE.search(inside))
    start = match.start("said") if "said" in groups else match.start()
    start = before.start() if before else start
    words = match.string[start : match.end()]
    is_clear = _is_of_appearance(groups, bounds)
    return DateRange(low, high, words, start, is_clear, negated, is_relative)


def _groups(match: re.Match[str]) -> _Groups:
    """The groups of a match by their names without numbers: "unit2" as "unit"."""
    groups: dict[str, str | None] = {}
    for name, words in match.groupdict().items():
        name = name.rstrip("0123456789")
        groups[name] = groups.get(name) or words
    return groups


def _is_of_appearance(groups: _Groups, bounds: _Bounds) -> bool:
    """Whether the words clearly say when documents appeared.

    "Published in 2019" does, "articles from 2019", "papers since 2004" and "reports of
    last week" do; "reports of fiscal Q3 2024" may be about that quarter.
    """
    things = groups.get("things")
    if not things:
        return False
    if groups.get("appeared") or groups.get("done") or _is_within(bounds, _MOST_DAYS):
        return True
    is_timed = groups.get("unit") or groups.get("day") or groups.get("word") or groups.get("later")
    is_from = (groups.get("preposition") or "").lower() in ("from", "aus", "vom")
    is_between = bool(groups.get("a") or groups.get("c"))
    is_several = SEVERAL_THINGS.fullmatch(things) is not None
    return is_several and bool(is_timed or is_from or is_between)


def _is_of_name(groups: _Groups, bounds: _Bounds) -> bool:
    """Whether a date belongs to the name of one document: "annual report 2021"."""
    things = groups.get("things")
    if not things or SEVERAL_THINGS.fullmatch(things):
        return False
    if groups.get("appeared") or groups.get("done"):
        return False
    has_link = groups.get("preposition") and not _OF.fullmatch(groups["preposition"] or "")
    return bool(groups.get("f")) and not has_link and not _is_within(bounds, _MOST_DAYS)


def _is_within(bounds: _Bounds, days: int) -> bool:
    """Whether the bounds are at most this many days apart."""
    low, high = bounds
    return low is not None and high is not None and (high - low).days <= days


# ---------------------------------------------------------------------------
# absolute dates


def _absolute(groups: _Groups, fiscal_year_start: int) -> _Bounds | None:
    """The bounds between two dates, of one date, or on a side of it.

    None for a date that does not exist.
    """
    given = _given_dates(groups)
    try:
        spans = {name: _span(words, fiscal_year_start) for name, words in given.items()}
    except ValueError:  # for example a 31st of June
        return None
    if "f" in spans:
        low, high = spans["f"]
        return (low, None) if groups.get("later") else (low, high)
    if "e" in spans:
        return _on_side(groups["word"] or "", *spans["e"])
    first, second = (spans["a"], spans["b"]) if "a" in spans else (spans["c"], spans["d"])
    return (first[0], second[1]) if first[0] < second[1] else None


def _given_dates(groups: _Groups) -> dict[str, str]:
    """The dates in the groups, by the letter of their group, completed.

    A range is a and b, or c and d. If the second date gives the year, or the month and
    the year, for both, the first one is completed.
    """
    given: dict[str, str] = {}
    for name in ("a", "b", "c", "d", "e", "f"):
        words = groups.get(name)
        if words:
            given[name] = words
    for first, second in (("a", "b"), ("c", "d")):
        if first not in given:
            continue
        if re.fullmatch(MONTH_DAY, given[first], re.IGNORECASE):
            year = given[second][-4:]
            given[first] += f" {year}"
        elif re.fullmatch(DAY, given[first], re.IGNORECASE):
            month_and_year = re.sub(rf"^{DAY}", "", given[second], flags=re.IGNORECASE)
            given[first] += month_and_year
    return given


def _on_side(word: str, low: date, high: date) -> _Bounds:
    """The bounds before or after the dates from `low` to before `high`."""
    side = next(side for side, words in SIDES.items() if re.fullmatch(words, word, re.IGNORECASE))
    if side == "before":
        return None, low
    if side == "after":
        return high, None
    return (low, None) if side == "since" else (None, high)


def _span(text: str, fiscal_year_start: int) -> tuple[date, date]:
    """The first day of what `text` names, and the first day after it.

    It names a day, a month, a quarter, a year or a decade. Raises ValueError if it
    names no date.
    """
    folded = text.lower()
    if re.fullmatch(r"\d{4}", text):
        return _months(int(text), 1, 12)
    if re.fullmatch(r"\d{4}-\d\d", text):
        return _months(int(text[:4]), int(text[5:]), 1)
    if re.fullmatch(DECADE, folded, re.IGNORECASE):
        return _months(_decade(folded), 1, 120)
    if re.fullmatch(FISCAL_YEAR, folded, re.IGNORECASE):
        year, start = _year_start(text, fiscal_year_start)
        return _months(year, start, 12)
    if re.fullmatch(QUARTER, folded, re.IGNORECASE):
        year, start = _year_start(text, fiscal_year_start)
        return _months(year, start + 3 * (_quarter(folded) - 1), 3)
    day = _parsed(text, 1)
    if day != _parsed(text, 2):  # no day is said
        return _months(day.year, day.month, 1)
    return day, day + timedelta(days=1)


def _decade(folded: str) -> int:
    """The first year of a decade: "1990s", "90er Jahre", "años noventa" -> 1990."""
    if folded in DECADES:
        return DECADES[folded]
    year = int("".join(filter(str.isdecimal, folded)))
    return year if year >= _LEAST_YEAR else 1900 + year


def _year_start(text: str, fiscal_year_start: int) -> tuple[int, int]:
    """When the year begins that a text ends with, as a year and a month."""
    year = int(text[-4:])
    if fiscal_year_start > 1 and re.search(r"fiscal|\bfq|\bfy", text.lower()):
        return year - 1, fiscal_year_start
    return year, 1


def _quarter(folded: str) -> int:
    """The number of a quarter: "q3 2024" or "third quarter of 2024" -> 3."""
    named = re.match(r"(?:fiscal\s+|f)?[qt]([1-4])", folded)
    return int(named[1]) if named else ORDINALS[folded.split()[0]]


def _months(year: int, month: int, count: int) -> tuple[date, date]:
    """The first day of a month, and the first day `count` months later.

    A month may be beyond the twelfth.
    """
    first = year * 12 + month - 1
    last = first + count
    return date(first // 12, first % 12 + 1, 1), date(last // 12, last % 12 + 1, 1)


class _Names(parser.parserinfo):
    """The months' names, in small letters, as dateutil takes them."""

    # dateutil takes any number of names; its stubs say two or three.
    MONTHS: list[Any] = [tuple(map(str.lower, names)) for names in MONTHS]
    JUMP: list[str] = [*parser.parserinfo.JUMP, "de", "del", "du", "des"]


_NAMES = _Names()


def _parsed(text: str, day: int) -> date:
    """The date, with this day of the month if the text names none."""
    text = re.sub(r"(?<=\d)(?:er|[ºª])\b", "", text)
    is_numeric = re.fullmatch(r"[\d.]+", text) is not None
    default = datetime(2000, 1, day)
    return parser.parse(text, _NAMES, dayfirst=is_numeric, default=default).date()


# ---------------------------------------------------------------------------
# relative dates


def _relative(groups: _Groups, today: date | None, fiscal_year_start: int) -> _Bounds | None:
    """The bounds of "yesterday", "the past 90 days", "last fiscal quarter".

    None without `today`, and for dates before the first year.
    """
    if today is None:
        return None
    tomorrow = today + timedelta(days=1)
    if groups["day"]:
        is_today = groups["day"].lower() not in ("yesterday", "gestern", "ayer")
        return (today, tomorrow) if is_today else (today - timedelta(days=1), today)
    unit = UNITS[(groups["unit"] or "").lower()]
    which = (groups["which"] or "").lower()
    is_up_to_today = which == "past" and not groups["fiscal"]
    if groups["count"] or unit in ("day", "week") or is_up_to_today:
        try:
            return tomorrow - _LENGTHS[unit] * _count(groups["count"] or "1"), tomorrow
        except (ValueError, OverflowError):  # before the first year
            return None
    months = _MONTHS_IN[unit]
    shift = fiscal_year_start - 1 if groups["fiscal"] else 0
    # The month in which the period began that holds today, counted from the year 0.
    current = (today.year * 12 + today.month - 1 - shift) // months * months + shift
    return _months(0, current + 1 - (0 if re.fullmatch(THIS, which) else months), months)


def _count(text: str) -> int:
    return int(text) if text.isdigit() else COUNTS[text.lower()]
