"""How fast the dataflow is: every stage, beside the same work done by hand (`floor.py`), on documents made in any number (`workload.py`).

For each question both are run, one after the other in turns, in the same process and on the same rows; what they found is compared. So
whatever else the machine does meets both alike, and their difference is the dataflow's own.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

import psutil

from headrace.errors import SettingsError, SourceError
from headrace.ingest.installed_packages import installed_packages
from headrace.measuring.environment import describe_environment
from headrace.measuring.speed.floor import Floor
from headrace.measuring.speed.interleaved import Interleaved, found
from headrace.measuring.speed.throughput import Rate, rate
from headrace.measuring.speed.workload import GivenVectors, Workload, sample_base
from headrace.measuring.timing import percentiles
from headrace.pipeline import MissingReranker, Pipeline
from headrace.settings import GRAPH_SETTINGS, UNDERSTANDING_PARTS, Settings
from headrace.types import Document, Outcome

VERSION = 1
ASKERS = (1, 2, 4, 8)

#: What is promised: at most so many times the floor, microseconds of the dataflow's own, share of the floor's throughput at 8 askers.
BARS = {"total_ratio": 1.10, "overhead_us": 2000, "throughput_share": 0.9}

#: Called with what is being done, how much of it is done and how much there is.
Progress = Callable[[str, int, int], None]

_LATER = 1_000_000_000  # number of a document that no other measurement makes
_CHUNKS_OF_A_DOCUMENT = 8  # at most, nearly always
_GENERATION_NODES = {
    "answerability_signs",
    "answerability",
    "sentence_scores",
    "quotes",
    "instructions",
    "prompt",
    "degraded",
    "answer",
}


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        scales: numbers of chunks, ascending; the first is the one whose figures head the report.
        questions: asked at each scale, of each of the two; the floor is compared at every one.
        base_chunks: real chunks with real vectors that everything is made of.
        embedded_documents: ingested with the real encoder, to measure that.
        slice_s, slices: throughput of each number of askers is measured in so many slices of so many seconds, ours and the floor's in turns.
        answers: questions that are answered, to measure generation.
    """

    scales: tuple[int, ...] = (1_000, 10_000, 100_000)
    questions: int = 300
    base_chunks: int = 400
    embedded_documents: int = 40
    slice_s: float = 1.0
    slices: int = 9
    answers: int = 20
    seed: int = 0


QUICK = Plan(
    scales=(1_000,),
    questions=100,
    base_chunks=60,
    embedded_documents=5,
    slice_s=0.3,
    slices=9,
    answers=5,
)


def plan_for(quick: bool, largest: int | None, seed: int) -> Plan:
    """The usual plan, or the quick one; `largest` ends the scales, which go up to it by tens. SettingsError for one below 1."""
    plan = replace(QUICK if quick else Plan(), seed=seed)
    if largest is None:
        return plan
    if largest < 1:
        raise SettingsError(f"--scale {largest}: the largest number of chunks, at least 1")
    tens = [10**exponent for exponent in range(3, 10) if 10**exponent < largest]
    return replace(plan, scales=(*([] if quick else tens), largest))


def measure(settings: Settings, plan: Plan, progress: Progress) -> dict[str, Any]:
    """The report, as `commands/bench.py` documents it. Whatever is stored for it is gone when this returns, also by an error.

    Raises SettingsError for settings that the floor has no counterpart of.
    """
    parts_off = settings.understanding == "rules" and "off" in (
        getattr(settings, part) for part in UNDERSTANDING_PARTS
    )
    if settings.understanding == "llm" or settings.packing == "greedy" or parts_off:
        raise SettingsError(
            "bench compares with the same work by hand, which there is for packing=evidence and understanding=rules, with all its parts, or off"
        )
    began = perf_counter()
    with opened(settings) as rag:
        benchmark = _Benchmark(rag, plan, progress)
        try:
            report = benchmark.report()
        finally:
            benchmark.remove()
    return {**report, "wall_s": round(perf_counter() - began, 1)}


