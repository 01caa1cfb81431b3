"""Two settings on the same questions: what differs after each node, by how much, and whether that is more than luck."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from headrace.execution.caching import NodeCache
from headrace.measuring import statistics
from headrace.measuring.environment import describe_environment
from headrace.measuring.quality import run
from headrace.measuring.quality.asking import Asker, Progress
from headrace.measuring.quality.collections import Collection, LabelledQuestion
from headrace.measuring.quality.traces import RANKING_NODES, Trace
from headrace.pipeline import RESOURCES, Pipeline
from headrace.settings import Settings

VERSION = 1
#: A p-value (after Holm's correction) below this is called significant.
SIGNIFICANT = 0.05
#: What the report calls the mean over all collections.
ALL = "mean of collections"
_MOVED = 10

#: (node, measure) -> query id -> value.
QuestionValues = dict[tuple[str, str], dict[str, float]]


@dataclass(frozen=True)
class Row:
    """One measure after one node, under both settings. `low` to `high` is the 95 % interval of the difference (candidate - baseline);
    `p_holm` is `p` corrected for the number of measures that differ at all; wins, losses and ties are the candidate's, by question."""

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
        """ "better" or "worse" where the difference is significant, "" where it is not."""
        if self.p_holm >= SIGNIFICANT:
            return ""
        return "better" if self.difference > 0 else "worse"


