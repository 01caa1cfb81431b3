"""Which nodes of the graph are shown, and which are summed up as a group.

It follows from the graph, so that a new node appears by itself. A node that reads the
question is known by its tag, one of reranking by its place after the reranker; any
other node before the context has a line of its own.
"""

from collections.abc import Iterable, Mapping
from itertools import chain

from hamilton import driver, node

UNDERSTANDING = "understanding"
HYBRID_RETRIEVAL = "hybrid_retrieval"
RERANKING = "reranking"

_UNDERSTANDING_TAGS = ("query expansion", "filter extraction", "decomposition")
#: Most questions pass it unchanged.
_NOT_SHOWN = ("linked_hits",)


class Stages:
    """The nodes of a query dataflow up to the answer, each after what it needs.

    Attributes:
        understanding: nodes that read the question.
        searches: nodes that the fusion takes its hits from; they overlap.
        reranking: the reranker's node and those after it, up to the context.
        generation: nodes after the context.
    """

    def __init__(self, dr: driver.Driver):
        nodes = dr.graph.nodes
        before_context = _needed(nodes["context"])
        self._order = list(before_context)
        self.generation = [name for name in _needed(nodes["answer"]) if name not in before_context]
        fused = {needed.name for needed in nodes["fused_hits"].dependencies}
        reranked = {variable.name for variable in dr.what_is_downstream_of("rerank_scores")}
        self.understanding = []
        self.searches = []
        self.reranking = []
        for name, node_ in before_context.items():
            if node_.tags.get("stage") in _UNDERSTANDING_TAGS:
                self.understanding.append(name)
            elif name in fused:
                self.searches.append(name)
            elif name in reranked and name != "context":
                self.reranking.append(name)

    def ordered(self, names: Iterable[str]) -> list[str]:
        """The names of nodes that are among these, in the order of the graph."""
        given = set(names)
        return [name for name in self._order if name in given]

    def with_groups(self, ms: Mapping[str, float]) -> dict[str, float]:
        """One question's milliseconds by node, and by group.

        Hybrid retrieval is the longer search and the fusion.
        """
        longest = max(ms[search] for search in self.searches)
        return {
            **ms,
            UNDERSTANDING: _sum(ms, self.understanding),
            HYBRID_RETRIEVAL: longest + ms["fused_hits"],
            RERANKING: _sum(ms, self.reranking),
        }

    def shown(self) -> list[str]:
        """The nodes and groups of a table, in the order of the graph.

        Nodes of understanding and reranking are shown as their group alone.
        """
        lines: dict[str, tuple[str, ...]] = {name: (name,) for name in self._order}
        lines |= dict.fromkeys(self.understanding, (UNDERSTANDING,))
        lines |= dict.fromkeys(self.reranking, (RERANKING,))
        lines |= dict.fromkeys(_NOT_SHOWN, ())
        lines["fused_hits"] = ("fused_hits", HYBRID_RETRIEVAL)
        return list(dict.fromkeys(chain.from_iterable(lines.values())))


def _needed(wanted: node.Node) -> dict[str, node.Node]:
    """The node and all that it needs, by name, each after what it needs itself."""
    found: dict[str, node.Node] = {}

    def add(node_: node.Node) -> None:
        if node_.name not in found and not node_.user_defined:
            for needed in node_.dependencies:
                add(needed)
            found[node_.name] = node_

    add(wanted)
    return found


def _sum(ms: Mapping[str, float], nodes: Iterable[str]) -> float:
    return sum(ms.get(node, 0.0) for node in nodes)
