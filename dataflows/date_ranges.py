"""Dates of publication in a question: "published in 2019", "articles between March 2004 and 2006", "reports of the past 90 days".

Only words that clearly speak of when documents appeared are read; a date that is what the question is about ("who was king in 1815?")
is left alone.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_MONTH = "|".join(f"{month}|{month[:3]}" for month in _MONTHS)
_DATE = (
    rf"(?:\d{{4}}-\d\d-\d\d|(?:{_MONTH})\.?\s+\d{{1,2}},?\s+\d{{4}}|\d{{1,2}}\s+(?:{_MONTH})\.?\s+\d{{4}}"
    rf"|(?:{_MONTH})\.?\s+\d{{4}}|\d{{4}}-\d\d|(?:1[5-9]|20)\d\d)"
)
_APPEARED = r"(?:published|released|written|posted|uploaded|updated|dated|created|issued|modified)"
_THINGS = r"(?:articles?|papers?|documents?|reports?|posts?|news|stories|publications?|packages?|files?|notes?|releases?)"
_RELATIVE = r"(?:(?:the\s+)?(?P<which>last|past|previous|this)\s+(?:(?P<count>\d+)\s+)?(?P<unit>day|week|month|quarter|year)s?)"
_RANGE = re.compile(
    rf"\b(?:{_APPEARED}|{_THINGS}(?:\s+{_APPEARED})?)\s+(?:(?:from|in|on|of|during|within)\s+)?(?:"
    rf"between\s+(?P<a>{_DATE})\s+and\s+(?P<b>{_DATE})|(?:from\s+)?(?P<c>{_DATE})\s+(?:to|until|-|–)\s+(?P<d>{_DATE})"
    rf"|(?P<word>before|after|since|until)\s+(?P<e>{_DATE})|(?P<f>{_DATE})|{_RELATIVE})\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class DateRange:
    """low <= date < high, None for an open side, and the words that said so."""

    low: date | None
    high: date | None
    words: str


def published(text: str, today: date | None = None) -> DateRange | None:
    """The range of dates in which `text` wants documents to have appeared; None when it does not say.

    Relative ranges count from `today` and are not read without it: "last year" is the calendar year before, "the past 90 days" ends today.
    Example: "papers published between March 2004 and 2006" -> 2004-03-01 to before 2007-01-01.
    """
    match = _RANGE.search(text)
    if not match:
        return None
    bounds = _relative(match, today) if match["unit"] else _absolute(match)
    return DateRange(*bounds, match.group()) if bounds else None


def _absolute(match: re.Match) -> tuple[date | None, date | None] | None:
    try:
        spans = {name: _span(match[name]) for name in "abcdef" if match[name]}
    except ValueError:  # a 31st of June
        return None
    if "f" in spans:
        return spans["f"]
    if "e" in spans:
        low, high = spans["e"]
        return {"before": (None, low), "after": (high, None), "since": (low, None), "until": (None, high)}[match["word"].lower()]
    first, second = (spans["a"], spans["b"]) if "a" in spans else (spans["c"], spans["d"])
    return first[0], second[1]


def _span(text: str) -> tuple[date, date]:
    """The first day of what `text` names (a day, a month, a year) and the first day after it."""
    if re.fullmatch(r"\d{4}", text):
        return date(int(text), 1, 1), date(int(text) + 1, 1, 1)
    if re.fullmatch(r"\d{4}-\d\d", text):
        return _month(int(text[:4]), int(text[5:]))
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        day = date.fromisoformat(text)
        return day, day + timedelta(days=1)
    words = re.findall(r"\w+", text.lower())
    month = next(index for index, name in enumerate(_MONTHS, start=1) if any(word[:3] == name[:3] for word in words))
    numbers = [int(word) for word in words if word.isdigit()]
    if len(numbers) == 1:
        return _month(numbers[0], month)
    day = date(max(numbers), month, min(numbers))
    return day, day + timedelta(days=1)


def _month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)


def _relative(match: re.Match, today: date | None) -> tuple[date, date] | None:
    if today is None:
        return None
    unit, tomorrow = match["unit"].lower(), today + timedelta(days=1)
    if match["count"] or unit in ("day", "week"):
        days = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}[unit] * int(match["count"] or 1)
        return today - timedelta(days=days), tomorrow
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    index = today.year * 12 + (today.month - 1) // months * months  # the period that holds today, counted in months
    if match["which"].lower() != "this":
        index -= months
    end = index + months
    return date(index // 12, index % 12 + 1, 1), date(end // 12, end % 12 + 1, 1)
