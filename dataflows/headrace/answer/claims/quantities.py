"""The numbers of a text with their units, however they are written."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from headrace.answer.claims.number_words import CARDINALS, FRACTIONS, MULTIPLIERS, ORDINALS, TIMES
from headrace.answer.claims.reading import Language, Text, Word, places_within
from headrace.answer.claims.units import CURRENCY_SIGNS, Unit, unit_of
from headrace.text.function_words import FUNCTION_WORDS

#: Digits with separators, and letters right after them: "1,000", "30-day", "10k".
_NUMBER = re.compile(r"(\d+(?:[.,'’:/]\d+)*)(?:-?([^\W\d_°][^\W\d_]*(?:/\w+)*)(?:-.*)?)?")
_GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?![\w])")
_RANGE = re.compile(r"(\d+(?:[.,]\d+)*)[-/](\d+(?:[.,]\d+)*)")
_THREES = re.compile(r"\d{1,3}(?:([.,'’])\d{2,3})*\1\d{3}|\d{1,3}[.,'’]\d{3}")
_SUFFIXES = frozenset(("st", "nd", "rd", "th", "s", "er", "te", "ten", "ter", "tes", "e"))
_HALF_DAYS = {
    "am": 0,
    "a.m": 0,
    "pm": 12,
    "p.m": 12,
    "uhr": 0,
}
_CLOCK = Unit("clock", 1)
_MILLION_SIGN = "m"
#: What may be between a number and its unit.
_JOINS = frozenset(("", " ", "-", "‐", "‑", "\u00a0", " -"))
_AFTER = re.compile(r"\s?(°\s?[CF]?\b|[%‰°€$£¥₹¢])")
_NOUNS = 3
_YEARS = range(1000, 2200)
_ARTICLES = frozenset(("a", "an", "each", "every", "per", "ein", "eine", "einer", "einen", "einem"))


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a text.

    Attributes:
        values: what it may be: "1.500" is one of two numbers where the language does
            not say which.
        unit: None for a number that counts, or whose unit is not known.
        said: as it stands in the text, `start` to before `end`, with its unit.
        nouns: the stems of the words that follow, up to three; the first is most likely
            what is counted.
        is_ordinal: "third", "3rd".
        is_implied: "a week", which says one without a number.
    """

    values: tuple[float, ...]
    unit: Unit | None
    said: str
    start: int
    end: int
    nouns: tuple[str, ...] = ()
    is_ordinal: bool = False
    is_implied: bool = False

    @property
    def noun(self) -> str:
        """The word that follows, if it may be what is counted; else ""."""
        noun = self.nouns[0] if self.nouns else ""
        return "" if noun in FUNCTION_WORDS else noun

    def sizes(self) -> tuple[float, ...]:
        """The values in the base unit of what is measured."""
        size = self.unit.size if self.unit else 1.0
        return tuple(value * size for value in self.values)


@dataclass(frozen=True, slots=True)
class _Read:
    """A number, and the place of the word after it."""

    values: tuple[float, ...]
    next_word: int
    unit: Unit | None = None
    is_ordinal: bool = False


def quantities(text: Text, without: Iterable[tuple[int, int]] = ()) -> list[Quantity]:
    """The numbers, in the order of the text.

    Args:
        without: places (start, end) whose words are passed over: dates.
    """
    taken = places_within(without)
    found: list[Quantity] = []
    number = 0
    while number < len(text.words):
        word = text.words[number]
        if word.start in taken:
            number += 1
            continue
        read = _number(text, number)
        if read is None:
            found += _implied(text, number)
            number += 1
            continue
        found.append(_with_unit(text, number, read))
        number = read.next_word
    return found


def _number(text: Text, first: int) -> _Read | None:
    """The number that begins with a word, without a unit that is a word of its own."""
    word = text.words[first]
    if word.text[0].isdigit():
        return _digits(text, first)
    return _words(text.words, first)


