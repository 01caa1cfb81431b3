"""kill -9 of workers, drivers and raylets of a Ray cluster: `bench --kills N --of X`.

The commands `ingest` and `batch` run as processes of their own on a cluster of two
nodes of this machine, with the embedded database of a temporary folder. In half of the
kills documents are stored, a few hundred new and changed ones a turn; in the others
questions are answered. At random moments one of VICTIMS is killed; a driver is started
again, a lost node is replaced. Meanwhile it is looked again and again whether a
document is half there. After every turn all that is stored is compared with what an
ordinary ingest stores, and the lines of a batch with the answers without a cluster.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any, Literal

import psutil

from headrace.errors import SettingsError
from headrace.measuring.cluster import contents
from headrace.measuring.cluster.documents import (
    WAITING_ENCODER,
    Entry,
    entries,
    questions,
    write_lines,
)
from headrace.measuring.cluster.nodes import Nodes
from headrace.measuring.cluster.processes import Command
from headrace.measuring.cluster.sightings import Sightings
from headrace.measuring.environment import describe_environment
from headrace.measuring.temporary import temporary_folder
from headrace.pipeline import Pipeline
from headrace.settings import Settings
from headrace.types import Progress

Victim = Literal["worker", "driver", "raylet"]
VICTIMS: tuple[Victim, ...] = ("worker", "driver", "raylet")
KINDS = {
    **{table: f"{table} that are not those of an ordinary ingest" for table in contents.TABLES},
    "half": "documents that were seen in a state that nobody stored, or gone",
    "contradictions": "rows that contradict each other",
    "lines": "questions without a line, or with two",
    "answers": "questions with another answer",
    "unfinished": "commands that failed without being killed, or did not end",
}

_TENANT = "cluster"
_REFERENCE = "reference"
_NODES = 2
#: What every pipeline of a run is opened with.
_SETTINGS = {"encoder": WAITING_ENCODER, "reranking": "off", "generation": "extractive"}
#: Between two kills.
_LONGEST_WAIT_S = 4.0
#: Kills of a worker or a raylet while one command runs.
_KILLS_OF_A_COMMAND = 4
#: A turn's documents: new ones, and changed and unchanged ones of earlier turns.
_NEW = 600
_CHANGED = 200
_KEPT = 200
_QUESTIONS = 150
#: How long a command may run before it begins to work, and after the last kill.
_PATIENCE_S = 240.0
_PAUSE_S = 0.1
_EXAMPLES = 20
#: What the clock decides in a line of a batch.
_TIMES = ("stages", "total_ms")


def measure(
    settings: Settings, victim: Victim, kills: int, seed: int, progress: Progress
) -> dict[str, Any]:
    """The report: how often was killed, and what was lost, doubled or half visible.

    Raises SettingsError when there would be no kill, or when the database is not one
    that may be used.
    """
    if kills < 1:
        raise SettingsError(f"--kills {kills}: at least 1")
    if settings.database_url:
        raise SettingsError(
            "kills of a cluster work on a temporary embedded database: unset DATABASE_URL"
        )
    began = monotonic()
    with temporary_folder(settings.data_dir) as folder:
        kept = settings.model_copy(update={"data_dir": folder, **_SETTINGS})
        with Pipeline.open(kept) as rag, Nodes(_NODES) as nodes:
            run = _Run(rag, nodes, victim, Random(f"{seed} {victim}"), progress)
            report = run.report(kills)
            versions = rag.database.versions
    return {
        "version": 1,
        **report,
        "environment": describe_environment(versions),
        "seed": seed,
        "wall_s": round(monotonic() - began, 1),
    }


class _Run:
    """The commands of one run, what is killed meanwhile, and what was found wrong."""

    def __init__(
        self, rag: Pipeline, nodes: Nodes, victim: Victim, random: Random, progress: Progress
    ):
        self._rag = rag
        self._nodes = nodes
        self._victim: Victim = victim
        self._random = random
        self._progress = progress
        self._folder = rag.settings.data_dir
        self._asked_kills = 0
        self._killed = 0
        self._counts: Counter[str] = Counter()
        self._violations: Counter[str] = Counter()
        self._examples: list[str] = []
        #: The version of each document that is stored.
        self._versions: dict[int, int] = {}

    def report(self, kills: int) -> dict[str, Any]:
        """Kills half of the times during an ingest, the others during a batch."""
        self._asked_kills = kills
        self._progress("kills", 0, kills)
        self._until((kills + 1) // 2, self._ingest, "kills_of_ingest")
        self._until(kills, self._batch, "kills_of_batch")
        counts = ("turns", "kills_of_ingest", "kills_of_batch", "commands", "looks", "questions")
        return {
            "kills": {self._victim: self._killed},
            "asked_kills": kills,
            **{name: self._counts[name] for name in counts},
            "documents": len(self._versions),
            "violations": {kind: self._violations[kind] for kind in KINDS},
            "examples": self._examples,
        }

    def _until(self, kills: int, turn: Callable[[int], None], counted: str) -> None:
        """Does turns until so often was killed, or something was found wrong."""
        before = self._killed
        while self._killed < kills and not self._violations:
            self._counts["turns"] += 1
            turn(kills)
        self._counts[counted] = self._killed - before

    def _ingest(self, kills: int) -> None:
        """Stores documents while something is killed, and compares them."""
        path = write_lines(self._folder / "documents.jsonl", self._drawn())
        before = contents.documents(self._rag, _REFERENCE)
        self._rag.ingest([path], _REFERENCE)
        after = contents.documents(self._rag, _REFERENCE)
        with Sightings(self._rag, _TENANT, before, after) as seen:
            self._attacked(["ingest", str(path)], kills)
        self._counts["looks"] += seen.looks
        for name in sorted(seen.half | seen.gone):
            self._violate("half", f"{name} was seen {'half' if name in seen.half else 'gone'}")
        self._look_for_contradictions()
        found, right = (contents.checksums(self._rag, one) for one in (_TENANT, _REFERENCE))
        for table in contents.differing(found, right):
            self._violate(table, f"number and checksum {found[table]} instead of {right[table]}")

    def _batch(self, kills: int) -> None:
        """Asks while something is killed, and compares the answers."""
        if not self._versions:  # all kills are of a batch
            self._rag.ingest(
                [write_lines(self._folder / "documents.jsonl", self._drawn())], _TENANT
            )
        first = self._counts["questions"]
        asked = questions(range(first, first + _QUESTIONS))
        self._counts["questions"] += len(asked)
        path = write_lines(self._folder / "questions.jsonl", asked)
        out = self._folder / f"answers-{first}.jsonl"
        self._attacked(["batch", str(path), "--out", str(out)], kills)
        self._compare_lines(asked, out)

    def _attacked(self, command: Sequence[str], kills: int) -> None:
        """Runs a command until it is done, and kills meanwhile.

        Args:
            kills: how many there may have been then, in all.
        """
        most = kills if self._victim == "driver" else self._killed + _KILLS_OF_A_COMMAND
        while True:
            before = self._killed
            with self._started(command) as running:
                self._attack(running, min(kills, most))
                is_over = running.wait(_PATIENCE_S)
                code, said = running.code, running.last_words()
            if not is_over:
                self._violate("unfinished", f"{command[0]} did not end: {said}")
            elif code not in (0, 1) and self._killed > before:
                continue  # the driver was killed, or its own node
            elif code != 0:
                self._violate("unfinished", f"{command[0]} ended with {code}: {said}")
            return

    def _started(self, command: Sequence[str]) -> Command:
        self._counts["commands"] += 1
        cluster = ["--executor", "ray", "--address", self._nodes.address]
        given = ["--tenant", _TENANT, "--workers", str(_NODES)]
        return Command([*command, *cluster, *given], _SETTINGS, self._folder)

    def _attack(self, running: Command, kills: int) -> None:
        """Kills at random moments, from when the command has workers until it ends."""
        until = monotonic() + _PATIENCE_S
        while running.is_running and not self._nodes.workers() and monotonic() < until:
            sleep(_PAUSE_S)
        while self._killed < kills:
            if running.wait(self._random.uniform(0, _LONGEST_WAIT_S)):
                return
            if self._kill(running):
                self._killed += 1
                self._progress("kills", self._killed, self._asked_kills)

    def _kill(self, running: Command) -> bool:
        """Whether there was something to kill."""
        if self._victim == "driver":
            running.kill()
            return True
        if self._victim == "raylet":
            self._nodes.replace_one(self._random)
            return True
        with suppress(IndexError, psutil.NoSuchProcess):
            self._random.choice(self._nodes.workers()).kill()
            return True
        return False

    def _drawn(self) -> list[Entry]:
        """New documents, and earlier ones, of which some have changed."""
        earlier = sorted(self._versions)
        chosen = self._random.sample(earlier, k=min(_CHANGED + _KEPT, len(earlier)))
        for number in chosen[:_CHANGED]:
            self._versions[number] += 1
        new = range(len(earlier), len(earlier) + _NEW)
        self._versions |= dict.fromkeys(new, 0)
        lines = []
        for number in (*chosen, *new):
            lines += entries([number], self._versions[number])
        self._random.shuffle(lines)
        return lines

    def _look_for_contradictions(self) -> None:
        for kind, detail in self._rag.database.for_tenant(_TENANT).query("contradictions"):
            self._violate("contradictions", f"{kind}: {detail}")

    def _compare_lines(self, asked: Sequence[Entry], out: Path) -> None:
        lines = [json.loads(line) for line in out.read_text().splitlines()]
        counted = Counter(line["id"] for line in lines)
        found = {line["id"]: _untimed(line) for line in lines}
        for number, question in enumerate(asked):
            self._progress("comparing answers", number, len(asked))
            name = question["id"]
            if counted[name] != 1:
                self._violate("lines", f"question {name} has {counted[name]} lines")
                continue
            answer = self._rag.ask(question["question"], _TENANT)
            expected = json.loads(json.dumps({"id": name, **answer.to_dict()}))
            if found[name] != _untimed(expected):
                self._violate("answers", f"question {name}: {found[name]}")

    def _violate(self, kind: str, what: str) -> None:
        self._violations[kind] += 1
        if len(self._examples) < _EXAMPLES:
            self._examples.append(f"after {self._killed} kills, {kind}: {what}")


def _untimed(line: Entry) -> Entry:
    return {name: value for name, value in line.items() if name not in _TIMES}
