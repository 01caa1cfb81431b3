"""When documents appeared, as a question says it: "published in 2019", "articles between March 2004 and 2006", "reports of the past 90 days".

Only words that speak of when documents appeared are read; a date that is what the question is about ("who was king in 1815?") is left alone.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dateutil import parser
from dateutil.relativedelta import relativedelta

_MONTHS = (
    ("January", "Jan", "Januar", "Jänner"),
    ("February", "Feb", "Februar"),
    ("March", "Mar", "März"),
    ("April", "Apr"),
    ("May", "Mai"),
    ("June", "Jun", "Juni"),
    ("July", "Jul", "Juli"),
    ("August", "Aug"),
    ("September", "Sep", "Sept"),
    ("October", "Oct", "Oktober", "Okt"),
    ("November", "Nov"),
    ("December", "Dec", "Dezember", "Dez"),
)
_MONTH = "|".join(sorted((name for names in _MONTHS for name in names), key=len, reverse=True))
_DAY = r"\d{1,2}(?:st|nd|rd|th|\.)?"
_ORDINALS = {
    "1st": 1,
    "first": 1,
    "2nd": 2,
    "second": 2,
    "3rd": 3,
    "third": 3,
    "4th": 4,
    "fourth": 4,
}
_QUARTER = (
    rf"(?:(?:fiscal\s+|F)?Q[1-4]\s+(?:of\s+)?(?:fiscal\s+(?:year\s+)?|FY\s*)?\d{{4}}"
    rf"|(?:{'|'.join(_ORDINALS)})\s+(?:fiscal\s+)?quarter\s+(?:of\s+)?(?:fiscal\s+(?:year\s+)?|FY\s*)?\d{{4}})"
)
_FISCAL_YEAR = r"(?:fiscal\s+(?:year\s+)?|FY\s*)\d{4}"
_DECADES = {"sixties": 1960, "seventies": 1970, "eighties": 1980, "nineties": 1990}
_DECADE = rf"(?:(?:1[5-9]|20)\d0['’]?s|{'|'.join(_DECADES)})"
_DATE = (
    rf"(?:\d{{4}}-\d\d-\d\d|{_QUARTER}|{_FISCAL_YEAR}|{_DECADE}|(?:{_MONTH})\.?\s+{_DAY},?\s+\d{{4}}|{_DAY}\s+(?:of\s+)?(?:{_MONTH})\.?,?\s+\d{{4}}"
    rf"|(?:{_MONTH})\.?,?\s+(?:of\s+)?\d{{4}}|\d{{4}}-\d\d|(?:1[5-9]|20)\d\d)"
)
#: A day or a month whose year is said with the other end of the range: "from October 5 to October 9, 2023".
_MONTH_DAY = rf"(?:(?:{_MONTH})\.?(?:\s+{_DAY})?|{_DAY}\s+(?:of\s+)?(?:{_MONTH})\.?)"
#: A day whose month is said with the other end: "between 10 and 20 November 2023".
_DAY_OF_MONTH = (
    rf"{_DAY}(?=\s*(?:and|to|until|through|bis|und|-|–)\s*{_DAY}\s+(?:of\s+)?(?:{_MONTH})\b)"
)
_APPEARED = r"(?:(?:first\s+)?(?:published|released|written|posted|uploaded|updated|dated|created|issued|modified|appeared|appearing)|veröffentlicht|erschienen)"
_THINGS = (
    r"(?:articles?|papers?|documents?|reports?|filings?|posts?|news|stories|research|publications?|packages?|files?|notes?|releases?|studies|pages?"
    r"|Artikel|Berichte?|Dokumente?|Studien?)"
)
_COUNTS = (
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_RELATIVE = (
    rf"(?:(?:the\s+)?(?P<which>last|past|previous|this)\s+(?:(?P<count>\d{{1,4}}|{'|'.join(_COUNTS)})\s+)?(?P<fiscal>fiscal\s+)?"
    r"(?P<unit>day|week|month|quarter|year)s?|(?P<day>today|yesterday))"
)
_YEAR = r"(?:(?:the\s+)?years?\s+|the\s+|(?:dem\s+)?Jahr\s+)?"
_PREPOSITION = rf"(?:(?:from|in|on|of|during|within|as\s+of|im|aus|am|vom)\s+)?{_YEAR}"
_RANGE = (
    rf"(?:between\s+{_YEAR}(?P<a>{_DATE}|{_MONTH_DAY}|{_DAY_OF_MONTH})\s+and\s+(?P<b>{_DATE})|zwischen\s+(?P<a2>{_DATE})\s+und\s+(?P<b2>{_DATE})"
    rf"|(?:from\s+|von\s+)?(?P<c>{_DATE}|{_MONTH_DAY}|{_DAY_OF_MONTH})\s*(?:to|until|through|bis|or|and|-|–)\s*(?P<d>{_DATE})"
    rf"|(?P<word>before|after|since|until|prior\s+to|not?\s+later\s+than|seit|vor|nach|bis)\s+{_YEAR}(?P<e>{_DATE})"
    rf"|(?P<f>{_DATE})(?P<later>\s+(?:onwards|on(?=\s*(?:[,.;:?!]|$))|and\s+later|or\s+later))?|{_RELATIVE})(?!\w)"
)
#: Said of what does not name a document, these may still be about one; "written", "released" and the like seldom are.
_BARE = r"(?:published|posted|uploaded|updated|dated|veröffentlicht|erschienen)"
_LINK = r"(?:\s+(?:(?:that|which)\s+)?(?:(?:were|was|are|is|have\s+been)(?:n['’]t)?\s+)?(?:not\s+|never\s+|nicht\s+)?)"
#: Whose the documents are, between them and their date: "articles by Grace Hopper from 1952".
_BY = r"(?:\s+(?:(?:written|authored)\s+)?by(?-i:(?:\s+[A-ZÀ-Þ][\w.'’-]*){1,4}?))?"
_SAID = re.compile(
    rf"\b(?:(?P<things>{_THINGS}){_BY}{_LINK}(?:{_APPEARED}\s+)?|{_BARE}\s+){_PREPOSITION}(?P<range>{_RANGE})",
    re.IGNORECASE,
)
_NEGATION_BEFORE = re.compile(
    r"\b(?:not|never|nicht|except(?:\s+for)?|excluding|other\s+than|without|außer|ohne)\s+(?:the\s+|those\s+|any\s+)?$",
    re.IGNORECASE,
)
_NEGATION_INSIDE = re.compile(r"\b(?:not|never|nicht)\b|n['’]t\b", re.IGNORECASE)
#: A day, a few words behind a document: "the article from The Verge on October 26, 2023".
_LIKELY = re.compile(
    rf"\b{_THINGS}\b(?P<between>(?:\s+[\w'’.&-]+){{1,12}}?)\s+(?:on|from|of|dated)\s+(?P<f>{_DATE})\b",
    re.IGNORECASE,
)
_SIDES = {
    "prior to": "before",
    "vor": "before",
    "nach": "after",
    "seit": "since",
    "bis": "until",
    "no later than": "until",
    "not later than": "until",
}


@dataclass(frozen=True)
class DateRange:
    """low <= date < high, None for an open side; the words that said so, where they begin, whether they clearly speak of documents' dates, and
    whether it is those outside the range that are wanted."""

    low: date | None
    high: date | None
    words: str
    start: int = 0
    clear: bool = True
    negated: bool = False


def published(text: str, today: date | None = None, fiscal_year_start: int = 1) -> list[DateRange]:
    """The ranges of dates in which `text` wants documents to have appeared, or not to have appeared, in its order; [] when it does not say.

    Relative ranges count from `today` and are not read without it: "last year" is the calendar year before, "the past 90 days" are 90 with today.
    Two dates with "and" or "or" between them are the range from the one to the other, what lies between them included.
    A fiscal year begins on the first day of the month `fiscal_year_start` (1 to 12) and is named for the calendar year in which it ends.
    Example: "papers published between March 2004 and 2006" -> 2004-03-01 to before 2007-01-01.
    """
    said = [
        found
        for match in _SAID.finditer(text)
        if (found := _range(match, today, fiscal_year_start))
    ]
    taken = [(found.start, found.start + len(found.words)) for found in said]
    likely = [
        found
        for match in _LIKELY.finditer(text)
        if not any(start < match.end("f") and match.start("f") < end for start, end in taken)
        if _is_day(match["f"]) and (found := _range(match, today, fiscal_year_start))
    ]
    return sorted([*said, *likely], key=lambda found: found.start)


def _range(match: re.Match, today: date | None, fiscal_year_start: int) -> DateRange | None:
    groups = match.groupdict()
    is_relative = groups.get("unit") or groups.get("day")
    bounds = (
        _relative(groups, today, fiscal_year_start)
        if is_relative
        else _absolute(groups, fiscal_year_start)
    )
    if not bounds:
        return None
    before = _NEGATION_BEFORE.search(match.string[: match.start()])
    negated = bool(
        before
        or (
            "range" in groups
            and _NEGATION_INSIDE.search(match.string[match.start() : match.start("range")])
        )
    )
    start = before.start() if before else match.start()
    return DateRange(
        *bounds, match.string[start : match.end()], start, bool(groups.get("things")), negated
    )


def _absolute(
    groups: dict[str, str | None], fiscal_year_start: int
) -> tuple[date | None, date | None] | None:
    given = {
        name[0]: groups[name]
        for name in ("a", "a2", "b", "b2", "c", "d", "e", "f")
        if groups.get(name)
    }
    for first, second in (("a", "b"), ("c", "d")):
        if first in given and re.fullmatch(_MONTH_DAY, given[first], re.IGNORECASE):
            given[first] += f" {given[second][-4:]}"  # the year is said once
        elif first in given and re.fullmatch(_DAY, given[first], re.IGNORECASE):
            given[first] += re.sub(
                rf"^{_DAY}", "", given[second], flags=re.IGNORECASE
            )  # and so is the month
    try:
        spans = {name: _span(words, fiscal_year_start) for name, words in given.items()}
    except ValueError:  # a 31st of June
        return None
    if "f" in spans:
        low, high = spans["f"]
        return (low, None) if groups.get("later") else (low, high)
    if "e" in spans:
        low, high = spans["e"]
        word = re.sub(r"\s+", " ", groups["word"].lower())
        return {
            "before": (None, low),
            "after": (high, None),
            "since": (low, None),
            "until": (None, high),
        }[_SIDES.get(word, word)]
    first, second = (spans["a"], spans["b"]) if "a" in spans else (spans["c"], spans["d"])
    return (first[0], second[1]) if first[0] < second[1] else None


def _span(text: str, fiscal_year_start: int = 1) -> tuple[date, date]:
    """The first day of what `text` names (a day, a month, a quarter, a year, ten years) and the first day after it. ValueError for no date."""
    folded = text.lower()
    if re.fullmatch(r"\d{4}", text):
        return _months(int(text), 1, 12)
    if re.fullmatch(r"\d{4}-\d\d", text):
        return _months(int(text[:4]), int(text[5:]), 1)
    if re.fullmatch(_DECADE, folded):
        return _months(_DECADES[folded] if folded in _DECADES else int(text[:4]), 1, 120)
    year, start = int(text[-4:]) if text[-4:].isdigit() else 0, 1
    if re.search(r"fiscal|\bfq|\bfy", folded) and fiscal_year_start > 1:
        year, start = year - 1, fiscal_year_start
    if re.fullmatch(_FISCAL_YEAR, folded, re.IGNORECASE):
        return _months(year, start, 12)
    if re.fullmatch(_QUARTER, folded, re.IGNORECASE):
        named = re.search(r"q([1-4])", folded)
        quarter = int(named[1]) if named else _ORDINALS[folded.split()[0]]
        return _months(year, start + 3 * (quarter - 1), 3)
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
    """The first day of a month, which may be beyond the twelfth, and the first day `count` months later."""
    first, last = year * 12 + month - 1, year * 12 + month - 1 + count
    return date(first // 12, first % 12 + 1, 1), date(last // 12, last % 12 + 1, 1)


def _relative(
    groups: dict[str, str | None], today: date | None, fiscal_year_start: int
) -> tuple[date, date] | None:
    if today is None:
        return None
    tomorrow = today + timedelta(days=1)
    if groups["day"]:
        return (
            (today, tomorrow)
            if groups["day"].lower() == "today"
            else (today - timedelta(days=1), today)
        )
    unit, which = groups["unit"].lower(), groups["which"].lower()
    if groups["count"] or unit in ("day", "week") or (which == "past" and not groups["fiscal"]):
        count = _count(groups["count"] or "1")
        try:
            return tomorrow - _LENGTHS[unit] * count, tomorrow
        except (ValueError, OverflowError):  # before the first year
            return None
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    shift = fiscal_year_start - 1 if groups["fiscal"] else 0
    index = (
        today.year * 12 + today.month - 1 - shift
    ) // months * months + shift  # the period that holds today, counted in months
    return _months(0, index + 1 - (months if which != "this" else 0), months)


def _count(text: str) -> int:
    return int(text) if text.isdigit() else _COUNTS.index(text.lower()) + 1


_LENGTHS = {
    "day": relativedelta(days=1),
    "week": relativedelta(weeks=1),
    "month": relativedelta(months=1),
    "quarter": relativedelta(months=3),
    "year": relativedelta(years=1),
}
