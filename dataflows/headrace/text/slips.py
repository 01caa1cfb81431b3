"""How likely a slip of the pen is: the cost of typing one word where another was meant.

Counts the edits of optimal string alignment: letters left out, added, exchanged or
swapped. Frequent slips cost less: doubled letters, swapped neighbours, vowels, letters
that sound alike, neighbours on the keyboard. Slips in the first letter cost more. After
Kernighan, Church & Gale, "A spelling correction program based on a noisy channel model"
(COLING 1990), with a cost for each kind of slip in place of their counted confusions
(DECISIONS.md, "costs of slips").
"""

from functools import lru_cache

_VOWELS = frozenset("aeiouyäöü")
#: Pairs of letters that sound alike.
_ALIKE = frozenset(frozenset(pair) for pair in "ck cs sz iy gj mn vw td pb fv qk".split())
_KEYBOARD_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")

_EXCHANGED = 1.1
_EXCHANGED_VOWELS = 0.65
_EXCHANGED_ALIKE = 0.75
_EXCHANGED_NEIGHBOURS = 0.9
_ADDED = 1.0
_ADDED_DOUBLE = 0.7
_LEFT_OUT = 0.95
#: A vowel or an h left out.
_LEFT_OUT_SOFT = 0.85
_LEFT_OUT_DOUBLE = 0.55
_SWAPPED = 0.8
#: Added to the cost of a slip in the first letter.
_AT_THE_START = 0.5


def _keyboard_neighbours() -> frozenset[frozenset[str]]:
    """The pairs of letters next to each other in a row, or one above the other."""
    pairs = set()
    for row in _KEYBOARD_ROWS:
        pairs.update(map(frozenset, zip(row, row[1:], strict=False)))
    for row, below in zip(_KEYBOARD_ROWS, _KEYBOARD_ROWS[1:], strict=False):
        for place, letter in enumerate(row):
            touching = below[max(0, place - 1) : place + 1]
            pairs.update(frozenset((letter, other)) for other in touching)
    return frozenset(pairs)


_NEIGHBOURS = _keyboard_neighbours()


#: Letters that differ in British and American spelling; "$" is the end of a word.
_VARIANTS = (
    ("ise", "ize"),
    ("isa", "iza"),
    ("isi", "izi"),
    ("lyse", "lyze"),
    ("our", "or"),
    ("ogue", "og"),
    ("fence", "fense"),
    ("tre$", "ter$"),
)


def spelled_otherwise(word: str) -> list[str]:
    """The spellings of a word that would be the other one of British and American.

    Most are words of neither: the caller looks them up.
    Example: "summarise" -> ["summarize"].
    """
    spellings = []
    for british, american in _VARIANTS:
        for written, other in ((british, american), (american, british)):
            before, found, after = f"{word}$".rpartition(written)
            if before and found:
                spellings.append(f"{before}{other}{after}".rstrip("$"))
    return spellings


@lru_cache(maxsize=4096)
def slip_cost(typed: str, meant: str) -> float:
    """The cost of having typed one word where another was meant.

    Returns:
        0 for the same word; about 1 for each slip.
    Example: ("recieve", "receive") -> 0.8.
    """
    costs = [[0.0] * (len(meant) + 1) for _ in range(len(typed) + 1)]
    for i in range(len(typed) + 1):
        for j in range(len(meant) + 1):
            if i or j:
                costs[i][j] = _least_cost(costs, typed, meant, i, j)
    return costs[-1][-1]


def _least_cost(costs: list[list[float]], typed: str, meant: str, i: int, j: int) -> float:
    """The least cost of typing the first i letters for the first j, by the last edit.

    `costs[a][b]` is that cost for all a <= i and b <= j but (i, j) itself.
    """
    ways = []
    if i and j:
        exchange = _exchange_cost(typed[i - 1], meant[j - 1], is_first=i == j == 1)
        ways.append(costs[i - 1][j - 1] + exchange)
    if i:
        ways.append(costs[i - 1][j] + _extra_letter_cost(typed, i, _ADDED, _ADDED_DOUBLE))
    if j:
        is_soft = meant[j - 1] in _VOWELS or meant[j - 1] == "h"
        left_out = _LEFT_OUT_SOFT if is_soft else _LEFT_OUT
        ways.append(costs[i][j - 1] + _extra_letter_cost(meant, j, left_out, _LEFT_OUT_DOUBLE))
    if i > 1 and j > 1 and typed[i - 1] == meant[j - 2] and typed[i - 2] == meant[j - 1]:
        ways.append(costs[i - 2][j - 2] + _SWAPPED + (_AT_THE_START if i == 2 else 0.0))
    return min(ways)


def _exchange_cost(typed: str, meant: str, is_first: bool) -> float:
    """The cost of one letter typed for another; 0 for the same."""
    if typed == meant:
        return 0.0
    start = _AT_THE_START if is_first else 0.0
    if typed in _VOWELS and meant in _VOWELS:
        return start + _EXCHANGED_VOWELS
    pair = frozenset((typed, meant))
    if pair in _ALIKE:
        return start + _EXCHANGED_ALIKE
    if pair in _NEIGHBOURS:
        return start + _EXCHANGED_NEIGHBOURS
    return start + _EXCHANGED


def _extra_letter_cost(word: str, place: int, single: float, double: float) -> float:
    """The cost of the `place`-th letter (from 1) of a word, which the other word lacks.

    `double` is its cost when it repeats the letter before it, `single` otherwise.
    """
    if place > 1 and word[place - 2] == word[place - 1]:
        return double
    return single + (_AT_THE_START if place == 1 else 0.0)
