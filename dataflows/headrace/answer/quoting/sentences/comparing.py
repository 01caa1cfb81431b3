"""Sentences that repeat each other, and sentences that say different things."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from headrace.text.folding import folded
from headrace.text.terms import in_pairs
from headrace.text.words import stem

#: Two sentences have the same subject if this share of their words is the same and in
#: the same order.
_SAME_MATTER = 0.6
#: Words of a sentence that are compared.
_MOST_WORDS = 80
#: Words that turn a sentence into its opposite.
_NEGATIONS = frozenset(
    "no not never none nor without cannot nicht kein keine keinen keiner nie niemals ohne".split()
)
_NUMBERS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty fifty "
    "hundred thousand ein eine zwei drei vier fünf sechs sieben acht neun zehn zwölf".split()
)
#: A number stays whole, as does the time of a day: "9:30".
_WORD = re.compile(r"\w+(?:[.,:]\d+)*")


def words_of(text: str) -> list[str]:
    """The words of a text, inflections alike, numbers whole."""
    words = _WORD.findall(in_pairs(folded(text)).casefold())[:_MOST_WORDS]
    return [stem(word) for word in words]


def repeats(text: str, others: Iterable[str]) -> bool:
    """Whether all words of a sentence are in one of the others.

    So sentences that differ in a number, a unit, a date, a name or a negation never
    repeat each other.
    """
    words = set(words_of(text))
    return any(words <= set(words_of(other)) for other in others)


def alike(text: str, other: str) -> bool:
    """Whether two sentences have the same subject: most words are the same, in order.

    Numbers, names and negations may differ.
    Example: "Return goods within 14 days." and "Return goods within 30 days."
    """
    matcher = SequenceMatcher(None, words_of(text), words_of(other), autojunk=False)
    return matcher.quick_ratio() >= _SAME_MATTER and matcher.ratio() >= _SAME_MATTER


def contradicts(text: str, other: str) -> bool:
    """Whether two sentences that are alike have different values.

    A value is a number with the word after it, a name or a negation. Each sentence must
    have one that the other lacks: "94 GBP" and "94" do not contradict each other, nor
    do sentences that only announce what follows.
    """
    if text.endswith(":") or other.endswith(":"):
        return False
    one, two = _values(text), _values(other)
    differs = one - two - set(words_of(other)) and two - one - set(words_of(text))
    return bool(differs) or (one & _NEGATIONS) != (two & _NEGATIONS)


def _values(text: str) -> set[str]:
    """The numbers, with the words after them, the names and the negations of a text."""
    found: set[str] = set()
    before = ""
    for number, word in enumerate(_WORD.findall(folded(text))[:_MOST_WORDS]):
        is_name = number > 0 and word[0].isupper()
        folded_word = word.casefold()
        if any(map(str.isdigit, word)) or folded_word in _NUMBERS or folded_word in _NEGATIONS:
            found.add(folded_word)
        elif is_name or any(map(str.isdigit, before)):
            found.add(stem(folded_word))
        before = word
    return found
