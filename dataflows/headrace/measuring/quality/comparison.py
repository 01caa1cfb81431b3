"""Two settings on the same questions: what differs after each node, and by how much.

A paired test says whether a difference is more than chance.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from headrace.execution.caching import NodeCache
from headrace.measuring import statistics
from headrace.measuring.environment import describe_environment
from headrace.measuring.quality import run
from headrace.measuring.quality.asking import Asker
from headrace.measuring.quality.labelled import Collection, LabelledQuestion
from headrace.measuring.quality.rankings import CONTEXT
from headrace.measuring.quality.traces import Trace
from headrace.pipeline import Pipeline
from headrace.settings import Settings
from headrace.types import Progress

VERSION = 1
#: A p-value (after Holm's correction) below this is called significant.
SIGNIFICANT = 0.05
#: What the report calls the mean over all collections.
ALL = "mean of collections"
_MOVED = 10
_MOVED_MEASURE = "nDCG@10"

#: (node, measure) -> query id -> value.
QuestionValues = dict[tuple[str, str], dict[str, float]]
#: The values under the baseline, and under the candidate.
Pair = tuple[QuestionValues, QuestionValues]


@dataclass(frozen=True)
class Row:
    """One measure after one node, under both settings.

    Attributes:
        queries: how many questions have the measure.
        difference: candidate - baseline.
        low: the lower end of the difference's 95 % interval; `high` is the upper.
        p_holm: `p`, corrected for the number of measures that differ at all.
        wins: questions on which the candidate is better; `losses` and `ties` likewise.
    """

    node: str
    measure: str
    queries: int
    baseline: float
    candidate: float
    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    wins: int
    losses: int
    ties: int

    @property
    def verdict(self) -> str:
        """Significantly "better" or "worse", else ""."""
        if self.p_holm >= SIGNIFICANT:
            return ""
        return "better" if self.difference > 0 else "worse"

    def to_dict(self) -> dict[str, Any]:
        """The row as the report has it."""
        return asdict(self) | {"verdict": self.verdict}


def compare_collections(
    folders: Sequence[Path],
    baseline: Settings,
    candidate: Settings,
    selection: run.Selection | None = None,
    *,
    baseline_modules: Sequence[ModuleType] = (),
    candidate_modules: Sequence[ModuleType] = (),
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Asks each question under both settings, and compares them node by node.

    What the two graphs have in common is computed once, by a cache in memory that knows
    a result by its node's code and by all that the node was given.

    Args:
        baseline_modules: of the user's own, that join the baseline's graph.
        candidate_modules: the same for the candidate.
    Returns:
        {"version", "collections": {NAME: {"queries", "rows": [Row], "moved": [the ten
        questions that moved most], "failed"}}, "baseline" and "candidate": settings,
        "environment"}; with more than one collection, also "mean of collections", its
        rows each collection counting alike.
    """
    selection = selection or run.Selection()
    run.check(folders)
    settings = [run.measured_settings(chosen) for chosen in (baseline, candidate)]
    cache = NodeCache(None)
    sharing = NodeCache(None, shared=cache)
    compared: dict[str, Any] = {}
    pairs: list[Pair] = []
    with (
        Pipeline.open(settings[0], modules=baseline_modules, cache=cache) as first,
        Pipeline.open(settings[1], modules=candidate_modules, cache=sharing) as second,
    ):
        sides = (
            _Side("baseline", first, baseline_modules, cache),
            _Side("candidate", second, candidate_modules, sharing),
        )
        for folder in folders:
            pair, report = _compared(sides, folder, selection, progress or run.silent)
            pairs.append(pair)
            compared[folder.resolve().name] = report
        about = describe_environment(first.database.versions) | selection.inputs()
    result: dict[str, Any] = {"version": VERSION, "collections": compared}
    if len(folders) > 1:
        result[ALL] = {"rows": [row.to_dict() for row in rows(pairs, selection.seed)]}
    for side, chosen in zip(sides, settings, strict=True):
        result[side.name] = run.reported_settings(chosen)
    return result | {"environment": about}


def rows(pairs: Sequence[Pair], seed: int = 0) -> list[Row]:
    """Every measure that all collections have under both settings.

    They are in the order of the graph.

    Args:
        pairs: per collection the values under the baseline and under the candidate.
    """
    compared = []
    for key in pairs[0][0]:
        if all(_common(key, pair) for pair in pairs):
            compared.append(_Measured.of(key, pairs, seed))
    differing = [measured for measured in compared if measured.differs]
    corrected = statistics.holm([measured.test.p for measured in differing])
    p_holm = {one.key: p for one, p in zip(differing, corrected, strict=True)}
    return [measured.row(p_holm.get(measured.key, 1.0)) for measured in compared]


def moved(
    baseline: QuestionValues, candidate: QuestionValues, questions: Sequence[LabelledQuestion]
) -> list[dict[str, Any]]:
    """The ten questions whose nDCG@10 moved most.

    It is the nDCG@10 after the last ranking node before the context where any did, or
    after the context where it did nowhere else.
    """
    texts = {question.query_id: question.text for question in questions}
    nodes = [node for node, measure in baseline if measure == _MOVED_MEASURE and node != CONTEXT]
    for node in (*reversed(nodes), CONTEXT):
        old = baseline.get((node, _MOVED_MEASURE), {})
        new = candidate.get((node, _MOVED_MEASURE), {})
        changes = {}
        for query_id in old.keys() & new.keys():
            if new[query_id] != old[query_id]:
                changes[query_id] = new[query_id] - old[query_id]
        most = sorted(changes, key=lambda query_id: (-abs(changes[query_id]), query_id))
        found = []
        for query_id in most[:_MOVED]:
            item = {
                "id": query_id,
                "question": texts[query_id],
                "node": node,
                "baseline": old[query_id],
                "candidate": new[query_id],
                "difference": changes[query_id],
            }
            found.append(item)
        if found:
            return found
    return []


