"""Each question asked of the dataflow and of the floor, one right after the other, first the one and then the other first."""

from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from headrace.execution.concurrent import Recording
from headrace.measuring.speed.floor import Floor
from headrace.measuring.timing import percentiles
from headrace.pipeline import Pipeline

#: What people name one thing and the graph does in several nodes. The two searches overlap: the longer one counts.
GROUPS: dict[str, Callable[[dict[str, float]], float]] = {
    "understanding": lambda ms: _sum(
        ms,
        "normalized_query",
        "tenant_facts",
        "standalone_query",
        "known_words",
        "corrected_query",
        "known_names",
        "expanded_query",
        "query_filters",
        "question_kind",
        "sub_queries",
    ),
    "hybrid_retrieval": lambda ms: max(ms["semantic_hits"], ms["keyword_hits"]) + ms["fused_hits"],
    "reranking": lambda ms: _sum(ms, "rerank_scores", "ranked_hits", "reranked_hits"),
}


class Interleaved:
    """The times of both, question by question, and whether they found the same.

    Attributes:
        expected: what the dataflow found for each question, alone.
        differing: questions for which the floor found other chunks, another order or another context.
    """

    def __init__(self, rag: Pipeline, tenant: str):
        self._rag, self._tenant = rag, tenant
        self.expected: dict[str, Any] = {}
        self.differing = 0
        self._totals: list[tuple[float, float]] = []
        self._stages: list[tuple[dict[str, float], dict[str, float]]] = []

    def warm_up(self, floor: Floor, questions: Sequence[str]) -> None:
        """Asks without keeping anything: tables, models and statements are loaded by the first questions."""
        for question in questions:
            found(self._rag, self._tenant, question)
            floor.ask(question)

    def ask(self, floor: Floor, question: str) -> None:
        """Asks both and keeps their times; every second time the floor comes first."""
        if len(self._totals) % 2:
            by_hand, ours = _timed(floor.ask, question), _timed(self._ours, question)
        else:
            ours, by_hand = _timed(self._ours, question), _timed(floor.ask, question)
        ((values, recording), total_ms), (found_by_hand, by_hand_ms) = ours, by_hand
        result = _result(values)
        self.expected[question] = result
        self.differing += result != found_by_hand.result
        self._totals.append((total_ms, by_hand_ms))
        self._stages.append(
            ({stage.node: stage.ms for stage in recording.stages}, found_by_hand.stages)
        )

    def report(self) -> dict[str, Any]:
        """{"stages", "groups", "total", "overhead_us"}."""
        ours, floor = (list(times) for times in zip(*self._totals, strict=True))
        total = _beside(ours, floor) | {
            "floor_p99_ms": percentiles(floor, (99,))["p99_ms"],
            "ratio": round(median(ours) / median(floor), 3),
        }
        nodes = sorted(
            {node for stages, _ in self._stages for node in stages},
            key=list(self._stages[0][0]).index,
        )
        return {
            "stages": {node: self._figures(lambda ms, node=node: ms.get(node)) for node in nodes},
            "groups": {name: self._figures(times) for name, times in GROUPS.items()},
            "total": total,
            "overhead_us": round(1000 * float(np.median(np.subtract(ours, floor))), 1),
        }

    def _ours(self, question: str) -> tuple[dict[str, Any], Recording]:
        return self._rag.recorded_run(
            ["reranked_hits", "context"], question=question, tenant=self._tenant
        )

    def _figures(
        self, times: Callable[[dict[str, float]], float | None]
    ) -> dict[str, float | None]:
        ours, floor = (
            [value for pair in self._stages if (value := times(pair[side])) is not None]
            for side in (0, 1)
        )
        return _beside(ours, floor)


def found(rag: Pipeline, tenant: str, question: str) -> Any:
    """What the dataflow finds, to compare: the chunks of the context in order, the context and its tokens."""
    return _result(rag.run(["reranked_hits", "context"], question=question, tenant=tenant))


def _timed(ask: Callable[[str], Any], question: str) -> tuple[Any, float]:
    """What it returns, and after how many milliseconds: with all that has to be put away by then."""
    began = perf_counter()
    returned = ask(question)
    return returned, (perf_counter() - began) * 1000


def _result(values: dict[str, Any]) -> tuple[list[int], str, int]:
    return (
        [hit.chunk_id for hit in values["reranked_hits"]],
        values["context"].text,
        values["context"].tokens,
    )


def _beside(ours: list[float], floor: list[float]) -> dict[str, float | None]:
    return {
        **percentiles(ours, (50, 99)),
        "floor_p50_ms": percentiles(floor, (50,))["p50_ms"] if floor else None,
    }


def _sum(ms: dict[str, float], *nodes: str) -> float:
    return sum(ms.get(node, 0.0) for node in nodes)