@contextmanager
def opened(settings: Settings) -> Iterator[Pipeline]:
    """A pipeline on the database of DATABASE_URL, or on a temporary one of its own under data_dir, removed at the end."""
    if settings.database_url:
        with Pipeline.open(settings) as rag:
            yield rag
        return
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=settings.data_dir))
    try:
        with Pipeline.open(settings.model_copy(update={"data_dir": folder})) as rag:
            yield rag
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Benchmark:
    """One run. Everything is stored for tenants named for it."""

    def __init__(self, rag: Pipeline, plan: Plan, progress: Progress):
        self._opened, self._plan, self._progress = rag, plan, progress
        missing = rag.settings.reranking == "cross_encoder" and isinstance(
            rag.reranker, MissingReranker
        )
        self._rag = variant(rag, reranking="off") if missing else rag
        self._notes = (
            [
                f"rerank: no weights for {rag.settings.reranker}, not measured (run.py doctor says how to get them)"
            ]
            if missing
            else []
        )
        self._tenant = f"bench-{uuid4().hex[:12]}"
        self._stored = self._documents = self._stored_documents = 0

    def report(self) -> dict[str, Any]:
        """All figures; see `commands/bench.py`."""
        plan = self._plan
        self._progress("encoding real text", 0, 1)
        workload = Workload(
            sample_base(installed_packages(), self._rag.encoder, plan.base_chunks, plan.seed),
            plan.seed,
        )
        self._progress("encoding real text", 1, 1)
        with_embedding = self._embedded_rate(workload)
        scales = {str(scale): self._scale(workload, scale) for scale in plan.scales}
        first = scales[str(plan.scales[0])]
        return {
            "version": VERSION,
            **first,
            "ingest_chunks_per_s": with_embedding,
            "generation": self._generation(workload),
            "scale": scales,
            "bars": _bars(first),
            "notes": self._notes,
            "settings": self._settings(),
            "environment": describe_environment(self._rag.database.versions),
            "seed": plan.seed,
        }

    def remove(self) -> None:
        """Removes what was stored, where the database is not removed as a whole."""
        if not self._rag.database.embedded:
            for tenant in (self._tenant, f"{self._tenant}-embedded"):
                with self._rag.database.for_tenant(tenant).transaction() as transaction:
                    transaction.query("delete_tenant")

    def _embedded_rate(self, workload: Workload) -> float:
        """Chunks a second of the whole of ingestion, the encoder included."""
        documents = list(islice(workload.documents(_LATER), self._plan.embedded_documents))
        self._rag.ingest(
            documents[:1], f"{self._tenant}-embedded"
        )  # the first loads what tells languages
        self._progress("ingesting with embedding", 0, len(documents) - 1)
        began = perf_counter()
        chunks = sum(
            outcome.chunks
            for outcome in ingested(self._rag, documents[1:], f"{self._tenant}-embedded")
        )
        self._progress("ingesting with embedding", len(documents) - 1, len(documents) - 1)
        return round(chunks / (perf_counter() - began), 1)

    def _scale(self, workload: Workload, scale: int) -> dict[str, Any]:
        """Everything that is measured with so many chunks stored."""
        stored_rate = self._store(workload, scale)
        questions = workload.questions(self._plan.questions)
        compared = self._compared(self._rag, questions, f"{scale:,} chunks: questions")
        without = self._compared(
            variant(self._rag, understanding="off"),
            questions,
            f"{scale:,} chunks: questions, understanding off",
        )
        rates = self._throughput(questions, compared.expected, f"{scale:,} chunks: throughput")
        return {
            "chunks": self._stored,
            "documents": self._documents,
            "ingest_stored_chunks_per_s": stored_rate,
            **compared.report(),
            "total_without_understanding": without.report()["total"],
            "differs_from_floor": compared.differing + without.differing,
            **rates,
            "memory_mb": _peak_memory_mb(),
            "server_memory_mb": _rounded(self._rag.database.memory_mb()),
        }

    def _store(self, workload: Workload, scale: int) -> float:
        """Ingests until the tenant holds `scale` chunks, the vectors given; chunks a second, the vector index included where it is built.

        Nearly all is one bulk load; what is still missing when it ends, a few hundred chunks, are others.
        """
        given = variant(self._rag, GivenVectors(workload, self._rag.encoder))
        before, began = self._stored, perf_counter()
        while self._stored < scale:
            told = {"on_outcome": self._count_stored, "on_index": self._progress}
            ingested(
                given,
                self._documents_up_to(workload, scale),
                self._tenant,
                bulk=self._stored == before,
                **told,
            )
        seconds = perf_counter() - began
        self._progress(f"storing {scale:,} chunks", scale, scale)
        self._rag.database.tidy()
        return round((self._stored - before) / seconds, 1) if self._stored > before else 0.0

    def _documents_up_to(self, workload: Workload, scale: int) -> Iterator[Document]:
        """Documents, made as they are asked for, until they and those on their way to the database might make `scale` chunks."""
        for document in workload.documents(self._documents):
            on_their_way = self._documents - self._stored_documents
            if self._stored + on_their_way * _CHUNKS_OF_A_DOCUMENT >= scale:
                return
            self._progress(f"storing {scale:,} chunks", self._stored, scale)
            self._documents += 1
            yield document

    def _count_stored(self, outcome: Outcome) -> None:
        self._stored_documents += 1
        self._stored += outcome.chunks

    def _compared(self, rag: Pipeline, questions: Sequence[str], what: str) -> Interleaved:
        measured = Interleaved(rag, self._tenant)
        with Floor(rag, self._tenant) as floor:
            measured.warm_up(floor, questions[:10])
            for number, question in enumerate(questions):
                self._progress(what, number, len(questions))
                measured.ask(floor, question)
        self._progress(what, len(questions), len(questions))
        return measured

    def _throughput(
        self, questions: Sequence[str], expected: Mapping[str, Any], what: str
    ) -> dict[str, Any]:
        """Answers a second of 1, 2, 4 and 8 askers, ours and the floor's in turns, the median of their slices; each answer is compared with the
        one given alone.
        """
        floors = [Floor(self._rag, self._tenant) for _ in range(ASKERS[-1])]
        asked = {
            "": [lambda question: found(self._rag, self._tenant, question)] * len(floors),
            "floor_": [floor.found for floor in floors],
        }
        turns = [
            (count, prefix)
            for count in ASKERS
            for turn in range(self._plan.slices)
            for prefix in sorted(asked, reverse=turn % 2 == 1)
        ]
        slices: dict[str, list[Rate]] = {}
        try:
            for (
                prefix
            ) in asked:  # connections are opened, and statements prepared, by the first questions
                rate(asked[prefix], questions, expected, self._plan.slice_s)
            for number, (count, prefix) in enumerate(turns):
                self._progress(what, number, len(turns))
                slices.setdefault(f"{prefix}{count}", []).append(
                    rate(asked[prefix][:count], questions, expected, self._plan.slice_s)
                )
        finally:
            for floor in floors:
                floor.close()
        self._progress(what, len(turns), len(turns))
        ours = [one for count in ASKERS for one in slices[str(count)]]
        return {
            "throughput": {
                name: round(median(one.per_second for one in rates), 1)
                for name, rates in slices.items()
            },
            "throughput_errors": sum(one.errors for one in ours),
            "throughput_wrong": sum(one.wrong for one in ours),
        }

    def _generation(self, workload: Workload) -> dict[str, Any]:
        """What the nodes after the context take together."""
        questions = workload.questions(self._plan.answers)
        taken: list[float] = []
        for number, question in enumerate(questions):
            self._progress("answers", number, len(questions))
            _, recording = self._rag.recorded_run(
                ["answer"], question=question, tenant=self._tenant
            )
            taken.append(
                sum(stage.ms for stage in recording.stages if stage.node in _GENERATION_NODES)
            )
        self._progress("answers", len(questions), len(questions))
        return {
            "kind": self._rag.settings.generation,
            "questions": len(questions),
            **percentiles(taken, (50, 99)),
        }

    def _settings(self) -> dict[str, Any]:
        settings = self._rag.settings
        chosen = {
            name: getattr(settings, name)
            for name in (
                *GRAPH_SETTINGS,
                "encoder",
                "encoder_threads",
                "connections",
                "chunk_tokens",
            )
        }
        return {**chosen, **settings.node_parameters()}