def _digits(text: Text, first: int) -> _Read | None:
    word = text.words[first]
    grouped = _GROUPED.match(text.text, word.start)
    if grouped:
        words = 1 + sum(one.isspace() for one in grouped[0])
        value = float("".join(filter(str.isdigit, grouped[0])))
        return _multiplied(text, (value,), first + words)
    match = _NUMBER.fullmatch(word.text)
    if match is None:
        return None
    values, suffix = readings(match[1], text.language), (match[2] or "").lower()
    if not values:
        return None
    if suffix in _SUFFIXES:
        return _Read(values, first + 1, is_ordinal=suffix != "s")
    if suffix in _HALF_DAYS:
        return _Read(_on_the_clock(values, suffix), first + 1, _CLOCK)
    is_money = word.start > 0 and text.text[word.start - 1] in CURRENCY_SIGNS
    if suffix in MULTIPLIERS or (suffix == _MILLION_SIGN and is_money):
        factor = MULTIPLIERS.get(suffix, 1e6)
        return _Read(tuple(value * factor for value in values), first + 1)
    if ":" in match[1] and not suffix:
        return _Read(values, first + 1, _CLOCK)
    if suffix:
        unit = unit_of(match[2])
        return _Read(values, first + 1, unit) if unit else None
    return _multiplied(text, values, first + 1)


def readings(digits: str, language: Language) -> tuple[float, ...]:
    """What digits with separators may mean; () where they are no number ("0.9.3").

    Example: "1.000,5" is 1000.5; "1.000" is 1 in English and 1000 in German.
    """
    if ":" in digits:
        hours, _, minutes = digits.partition(":")
        return (int(hours) + int(minutes) / 60,) if minutes.isdigit() else ()
    if "/" in digits:
        above, _, below = digits.partition("/")
        return (int(above) / int(below),) if above.isdigit() and below.strip("0").isdigit() else ()
    separators = [one for one in digits if not one.isdigit()]
    kinds = list(dict.fromkeys(separators))
    if not separators:
        return (float(digits),)
    if len(kinds) == 2 and separators.count(kinds[1]) == 1:
        whole, _, part = digits.rpartition(kinds[1])
        return (float(f"{_only_digits(whole)}.{part}"),)
    if len(kinds) > 1:
        return ()
    is_grouped = _THREES.fullmatch(digits) is not None and not digits.startswith("0")
    if len(separators) > 1:
        return (float(_only_digits(digits)),) if is_grouped else ()
    decimal, whole = float(digits.replace(kinds[0], ".")), float(_only_digits(digits))
    if not is_grouped:
        return (decimal,)
    if kinds[0] in "'’":
        return (whole,)
    if not language:
        return whole, decimal
    parts_thousands = (kinds[0] == ",") == (language == "english")
    return (whole,) if parts_thousands else (decimal,)


def _only_digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _words(words: Sequence[Word], first: int) -> _Read | None:
    """A number in words: "two hundred and five", "twenty-fifth", "half"."""
    lower = words[first].lower
    before = words[first - 1].lower if first else ""
    after = words[first + 1].lower if first + 1 < len(words) else ""
    if before in ("a", "one") and after == "of" and f"{lower}s" in FRACTIONS:
        return _Read((FRACTIONS[f"{lower}s"],), first + 1)  # "a quarter of"
    if lower in FRACTIONS:
        return _Read((FRACTIONS[lower],), first + 1 + (after in _ARTICLES))  # "half a day"
    if lower in ORDINALS:
        is_unit = lower == "second" and before in _ARTICLES  # "once a second"
        return None if is_unit else _Read((float(ORDINALS[lower]),), first + 1, is_ordinal=True)
    if lower in MULTIPLIERS and len(lower) > 2:
        return _Read((MULTIPLIERS[lower],), first + 1)
    if lower in TIMES:
        return _Read((float(TIMES[lower]),), first + 1, unit_of("fold"))
    return _cardinal(words, first) if lower in CARDINALS else _hyphened(lower, first)


def _hyphened(lower: str, first: int) -> _Read | None:
    """A number that is a part of a word: "two-week", "two-thirds", "top-eight"."""
    head, _, tail = lower.partition("-")
    if head in CARDINALS and tail:
        part = FRACTIONS.get(tail) or FRACTIONS.get(f"{tail}s", 1.0)
        return _Read((CARDINALS[head] * part,), first + 1, unit_of(tail.partition("-")[0]))
    last = lower.rpartition("-")[2]
    return _Read((float(CARDINALS[last]),), first + 1) if last in CARDINALS else None


def _cardinal(words: Sequence[Word], first: int) -> _Read:
    total, part, number = 0.0, float(CARDINALS[words[first].lower]), first + 1
    while number < len(words):
        lower = words[number].lower
        if lower in FRACTIONS:
            return _Read(((total + part) * FRACTIONS[lower],), number + 1)
        if lower in MULTIPLIERS and len(lower) > 2:
            part *= MULTIPLIERS[lower]
            if MULTIPLIERS[lower] >= 1000:
                total, part = total + part, 0.0
        elif lower in CARDINALS and (part == 0 or CARDINALS[lower] < _lowest(part)):
            part += CARDINALS[lower]
        elif not _joins(words, number, part):
            break
        number += 1
    return _Read((total + part,), number)


