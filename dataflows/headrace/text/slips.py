"""How likely a slip of the pen is: what it costs to have typed one word where another was meant.

Letters left out, added, exchanged or swapped, as in optimal string alignment, but not all alike: doubled letters, swapped neighbours, vowels, letters
that sound alike or are neighbours on the keyboard are mistaken more often, first letters less often. After Kernighan, Church & Gale, "A spelling
correction program based on a noisy channel model" (COLING 1990), with costs by kind in place of their counted confusions.
"""

from functools import lru_cache

_VOWELS = frozenset("aeiouyäöü")
_ALIKE = frozenset(frozenset(pair) for pair in "ck cs sz iy gj mn vw td pb fv qk".split())
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = frozenset(
    frozenset((letter, other))
    for above, row in enumerate(_ROWS)
    for place, letter in enumerate(row)
    for other in (
        *row[place + 1 : place + 2],
        *(_ROWS[above + 1][max(0, place - 1) : place + 1] if above < 2 else ()),
    )
)

_EXCHANGED, _EXCHANGED_VOWELS, _EXCHANGED_ALIKE, _EXCHANGED_NEIGHBOURS = 1.1, 0.65, 0.75, 0.9
_ADDED, _ADDED_DOUBLE = 1.0, 0.7
_LEFT_OUT, _LEFT_OUT_SOFT, _LEFT_OUT_DOUBLE = 0.95, 0.85, 0.55
_SWAPPED, _AT_THE_START = 0.8, 0.5


@lru_cache(maxsize=4096)
def slip_cost(typed: str, meant: str) -> float:
    """What it costs to have typed `typed` for `meant`, 0 for the same: about 1 a slip. Example: ("recieve", "receive") -> 0.8."""
    costs = [[0.0] * (len(meant) + 1) for _ in range(len(typed) + 1)]
    for i in range(len(typed) + 1):
        for j in range(len(meant) + 1):
            if i or j:
                costs[i][j] = min(_ways(costs, typed, meant, i, j))
    return costs[-1][-1]


def _ways(costs: list[list[float]], typed: str, meant: str, i: int, j: int) -> list[float]:
    """What the first i letters for the first j may have cost, by what happened last."""
    ways = []
    if i and j:
        ways.append(
            costs[i - 1][j - 1]
            + (
                0.0
                if typed[i - 1] == meant[j - 1]
                else _exchanged(typed[i - 1], meant[j - 1], i == j == 1)
            )
        )
    if i:
        ways.append(costs[i - 1][j] + _one_more(typed, i, _ADDED, _ADDED_DOUBLE))
    if j:
        soft = meant[j - 1] in _VOWELS or meant[j - 1] == "h"
        ways.append(
            costs[i][j - 1]
            + _one_more(meant, j, _LEFT_OUT_SOFT if soft else _LEFT_OUT, _LEFT_OUT_DOUBLE)
        )
    if i > 1 and j > 1 and typed[i - 1] == meant[j - 2] and typed[i - 2] == meant[j - 1]:
        ways.append(costs[i - 2][j - 2] + _SWAPPED + (_AT_THE_START if i == 2 else 0.0))
    return ways


def _exchanged(typed: str, meant: str, first: bool) -> float:
    start = _AT_THE_START if first else 0.0
    if typed in _VOWELS and meant in _VOWELS:
        return start + _EXCHANGED_VOWELS
    pair = frozenset((typed, meant))
    return start + (
        _EXCHANGED_ALIKE
        if pair in _ALIKE
        else _EXCHANGED_NEIGHBOURS
        if pair in _NEIGHBOURS
        else _EXCHANGED
    )


def _one_more(word: str, place: int, single: float, double: float) -> float:
    """A letter, the `place`-th of the longer word, that the other has not."""
    if place > 1 and word[place - 2] == word[place - 1]:
        return double
    return single + (_AT_THE_START if place == 1 else 0.0)
