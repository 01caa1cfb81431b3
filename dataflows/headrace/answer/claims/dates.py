"""The dates of a text, however they are written: "Jan 5, 2021", "5.1.2021"."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

#: The names of each month, English and German, as far as they tell it apart.
_MONTHS = (
    ("january", "januar", "jänner", "jan"),
    ("february", "februar", "feb"),
    ("march", "märz", "mar"),
    ("april", "apr"),
    ("may", "mai"),
    ("june", "juni", "jun"),
    ("july", "juli", "jul"),
    ("august", "aug"),
    ("september", "sept", "sep"),
    ("october", "oktober", "oct", "okt"),
    ("november", "nov"),
    ("december", "dezember", "dec", "dez"),
)
_SHORT = ("may", "mai", "june", "juni", "july", "juli", "märz")
_NUMBER_OF: dict[str, int] = {}
for _number, _names in enumerate(_MONTHS, start=1):
    _NUMBER_OF |= dict.fromkeys(_names, _number)
#: Each name of a month.
MONTHS = frozenset(_NUMBER_OF)
_NAMES = "|".join(sorted(_NUMBER_OF, key=len, reverse=True))
_WHOLE = [name for name in _NUMBER_OF if len(name) > 4 or name in _SHORT]
_WHOLE_NAMES = "|".join(map(str.capitalize, _WHOLE))
_MONTH = rf"(?P<month>{_NAMES})\b\.?"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th|\.)?"
_YEAR = r"(?P<year>[12]\d{3})(?!\d)"
#: From the most to the least that is said; months alone need their capital.
_FORMS = (
    r"(?P<year>[12]\d{3})([-/.])(?P<month>[01]?\d)\2(?P<day>[0-3]?\d)(?![\d-])",
    r"(?P<day>[0-3]?\d)([-/.])(?P<month>[0-3]?\d)\2(?P<year>[12]\d{3})(?![\d-])",
    rf"{_DAY}\s?(?:of\s)?(?:the\s)?{_MONTH},?\s{{1,2}}(?:of\s)?{_YEAR}",
    rf"{_MONTH}\s?{_DAY},?\s{{1,2}}{_YEAR}",
    rf"{_MONTH},?\s?(?:of\s)?{_YEAR}",
    rf"{_MONTH}\s{_DAY}(?![\w%])",
    rf"{_DAY}\s(?:of\s)?{_MONTH}(?!\w)",
    rf"(?-i:(?P<month>{_WHOLE_NAMES})(?!\w))",
)
_PATTERNS = [re.compile(rf"(?<![\w.,/])(?<!\d-){form}", re.IGNORECASE) for form in _FORMS]


_MOST_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class Date:
    """A date, or the part of one that is said; a part that is not said is None.

    Attributes:
        may_swap: whether day and month may be the other way round: "5/1/2021".
        said: as it stands in the text, `start` to before `end`.
    """

    year: int | None
    month: int
    day: int | None
    may_swap: bool
    said: str
    start: int
    end: int

    def agrees(self, other: "Date", numbers: Iterable[float]) -> bool:
        """Whether another text says this date, perhaps in parts: "3 to 5 May", "2021".

        Args:
            numbers: the other numbers of the other text.
        """
        numbers = {*numbers, *filter(None, (other.year, other.day))}
        pairs = [(self.month, self.day)]
        if self.may_swap and self.day:
            pairs.append((self.day, self.month))
        if other.may_swap and self.day and other.day:
            pairs += [(day, month) for month, day in pairs]
        for month, day in pairs:
            if month == other.month and (day is None or day == other.day or day in numbers):
                return self.year is None or self.year in numbers
        return False


def dates(text: str) -> list[Date]:
    """The dates of the first 20,000 characters, in order; a year alone is none."""
    found: list[Date] = []
    left = text[:_MOST_CHARACTERS]
    for pattern in _PATTERNS:
        for match in pattern.finditer(left):
            date = _date(match)
            if date is not None:
                found.append(date)
        # What was read is blanked, so that shorter forms do not read it again.
        left = pattern.sub(_blanked, left)
    return sorted(found, key=lambda date: date.start)


def _blanked(match: re.Match[str]) -> str:
    return "\0" * len(match[0]) if _date(match) else match[0]


def _date(match: re.Match[str]) -> Date | None:
    said = match.groupdict()
    year = int(said["year"]) if said.get("year") else None
    day = int(said["day"]) if said.get("day") else None
    name = said["month"]
    month = _NUMBER_OF.get(name.lower()) or int(name)
    is_numeric = name.isdigit()
    if is_numeric and month > 12 and day is not None:
        month, day = day, month
    if not 1 <= month <= 12 or not (day is None or 1 <= day <= 31):
        return None
    may_swap = is_numeric and match[0][:4] != str(year) and day is not None and day <= 12
    return Date(year, month, day, may_swap, match[0], match.start(), match.end())