def _joins(words: Sequence[Word], number: int, part: float) -> bool:
    """Whether an "and" is inside of a number: "two hundred and five"."""
    following = words[number + 1].lower if number + 1 < len(words) else ""
    return words[number].lower == "and" and part >= 100 and following in CARDINALS


def _lowest(value: float) -> float:
    """The place of a number's last digit that is not 0: 120 -> 10, 200 -> 100."""
    for place in (100, 10):
        if value % place == 0:
            return place
    return 1


def _multiplied(text: Text, values: tuple[float, ...], next_word: int) -> _Read:
    """A number and the multipliers after it: "2.5 million", "3 hundred thousand"."""
    while next_word < len(text.words):
        factor = MULTIPLIERS.get(text.words[next_word].lower)
        if factor is None or text.between(next_word - 1, next_word) not in _JOINS:
            break
        values = tuple(value * factor for value in values)
        next_word += 1
    return _Read(values, next_word)


def _with_unit(text: Text, first: int, read: _Read) -> Quantity:
    """The number with the unit before or after it."""
    start, end = text.words[first].start, text.words[read.next_word - 1].end
    values, unit = read.values, read.unit
    before = text.text[max(start - 1, 0) : start]
    sign = _AFTER.match(text.text, end)
    number = read.next_word
    if unit is None and before and before in CURRENCY_SIGNS:
        unit, start = unit_of(before), start - 1
    elif unit is None and sign:
        unit, end = unit_of(sign[1].replace(" ", "")), sign.end()
    elif unit in (None, _CLOCK) and number < len(text.words) and not read.is_ordinal:
        for place in (number, number + 1):
            word = _unit_word(text, number, place, values)
            if word is None:
                continue
            half_day = _HALF_DAYS.get(word.lower)
            if half_day is not None:
                values = _on_the_clock(values, word.lower)
            named = _CLOCK if half_day is not None else unit_of(word.text.split("-")[0])
            if named is not None:
                unit, end, number = named, word.end, place + 1
                scale = text.words[number].lower if number < len(text.words) else ""
                if named.kind == "degrees" and scale in ("celsius", "fahrenheit"):
                    unit, end, number = unit_of(scale), text.words[number].end, number + 1
                break
    nouns = tuple(word.stem for word in text.words[number : number + _NOUNS])
    return Quantity(values, unit, text.text[start:end], start, end, nouns, read.is_ordinal)


def _unit_word(text: Text, number: int, place: int, values: Sequence[float]) -> Word | None:
    """The word at `place` if it may be the unit of the number before `number`.

    One word may be between them, "30 full days"; not after a year, "in 1990 many
    years".
    """
    if place >= len(text.words):
        return None
    joints = [text.between(one - 1, one) for one in range(number, place + 1)]
    if not all(joint in _JOINS for joint in joints):
        return None
    word = text.words[place]
    if place == number:
        return word
    between = text.words[number]
    is_year = any(value in _YEARS for value in values)
    if is_year or between.has_digit or len(between.lower) < 4 or len(word.lower) < 4:
        return None
    return None if between.lower in CARDINALS or between.lower in ORDINALS else word


def _on_the_clock(values: Iterable[float], half_day: str) -> tuple[float, ...]:
    """Hours of the day; "18.30 Uhr" has minutes, no decimals."""
    if half_day in _HALF_DAYS and half_day[0] in "ap":
        return tuple(value % 12 + _HALF_DAYS[half_day] for value in values)
    return tuple(int(value) + round(value % 1 * 100) / 60 for value in values)


def _implied(text: Text, number: int) -> list[Quantity]:
    """One of a unit, without a number: "a week", "an hour"."""
    word = text.words[number]
    if word.lower not in _ARTICLES or number + 1 >= len(text.words):
        return []
    following = text.words[number + 1]
    lower = following.lower
    if lower in FRACTIONS or lower in MULTIPLIERS or not lower.isalpha() or len(lower) < 3:
        return []
    unit = unit_of(following.text)
    if unit is None:
        return []
    said = text.text[word.start : following.end]
    return [Quantity((1.0,), unit, said, word.start, following.end, is_implied=True)]