def compare_collections(
    folders: Sequence[Path],
    baseline: Settings,
    candidate: Settings,
    selection: run.Selection | None = None,
    *,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Asks each question under both settings, one after the other, and compares them node by node.

    What the two graphs have in common is computed once: nodes before the first difference take their results from a cache in memory.

    Returns:
        {"version", "collections": {NAME: {"queries", "rows": [Row], "moved": [the ten questions that moved most], "failed"}},
        "baseline" and "candidate": settings, "environment"}; with more than one collection, also "mean of collections", its rows each
        collection counting alike.
    """
    selection = selection or run.Selection()
    run.check(folders)
    settings = [run.measured_settings(chosen) for chosen in (baseline, candidate)]
    caches = _caches(*settings)
    compared: dict[str, Any] = {}
    pairs: dict[str, tuple[QuestionValues, QuestionValues]] = {}
    with (
        Pipeline.open(settings[0], cache=caches[0]) as first,
        Pipeline.open(settings[1], cache=caches[1]) as second,
    ):
        for folder in folders:
            name = folder.resolve().name
            asked = run.evaluation(
                ["collection", "questions"], settings[0], folder=folder, **selection.inputs()
            )
            collection, questions = asked["collection"], asked["questions"]
            both = _ask_both(
                (first, second), caches, collection, questions, selection, progress or run.silent
            )
            pairs[name] = tuple(
                run.evaluation(["question_values"], chosen, asked | {"traces": traces})[
                    "question_values"
                ]
                for chosen, traces in zip(settings, both, strict=True)
            )
            compared[name] = {
                "queries": len(questions),
                "rows": [
                    asdict(row) | {"verdict": row.verdict}
                    for row in rows([pairs[name]], selection.seed)
                ],
                "moved": moved(*pairs[name], questions),
                "failed": _failed(*both),
            }
        about = describe_environment(first.database.versions) | selection.inputs()
    report = {"version": VERSION, "collections": compared}
    if len(folders) > 1:
        report[ALL] = {
            "rows": [
                asdict(row) | {"verdict": row.verdict}
                for row in rows(list(pairs.values()), selection.seed)
            ]
        }
    return report | {
        "baseline": run.reported_settings(settings[0]),
        "candidate": run.reported_settings(settings[1]),
        "environment": about,
    }


def rows(pairs: Sequence[tuple[QuestionValues, QuestionValues]], seed: int = 0) -> list[Row]:
    """Every measure that all collections have under both settings, in the order of the graph.

    Args:
        pairs: per collection the values under the baseline and under the candidate.
    """
    keys = [key for key in pairs[0][0] if all(_common(key, *pair) for pair in pairs)]
    before = [[_array(pair[0][key], _common(key, *pair)) for pair in pairs] for key in keys]
    after = [[_array(pair[1][key], _common(key, *pair)) for pair in pairs] for key in keys]
    tested = [
        statistics.paired([b - a for a, b in zip(*both, strict=True)], seed)
        for both in zip(before, after, strict=True)
    ]
    differs = [
        any((a != b).any() for a, b in zip(*both, strict=True))
        for both in zip(before, after, strict=True)
    ]
    corrected = iter(
        statistics.holm([test.p for test, real in zip(tested, differs, strict=True) if real])
    )
    return [
        _row(key, old, new, test, next(corrected) if real else 1.0)
        for key, old, new, test, real in zip(keys, before, after, tested, differs, strict=True)
    ]


def moved(
    baseline: QuestionValues, candidate: QuestionValues, questions: Sequence[LabelledQuestion]
) -> list[dict[str, Any]]:
    """The ten questions whose nDCG@10 moved most, after the last ranking node before the context where any did; else after the context."""
    texts = {question.query_id: question.text for question in questions}
    for node in (*reversed(RANKING_NODES[:-1]), RANKING_NODES[-1]):
        old, new = baseline.get((node, "nDCG@10"), {}), candidate.get((node, "nDCG@10"), {})
        changes = sorted(
            ((new[name] - old[name], name) for name in old if new[name] != old[name]),
            key=lambda change: (-abs(change[0]), change[1]),
        )
        if changes:
            return [
                {
                    "id": name,
                    "question": texts[name],
                    "node": node,
                    "baseline": old[name],
                    "candidate": new[name],
                    "difference": difference,
                }
                for difference, name in changes[:_MOVED]
            ]
    return []


def worse(report: dict[str, Any], node: str | None = None) -> list[str]:
    """What is significantly worse, in words: "collection: node measure -0.0123". Only after `node`, when one is named."""
    parts = {**report["collections"], **({ALL: report[ALL]} if ALL in report else {})}
    return [
        f"{name}: {row['node']} {row['measure']} {row['difference']:+.4f}"
        for name, part in parts.items()
        for row in part["rows"]
        if row["verdict"] == "worse" and node in (None, row["node"])
    ]


def _caches(baseline: Settings, candidate: Settings) -> tuple[NodeCache | bool, NodeCache | bool]:
    """Caches in memory that share what they hold, where both settings use the same models; else none."""
    if baseline.resources() != candidate.resources() or baseline.data_dir != candidate.data_dir:
        return False, False
    cache = NodeCache(None, RESOURCES)
    return cache, NodeCache(None, RESOURCES, shared=cache)


def _ask_both(
    rags: tuple[Pipeline, Pipeline],
    caches: tuple,
    collection: Collection,
    questions: list[LabelledQuestion],
    selection: run.Selection,
    progress: Progress,
) -> tuple[list[Trace], list[Trace]]:
    answers = selection.makes_answers(collection)
    askers = [
        Asker(rag, collection, answers=answers, purpose="compare", progress=progress)
        for rag in rags
    ]

    def ask(question: LabelledQuestion) -> tuple[Trace, Trace]:
        traces = (askers[0].ask(question), askers[1].ask(question))
        for cache in caches:
            if cache:
                cache.forget()
        return traces

    both = list(run.counted(questions, ask, progress, f"asking {collection.name} twice"))
    for asker in askers:
        asker.finish()
    return [first for first, _ in both], [second for _, second in both]


def _failed(baseline: list[Trace], candidate: list[Trace]) -> list[dict[str, str]]:
    return [
        {"id": trace.query_id, "settings": name, "error": trace.error}
        for name, traces in (("baseline", baseline), ("candidate", candidate))
        for trace in traces
        if trace.error
    ]


def _common(key: tuple[str, str], baseline: QuestionValues, candidate: QuestionValues) -> list[str]:
    """The questions that have this measure under both settings (an answer without citations has no citation precision)."""
    return [query_id for query_id in baseline.get(key, ()) if query_id in candidate.get(key, ())]


def _array(values: dict[str, float], query_ids: list[str]) -> np.ndarray:
    return np.array([values[query_id] for query_id in query_ids])


def _row(
    key: tuple[str, str],
    old: list[np.ndarray],
    new: list[np.ndarray],
    test: statistics.Paired,
    p_holm: float,
) -> Row:
    differences = np.concatenate(new) - np.concatenate(old)
    means = [float(np.mean([values.mean() for values in groups])) for groups in (old, new)]
    wins, losses = int((differences > 0).sum()), int((differences < 0).sum())
    return Row(
        *key,
        len(differences),
        *means,
        test.difference,
        test.low,
        test.high,
        test.p,
        p_holm,
        wins,
        losses,
        len(differences) - wins - losses,
    )
