"""Which arrows a picture of a graph needs."""

from collections.abc import Collection, Mapping
from itertools import chain


def direct(needed: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """What each node is made from, without what also arrives through something else.

    Example: {"b": ["a"], "c": ["a", "b"]} -> {"b": ["a"], "c": ["b"]}.

    Args:
        needed: what each node is made from; a name that is no node needs nothing.
    """
    above: dict[str, set[str]] = {}

    def ancestors(name: str) -> set[str]:
        if name not in above:
            above[name] = set(needed.get(name, ()))
            above[name].update(*map(ancestors, needed.get(name, ())))
        return above[name]

    kept = {}
    for name, names in needed.items():
        through = set(chain.from_iterable(map(ancestors, names)))
        kept[name] = [one for one in names if one not in through]
    return kept
