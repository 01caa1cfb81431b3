"""The years and quarters that a question speaks of, as reports are named for them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

_ORDINALS = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
}
_FISCAL = r"(?:(?:fiscal|financial)(?:\s+years?)?|FY|(?:dem\s+)?Geschäftsjahr(?:es)?)"
_FULL_YEAR = r"(?:19[5-9]\d|20\d\d)"
#: A year after a word for a fiscal year may be written with two digits.
_SHORT_YEAR = rf"(?:{_FULL_YEAR}|\d\d)"
_LINK = r"(?:\s+(?:of|in|im|des|the|year)){0,3}\s*,?\s*"
_QUARTER = rf"(?:Q(?P<quarter>[1-4])|(?P<ordinal>{'|'.join(_ORDINALS)})\s+(?:fiscal\s+)?quarter)"
_PERIOD = re.compile(
    rf"(?<![\w.]){_QUARTER}{_LINK}"
    rf"(?:{_FISCAL}\s*['’]?(?P<fiscal_of_quarter>{_SHORT_YEAR})"
    rf"|['’](?P<short_of_quarter>{_SHORT_YEAR})|[-/]?(?P<of_quarter>{_FULL_YEAR}))(?!\d)"
    rf"|(?<![\w.])(?P<fiscal_before>FY\s*)?(?P<before_quarter>{_FULL_YEAR})[\s/-]*"
    r"Q(?P<quarter_behind>[1-4])(?!\w)"
    rf"|(?<![\w.]){_FISCAL}\s*['’]?(?P<fiscal>{_SHORT_YEAR})(?!\d)"
    rf"|(?<![\w.,$€£#-])(?P<year>{_FULL_YEAR})(?![\w%]|[.,]\d)",
    re.IGNORECASE,
)
#: Before a year in which something is due, which is not the year that is reported on.
_DUE = re.compile(r"\b(?:due|matur\w+|expir\w+|fällig)\s+(?:in\s+|on\s+|by\s+)?$", re.IGNORECASE)
_TO = re.compile(r"\s*(?:-|–|—|to|through|until|bis)\s*", re.IGNORECASE)
_AND = re.compile(r"\s+(?:and|und)\s+", re.IGNORECASE)
_BETWEEN = re.compile(r"\b(?:between|zwischen)\s+$", re.IGNORECASE)
_RELATIVE = re.compile(
    r"\b(?P<which>last|past|previous|this|current|(?:letzt|vorig|vergangen|dies)e[nmrs]?)"
    r"(?:\s+(?:fiscal|financial))?\s+(?P<unit>(?:year|quarter|Jahr|Quartal)(?:e?s)?)\b"
    r"(?!\s+of\b)",
    re.IGNORECASE,
)
#: Longer ranges of years are read as their ends alone.
_MOST_YEARS = 10
#: Years of two digits from this one on are of the 20th century.
_CENTURY = 70


@dataclass(frozen=True, slots=True)
class Period:
    """A year, or a quarter of it.

    Attributes:
        quarter: 1 to 4; None for the whole year.
        is_fiscal: whether the words say that a year of reports is meant: "FY2018".
        start: where the words begin in the question.
        end: where they end; characters `start` to before `end`.
        is_relative: whether the words count from today: "last year".
    """

    year: int
    quarter: int | None
    is_fiscal: bool
    start: int
    end: int
    is_relative: bool = False

    def spellings(self) -> Iterator[str]:
        """How documents may write the period, in small letters.

        A quarter is also found by its year, and a year by its quarters.
        """
        yield from _years(self.year)
        if self.quarter:
            yield from (f"q{self.quarter}", str(self.quarter))
        for quarter in [self.quarter] if self.quarter else range(1, 5):
            yield from _quarters(self.year, quarter)


def periods_of(text: str, today: date | None = None) -> list[Period]:
    """The periods that a question speaks of, in its order.

    If it names fiscal years or quarters, other years do not count. A range of years
    stands for all of them. "Last year" and "this quarter" count from `today`, and only
    where no year is named.
    Example: "revenue from FY2016 to FY2018" -> the years 2016, 2017 and 2018.
    """
    found: list[Period] = []
    for match in _PERIOD.finditer(text):
        period = _period(match)
        is_due = not period.is_fiscal and _DUE.search(
            text[max(0, period.start - 30) : period.start]
        )
        if is_due:
            continue
        if found:
            found += _years_between(found[-1], period, text)
        found.append(period)
    fiscal = [period for period in found if period.is_fiscal]
    return fiscal or found or _relative_periods(text, today)


def spellings_of_periods(text: str, today: date | None = None) -> set[str]:
    """How documents may write the periods that a question speaks of."""
    found: set[str] = set()
    for period in periods_of(text, today):
        found.update(period.spellings())
    return found


def meant_by(periods: Sequence[Period], phrase: str, field: str) -> list[Period]:
    """The periods that a value of a field may be; "2" is one of a field of quarters."""
    if phrase.isdigit() and len(phrase) < 4 and "quarter" not in field.lower():
        return []
    return [period for period in periods if phrase in period.spellings()]


def _period(match: re.Match[str]) -> Period:
    groups = match.groupdict()
    named = groups["quarter"] or groups["quarter_behind"] or groups["ordinal"]
    quarter = None
    if named:
        quarter = int(named) if named.isdigit() else _ORDINALS[named.lower()]
    years = ("fiscal_of_quarter", "short_of_quarter", "of_quarter", "before_quarter", "fiscal")
    year = next((groups[name] for name in years if groups[name]), None)
    is_fiscal = year is not None
    year = year or groups["year"]
    number = int(year)
    if len(year) == 2:
        number += 1900 if number >= _CENTURY else 2000
    return Period(number, quarter, is_fiscal, match.start(), match.end())


def _relative_periods(text: str, today: date | None) -> list[Period]:
    """The year or the quarter that is named by its distance from today."""
    match = _RELATIVE.search(text)
    if match is None or today is None:
        return []
    steps = 0 if match["which"].lower().startswith(("this", "dies", "current")) else 1
    if match["unit"].lower().startswith(("year", "jahr")):
        return [Period(today.year - steps, None, False, *match.span(), is_relative=True)]
    quarters = today.year * 4 + (today.month - 1) // 3 - steps
    year, quarter = divmod(quarters, 4)
    return [Period(year, quarter + 1, False, *match.span(), is_relative=True)]


def _years_between(first: Period, last: Period, text: str) -> list[Period]:
    """The years inside a range: "FY2016 to FY2018", "between 2016 and 2018"."""
    link = text[first.end : last.start]
    is_range = _TO.fullmatch(link) or (
        _AND.fullmatch(link) and _BETWEEN.search(text[max(0, first.start - 10) : first.start])
    )
    if not is_range or not 1 < last.year - first.year <= _MOST_YEARS:
        return []
    years = range(first.year + 1, last.year)
    return [Period(year, None, last.is_fiscal, last.start, last.end) for year in years]


def _years(year: int) -> Iterator[str]:
    short = f"{year % 100:02d}"
    yield from (f"{year}", f"fy{year}", f"fy{short}", f"fy {year}", f"fy {short}")
    yield from (f"fiscal {year}", f"fiscal year {year}")


def _quarters(year: int, quarter: int) -> Iterator[str]:
    short = f"{year % 100:02d}"
    name = f"q{quarter}"
    for written in (f"{year}", f"fy{year}", f"fy{short}", f"fy {year}"):
        for link in ("", " ", "-"):
            yield f"{written}{link}{name}"
            yield f"{name}{link}{written}"
