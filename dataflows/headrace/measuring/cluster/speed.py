"""A cluster beside this process: `bench --cluster N`.

N documents, most of them of one chunk, are stored by the command `ingest`, as it is
usual and by two Ray workers of this machine: twice in each way, in turns, as a machine
is not always as fast, and each time in an empty database. Then a batch of questions is
answered in both ways from the first one. What is stored and what is answered must be
the same, for about the same time: the processors are the same ones.
Then documents are stored by one worker and by four with an encoder that only waits, as
for a model elsewhere.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from math import ceil
from pathlib import Path
from statistics import mean
from time import monotonic
from typing import Any

import psutil

from headrace.errors import SettingsError, SourceError
from headrace.ingest.installed_packages import installed_packages
from headrace.measuring.cluster import contents
from headrace.measuring.cluster.documents import WAITING_ENCODER, Entry, entries, write_lines
from headrace.measuring.cluster.processes import Command
from headrace.measuring.environment import describe_environment
from headrace.measuring.speed.pipelines import ingested
from headrace.measuring.speed.workload import Workload, sample_base
from headrace.measuring.temporary import temporary_folder
from headrace.pipeline import Pipeline
from headrace.scaling.ray_executor import RayExecutor
from headrace.settings import Settings
from headrace.types import Document, Progress

VERSION = 2
DOCUMENTS = 2_000
#: At most this multiple of the usual time.
WALL_RATIO = 1.15
#: At most so many megabytes more at the end of an ingest than at its quarter.
GROWTH_MB = 50.0
#: Four workers that wait are at least so many times as fast as one.
SPEEDUP = 3.4

_TENANT = "bench"
_WORKERS = 2
_CLUSTER = ("--executor", "ray", "--workers", str(_WORKERS))
_WAYS = {"usual": (), "cluster": _CLUSTER}
_TURNS = ("usual", "cluster", "cluster", "usual")
_FEW = 1
_MANY = 4
_BASE_CHUNKS = 400
#: Documents for each question.
_A_QUESTION = 100
#: Documents at most that are stored with an encoder that waits: 48 blocks, so that
#: the first one's reading and the last one's storing weigh little.
_WAITING = 6144
_PAUSE_S = 0.25
_FILES_OF_A_FOLDER = 500
#: What the clock decides in a line of a batch.
_TIMES = ("stages", "total_ms")


def measure(settings: Settings, count: int, seed: int, progress: Progress) -> dict[str, Any]:
    """The report, as `commands/bench.py` documents it, of `count` documents.

    Raises SettingsError for less than one document, or a database that is not its own;
    SourceError when a command fails.
    """
    if count < 1:
        raise SettingsError(f"--cluster {count}: at least 1 document")
    if settings.database_url:
        raise SettingsError(
            "--cluster measures on temporary embedded databases: unset DATABASE_URL"
        )
    began = monotonic()
    with temporary_folder(settings.data_dir) as folder:
        report = _Beside(settings, folder, count, seed, progress).report()
    with temporary_folder(settings.data_dir) as folder:
        waiting = _waiting(settings, folder, min(count, _WAITING), progress)
    return {
        "version": VERSION,
        **report,
        "waiting": waiting,
        "bars": _bars(report, waiting),
        "seed": seed,
        "wall_s": round(monotonic() - began, 1),
    }


class _Beside:
    """The commands `ingest` and `batch`, as usual and on a cluster of this machine."""

    def __init__(self, settings: Settings, folder: Path, count: int, seed: int, progress: Progress):
        self._settings = settings.model_copy(update={"generation": "extractive"})
        self._folder = folder
        self._count = count
        self._seed = seed
        self._progress = progress

    def report(self) -> dict[str, Any]:
        with ExitStack() as opened:
            rags = [opened.enter_context(self._database(turn)) for turn in range(len(_TURNS))]
            workload = self._workload(rags[0])
            files = self._files(workload)
            took = [self._ingest(turn, files, rag) for turn, rag in enumerate(rags)]
            first, *others = (contents.checksums(rag, _TENANT) for rag in rags)
            questions = workload.questions(max(1, self._count // _A_QUESTION))
            asked = [{"id": n, "question": text} for n, text in enumerate(questions)]
            path = write_lines(self._folder / "questions.jsonl", asked)
            batch = {way: self._batch(way, path) for way in _WAYS}
            versions = rags[0].database.versions
        lines = {way: self._lines(way) for way in _WAYS}
        differing = set[str]().union(*(contents.differing(first, other) for other in others))
        return {
            "documents": first["documents"][0],
            "chunks": first["chunks"][0],
            "workers": _WORKERS,
            "ingest": {way: _of_turns(way, took) for way in _WAYS},
            "rows": {table: list(found) for table, found in first.items()},
            "differing": sorted(differing),
            "questions": len(asked),
            "batch": batch,
            "other_lines": _other_lines(asked, lines),
            "environment": describe_environment(versions),
        }

    def _database(self, turn: int) -> Pipeline:
        """Opens an empty database of this turn's own; all have the same weights."""
        folder = self._folder / str(turn)
        folder.mkdir()
        (folder / "models").symlink_to(self._settings.data_dir.resolve() / "models")
        return Pipeline.open(self._settings.model_copy(update={"data_dir": folder}))

    def _workload(self, rag: Pipeline) -> Workload:
        self._progress("encoding real text", 0, 1)
        base = sample_base(installed_packages(), rag.encoder, _BASE_CHUNKS, self._seed)
        self._progress("encoding real text", 1, 1)
        return Workload(base, self._seed)

    def _files(self, workload: Workload) -> Path:
        """A folder of Markdown files, most of them of one chunk."""
        folder = self._folder / "files"
        for number, document in enumerate(islice(workload.documents(), self._count)):
            self._progress("writing files", number + 1, self._count)
            place = folder / f"{number // _FILES_OF_A_FOLDER:04}"
            place.mkdir(parents=True, exist_ok=True)
            sentences = document.text.partition("\n\n")[0].splitlines()
            text = "\n".join(sentences[: ceil(len(sentences) / 2)])
            (place / f"{number}.md").write_text(f"# {document.title} {number}\n\n{text}\n")
        return folder

    def _ingest(self, turn: int, files: Path, rag: Pipeline) -> dict[str, float]:
        way = _TURNS[turn]
        command = ["ingest", str(files), "--tenant", _TENANT, *_WAYS[way]]
        took = self._run(f"ingest, {way}", command, self._folder / str(turn))
        # Otherwise the server would do it meanwhile, while something else is timed.
        rag.database.tidy()
        return took

    def _batch(self, way: str, questions: Path) -> dict[str, float]:
        out = ["--out", str(self._folder / f"{way}.jsonl")]
        command = ["batch", str(questions), *out, "--tenant", _TENANT, *_WAYS[way]]
        return self._run(f"batch, {way}", command, self._folder / "0")

    def _lines(self, way: str) -> list[Entry]:
        text = (self._folder / f"{way}.jsonl").read_text()
        return [json.loads(line) for line in text.splitlines()]

    def _run(self, what: str, command: Sequence[str], data_dir: Path) -> dict[str, float]:
        """Seconds that a command takes, and megabytes that its process holds."""
        self._progress(what, 0, 1)
        chosen = {"generation": "extractive"}
        began = monotonic()
        held: list[float] = []
        with Command(command, chosen, data_dir) as running:
            while not running.wait(_PAUSE_S):
                held.append(_memory_mb(running.process))
            seconds = monotonic() - began
            if running.code != 0:
                raise SourceError(f"{what} ended with {running.code}: {running.last_words()}")
        self._progress(what, 1, 1)
        quarter = held[len(held) // 4] if held else 0.0
        return {
            "s": round(seconds, 1),
            "memory_mb": round(max(held, default=0.0), 1),
            "growth_mb": round(max(held[-4:], default=0.0) - quarter, 1),
        }


def _of_turns(way: str, took: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """What an ingest takes in this way: its mean time, and the most memory.

    Args:
        took: of each turn.
    """
    of_way = [one for one, own in zip(took, _TURNS, strict=True) if own == way]
    seconds = [one["s"] for one in of_way]
    return {
        "s": round(mean(seconds), 1),
        "turns_s": seconds,
        "memory_mb": max(one["memory_mb"] for one in of_way),
        "growth_mb": max(one["growth_mb"] for one in of_way),
    }


def _waiting(
    settings: Settings, folder: Path, count: int, progress: Progress
) -> dict[str, dict[str, float]]:
    """Chunks a second of one worker and of four, with an encoder that only waits."""
    chosen = {"data_dir": folder, "encoder": WAITING_ENCODER, "generation": "extractive"}
    documents = []
    for entry in entries(range(count), 0):
        name = entry["_id"]
        documents.append(Document(name, entry["title"], entry["text"], name, entry["metadata"]))
    rates = {}
    with Pipeline.open(settings.model_copy(update=chosen)) as rag:
        for workers in (_FEW, _MANY):
            with RayExecutor("local", workers=workers) as executor:
                # Its workers open their pipelines with the first documents.
                ingested(rag, documents[:1], f"warm up of {workers}", executor=executor)
                began = monotonic()
                told = {"on_progress": progress, "executor": executor}
                outcomes = ingested(rag, documents, f"waiting for {workers}", **told)
                seconds = monotonic() - began
            chunks = sum(outcome.chunks for outcome in outcomes)
            rates[str(workers)] = {"chunks": chunks, "chunks_per_s": round(chunks / seconds, 1)}
    return rates


def _other_lines(
    asked: Sequence[Entry], lines: Mapping[str, Sequence[Entry]]
) -> list[dict[str, Any]]:
    """Questions that do not have one line in each way, the same but for times.

    Returns:
        {"id", "lines": {WAY: number}, "fields": those in which the first lines differ}.
    """
    found = []
    for name in (question["id"] for question in asked):
        written = {
            way: [line for line in said if line["id"] == name] for way, said in lines.items()
        }
        usual, cluster = ((written[way] or [{}])[0] for way in _WAYS)
        fields = {field for field in usual | cluster if usual.get(field) != cluster.get(field)}
        counts = {way: len(said) for way, said in written.items()}
        if fields.difference(_TIMES) or set(counts.values()) != {1}:
            found.append({"id": name, "lines": counts, "fields": sorted(fields.difference(_TIMES))})
    return found


def _bars(report: Mapping[str, Any], waiting: Mapping[str, Any]) -> dict[str, Any]:
    """What is promised, what was measured, whether it is kept."""
    took = report["ingest"]
    ratio = round(took["cluster"]["s"] / took["usual"]["s"], 3)
    growth = took["cluster"]["growth_mb"]
    speedup = round(waiting[str(_MANY)]["chunks_per_s"] / waiting[str(_FEW)]["chunks_per_s"], 2)
    other = len(report["differing"]) + len(report["other_lines"])
    return {
        "errors_or_wrong_answers": {"value": other, "bar": 0, "met": other == 0},
        "wall_ratio": {"value": ratio, "bar": WALL_RATIO, "met": ratio <= WALL_RATIO},
        "growth_mb": {"value": growth, "bar": GROWTH_MB, "met": growth <= GROWTH_MB},
        "speedup": {"value": speedup, "bar": SPEEDUP, "met": speedup >= SPEEDUP},
    }


def _memory_mb(process: psutil.Process) -> float:
    try:
        return process.memory_info().rss / 1e6
    except psutil.NoSuchProcess:  # it has just ended
        return 0.0