def variant(rag: Pipeline, encoder: Any = None, **changes: Any) -> Pipeline:
    """The same pipeline, on the same connections, with other settings or another encoder. It is not to be closed."""
    return Pipeline(rag.settings.model_copy(update=changes), encoder or rag.encoder, rag.database)


def ingested(
    rag: Pipeline, documents: Iterable[Document], tenant: str, **given: Any
) -> list[Outcome]:
    """What became of the documents; SourceError when one could not be stored."""
    outcomes = rag.ingest(documents, tenant, **given)
    failed = [outcome.reason for outcome in outcomes if outcome.status == "failed"]
    if failed:
        raise SourceError(f"storing the benchmark's documents failed: {failed[0]}")
    return outcomes


def _bars(first: Mapping[str, Any]) -> dict[str, Any]:
    """What is promised, what was measured, whether it is kept."""
    throughput = first["throughput"]
    values = {
        "total_ratio": first["total"]["ratio"],
        "overhead_us": first["overhead_us"],
        "throughput_share": round(throughput["8"] / throughput["floor_8"], 3)
        if throughput["floor_8"]
        else 0.0,
    }
    kept = {
        name: values[name] >= bar if name == "throughput_share" else values[name] <= bar
        for name, bar in BARS.items()
    }
    clean = first["throughput_errors"] + first["throughput_wrong"] + first["differs_from_floor"]
    made = {
        name: {"value": values[name], "bar": bar, "met": kept[name]} for name, bar in BARS.items()
    }
    return {**made, "errors_or_wrong_answers": {"value": clean, "bar": 0, "met": clean == 0}}


def _peak_memory_mb() -> float:
    """The most that this process ever held, in MB."""
    with suppress(ImportError):
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)
    return round(psutil.Process().memory_info().peak_wset / 1e6, 1)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
