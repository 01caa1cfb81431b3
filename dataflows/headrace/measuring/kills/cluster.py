"""kill -9 of workers, drivers and raylets of a Ray cluster: `bench --kills N --of X`.

The commands `ingest` and `batch` run as processes of their own on a cluster of two
nodes of this machine, with the embedded database of a temporary folder. At random
moments one of VICTIMS is killed; a driver is started again, a lost node is replaced. At
the end, all that is stored is compared with what an ordinary ingest stores, and the
lines of the batch with the answers without a cluster.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any, Literal

import psutil

from headrace.errors import SettingsError
from headrace.measuring.environment import describe_environment
from headrace.measuring.kills.documents import opened, temporary_folder
from headrace.pipeline import Pipeline
from headrace.settings import Settings
from headrace.types import Progress

Victim = Literal["worker", "driver", "raylet"]
VICTIMS: tuple[Victim, ...] = ("worker", "driver", "raylet")

_TENANT = "cluster"
_REFERENCE = "reference"
_NODES = 2
_OBJECTS_BYTES = 100_000_000
#: Between two kills.
_LONGEST_WAIT_S = 6.0
#: Documents and questions for each kill that is to come.
_DOCUMENTS = 200
_QUESTIONS = 20
#: How long a command may take after the last kill.
_PATIENCE_S = 900.0
_STARTS = 5
_HELD = {
    "documents": "document_id, title, source, text, language, content_hash",
    "chunks": "document_id, ordinal, start_at, end_at, page, text, content_hash, length",
    "embeddings": "embedding::text",
    "words": "word, term",
    "document_fields": "document_id, field, value",
}
KINDS = {
    **{table: f"rows of {table} that are not those of an ordinary ingest" for table in _HELD},
    "postings": "terms that are not in as many chunks",
    "lines": "questions without a line, or with two",
    "answers": "questions with another answer",
}
_POSTINGS = "SELECT term, sum(chunks) FROM postings GROUP BY term ORDER BY term"


def measure(
    settings: Settings, victim: Victim, kills: int, seed: int, progress: Progress
) -> dict[str, Any]:
    """The report: how often was killed, and what was lost, doubled or other than it is.

    Raises SettingsError when the database is not one that may be used.
    """
    if settings.database_url:
        raise SettingsError(
            "kills of a cluster work on a temporary embedded database: unset DATABASE_URL"
        )
    began = monotonic()
    with temporary_folder(settings.data_dir) as folder:
        kept = settings.model_copy(update={"data_dir": folder, "generation": "extractive"})
        with opened(kept) as rag, _Cluster() as cluster:
            run = _Run(rag, cluster, victim, Random(f"{seed} {victim}"), progress)
            report = run.report(kills)
            versions = rag.database.versions
    return {
        **report,
        "environment": describe_environment(versions),
        "seed": seed,
        "wall_s": round(monotonic() - began, 1),
    }


class _Cluster:
    """A head without processors, and nodes of one worker each, on this machine."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        options = {"num_cpus": 0, "object_store_memory": _OBJECTS_BYTES}
        self._cluster = _tried(partial(Cluster, initialize_head=True, head_node_args=options))
        self.address = str(self._cluster.address)
        self._nodes = [self._added() for _ in range(_NODES)]

    def replace(self, random: Random) -> None:
        """Kills a node's raylet, and adds another node."""
        node = self._nodes.pop(random.randrange(len(self._nodes)))
        self._cluster.remove_node(node, allow_graceful=False)
        self._nodes.append(self._added())

    def _added(self) -> Any:
        options = {"num_cpus": 1, "object_store_memory": _OBJECTS_BYTES}
        return _tried(partial(self._cluster.add_node, **options))

    def __enter__(self) -> "_Cluster":
        return self

    def __exit__(self, *exception: object) -> None:
        self._cluster.shutdown()


