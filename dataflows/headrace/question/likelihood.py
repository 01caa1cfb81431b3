"""Which spelling was meant, by a noisy channel.

The more frequent a word and the easier the slip, the likelier it was meant.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from headrace.text.slips import slip_cost
from headrace.types import Spelling

#: The cost of a space put in or left out.
_SPACE = 0.9
#: A word's share of running text, as a part of the share of chunks that have it.
_SHARE_OF_CHUNKS = 0.01
#: What a word's share of general text counts beside its share of the tenant's.
_GENERAL = 0.1
#: What a correction of the shortest words may cost (DECISIONS.md, "spellings near
#: enough").
_ALLOWED = 1.0
#: What any correction may cost.
_MOST_ALLOWED = 2.2
#: What a correction may cost when no chunk has the corrected word. Shorter words, and
#: words that are rarer in general text, are then left alone.
_ALLOWED_UNSEEN = 1.1
_LEAST_UNSEEN_LETTERS = 6
_LEAST_UNSEEN_FREQUENCY = 1e-6


class SlipCosts(NamedTuple):
    """What slips of the pen count (DECISIONS.md, "likelihood of slips").

    Attributes:
        slip: a slip of cost 1 makes a word e^slip times less likely.
        a_letter: what a correction may cost for each letter of the word, up to 2.2.
    """

    slip: float = 12.0
    a_letter: float = 0.33


_COSTS = SlipCosts()


def likeliest_first(
    spellings: Sequence[Spelling], chunks: int, costs: SlipCosts = _COSTS
) -> list[Spelling]:
    """The spellings in the order of how likely they are, far ones included.

    Args:
        chunks: how many the tenant has.
    """

    def unlikelihood(spelling: Spelling) -> float:
        return -_likelihood(spelling, chunks, costs.slip)

    return sorted(spellings, key=unlikelihood)


def likeliest(
    spellings: Sequence[Spelling], chunks: int, costs: SlipCosts = _COSTS
) -> Spelling | None:
    """The spelling that was meant; None when none is near enough."""
    near = []
    for spelling in spellings:
        if _cost(spelling) <= _allowed(spelling, costs.a_letter):
            near.append(spelling)
    return likeliest_first(near, chunks, costs)[0] if near else None


def _likelihood(spelling: Spelling, chunks: int, slip: float) -> float:
    """The logarithm of how likely a spelling was meant, up to a constant."""
    own = _SHARE_OF_CHUNKS * spelling.chunks / max(chunks, 1)
    return math.log(own + _GENERAL * spelling.frequency + 1e-12) - slip * _cost(spelling)


def _cost(spelling: Spelling) -> float:
    if " " in spelling.typed or " " in spelling.meant:
        return _SPACE
    return slip_cost(spelling.typed, spelling.meant)


def _allowed(spelling: Spelling, a_letter: float) -> float:
    """The largest cost at which a spelling counts as near enough."""
    letters = len(spelling.typed)
    if spelling.chunks:
        return min(_MOST_ALLOWED, max(_ALLOWED, a_letter * letters))
    if letters < _LEAST_UNSEEN_LETTERS or spelling.frequency < _LEAST_UNSEEN_FREQUENCY:
        return 0.0
    return _ALLOWED_UNSEEN
