"""Which spelling was meant, by a noisy channel.

The more frequent a word and the easier the slip, the likelier it was meant.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from headrace.text.folding import differ_in_marks
from headrace.text.slips import slip_cost
from headrace.types import Spelling

#: The cost of a space put in or left out.
_SPACE = 0.9
#: The cost of marks left out of letters, or put on them.
_MARKS = 0.2
#: A word's share of the tenant's text is estimated as this part of the share of chunks
#: that have it.
_SHARE_OF_CHUNKS = 0.01
#: Weight of a word's share of general text beside its share of the tenant's.
_GENERAL = 0.1
#: For a form that general text does not have.
_LEAST_FREQUENCY = 1e-9
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
#: A shorter word may still be one as frequent as this with a letter left out, or two
#: swapped: "wich", "waht" (DECISIONS.md, "short words in haste").
_LEAST_HASTY_FREQUENCY = 1e-4


class SlipCosts(NamedTuple):
    """How much slips of the pen count (DECISIONS.md, "likelihood of slips").

    Attributes:
        slip: a slip of cost 1 makes a word e^slip times less likely.
        a_letter: what a correction may cost for each letter of the word, up to 2.2.
    """

    slip: float = 7.0
    a_letter: float = 0.33


_COSTS = SlipCosts()


def likeliest_first(
    spellings: Sequence[Spelling], chunks: int, costs: SlipCosts = _COSTS
) -> list[Spelling]:
    """The spellings in the order of how likely they are, far ones included.

    Args:
        chunks: how many the tenant has.
    """
    likelihood = dict(zip(spellings, likelihoods(spellings, chunks, costs.slip), strict=True))
    return sorted(spellings, key=lambda spelling: -likelihood[spelling])


def likeliest(
    spellings: Sequence[Spelling], chunks: int, costs: SlipCosts = _COSTS
) -> Spelling | None:
    """The spelling that was meant; None when none is near enough."""
    for spelling in likeliest_first(spellings, chunks, costs):
        if _cost(spelling) <= _allowed(spelling, costs.a_letter):
            return spelling
    return None


def likelihoods(spellings: Sequence[Spelling], chunks: int, slip: float) -> list[float]:
    """The logarithm of how likely each spelling was meant, up to a constant.

    The tenant's chunks are counted by stem, so all forms of a word have the same
    number. A form gets a larger part of it the more frequent it is in general text.
    """
    most: dict[int, float] = {}
    for spelling in spellings:
        most[spelling.chunks] = max(most.get(spelling.chunks, 0.0), spelling.frequency)
    found = []
    for spelling in spellings:
        frequency = spelling.frequency + _LEAST_FREQUENCY
        form = math.sqrt(frequency / (most[spelling.chunks] + _LEAST_FREQUENCY))
        own = _SHARE_OF_CHUNKS * spelling.chunks / max(chunks, 1) * form
        prior = math.log(own + _GENERAL * spelling.frequency + 1e-12)
        found.append(prior - slip * _cost(spelling))
    return found


def _cost(spelling: Spelling) -> float:
    if " " in spelling.typed or " " in spelling.meant:
        return _SPACE
    if differ_in_marks(spelling.typed, spelling.meant):
        return _MARKS
    return slip_cost(spelling.typed, spelling.meant)


def _allowed(spelling: Spelling, a_letter: float) -> float:
    """The largest cost at which a spelling counts as near enough."""
    letters = len(spelling.typed)
    if spelling.chunks:
        return min(_MOST_ALLOWED, max(_ALLOWED, a_letter * letters))
    is_short = letters < _LEAST_UNSEEN_LETTERS and not _is_hasty(spelling)
    return 0.0 if is_short or spelling.frequency < _LEAST_UNSEEN_FREQUENCY else _ALLOWED_UNSEEN


def _is_hasty(spelling: Spelling) -> bool:
    """Whether a frequent word was typed with letters left out or in another order."""
    typed, meant = spelling.typed, spelling.meant
    is_frequent = spelling.frequency >= _LEAST_HASTY_FREQUENCY
    return is_frequent and (len(typed) < len(meant) or sorted(typed) == sorted(meant))
