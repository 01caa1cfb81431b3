"""kill -9 of client or server at random moments of mixed ingest, update, removal and questions: nothing lost, doubled or half visible.

On an embedded server of its own, a worker process writes and asks through two threads, and a reader process searches all there is, again and
again (`kill_work.py`). At moments drawn by the seed one of VICTIMS is killed. Everything is opened again and compared with what was asked for
(`kill_check.py`): what had returned is there; what was interrupted is, document by document, there wholly or not at all, and is then done
again. What the seed does not decide is how far the work has come at that moment.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from headrace.errors import DatabaseError, SettingsError
from headrace.measuring.environment import describe_environment
from headrace.measuring.kills.check import KINDS, check
from headrace.measuring.kills.documents import Version, opened
from headrace.measuring.kills.processes import (
    PATIENCE_S,
    Child,
    await_end_of,
    kill_server,
    running_server,
)
from headrace.measuring.kills.work import (
    OPERATIONS,
    TENANTS,
    WORKER,
    WRITERS,
    Operation,
    Turn,
    read,
    work,
)
from headrace.pipeline import Pipeline
from headrace.settings import Settings

VERSION = 1

#: Who is killed, in turns shuffled by the seed. client: the worker. server: PostgreSQL with all its processes. postmaster: its first process
#: alone; the others notice, sooner or later. backend: one process that serves a connection; PostgreSQL then ends all others and recovers.
VICTIMS = ("client", "server", "postmaster", "backend")

#: Called with what is being done, how much of it is done and how much there is.
Progress = Callable[[str, int, int], None]

_TURNS = (
    "client",
    "server",
    "postmaster",
    "backend",
    "client",
    "client",
)  # half of them the client
_LONGEST_WORK_S = 1.2
_EXAMPLES = 20


def measure(settings: Settings, kills: int, seed: int, progress: Progress) -> dict[str, Any]:
    """The report, as `commands/bench.py` documents it. The database it works on is gone when this returns, also by an error.

    Raises SettingsError when there would be no kill, or when the server is not one that may be killed.
    """
    if kills < 1:
        raise SettingsError(f"--kills {kills}: at least 1")
    if settings.database_url:
        raise SettingsError(
            "--kills kills the server, so it takes an embedded one of its own: unset DATABASE_URL"
        )
    began = monotonic()
    with _folder(settings.data_dir) as folder:
        run = Run(
            settings.model_copy(update={"data_dir": folder, "connections": 4}),
            kills,
            seed,
            progress,
        )
        try:
            report = run.report()
        finally:
            run.end()
    return {**report, "wall_s": round(monotonic() - began, 1)}


class Run:
    """One run: its processes, what was asked of the pipeline so far, and what was found."""

    def __init__(self, settings: Settings, kills: int, seed: int, progress: Progress):
        self._settings = settings.model_copy(update={"understanding": "off"})
        self._kills, self._seed, self._progress = kills, seed, progress
        self._random = Random(seed)
        self._worker, self._reader = Child(work, settings), Child(read, settings)
        self._states: dict[str, dict[str, Version]] = {tenant: {} for tenant in TENANTS}
        self._ever: dict[
            tuple[str, str], set[tuple[str, ...]]
        ] = {}  # (tenant, document) -> the markers of every state it was to have
        self._running: dict[int, Operation] = {}  # writer -> what it began and has not ended
        self._touched: dict[
            str, set[str]
        ] = {}  # tenant -> documents that were to change since the last kill
        self._failures: dict[int, str] = {}  # writer -> why it stopped
        self._counts: Counter[str] = Counter()
        self._violations: Counter[str] = Counter()
        self._examples: list[str] = []

    def report(self) -> dict[str, Any]:
        """Kills as often as was asked, or until something is wrong that would stay wrong."""
        victims = [_TURNS[number % len(_TURNS)] for number in range(self._kills)]
        self._random.shuffle(victims)
        with opened(self._settings) as rag:
            versions = rag.database.versions
        again: tuple[Operation, ...] = ()
        for number, victim in enumerate(victims):
            self._progress("kills", number, self._kills)
            self._touched, self._failures = {tenant: set() for tenant in TENANTS}, {}
            self._worker.send(Turn(f"{self._seed} {number}", self._states, again))
            self._watch(self._random.uniform(0, _LONGEST_WORK_S))
            self._kill(victim)
            again, sound = self._checked(victim)
            if not sound:
                break
        self._progress("kills", self._kills, self._kills)
        return self._figures() | {"environment": describe_environment(versions), "seed": self._seed}

    def end(self) -> None:
        """Stops the processes and, if it is still there, the server."""
        self._worker.kill()
        self._reader.kill()
        if running_server(self._settings.data_dir) is not None:
            opened(self._settings).close()  # the last user of the server stops it
        server = running_server(self._settings.data_dir)
        if server is not None:
            kill_server(server)

    def _watch(self, seconds: float) -> None:
        """Listens to the worker until it has worked for so long."""
        patience = monotonic() + PATIENCE_S
        while len(self._running) < WRITERS:
            self._hear(patience)
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            if self._worker.says_something(left):
                self._hear(until)

    def _hear(self, until: float) -> bool:
        """Takes one message of the worker; False when it has stopped."""
        what, *values = self._worker.hear(until)
        if what == "begun":
            self._begun(*values)
        elif what == "done":
            self._done(*values)
        elif what == "failed":
            self._failures[values[0]] = values[1]
        return what != "ended"

    def _begun(self, writer: int, operation: Operation) -> None:
        self._running[writer] = operation
        for name, state in operation.changes.items():
            self._touched[operation.tenant].add(name)
            if state is not None:
                self._ever.setdefault((operation.tenant, name), set()).add(state.markers)

    def _done(self, writer: int, complaint: str) -> None:
        operation = self._running.pop(writer)
        self._counts[operation.kind] += 1
        if complaint:
            self._violate("refused", complaint)
        for name, state in operation.changes.items():
            self._states[operation.tenant].pop(name, None)
            if state is not None:
                self._states[operation.tenant][name] = state

    def _kill(self, victim: str) -> None:
        self._count_failures()
        self._counts[victim] += 1
        self._counts["moments_between_calls"] += WRITERS - len(self._running)
        if victim == "client":
            self._worker.kill()
            return
        server = running_server(self._settings.data_dir)
        if server is None:
            raise DatabaseError("the embedded server that was to be killed is not there")
        kill_server(server, victim, self._random)
        self._worker.send("stop")

    def _checked(self, victim: str) -> tuple[tuple[Operation, ...], bool]:
        """Opens everything again and compares: the operations to do again, and whether the database is sound."""
        until = monotonic() + PATIENCE_S
        with opened(self._settings) as rag:
            if victim != "client":
                while self._hear(until):  # calls that waited for the server may still return
                    pass
            else:
                self._hear_the_dead()
                self._count_failures()
                self._worker = Child(work, self._worker.settings)
            await_end_of(WORKER, rag, until)
            self._look_at_reader(victim, until)
            interrupted, self._running = tuple(self._running.values()), {}
            sound = [self._tenant_is_sound(rag, tenant, interrupted) for tenant in TENANTS]
        return interrupted, all(sound)

    def _hear_the_dead(self) -> None:
        """Takes the messages that the killed worker had sent; the last one may be cut off."""
        with suppress(DatabaseError):
            while True:
                self._hear(monotonic())

    def _count_failures(self) -> None:
        """Calls that failed while the server was there."""
        for reason in self._failures.values():
            self._violate("refused", reason)
        self._failures = {}

    def _look_at_reader(self, victim: str, until: float) -> None:
        """What the reader saw since the last kill, compared with what could be seen."""
        self._reader.send("how much?")
        while True:
            what, *values = self._reader.hear(until)
            if what == "read":
                self._counts["searches"] += values[0]
                self._counts["searches_of_two_moments"] += values[1]
                return
            if what == "seen":
                self._look_at(*values)
            elif victim == "client":
                self._violate("refused", f"a search failed: {values[0]}")

    def _look_at(self, tenant: str, node: str, document_id: str, markers: tuple[str, ...]) -> None:
        if markers not in self._ever.get((tenant, document_id), ()):
            self._violate("mixed", f"{node} of {tenant} showed {document_id} as {markers}")

    def _tenant_is_sound(
        self, rag: Pipeline, tenant: str, interrupted: Sequence[Operation]
    ) -> bool:
        before = self._states[tenant]
        changes = {
            name: state
            for operation in interrupted
            if operation.tenant == tenant
            for name, state in operation.changes.items()
        }
        possible = {name: [state] for name, state in before.items()} | {
            name: [before.get(name), state] for name, state in changes.items()
        }
        states, violations = check(rag, tenant, possible, self._touched[tenant], f"{self._seed}")
        for violation in violations:
            self._violate(violation.kind, violation.what)
        for operation in interrupted:
            if operation.tenant == tenant and operation.changes:
                self._count_interrupted(
                    [states.get(name) == state for name, state in operation.changes.items()]
                )
        self._counts["interrupted_questions"] += sum(
            1 for operation in interrupted if operation.tenant == tenant and not operation.changes
        )
        self._counts["checked_documents"] += len(possible)
        self._states[tenant] = states
        return not violations

    def _count_interrupted(self, done: list[bool]) -> None:
        """Counts an operation, and its documents, by whether they are found in their new state."""
        self._counts[
            "interrupted_whole"
            if all(done)
            else "interrupted_partly"
            if any(done)
            else "interrupted_absent"
        ] += 1
        self._counts["documents_whole"] += sum(done)
        self._counts["documents_absent"] += len(done) - sum(done)

    def _violate(self, kind: str, what: str) -> None:
        self._violations[kind] += 1
        if len(self._examples) < _EXAMPLES:
            self._examples.append(
                f"after {sum(self._counts[victim] for victim in VICTIMS)} kills, {kind}: {what}"
            )

    def _figures(self) -> dict[str, Any]:
        counts = self._counts
        return {
            "version": VERSION,
            "kills": {victim: counts[victim] for victim in VICTIMS},
            "asked_kills": self._kills,
            "operations": {kind: counts[kind] for kind in OPERATIONS},
            "searches": counts["searches"],
            "interrupted": {
                "whole": counts["interrupted_whole"],
                "absent": counts["interrupted_absent"],
                "partly": counts["interrupted_partly"],
                "questions": counts["interrupted_questions"],
                "documents_whole": counts["documents_whole"],
                "documents_absent": counts["documents_absent"],
            },
            "between_calls": counts["moments_between_calls"],
            "checked_documents": counts["checked_documents"],
            "searches_of_two_moments": counts["searches_of_two_moments"],
            "violations": {kind: self._violations[kind] for kind in KINDS},
            "examples": self._examples,
        }


@contextmanager
def _folder(data_dir: Path) -> Iterator[Path]:
    """A folder for a database of this run alone, removed at the end."""
    data_dir.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="kills-", dir=data_dir))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