def worse(report: dict[str, Any], node: str | None = None) -> list[str]:
    """What is significantly worse, in words: "collection: node measure -0.0123".

    Args:
        node: only what is worse after this node.
    """
    parts = dict(report["collections"])
    if ALL in report:
        parts[ALL] = report[ALL]
    found = []
    for name, part in parts.items():
        for row in part["rows"]:
            if row["verdict"] == "worse" and node in (None, row["node"]):
                found.append(f"{name}: {row['node']} {row['measure']} {row['difference']:+.4f}")
    return found


# ---------------------------------------------------------------------------
# asking


@dataclass(frozen=True)
class _Side:
    """One of the two settings, ready to be asked."""

    name: str
    rag: Pipeline
    modules: Sequence[ModuleType]
    cache: NodeCache


def _compared(
    sides: tuple[_Side, _Side], folder: Path, selection: run.Selection, progress: Progress
) -> tuple[Pair, dict[str, Any]]:
    """The values of a collection's questions on both sides, and its report."""
    first, second = sides
    asked = run.evaluation(
        ["collection", "questions"], first.rag, folder=folder, **selection.inputs()
    )
    questions = asked["questions"]
    traces = _ask_both(sides, asked["collection"], questions, selection, progress)
    values = []
    failed = []
    for side, of_side in zip(sides, traces, strict=True):
        given = asked | {"traces": of_side}
        values.append(run.evaluation(["question_values"], side.rag, given)["question_values"])
        failed += _failed(side, of_side)
    pair = (values[0], values[1])
    return pair, {
        "queries": len(questions),
        "rows": [row.to_dict() for row in rows([pair], selection.seed)],
        "moved": moved(*pair, questions),
        "failed": failed,
    }


def _ask_both(
    sides: tuple[_Side, _Side],
    collection: Collection,
    questions: list[LabelledQuestion],
    selection: run.Selection,
    progress: Progress,
) -> tuple[list[Trace], list[Trace]]:
    """The traces of each side; a question is asked on both before the next one."""
    answers = selection.makes_answers(collection)
    askers = []
    for side in sides:
        asker = Asker(
            side.rag,
            collection,
            answers=answers,
            purpose="compare",
            progress=progress,
            modules=side.modules,
        )
        askers.append(asker)

    def ask(question: LabelledQuestion) -> tuple[Trace, Trace]:
        traces = (askers[0].ask(question), askers[1].ask(question))
        for side in sides:
            side.cache.forget()
        return traces

    both = list(run.counted(questions, ask, progress, f"asking {collection.name} twice"))
    for asker in askers:
        asker.finish()
    return [first for first, _ in both], [second for _, second in both]


def _failed(side: _Side, traces: Sequence[Trace]) -> list[dict[str, str]]:
    failed = []
    for trace in traces:
        if trace.error:
            failed.append({"id": trace.query_id, "settings": side.name, "error": trace.error})
    return failed


# ---------------------------------------------------------------------------
# testing


@dataclass(frozen=True)
class _Measured:
    """A measure under both settings, and the test of its difference.

    Attributes:
        key: (node, measure).
        baseline: per collection the values of its questions; `candidate` likewise.
    """

    key: tuple[str, str]
    baseline: list[np.ndarray]
    candidate: list[np.ndarray]
    test: statistics.Paired

    @classmethod
    def of(cls, key: tuple[str, str], pairs: Sequence[Pair], seed: int) -> "_Measured":
        baseline = []
        candidate = []
        for pair in pairs:
            query_ids = _common(key, pair)
            baseline.append(_array(pair[0][key], query_ids))
            candidate.append(_array(pair[1][key], query_ids))
        gains = [new - old for old, new in zip(baseline, candidate, strict=True)]
        return cls(key, baseline, candidate, statistics.paired(gains, seed))

    @property
    def gains(self) -> np.ndarray:
        """The difference of each question, over all collections."""
        return np.concatenate(self.candidate) - np.concatenate(self.baseline)

    @property
    def differs(self) -> bool:
        return bool(np.any(self.gains != 0))

    def row(self, p_holm: float) -> Row:
        gains = self.gains
        node, measure = self.key
        wins = int((gains > 0).sum())
        losses = int((gains < 0).sum())
        return Row(
            node=node,
            measure=measure,
            queries=len(gains),
            baseline=_mean_of_means(self.baseline),
            candidate=_mean_of_means(self.candidate),
            difference=self.test.difference,
            low=self.test.low,
            high=self.test.high,
            p=self.test.p,
            p_holm=p_holm,
            wins=wins,
            losses=losses,
            ties=len(gains) - wins - losses,
        )


def _common(key: tuple[str, str], pair: Pair) -> list[str]:
    """The questions that have this measure under both settings.

    An answer without citations, for example, has no citation precision.
    """
    baseline, candidate = pair
    values = candidate.get(key, {})
    return [query_id for query_id in baseline.get(key, {}) if query_id in values]


def _array(values: dict[str, float], query_ids: list[str]) -> np.ndarray:
    return np.array([values[query_id] for query_id in query_ids])


def _mean_of_means(groups: Sequence[np.ndarray]) -> float:
    return float(np.mean([values.mean() for values in groups]))
