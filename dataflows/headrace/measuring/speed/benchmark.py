"""How fast the dataflow is: every stage, beside the same work by hand.

The documents are made in any number (`workload.py`); the same work by hand is the floor
(`floor.py`). Both are run for each question, one right after the other, in the same
process and on the same rows, and what they found is compared. So whatever else the
machine does meets both alike, and their difference is the dataflow's.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, islice
from statistics import median
from time import perf_counter
from types import ModuleType
from typing import Any
from uuid import uuid4

import psutil

from headrace.errors import SettingsError
from headrace.ingest.installed_packages import installed_packages
from headrace.measuring.environment import describe_environment
from headrace.measuring.speed.floor import Floor, Result
from headrace.measuring.speed.growing_tenant import GrowingTenant
from headrace.measuring.speed.interleaved import Interleaved, found
from headrace.measuring.speed.nearest import recall
from headrace.measuring.speed.pipelines import ingested, opened, variant
from headrace.measuring.speed.plan import Plan
from headrace.measuring.speed.stages import Stages
from headrace.measuring.speed.throughput import Ask, Rate, rate
from headrace.measuring.speed.workload import Workload, sample_base
from headrace.measuring.timing import percentiles
from headrace.pipeline import Pipeline
from headrace.resources.models.loading import MissingReranker
from headrace.settings import GRAPH_SETTINGS, UNDERSTANDING_PARTS, Settings
from headrace.types import Progress

VERSION = 1
#: Numbers of askers at once.
ASKERS = (1, 2, 4, 8)

#: What is promised: the dataflow's time as a multiple of the floor's, at most; its own
#: microseconds, at most; its throughput with 8 askers as a share of the floor's, at
#: least; of every size, the recall of semantic search, at least; of a million chunks,
#: the milliseconds of both searches with fusion, and as a multiple of those of 10,000,
#: at most.
BARS = {
    "total_ratio": 1.10,
    "overhead_us": 2000,
    "throughput_share": 0.9,
    "recall_at_20": 0.97,
    "million_p50_ms": 20.0,
    "million_p99_ms": 60.0,
    "million_growth": 2.0,
}

_MILLION = "1000000"
_COMPARED = "10000"
#: The number of a document that no other measurement makes.
_LATER = 1_000_000_000
_WARM_UP_QUESTIONS = 10
_REPORTED_SETTINGS = (
    *GRAPH_SETTINGS,
    "encoder",
    "encoder_threads",
    "connections",
    "chunk_tokens",
)


def measure(
    settings: Settings, plan: Plan, progress: Progress, modules: Sequence[ModuleType] = ()
) -> dict[str, Any]:
    """The report, as `commands/bench.py` documents it.

    Whatever is stored for it is gone when this returns, also after an error.

    Args:
        modules: the user's own, which join the graph; the floor is without them.
    Raises SettingsError for settings that the floor has no counterpart of.
    """
    _check_floor_can(settings)
    began = perf_counter()
    with opened(settings, modules) as rag:
        benchmark = _Benchmark(rag, plan, progress)
        try:
            report = benchmark.report()
        finally:
            benchmark.remove()
    return {**report, "wall_s": round(perf_counter() - began, 1)}


def _check_floor_can(settings: Settings) -> None:
    parts = [getattr(settings, part) for part in UNDERSTANDING_PARTS]
    is_partly_off = settings.understanding == "rules" and "off" in parts
    if settings.understanding == "llm" or settings.packing == "greedy" or is_partly_off:
        raise SettingsError(
            "bench compares with the same work by hand, which exists for packing = evidence, and "
            "for understanding = off, or = rules with all its parts on"
        )


class _Benchmark:
    """One run. Everything is stored for tenants named for it."""

    def __init__(self, rag: Pipeline, plan: Plan, progress: Progress):
        self._plan = plan
        self._progress = progress
        self._tenant = f"bench-{uuid4().hex[:12]}"
        self._embedded_tenant = f"{self._tenant}-embedded"
        self._rag = rag
        self._notes = []
        if rag.modules:
            names = ", ".join(module.__name__ for module in rag.modules)
            self._notes.append(f"with {names}; by hand are the stages without")
        is_reranking = rag.settings.reranking == "cross_encoder"
        if is_reranking and isinstance(rag.models.reranker, MissingReranker):
            self._rag = variant(rag, reranking="off")
            self._notes.append(
                f"rerank: no weights for {rag.settings.reranker}, not measured "
                "(run.py doctor says how to get them)"
            )

    def report(self) -> dict[str, Any]:
        """All figures but the time of the run."""
        plan = self._plan
        workload = self._workload()
        with_embedding = self._embedded_rate(workload)
        stored = GrowingTenant(self._rag, workload, self._tenant, self._progress)
        scales = {}
        for scale in plan.scales:
            scales[str(scale)] = self._scale(workload, stored, scale)
        first = scales[str(plan.scales[0])]
        return {
            "version": VERSION,
            **first,
            "ingest_chunks_per_s": with_embedding,
            "generation": self._generation(workload),
            "scale": scales,
            "bars": {
                **_bars(first, has_own_stages=bool(self._rag.modules)),
                **_bars_of_growth(scales),
            },
            "notes": self._notes,
            "settings": self._settings(),
            "environment": describe_environment(self._rag.database.versions),
            "seed": plan.seed,
        }

    def remove(self) -> None:
        """Removes what was stored, unless the whole database is removed."""
        if self._rag.database.embedded:
            return
        for tenant in (self._tenant, self._embedded_tenant):
            with self._rag.database.for_tenant(tenant).transaction() as transaction:
                transaction.query("delete_tenant")

    def _workload(self) -> Workload:
        plan = self._plan
        self._progress("encoding real text", 0, 1)
        base = sample_base(installed_packages(), self._rag.encoder, plan.base_chunks, plan.seed)
        self._progress("encoding real text", 1, 1)
        return Workload(base, plan.seed)

    def _embedded_rate(self, workload: Workload) -> float:
        """Chunks a second of the whole ingestion, the encoder included."""
        documents = list(islice(workload.documents(_LATER), self._plan.embedded_documents))
        # The first document loads what tells languages apart.
        self._rag.ingest(documents[:1], self._embedded_tenant)
        total = len(documents) - 1
        self._progress("ingesting with embedding", 0, total)
        began = perf_counter()
        outcomes = ingested(self._rag, documents[1:], self._embedded_tenant)
        chunks = sum(outcome.chunks for outcome in outcomes)
        self._progress("ingesting with embedding", total, total)
        return round(chunks / (perf_counter() - began), 1)

    def _scale(self, workload: Workload, stored: GrowingTenant, scale: int) -> dict[str, Any]:
        """All figures with at least `scale` chunks stored."""
        plan = self._plan
        stored_rate = stored.grow_to(scale)
        questions = workload.questions(plan.questions)
        size = f"{scale:,} chunks"
        compared = self._compared(self._rag, questions, f"{size}: questions")
        plain = variant(self._rag, understanding="off")
        without = self._compared(plain, questions, f"{size}: questions, understanding off")
        rates = self._throughput(questions, compared.expected, f"{size}: throughput")
        near = questions[: plan.recall_questions]
        found_near = recall(self._rag, self._tenant, near, self._progress, f"{size}: recall")
        server_mb = self._rag.database.memory_mb()
        return {
            "chunks": stored.chunks,
            "documents": stored.documents,
            "ingest_stored_chunks_per_s": stored_rate,
            **compared.report(),
            "total_without_understanding": without.report()["total"],
            "differs_from_floor": compared.differing + without.differing,
            "recall_at_20": round(found_near, 4),
            **rates,
            "memory_mb": _peak_memory_mb(),
            "server_memory_mb": None if server_mb is None else round(server_mb, 1),
        }

    def _compared(self, rag: Pipeline, questions: Sequence[str], what: str) -> Interleaved:
        measured = Interleaved(rag, self._tenant)
        with Floor(rag, self._tenant) as floor:
            measured.warm_up(floor, questions[:_WARM_UP_QUESTIONS])
            for number, question in enumerate(questions):
                self._progress(what, number, len(questions))
                measured.ask(floor, question)
        self._progress(what, len(questions), len(questions))
        return measured

    def _throughput(
        self, questions: Sequence[str], expected: Mapping[str, Result], what: str
    ) -> dict[str, Any]:
        """Answers a second with each number of askers, the median of several slices.

        Slices of the dataflow and of the floor take turns. Each answer is compared with
        the one given alone.
        """
        floors = [Floor(self._rag, self._tenant) for _ in range(ASKERS[-1])]
        asked: dict[str, list[Ask]] = {
            "": [lambda question: found(self._rag, self._tenant, question)] * len(floors),
            "floor_": [floor.found for floor in floors],
        }
        turns = _turns(sorted(asked), self._plan.slices)
        slice_s = self._plan.slice_s
        rates: dict[str, list[Rate]] = {}
        try:
            for askers in asked.values():
                # The first questions open connections and prepare statements.
                rate(askers, questions, expected, slice_s)
            for number, (count, prefix) in enumerate(turns):
                self._progress(what, number, len(turns))
                askers = asked[prefix][:count]
                measured = rate(askers, questions, expected, slice_s, self._server_s)
                rates.setdefault(f"{prefix}{count}", []).append(measured)
        finally:
            for floor in floors:
                floor.close()
        self._progress(what, len(turns), len(turns))
        return _throughput_figures(rates)

    @property
    def _server_s(self) -> Callable[[], float | None]:
        return self._rag.database.processor_s

    def _generation(self, workload: Workload) -> dict[str, Any]:
        """What the nodes after the context take together."""
        nodes = Stages(self._rag.driver).generation
        questions = workload.questions(self._plan.answers)
        taken: list[float] = []
        for number, question in enumerate(questions):
            self._progress("answers", number, len(questions))
            given = {"question": question, "tenant": self._tenant}
            _, recording = self._rag.recorded_run(["answer"], **given)
            taken.append(sum(stage.ms for stage in recording.stages if stage.node in nodes))
        self._progress("answers", len(questions), len(questions))
        return {
            "kind": self._rag.settings.generation,
            "questions": len(questions),
            **percentiles(taken, (50, 99)),
        }

    def _settings(self) -> dict[str, Any]:
        settings = self._rag.settings
        chosen = {name: getattr(settings, name) for name in _REPORTED_SETTINGS}
        return {**chosen, **settings.node_parameters()}


def _turns(prefixes: Sequence[str], slices: int) -> list[tuple[int, str]]:
    """Numbers of askers, and who is asked; by turns one or the other comes first."""
    turns = []
    for count in ASKERS:
        for number in range(slices):
            order = reversed(prefixes) if number % 2 else prefixes
            turns += [(count, prefix) for prefix in order]
    return turns


def _throughput_figures(rates: Mapping[str, Sequence[Rate]]) -> dict[str, Any]:
    per_second = {}
    for name, slices in rates.items():
        per_second[name] = round(median(measured.per_second for measured in slices), 1)
    ours = sum(chain.from_iterable(rates[str(count)] for count in ASKERS), Rate())
    floor = sum(chain.from_iterable(rates[f"floor_{count}"] for count in ASKERS), Rate())
    return {
        "throughput": per_second,
        "processor": {
            **ours.processor.per_answer(ours.answers),
            "floor_ms": floor.processor.per_answer(floor.answers)["ms"],
        },
        "throughput_errors": ours.errors,
        "throughput_wrong": ours.wrong,
    }


def _bars(first: Mapping[str, Any], has_own_stages: bool) -> dict[str, Any]:
    """What is promised, what was measured, whether it is kept.

    Stages of the user's own may well find something else than ours by hand.
    """
    differing = 0 if has_own_stages else first["differs_from_floor"]
    ours = first["throughput"]["8"]
    floor = first["throughput"]["floor_8"]
    wrong = first["throughput_errors"] + first["throughput_wrong"] + differing
    ratio = first["total"]["ratio"]
    overhead_us = first["overhead_us"]
    share = round(ours / floor, 3) if floor else 0.0
    return {
        "total_ratio": _bar("total_ratio", ratio, ratio <= BARS["total_ratio"]),
        "overhead_us": _bar("overhead_us", overhead_us, overhead_us <= BARS["overhead_us"]),
        "throughput_share": _bar("throughput_share", share, share >= BARS["throughput_share"]),
        "errors_or_wrong_answers": {"value": wrong, "bar": 0, "met": wrong == 0},
    }


def _bars_of_growth(scales: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The bars that are about several sizes, as far as these were measured."""
    least = min(scale["recall_at_20"] for scale in scales.values())
    bars = {"recall_at_20": _bar("recall_at_20", least, least >= BARS["recall_at_20"])}
    if _MILLION in scales:
        both = scales[_MILLION]["groups"]["hybrid_retrieval"]
        values = {"million_p50_ms": both["p50_ms"], "million_p99_ms": both["p99_ms"]}
        if _COMPARED in scales:
            before = scales[_COMPARED]["groups"]["hybrid_retrieval"]["p50_ms"]
            values["million_growth"] = round(both["p50_ms"] / before, 2)
        for name, value in values.items():
            bars[name] = _bar(name, value, value <= BARS[name])
    return bars


def _bar(name: str, value: float, is_met: bool) -> dict[str, Any]:
    return {"value": value, "bar": BARS[name], "met": is_met}


def _peak_memory_mb() -> float:
    """The most that this process ever held, in MB."""
    if sys.platform == "win32":
        return round(psutil.Process().memory_info().peak_wset / 1e6, 1)
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)
