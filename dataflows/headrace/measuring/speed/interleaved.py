"""Each question asked of the dataflow and of the floor, one right after the other.

By turns, the one or the other comes first. So whatever else the machine does meets both
alike.
"""

from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple, TypeVar

import numpy as np

from headrace.execution.recording import Recording
from headrace.measuring.speed.floor import Floor, Result
from headrace.measuring.speed.stages import HYBRID_RETRIEVAL, RERANKING, UNDERSTANDING, Stages
from headrace.measuring.timing import percentiles
from headrace.pipeline import Pipeline

T = TypeVar("T")

_FOUND = ("reranked_hits", "context")
_GROUPS = (UNDERSTANDING, HYBRID_RETRIEVAL, RERANKING)


class _Times(NamedTuple):
    """Milliseconds of one question: in all, and by node and group."""

    total: float
    stages: dict[str, float]


class Interleaved:
    """The times of both, question by question, and whether they found the same.

    Attributes:
        expected: what the dataflow found for each question, alone.
        differing: the number of questions for which the floor found other chunks,
            another order or another context.
    """

    def __init__(self, rag: Pipeline, tenant: str):
        self.expected: dict[str, Result] = {}
        self.differing = 0
        self._rag = rag
        self._tenant = tenant
        self._graph = Stages(rag.driver)
        self._ours: list[_Times] = []
        self._floor: list[_Times] = []

    def warm_up(self, floor: Floor, questions: Sequence[str]) -> None:
        """Asks without keeping anything.

        The first questions load tables, models and statements.
        """
        for question in questions:
            found(self._rag, self._tenant, question)
            floor.ask(question)

    def ask(self, floor: Floor, question: str) -> None:
        """Asks both and keeps their times; every second time the floor comes first."""
        if len(self._ours) % 2:
            by_hand, by_hand_ms = _timed(floor.ask, question)
            (values, recording), ms = _timed(self._recorded, question)
        else:
            (values, recording), ms = _timed(self._recorded, question)
            by_hand, by_hand_ms = _timed(floor.ask, question)
        result = _result(values)
        self.expected[question] = result
        self.differing += result != by_hand.result
        stages = {stage.node: stage.ms for stage in recording.stages}
        self._ours.append(_Times(ms, self._graph.with_groups(stages)))
        self._floor.append(_Times(by_hand_ms, self._graph.with_groups(by_hand.stages)))

    def report(self) -> dict[str, Any]:
        """{"stages", "groups", "shown", "total", "overhead_us"}."""
        ours = [times.total for times in self._ours]
        floor = [times.total for times in self._floor]
        recorded = set().union(*(times.stages for times in self._ours))
        nodes = self._graph.ordered(recorded)
        return {
            "stages": {node: self._figures(node) for node in nodes},
            "groups": {group: self._figures(group) for group in _GROUPS},
            "shown": self._graph.shown(),
            "total": {
                **_beside(ours, floor),
                "floor_p99_ms": percentiles(floor, (99,))["p99_ms"],
                "ratio": round(median(ours) / median(floor), 3),
            },
            "overhead_us": round(1000 * float(np.median(np.subtract(ours, floor))), 1),
        }

    def _recorded(self, question: str) -> tuple[dict[str, Any], Recording]:
        return self._rag.recorded_run(list(_FOUND), question=question, tenant=self._tenant)

    def _figures(self, stage: str) -> dict[str, float | None]:
        return _beside(_of_stage(self._ours, stage), _of_stage(self._floor, stage))


def found(rag: Pipeline, tenant: str, question: str) -> Result:
    """What the dataflow finds, to compare."""
    return _result(rag.run(list(_FOUND), question=question, tenant=tenant))


def _timed(ask: Callable[[str], T], question: str) -> tuple[T, float]:
    """What it returns, and after how many milliseconds.

    What was made and is not returned has been freed by then.
    """
    began = perf_counter()
    returned = ask(question)
    return returned, (perf_counter() - began) * 1000


def _result(values: dict[str, Any]) -> Result:
    chunk_ids = [hit.chunk_id for hit in values["reranked_hits"]]
    return chunk_ids, values["context"].text, values["context"].tokens


def _of_stage(asked: Sequence[_Times], stage: str) -> list[float]:
    return [times.stages[stage] for times in asked if stage in times.stages]


def _beside(ours: list[float], floor: list[float]) -> dict[str, float | None]:
    by_hand = percentiles(floor, (50,))["p50_ms"] if floor else None
    return {**percentiles(ours, (50, 99)), "floor_p50_ms": by_hand}
