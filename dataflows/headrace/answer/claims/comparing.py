"""Why a sentence does not follow from what it cites."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from headrace.answer.claims.dates import Date, dates
from headrace.answer.claims.names import roman, strange_names
from headrace.answer.claims.negations import contradictions
from headrace.answer.claims.number_words import FRACTIONS
from headrace.answer.claims.quantities import Quantity, quantities
from headrace.answer.claims.reading import Text
from headrace.answer.claims.units import Unit, unit_of

_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_SPACES = re.compile(r"\s+")
_ROUNDED = re.compile(
    r"(?:about|around|approximately|roughly|nearly|almost|some|over|more than|less than|under|up "
    r"to|~|≈|circa|ca\.?|etwa|rund|fast|knapp|über|ungefähr)\s*$",
    re.IGNORECASE,
)
#: Characters that are read of a sentence and of what it cites; more is no prose.
_MOST_SAID = 1000
_MOST_CITED = 20_000
_LEAST_DIGITS = 2
_PAIRS = frozenset(("both", "pair", "couple", "beide", "beiden"))
_SHARE = "share"
#: How far a percentage may be from a fraction: a third is 33 %.
_NEAR_SHARE = 0.015
_TIMES = "folds"
#: Words that say that a number is an age, and the kind of unit that it then has.
_AGES = frozenset("age aged ages old older under over alt alter unter".split())
_YEAR_KIND = "months"
#: Numbers that are years more often than anything else: they are not rounded.
_YEARS = range(1500, 2100)


def disagreement(sentence: str, cited: str, place: str = "", question: str = "") -> str:
    """What a sentence says and the text that it cites does not; "" for nothing.

    Numbers with their units, dates, names and denials are compared. A sentence that is
    in the cited text word for word is not.

    Args:
        cited: the quotes.
        place: title, headings and leads of the quotes; what they say counts as cited.
        question: its names may be in an answer where the quotes name nobody.
    """
    if _plain(sentence) in _plain(cited):
        return ""
    place, cited = place[:_MOST_CITED], cited[:_MOST_CITED]
    claim, quotes = _Said(Text.of(sentence[:_MOST_SAID])), Text.of(cited)
    known = _Said(Text.of(f"{place}\n{cited}"))
    names = known.text
    if question and not _names_anybody(quotes):
        names = Text.of(f"{question}\n{place}\n{cited}")
    reasons = [
        *_other_numbers(claim, known),
        *_other_dates(claim, known),
        *_strange(strange_names(claim.text, names, claim.read)),
        *contradictions(claim.text, quotes),
    ]
    return "; ".join(dict.fromkeys(reasons))


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text).strip().rstrip(".")


def _names_anybody(text: Text) -> bool:
    return any(word.is_capitalised and not word.begins for word in text.words)


def _strange(names: Sequence[str]) -> list[str]:
    return [f'"{name}" is not in what it cites' for name in names]


@dataclass(frozen=True)
class _Said:
    """A text with what can be compared of it."""

    text: Text

    @cached_property
    def dates(self) -> list[Date]:
        return dates(self.text.text)

    @cached_property
    def _numbers(self) -> list[Quantity]:
        return quantities(self.text, [(date.start, date.end) for date in self.dates])

    @cached_property
    def quantities(self) -> list[Quantity]:
        """Each number once, however often it is said of the same."""
        found: dict[tuple, Quantity] = {}
        for one in self._numbers:
            found.setdefault((one.values, one.unit, one.nouns, one.is_ordinal), one)
        return list(found.values())

    @cached_property
    def read(self) -> list[tuple[int, int]]:
        """The places of dates and numbers."""
        return [(one.start, one.end) for one in (*self.dates, *self._numbers)]

    @cached_property
    def numbers(self) -> set[float]:
        """Every number in any form, those inside of dates and identifiers too."""
        found: set[float] = set()
        for quantity in self.quantities:
            found.update(quantity.values)
        for word in self.text.words:
            found.add(roman(word.text))
            if word.lower in _PAIRS:
                found.add(2)
            if word.has_digit:
                found.update(map(float, _DIGITS.findall(word.text.replace(",", ""))))
        for date in self.dates:
            found.update((date.year or 0, date.month, date.day or 0))
        return found - {0}

    @cached_property
    def kinds(self) -> set[str]:
        """What each unit in it measures, with a number or without."""
        found = {one.unit.kind for one in self.quantities if one.unit}
        for word in self.text.words:
            unit = unit_of(word.text) if len(word.text) > 1 else None
            if unit:
                found.add(unit.kind)
            if word.lower in _AGES:
                found.add(_YEAR_KIND)
        return found


# ----------------------------------------------------------------------------- numbers


def _other_numbers(claim: _Said, known: _Said) -> list[str]:
    reasons = []
    for quantity in claim.quantities:
        if _is_no_claim(quantity, claim.text, known) or _is_known(quantity, claim, known):
            continue
        counterpart = _counterpart(quantity, known)
        if counterpart:
            reasons.append(f'"{quantity.said}": what it cites says "{counterpart}"')
        else:
            reasons.append(f'"{quantity.said}" is not in what it cites')
    return reasons


def _is_no_claim(quantity: Quantity, text: Text, known: _Said) -> bool:
    """Whether a number says nothing: the mark of a list, "one of", "second, ...".

    "One" and "first" say something where the other text counts the same things, and
    "half" where it has a share of something.
    """
    if quantity.is_implied:
        return True
    is_part = quantity.said.lower() in FRACTIONS
    if is_part and not any(one.unit and one.unit.kind == _SHARE for one in known.quantities):
        return not any(one.said.lower() in FRACTIONS for one in known.quantities)
    begins = not text.text[: quantity.start].strip("*_#-• \t\n")
    follows = text.text[quantity.end : quantity.end + 1]
    if begins and follows in (".", ")", ",") and quantity.end - quantity.start <= 8:
        return True
    if quantity.unit or quantity.values != (1.0,) or quantity.said[0].isdigit():
        return False
    alike = [one for one in known.quantities if one.noun == quantity.noun and quantity.noun]
    return not any(one.is_ordinal == quantity.is_ordinal for one in alike)


def _is_known(quantity: Quantity, claim: _Said, known: _Said) -> bool:
    unit = quantity.unit
    is_rounded = _ROUNDED.search(claim.text.text[: quantity.start][-24:]) is not None
    alike = [one for one in known.quantities if unit and one.unit and one.unit.kind == unit.kind]
    if any(_same(quantity, one, unit, is_rounded) for one in alike):
        return True
    if any(set(one.values) & set(quantity.values) for one in alike):
        return False
    if not unit and _counts_others(quantity, known):
        return False
    for other in known.quantities:
        if _may_be_same(unit, other.unit, known) and _same(quantity, other, None, is_rounded):
            return True
    if unit and unit.kind not in known.kinds and unit.kind != _TIMES:
        return _is_share(quantity, known)
    if any(value in known.numbers for value in quantity.values):
        return unit is None or not _has_other_unit(quantity, known)
    return unit is None and _is_period(quantity, known.numbers) or _is_share(quantity, known)


def _counts_others(quantity: Quantity, known: _Said) -> bool:
    """Whether the other text has another number of the same things, not this one."""
    noun = quantity.noun
    alike = [one for one in known.quantities if noun and noun in one.nouns]
    if any(_same(quantity, one, None, True) for one in alike):
        return False
    same = [one for one in known.quantities if set(one.values) & set(quantity.values)]
    is_elsewhere = all(one.noun and not one.is_ordinal for one in same)
    return is_elsewhere and any(noun == one.noun and not one.unit for one in alike)


def _may_be_same(unit: Unit | None, other: Unit | None, known: _Said) -> bool:
    """Whether numbers with these units may be the same if their values are."""
    if unit is None:
        return True
    return other is None and (unit.kind in known.kinds or unit.kind == _TIMES)


def _has_other_unit(quantity: Quantity, known: _Said) -> bool:
    """Whether each number of this value has another unit."""
    same = [one for one in known.quantities if set(one.values) & set(quantity.values)]
    return bool(same) and all(one.unit for one in same)


def _same(one: Quantity, other: Quantity, unit: Unit | None, is_rounded: bool) -> bool:
    """Whether two numbers are equal, in `unit` or as they stand, or rounded."""
    values = other.values
    if unit and other.unit:
        values = [size / unit.size for size in other.sizes()]
    for value in one.values:
        for exact in values:
            if math.isclose(value, exact, rel_tol=1e-6, abs_tol=1e-12):
                return True
            if _is_rounding(value, exact, 1 if is_rounded else _LEAST_DIGITS):
                return True
    return False


def _is_rounding(value: float, exact: float, least_digits: int) -> bool:
    """Whether a value is another one with fewer digits: 1,200 of 1,234."""
    digits, exact_digits = _digits(value), _digits(exact)
    is_year = value.is_integer() and value in _YEARS
    if is_year or exact == 0 or not least_digits <= digits < exact_digits:
        return False
    places = digits - 1 - math.floor(math.log10(abs(exact)))
    return math.isclose(round(exact, places), value, rel_tol=1e-9)


def _digits(value: float) -> int:
    """How many significant digits a number has: 1,200 has two."""
    return len(f"{value:.10g}".split("e")[0].replace(".", "").replace("-", "").strip("0"))


def _is_share(quantity: Quantity, known: _Said) -> bool:
    """Whether the other text has the same share in another form: "half", "50 %"."""
    if quantity.unit is None and all(value < 1 for value in quantity.values):
        shares: list[float] = []
        for one in known.quantities:
            if one.unit and one.unit.kind == _SHARE:
                shares += one.sizes()
        return any(math.isclose(quantity.values[0], share, rel_tol=_NEAR_SHARE) for share in shares)
    if quantity.unit and quantity.unit.kind == _SHARE:
        size = quantity.sizes()[0]
        return any(math.isclose(size, number, rel_tol=_NEAR_SHARE) for number in known.numbers)
    return False


def _is_period(quantity: Quantity, numbers: Iterable[float]) -> bool:
    """Whether a decade or century holds a year of the other text."""
    value = quantity.values[0]
    if quantity.said.endswith("s") and value % 10 == 0 and value >= 1000:
        return any(value <= number < value + 10 for number in numbers)
    if quantity.is_ordinal and quantity.noun.startswith(("centur", "jahrhu")):
        return any((value - 1) * 100 <= number < value * 100 for number in numbers)
    return False


def _counterpart(quantity: Quantity, known: _Said) -> str:
    """The number that the other text has in this place, as it stands there."""
    for is_meant in (
        lambda one: set(one.values) & set(quantity.values),
        lambda one: one.unit and quantity.unit and one.unit.kind == quantity.unit.kind,
        lambda one: one.noun and one.noun == quantity.noun,
    ):
        meant = [one.said for one in known.quantities if is_meant(one) and not one.is_implied]
        if meant:
            return meant[0]
    return ""


# ------------------------------------------------------------------------------- dates


def _other_dates(claim: _Said, known: _Said) -> list[str]:
    reasons = []
    for date in claim.dates:
        if any(date.agrees(other, known.numbers) for other in known.dates):
            continue
        cited = known.dates[0].said if known.dates else ""
        says = f'"{date.said}": what it cites says "{cited}"'
        reasons.append(says if cited else f'"{date.said}" is not in what it cites')
    return reasons
