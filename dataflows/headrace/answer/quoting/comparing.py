"""Sentences that repeat each other, and sentences that say different things."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from headrace.text.folding import folded
from headrace.text.terms import in_pairs
from headrace.text.words import stem

#: Two sentences speak of the same matter when this share of their words is the same and
#: in the same order.
_SAME_MATTER = 0.6
#: Words of a sentence that are compared.
_MOST_WORDS = 80
_WORD = re.compile(r"\w+(?:[.,]\d+)*")


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


def differs(text: str, other: str) -> bool:
    """Whether two sentences speak of the same matter, and say different things of it.

    Example: "Return goods within 14 days." and "Return goods within 30 days."
    """
    one, two = words_of(text), words_of(other)
    if set(one) <= set(two) or set(two) <= set(one):
        return _negated(one) != _negated(two) and _alike(one, two)
    return _alike(one, two)


def _alike(one: list[str], two: list[str]) -> bool:
    return SequenceMatcher(None, one, two, autojunk=False).ratio() >= _SAME_MATTER


#: Words that turn a sentence into its opposite.
_NEGATIONS = frozenset(
    "no not never none nor without cannot t nicht kein keine keinen keiner nie niemals ohne".split()
)


def _negated(words: list[str]) -> bool:
    return bool(_NEGATIONS.intersection(words))