class _Run:
    """The commands of one run, and what is killed meanwhile."""

    def __init__(
        self, rag: Pipeline, cluster: _Cluster, victim: Victim, random: Random, progress: Progress
    ):
        self._rag = rag
        self._cluster = cluster
        self._victim = victim
        self._random = random
        self._progress = progress
        self._folder = rag.settings.data_dir
        self._killed = 0

    def report(self, kills: int) -> dict[str, Any]:
        """Kills in half of the turns during an ingest, in the others during a batch."""
        of_ingest = (kills + 1) // 2
        documents = self._written("documents.jsonl", self._documents(of_ingest))
        codes = self._attacked(["ingest", str(documents)], of_ingest, kills)
        outcomes = self._rag.ingest([documents], _REFERENCE)
        stored, expected = self._held(_TENANT), self._held(_REFERENCE)
        violations = {table: stored[table] != rows for table, rows in expected.items()}
        questions = self._questions(kills - of_ingest)
        out = self._folder / "answers.jsonl"
        asked = self._written("questions.jsonl", questions)
        codes += self._attacked(["batch", str(asked), "--out", str(out)], kills, kills)
        violations |= self._wrong_lines(questions, out)
        return {
            "kills": {self._victim: self._killed},
            "asked_kills": kills,
            "exit_codes": codes,
            "documents": len(outcomes),
            "questions": len(questions),
            "examples": [],
            "violations": {name: int(is_wrong) for name, is_wrong in violations.items()},
        }

    def _attacked(self, command: Sequence[str], until: int, total: int) -> list[int]:
        """Runs a command until it is done, after so many kills; its exit codes."""
        codes = []
        while True:
            process = self._started(command)
            self._await_work(process)
            while process.poll() is None and self._killed < until:
                sleep(self._random.uniform(0, _LONGEST_WAIT_S))
                if process.poll() is None:
                    self._kill(process)
                    self._killed += 1
                    self._progress("kills", self._killed, total)
            codes.append(process.wait(_PATIENCE_S))
            if codes[-1] >= 0 and codes[-1] != 2:
                return codes

    def _started(self, command: Sequence[str]) -> subprocess.Popen:
        cluster = ["--executor", "ray", "--address", self._cluster.address]
        given = ["--tenant", _TENANT, "--workers", str(_NODES), "--set", "reranking=off"]
        with (self._folder / "commands.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "headrace", *command, *cluster, *given],
                env={**os.environ, "HEADRACE_DATA_DIR": str(self._folder)},
                stdout=log,
                stderr=log,
            )

    def _await_work(self, process: subprocess.Popen) -> None:
        """Waits until workers run, or the command has ended."""
        until = monotonic() + _PATIENCE_S
        while process.poll() is None and not _workers() and monotonic() < until:
            sleep(0.1)

    def _kill(self, process: subprocess.Popen) -> None:
        if self._victim == "driver":
            process.kill()
        elif self._victim == "raylet":
            self._cluster.replace(self._random)
        else:
            workers = _workers()
            with suppress(psutil.NoSuchProcess):
                if workers:
                    self._random.choice(workers).kill()

    def _documents(self, kills: int) -> list[dict[str, Any]]:
        documents = []
        for number in range(_DOCUMENTS * max(1, kills)):
            places = [f"The seal {number} slept in bay {number % 17}{day}." for day in range(12)]
            text = " ".join(self._random.sample(places, k=8))
            documents.append({"_id": f"seal-{number}", "title": f"Seal {number}", "text": text})
        return documents

    def _questions(self, kills: int) -> list[dict[str, Any]]:
        count = _QUESTIONS * max(1, kills)
        return [{"id": n, "question": f"Where did the seal {n} sleep?"} for n in range(count)]

    def _written(self, name: str, entries: Sequence[dict[str, Any]]) -> Path:
        path = self._folder / name
        path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
        return path

    def _held(self, tenant: str) -> dict[str, list]:
        """What is stored of a tenant; of postings what they say, however merged."""
        held = {}
        with self._rag.database.for_tenant(tenant).transaction() as transaction:
            for table, columns in _HELD.items():
                text = f"SELECT ROW({columns})::text FROM {table} ORDER BY 1"
                held[table] = transaction.execute(text)
            return {**held, "postings": transaction.execute(_POSTINGS)}

    def _wrong_lines(self, questions: Sequence[Any], out: Path) -> dict[str, bool]:
        lines = [json.loads(line) for line in out.read_text().splitlines()]
        answered = {line["id"]: line.get("answer") for line in lines}
        expected = {}
        for question in questions:
            answer = self._rag.ask(question["question"], _TENANT)
            expected[question["id"]] = answer.to_dict()["answer"]
        return {"lines": len(lines) != len(questions), "answers": answered != expected}


def _tried(start: Callable[[], Any]) -> Any:
    """What `start` returns; Ray gives up too soon on a busy machine."""
    for _ in range(_STARTS):
        with suppress(Exception):
            return start()
    return start()


def _workers() -> list[psutil.Process]:
    """The processes of Ray workers that have a pipeline."""
    found = []
    for process in psutil.process_iter(["name"]):
        if (process.info["name"] or "").startswith("ray::Worker"):
            found.append(process)
    return found
