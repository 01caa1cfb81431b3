"""Sentences in which one thing was exchanged: a number, unit, date, name, negation.

What is exchanged is found by patterns of this module alone, not by those that find it
again in `answer/claims`.
"""

import re
from collections.abc import Callable, Sequence
from random import Random

_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_COUNTS = "two three four five six seven eight nine ten eleven twelve twenty fifty hundred".split()
#: Units of which one takes the place of another.
_UNIT_GROUPS = (
    "days hours weeks months years minutes seconds",
    "day hour week month year minute second",
    "percent dollars euros",
    "miles kilometers meters feet",
    "million billion thousand trillion",
    "mg g kg μg ng",
    "mm cm nm km",
    "ml l",
    "% °C",
)
_UNITS = [group.split() for group in _UNIT_GROUPS]
_ALL_UNITS = sorted(" ".join(_UNIT_GROUPS).split(), key=len, reverse=True)
_COUNT = "|".join(_COUNTS)
_NUMBER = re.compile(rf"(?<![\w.,-])\d+(?:[.,]\d+)*(?![\w]|[.,]\d|-\w)|\b(?:{_COUNT})\b")
_UNIT = re.compile(
    rf"(?<![\w.,])(?:\d+(?:[.,]\d+)*|one|{_COUNT})[ -]?({'|'.join(_ALL_UNITS)})(?!\w)"
)
_DATE = re.compile(
    rf"\b(?:{'|'.join(_MONTHS)})\b(?= \d|, \d)|(?<![\w.,-])(?:1[5-9]|20)\d\d(?!\w|[.,]\d|-)"
)
_NAME = re.compile(
    r"(?<![\w.])(?:[A-Z][a-zé]+(?:[-'][A-Z]?[a-z]+)*|[A-Z]{3,6})"
    r"(?: (?:(?:of|the|de) )?(?:[A-Z][a-zé]+|[A-Z]\.))*(?!\w)"
)
#: Words that have a capital without being a name, at the beginning of a sentence.
_NO_NAMES = frozenset(
    "The A An In On At It This These That However But And He She They We You For From As If When "
    "While Our I Its His Her Their There Here With After Before By To Some Many Most All No Not "
    "Yes What Who How Why Both Each Other Another Such Since Although Though During Under Over "
    "Using Of Or So Then Thus Also Moreover Furthermore".split()
) | frozenset(_MONTHS)
_AUXILIARY = "is|are|was|were|can|could|will|would|should|may|might|must|has|have|had|does|did"
_AFFIRMED = re.compile(rf"\b(?:{_AUXILIARY})\b(?= [a-z])(?! not| never| no | only| just)")
_DENIED = re.compile(
    rf"\b(?:({_AUXILIARY}|do)(?:n['’]t| not|not)|never|no|without)\b(?= [a-z])"
    r"(?! (?:only|longer|more|just))"
)
_AFFIRMATION = {
    "never": "always",
    "no": "some",
    "without": "with",
}
_TRIES = 50


def swapped_number(sentence: str, random: Random, _names: Sequence[str]) -> str:
    """The sentence with another number of as many digits; "" without a number."""
    match = _one_of(_NUMBER, sentence, random)
    if match is None:
        return ""
    if match[0] in _COUNTS:
        others = [word for word in _COUNTS if not re.search(rf"\b{word}\b", sentence)]
        return _put(sentence, match, random.choice(others))
    for _try in range(_TRIES):
        digits = (random.choice("123456789") if one.isdigit() else one for one in match[0])
        number = "".join(digits)
        if number not in sentence:
            return _put(sentence, match, number)
    return ""


def swapped_unit(sentence: str, random: Random, _names: Sequence[str]) -> str:
    """The sentence with another unit of the same group; "" without one."""
    match = _one_of(_UNIT, sentence, random)
    if match is None:
        return ""
    group = next(group for group in _UNITS if match[1] in group)
    other = random.choice([unit for unit in group if unit != match[1]])
    return sentence[: match.start(1)] + other + sentence[match.end(1) :]


def swapped_date(sentence: str, random: Random, _names: Sequence[str]) -> str:
    """The sentence with another month or year; "" without one."""
    match = _one_of(_DATE, sentence, random)
    if match is None:
        return ""
    if match[0].isdigit():
        other = str(int(match[0]) + random.choice((-11, -7, -3, -2, -1, 1, 2, 3, 5, 9, 20)))
        return "" if other in sentence else _put(sentence, match, other)
    return _put(sentence, match, random.choice([one for one in _MONTHS if one not in sentence]))


def swapped_name(sentence: str, random: Random, names: Sequence[str]) -> str:
    """The sentence with a name from another; "" without a name."""
    match = _one_of(_NAME, sentence, random, is_name)
    if match is None:
        return ""
    words = set(re.findall(r"\w+", sentence.lower()))
    for _try in range(_TRIES):
        other = random.choice(names)
        if not words & set(re.findall(r"\w+", other.lower())):
            return _put(sentence, match, other)
    return ""


def swapped_negation(sentence: str, random: Random, _names: Sequence[str]) -> str:
    """The sentence with a negation more or less; "" without a place for one."""
    denied = _one_of(_DENIED, sentence, random)
    affirmed = _one_of(_AFFIRMED, sentence, random)
    if denied and (affirmed is None or random.random() < 0.5):
        return _put(sentence, denied, denied[1] or _AFFIRMATION[denied[0]])
    return _put(sentence, affirmed, f"{affirmed[0]} not") if affirmed else ""


#: What is exchanged, and by what function of sentence, random numbers and names.
SWAPS: dict[str, Callable[[str, Random, Sequence[str]], str]] = {
    "number": swapped_number,
    "unit": swapped_unit,
    "date": swapped_date,
    "name": swapped_name,
    "negation": swapped_negation,
}


def names_of(sentence: str) -> list[str]:
    """The names in a sentence."""
    return [match[0] for match in _NAME.finditer(sentence) if is_name(match)]


def is_name(match: re.Match[str]) -> bool:
    """Whether capitals are those of a name, not of the beginning of a sentence."""
    words = match[0].split()
    return words[0] not in _NO_NAMES and (match.start() > 0 or len(words) > 1)


def _one_of(
    pattern: re.Pattern[str],
    sentence: str,
    random: Random,
    fits: Callable[[re.Match[str]], bool] = bool,
) -> re.Match[str] | None:
    found = list(filter(fits, pattern.finditer(sentence)))
    return random.choice(found) if found else None


def _put(sentence: str, match: re.Match[str], other: str) -> str:
    return sentence[: match.start()] + other + sentence[match.end() :]
