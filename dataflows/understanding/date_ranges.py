"""When documents appeared, as a question says it: "published in 2019", "articles between March 2004 and 2006", "reports of the past 90 days".

Only words that speak of when documents appeared are read; a date that is what the question is about ("who was king in 1815?") is left alone.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dateutil import parser

_MONTHS = (
    ("January", "Jan", "Januar", "Jänner"), ("February", "Feb", "Februar"), ("March", "Mar", "März"), ("April", "Apr"), ("May", "Mai"),
    ("June", "Jun", "Juni"), ("July", "Jul", "Juli"), ("August", "Aug"), ("September", "Sep", "Sept"), ("October", "Oct", "Oktober", "Okt"),
    ("November", "Nov"), ("December", "Dec", "Dezember", "Dez"),
)  # fmt: skip
_MONTH = "|".join(sorted((name for names in _MONTHS for name in names), key=len, reverse=True))
_DAY = r"\d{1,2}(?:st|nd|rd|th|\.)?"
_ORDINALS = {"1st": 1, "first": 1, "2nd": 2, "second": 2, "3rd": 3, "third": 3, "4th": 4, "fourth": 4}
_QUARTER = rf"(?:Q[1-4]\s+(?:of\s+)?\d{{4}}|(?:{'|'.join(_ORDINALS)})\s+quarter\s+(?:of\s+)?\d{{4}})"
_DATE = (
    rf"(?:\d{{4}}-\d\d-\d\d|(?:{_MONTH})\.?\s+{_DAY},?\s+\d{{4}}|{_DAY}\s+(?:of\s+)?(?:{_MONTH})\.?,?\s+\d{{4}}"
    rf"|(?:{_MONTH})\.?,?\s+(?:of\s+)?\d{{4}}|\d{{4}}-\d\d|{_QUARTER}|(?:1[5-9]|20)\d\d)"
)
_APPEARED = (
    r"(?:(?:first\s+)?(?:published|released|written|posted|uploaded|updated|dated|created|issued|modified|appeared|appearing)|veröffentlicht|erschienen)"
)
_THINGS = (
    r"(?:articles?|papers?|documents?|reports?|posts?|news|stories|publications?|packages?|files?|notes?|releases?|studies|pages?"
    r"|Artikel|Berichte?|Dokumente?|Studien?)"
)
_RELATIVE = r"(?:(?:the\s+)?(?P<which>last|past|previous|this)\s+(?:(?P<count>\d+)\s+)?(?P<unit>day|week|month|quarter|year)s?)"
_YEAR = r"(?:(?:the\s+)?years?\s+|the\s+|(?:dem\s+)?Jahr\s+)?"
_PREPOSITION = rf"(?:(?:from|in|on|of|during|within|as\s+of|im|aus|am|vom)\s+)?{_YEAR}"
_RANGE = (
    rf"(?:between\s+{_YEAR}(?P<a>{_DATE})\s+and\s+(?P<b>{_DATE})|zwischen\s+(?P<a2>{_DATE})\s+und\s+(?P<b2>{_DATE})"
    rf"|(?:from\s+|von\s+)?(?P<c>{_DATE})\s*(?:to|until|through|bis|-|–)\s*(?P<d>{_DATE})"
    rf"|(?P<word>before|after|since|until|prior\s+to|seit|vor|nach|bis)\s+{_YEAR}(?P<e>{_DATE})"
    rf"|(?P<f>{_DATE})(?P<later>\s+(?:on(?:wards)?|and\s+later|or\s+later))?|{_RELATIVE})\b"
)
#: Said of what does not name a document, these may still be about one; "written", "released" and the like seldom are.
_BARE = r"(?:published|posted|uploaded|updated|dated|veröffentlicht|erschienen)"
_SAID = re.compile(
    rf"\b(?:(?P<things>{_THINGS})(?:\s+(?:(?:that|which)\s+(?:were|was|have\s+been)\s+)?{_APPEARED})?|{_BARE})\s+{_PREPOSITION}{_RANGE}",
    re.IGNORECASE,
)
#: A day, a few words behind a document: "the article from The Verge on October 26, 2023".
_LIKELY = re.compile(rf"\b{_THINGS}\b(?P<between>(?:\s+[\w'’.&-]+){{1,12}}?)\s+(?:on|from|of|dated)\s+(?P<f>{_DATE})\b", re.IGNORECASE)
_SIDES = {"prior to": "before", "vor": "before", "nach": "after", "seit": "since", "bis": "until"}


@dataclass(frozen=True)
class DateRange:
    """low <= date < high, None for an open side; the words that said so, where they begin, and whether they clearly speak of documents' dates."""

    low: date | None
    high: date | None
    words: str
    start: int = 0
    clear: bool = True


