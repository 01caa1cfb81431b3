"""Which spelling was meant: a noisy channel, in which a frequent word is likelier and an easy slip, too."""

import math
from collections.abc import Sequence

from headrace.text.slips import slip_cost
from headrace.types import Spelling

#: A slip makes a word e^12 times less likely: fitted on misspelt words, where 88 % then have the right correction first.
_SLIP = 12.0
#: A space put in or left out.
_SPACE = 0.9
#: A word's share of running text is about this much of the share of chunks that have it; the tenant's own words count ten times general ones.
_OF_CHUNKS, _GENERAL = 0.01, 0.1
#: What a correction may cost: for short words, for words of six letters and more, of nine and more; and where no chunk has the corrected word.
_ALLOWED, _ALLOWED_LONGER, _ALLOWED_LONG, _ALLOWED_UNSEEN = 1.0, 1.3, 2.2, 1.1
_LEAST_UNSEEN_LETTERS, _LEAST_UNSEEN_FREQUENCY = 6, 1e-6


def likeliest_first(spellings: Sequence[Spelling], chunks: int) -> list[Spelling]:
    """What may have been meant, in the order of how likely it is, be it near enough to be taken or not."""
    return sorted(spellings, key=lambda spelling: -_likelihood(spelling, _cost(spelling), chunks))


def likeliest(spellings: Sequence[Spelling], chunks: int) -> Spelling | None:
    """What was meant; None where nothing near enough is known."""
    return next(
        iter(
            likeliest_first(
                [spelling for spelling in spellings if _cost(spelling) <= _allowed(spelling)],
                chunks,
            )
        ),
        None,
    )


def _likelihood(spelling: Spelling, cost: float, chunks: int) -> float:
    own = _OF_CHUNKS * spelling.chunks / max(chunks, 1)
    return math.log(own + _GENERAL * spelling.frequency + 1e-12) - _SLIP * cost


def _cost(spelling: Spelling) -> float:
    parted = " " in spelling.typed or " " in spelling.meant
    return _SPACE if parted else slip_cost(spelling.typed, spelling.meant)


def _allowed(spelling: Spelling) -> float:
    letters = len(spelling.typed)
    if not spelling.chunks:
        return (
            _ALLOWED_UNSEEN
            if letters >= _LEAST_UNSEEN_LETTERS and spelling.frequency >= _LEAST_UNSEEN_FREQUENCY
            else 0.0
        )
    return _ALLOWED_LONG if letters >= 9 else _ALLOWED_LONGER if letters >= 6 else _ALLOWED
