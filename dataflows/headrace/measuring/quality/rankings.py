"""Which nodes of a graph rank, read from the graph itself.

A node ranks that returns list[Hit] and is tagged with a stage of searching, fusing or
reranking, or with no stage, as a node of the user's own may be. A new ranking node is
therefore measured, reported and drawn without an edit anywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from hamilton import driver

from headrace.types import Hit

#: How many documents of each ranking are looked at, where there are as many.
DEPTH = 20
#: The last ranking: the documents that the answer may be made from.
CONTEXT = "context"
#: The hits that go on to the context, cut from a longer order.
PASSED = "reranked_hits"
#: The hits that reranking begins with.
FOUND = "linked_hits"
_STAGES = ("semantic search", "keyword search", "RRF", "rerank", None)
#: Steps of reranking: what they make of the hits is measured once, as `reranked_hits`.
_STEPS = ("passage_hits", "ranked_hits")
_BESIDE = "+"
_PACKAGE = f"{__name__.partition('.')[0]}."


def ranking_nodes(dr: driver.Driver) -> tuple[str, ...]:
    """The nodes after which documents are ranked, in the order of the graph.

    The context comes last. Of the default graph: semantic_hits, keyword_hits,
    fused_hits, linked_hits, reranked_hits, context.
    """
    return (*Rankings.of(dr).of_hits, CONTEXT)


def searches(dr: driver.Driver) -> tuple[str, ...]:
    """The ranking nodes that are made from no other: those that search."""
    return Rankings.of(dr).searches


def never_found(searches: Sequence[str]) -> str:
    """What the waterfall calls the loss of documents that no search found."""
    return _BESIDE.join(searches)


def named_searches(waterfall: Mapping[str, Any]) -> tuple[str, ...]:
    """The searches, as the first loss of a waterfall names them; () without any."""
    for loss in waterfall:
        if loss != "failed":
            return tuple(loss.split(_BESIDE))
    return ()


@dataclass(frozen=True)
class Rankings:
    """What a graph ranks, and how its rankings are made from each other.

    Attributes:
        of_hits: the ranking nodes but the context, in the order of the graph.
        searches: those that are made from no other.
        whole_order: the node whose hits `reranked_hits` is cut from.
        is_reordered: whether `reranked_hits` is a node of the user's own, which may
            put its hits in another order than that.
        until_found: the ranking nodes up to `linked_hits`, which run again where a
            question needs more candidates. What comes after them may cost much.
    """

    of_hits: tuple[str, ...]
    searches: tuple[str, ...]
    whole_order: str
    is_reordered: bool
    until_found: tuple[str, ...]

    @classmethod
    def of(cls, dr: driver.Driver) -> "Rankings":
        needed = needed_nodes(dr)
        variables = dr.list_available_variables()
        ranking = [variable.name for variable in variables if _ranks(variable)]
        upstream = {name: all_needed(name, needed) for name in ranking}
        order = _in_order(ranking, upstream)
        measured = [name for name in order if name not in _STEPS]
        before = [name for name in ranking if name in needed.get(PASSED, ())]
        return cls(
            of_hits=tuple(measured),
            searches=tuple(name for name in order if not upstream[name] & set(ranking)),
            whole_order=before[0] if len(before) == 1 else PASSED,
            is_reordered=_is_own(variables, PASSED),
            until_found=tuple(name for name in measured if FOUND not in upstream[name]),
        )


def needed_nodes(dr: driver.Driver) -> dict[str, set[str]]:
    """Each node's name with the names of the nodes that it is given."""
    variables = [one for one in dr.list_available_variables() if not one.is_external_input]
    nodes = {variable.name for variable in variables}
    needed = {}
    for variable in variables:
        given = variable.required_dependencies | variable.optional_dependencies
        needed[variable.name] = given & nodes
    return needed


def all_needed(name: str, needed: Mapping[str, set[str]]) -> set[str]:
    """The nodes that a node is made from, directly or through others."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = needed.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _ranks(variable: driver.Variable) -> bool:
    if variable.is_external_input or variable.tags.get("stage") not in _STAGES:
        return False
    return get_origin(variable.type) is list and get_args(variable.type) == (Hit,)


def _is_own(variables: Sequence[driver.Variable], name: str) -> bool:
    """Whether a node comes from a module of the user's own."""
    modules = [str(variable.tags.get("module")) for variable in variables if variable.name == name]
    return not all(module.startswith(_PACKAGE) for module in modules)


def _in_order(names: Sequence[str], upstream: Mapping[str, set[str]]) -> list[str]:
    """Each name after those that it is made from; else as the modules list them."""
    order: list[str] = []
    for name in names:
        before = sorted(upstream[name] & set(names), key=lambda other: len(upstream[other]))
        order += [other for other in (*before, name) if other not in order]
    return order