def published(text: str, today: date | None = None) -> list[DateRange]:
    """The ranges of dates in which `text` wants documents to have appeared, in its order; [] when it does not say.

    Relative ranges count from `today` and are not read without it: "last year" is the calendar year before, "the past 90 days" ends today.
    Example: "papers published between March 2004 and 2006" -> 2004-03-01 to before 2007-01-01.
    """
    said = [found for match in _SAID.finditer(text) if (found := _range(match, today, clear=bool(match["things"])))]
    taken = [(found.start, found.start + len(found.words)) for found in said]
    likely = [
        found
        for match in _LIKELY.finditer(text)
        if _is_day(match["f"]) and not any(start < match.end("f") and match.start("f") < end for start, end in taken)
        if (found := _range(match, today, clear=False))
    ]
    return sorted([*said, *likely], key=lambda found: found.start)


def _range(match: re.Match, today: date | None, clear: bool) -> DateRange | None:
    groups = match.groupdict()
    bounds = _relative(groups, today) if groups.get("unit") else _absolute(groups)
    return DateRange(*bounds, match.group(), match.start(), clear) if bounds else None


def _absolute(groups: dict[str, str | None]) -> tuple[date | None, date | None] | None:
    try:
        spans = {name[0]: _span(groups[name]) for name in ("a", "a2", "b", "b2", "c", "d", "e", "f") if groups.get(name)}
    except ValueError:  # a 31st of June
        return None
    if "f" in spans:
        low, high = spans["f"]
        return (low, None) if groups.get("later") else (low, high)
    if "e" in spans:
        low, high = spans["e"]
        word = re.sub(r"\s+", " ", groups["word"].lower())
        return {"before": (None, low), "after": (high, None), "since": (low, None), "until": (None, high)}[_SIDES.get(word, word)]
    first, second = (spans["a"], spans["b"]) if "a" in spans else (spans["c"], spans["d"])
    return (first[0], second[1]) if first[0] < second[1] else None


def _span(text: str) -> tuple[date, date]:
    """The first day of what `text` names (a day, a month, a quarter, a year) and the first day after it. Raises ValueError for no date."""
    if re.fullmatch(r"\d{4}", text):
        return date(int(text), 1, 1), date(int(text) + 1, 1, 1)
    if re.fullmatch(r"\d{4}-\d\d", text):
        return _months(int(text[:4]), int(text[5:]), 1)
    if re.fullmatch(_QUARTER, text, re.IGNORECASE):
        words = text.lower().split()
        quarter = int(words[0][1]) if words[0][0] == "q" else _ORDINALS[words[0]]
        return _months(int(words[-1]), 3 * quarter - 2, 3)
    day = _parsed(text, 1)
    if day != _parsed(text, 2):  # no day is said
        return _months(day.year, day.month, 1)
    return day, day + timedelta(days=1)


class _Names(parser.parserinfo):
    MONTHS = [tuple(name.lower() for name in names) for names in _MONTHS]  # noqa: RUF012 - as the library has it


def _parsed(text: str, day: int) -> date:
    """The date, with this day of the month where the text names none."""
    return parser.parse(text, _NAMES, default=datetime(2000, 1, day)).date()


_NAMES = _Names()


def _is_day(text: str) -> bool:
    try:
        first, after = _span(text)
    except ValueError:
        return False
    return (after - first).days == 1


def _months(year: int, month: int, count: int) -> tuple[date, date]:
    last = month - 1 + count
    return date(year, month, 1), date(year + last // 12, last % 12 + 1, 1)


def _relative(groups: dict[str, str | None], today: date | None) -> tuple[date, date] | None:
    if today is None:
        return None
    unit, tomorrow = groups["unit"].lower(), today + timedelta(days=1)
    if groups["count"] or unit in ("day", "week"):
        days = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}[unit] * int(groups["count"] or 1)
        return today - timedelta(days=days), tomorrow
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    index = today.year * 12 + (today.month - 1) // months * months  # the period that holds today, counted in months
    if groups["which"].lower() != "this":
        index -= months
    return _months(index // 12, index % 12 + 1, months)
