"""The stretch of a section that most likely holds the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from headrace.answer.quoting.units import Unit

#: Temperature of the softmax from scores to chances: the smaller, the more a difference
#: of scores says (DECISIONS.md, "quotes").
_TEMPERATURE = 0.25
#: The share of its chance that a sentence without words of the question gives to each
#: neighbour.
_BESIDE = 0.15
#: What a hundred tokens of a stretch cost, as a chance of holding the answer.
_COST = 0.2
#: The same for a stretch after the first.
_FURTHER_COST = 0.05
#: Tokens added to each sentence's own, so that many short ones are no gain.
_SENTENCE_TOKENS = 10
#: A stretch begins and ends with sentences that have this chance at least, or further
#: words of the question.
_LEAST_CHANCE = 0.02
#: What it is worth if a stretch as a whole holds all words of the question.
_COVERAGE_WEIGHT = 0.2
#: What it costs to begin with a pronoun for something named before.
_LEANING_COST = 0.1


@dataclass(frozen=True, slots=True)
class Stretch:
    """Contiguous sentences of one section, `first` to before `last` of a passage.

    Attributes:
        chance: that the answer is in it, 0 to 1, as far as scores tell.
    """

    passage: int
    first: int
    last: int
    tokens: int
    chance: float = 0.0

    def holds(self, passage: int, sentence: int) -> bool:
        return self.passage == passage and self.first <= sentence < self.last

    def overlaps(self, other: "Stretch") -> bool:
        is_apart = self.last <= other.first or other.last <= self.first
        return self.passage == other.passage and not is_apart


def chances(scores: np.ndarray) -> np.ndarray:
    """The chance of each sentence to hold the answer: a softmax, so they sum to 1."""
    if not len(scores):
        return scores
    odds = np.exp((scores - scores.max()) / _TEMPERATURE)
    return odds / odds.sum()


def best_stretch(
    units: Sequence[Unit],
    chance_of: Mapping[tuple[int, int], float],
    words_of: Mapping[tuple[int, int], frozenset[str]],
    weights: Mapping[str, float],
    most_tokens: int,
    taken: Sequence[Stretch] = (),
) -> Stretch | None:
    """The contiguous units that are worth most.

    The worth of a stretch is its chance, plus the share of the question's words that it
    holds as a whole, minus its length, and minus a fixed cost if it begins with a
    pronoun.

    A single unit may be longer than `most_tokens`, but only while nothing is `taken`. A
    row of a table stays alone. None if nothing has a chance.
    """
    own = _chances_of(units, chance_of, words_of, weights)
    cost = _FURTHER_COST if taken else _COST
    best, value = None, 0.0
    for start, first in enumerate(units):
        chance, tokens, seen = 0.0, 0, 0
        words: frozenset[str] = frozenset()
        for end in range(start, len(units)):
            unit = units[end]
            joins = unit.follows and not unit.is_row and not first.is_row
            is_led = words or own[start] >= _LEAST_CHANCE or (end == start + 1 and unit.leans)
            if end > start and not (joins and is_led):
                break
            chance += own[end]
            tokens += unit.tokens
            seen += unit.seen
            numbers = range(unit.first, unit.last)
            before = words
            words = words.union(*(words_of[unit.passage, number] for number in numbers))
            adds = own[end] >= _LEAST_CHANCE or words != before
            stretch = Stretch(unit.passage, first.first, unit.last, tokens, chance)
            is_long = tokens > most_tokens and (end > start or taken)
            if is_long or any(stretch.overlaps(other) for other in taken):
                break
            if unit.announces or (end > start and not adds):
                continue
            counted = tokens + _SENTENCE_TOKENS * seen
            worth = chance - cost * counted / 100
            worth -= _LEANING_COST * first.leans
            worth += _COVERAGE_WEIGHT * sum(weights[word] for word in words)
            if chance > 0 and (best is None or worth > value):
                best, value = stretch, worth
    return best


def _chances_of(
    units: Sequence[Unit],
    chance_of: Mapping[tuple[int, int], float],
    words_of: Mapping[tuple[int, int], frozenset[str]],
    weights: Mapping[str, float],
) -> list[float]:
    """The chance of each unit to hold the answer.

    A unit that lacks words of the question gives a part of its chance to the units
    before and after it, which may say what is asked.
    """
    own, given = [], []
    for unit in units:
        places = [(unit.passage, number) for number in range(unit.first, unit.last)]
        chance = sum(chance_of.get(place, 0.0) for place in places)
        words = frozenset[str]().union(*(words_of[place] for place in places))
        own.append(chance)
        given.append(_BESIDE * chance * (1 - sum(weights[word] for word in words)))
    shared = list(own)
    for number in range(1, len(units)):
        if units[number].follows:
            shared[number] += given[number - 1] - given[number]
            shared[number - 1] += given[number] - given[number - 1]
    return shared
