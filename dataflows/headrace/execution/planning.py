"""In which order the nodes of a run are computed, and which of them run aside."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from hamilton import node


@dataclass(frozen=True, slots=True)
class Step:
    """A node to run.

    Attributes:
        needed: the names of what it is given.
        is_aside: whether it runs in a thread of its own.
    """

    node: node.Node
    name: str
    needed: tuple[str, ...]
    is_aside: bool = False


def planned(wanted: Iterable[node.Node], given: Collection[str]) -> list[Step]:
    """The steps from what is given to the nodes wanted, each after what it needs.

    Of the nodes tagged runs="concurrently", those that the others do not depend on run
    aside, and begin as early as they can; so do those tagged runs="aside".
    """
    steps: dict[str, Step] = {}
    for node_ in wanted:
        _visit(node_, given, steps)
    needed = {name: _all_needed(step, steps) for name, step in steps.items()}
    concurrent = {name for name, step in steps.items() if _runs(step) == "concurrently"}
    aside = {name for name, step in steps.items() if _runs(step) == "aside"}
    sooner = set[str]().union(*(needed[name] for name in aside))
    aside |= concurrent - _chain(concurrent, needed)
    here = [name for name in steps if name not in aside]
    # First what is needed aside, and whatever needs none of the concurrent nodes.
    here.sort(key=lambda name: name not in sooner)
    order = sorted(here, key=lambda name: bool(concurrent & {name, *needed[name]}))
    for name in steps:
        if name in aside:
            places = [place for place, other in enumerate(order) if other in needed[name]]
            order.insert(max(places, default=-1) + 1, name)
    return [replace(steps[name], is_aside=name in aside) for name in order]


def _chain(concurrent: Collection[str], needed: Mapping[str, set[str]]) -> set[str]:
    """The concurrent nodes that run where they stand: each needs the one before it."""
    chain: set[str] = set()
    for name, needs in needed.items():
        if name in concurrent and chain <= needs:
            chain.add(name)
    return chain


def _runs(step: Step) -> str | list[str] | None:
    """The tag `runs` of its node."""
    return step.node.tags.get("runs")


def _visit(wanted: node.Node, given: Collection[str], steps: dict[str, Step]) -> None:
    """Adds a node to `steps`, after what it needs."""
    if wanted.name in given or wanted.name in steps or wanted.user_defined:
        return
    for needed in wanted.dependencies:
        _visit(needed, given, steps)
    names = tuple(needed.name for needed in wanted.dependencies)
    steps[wanted.name] = Step(wanted, wanted.name, names)


def _all_needed(step: Step, steps: Mapping[str, Step]) -> set[str]:
    """The names of what a step needs, and of what that needs."""
    found: set[str] = set()
    for name in step.needed:
        if name in steps:
            found |= {name} | _all_needed(steps[name], steps)
    return found
