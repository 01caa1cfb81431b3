"""kill -9 of client or server at random moments of ingestion, removal and questions.

Nothing may be lost, doubled or half visible. On a temporary embedded server, a worker
process writes and asks through two threads (`work.py`), and a reader process searches
all there is, again and again (`reading.py`). At moments drawn by the seed, one of
VICTIMS is killed. Everything is opened again and compared with what was asked for
(`check.py`). What had returned is there. What was interrupted is, document by document,
there as a whole or not at all, and is then done again. The seed does not decide how far
the work is at that moment.
"""

from collections.abc import Sequence
from contextlib import suppress
from random import Random
from time import monotonic
from typing import Any, Literal

from headrace.errors import DatabaseError, SettingsError
from headrace.measuring.environment import describe_environment
from headrace.measuring.kills.check import KINDS, check
from headrace.measuring.kills.documents import opened
from headrace.measuring.kills.ledger import Ledger
from headrace.measuring.kills.messages import Ended, Searched, Seen, Unread
from headrace.measuring.kills.operations import OPERATIONS, TENANTS, WRITERS, Operation, Turn
from headrace.measuring.kills.processes import (
    PATIENCE_S,
    Child,
    ServerPart,
    await_end_of,
    kill_server,
    running_server,
)
from headrace.measuring.kills.reading import read
from headrace.measuring.kills.work import WORKER, work
from headrace.measuring.temporary import temporary_folder
from headrace.pipeline import Pipeline
from headrace.settings import Settings
from headrace.types import Progress

VERSION = 1

Victim = Literal["client"] | ServerPart
#: Who is killed: the worker, or a part of PostgreSQL.
VICTIMS: tuple[Victim, ...] = ("client", "server", "postmaster", "backend")

#: Turns are shuffled by the seed; in half of them the client is killed.
_TURNS: tuple[Victim, ...] = (*VICTIMS, "client", "client")
_LONGEST_WORK_S = 1.2
_CONNECTIONS = 4


def measure(settings: Settings, kills: int, seed: int, progress: Progress) -> dict[str, Any]:
    """The report, as `commands/bench.py` documents it.

    The database it works on is gone when this returns, also after an error.
    Raises SettingsError when there would be no kill, or when the server is not one that
    may be killed.
    """
    if kills < 1:
        raise SettingsError(f"--kills {kills}: at least 1")
    if settings.database_url:
        raise SettingsError(
            "--kills kills the server, so it works on a temporary embedded one: unset DATABASE_URL"
        )
    began = monotonic()
    with temporary_folder(settings.data_dir) as folder:
        changes = {"data_dir": folder, "connections": _CONNECTIONS}
        run = Run(settings.model_copy(update=changes), kills, seed, progress)
        try:
            report = run.report()
        finally:
            run.end()
    return {**report, "wall_s": round(monotonic() - began, 1)}


class Run:
    """One run: its processes, and what they told."""

    def __init__(self, settings: Settings, kills: int, seed: int, progress: Progress):
        self._settings = settings.model_copy(update={"understanding": "off"})
        self._kills = kills
        self._seed = seed
        self._progress = progress
        self._random = Random(seed)
        self._worker = Child(work, settings)
        self._reader = Child(read, settings)
        self._ledger = Ledger()

    def report(self) -> dict[str, Any]:
        """Kills as often as was asked, or until the database is no longer sound."""
        victims: list[Victim] = [_TURNS[number % len(_TURNS)] for number in range(self._kills)]
        self._random.shuffle(victims)
        with opened(self._settings) as rag:
            versions = rag.database.versions
        again: tuple[Operation, ...] = ()
        for number, victim in enumerate(victims):
            self._progress("kills", number, self._kills)
            self._ledger.begin_turn()
            folder = self._settings.data_dir / "files"
            seed = f"{self._seed} {number}"
            self._worker.send(Turn(seed, self._ledger.states, again, folder=folder))
            self._watch(self._random.uniform(0, _LONGEST_WORK_S))
            self._kill(victim)
            again, is_sound = self._checked(victim)
            if not is_sound:
                break
        self._progress("kills", self._kills, self._kills)
        return {
            **self._figures(),
            "environment": describe_environment(versions),
            "seed": self._seed,
        }

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
        while len(self._ledger.running) < WRITERS:
            self._hear(patience)
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            if self._worker.has_message(left):
                self._hear(until)

    def _hear(self, until: float) -> bool:
        """Takes one message of the worker; False when it has stopped."""
        message = self._worker.receive(until)
        self._ledger.hear(message)
        return not isinstance(message, Ended)

    def _kill(self, victim: Victim) -> None:
        ledger = self._ledger
        ledger.count_failures()
        ledger.kills += 1
        ledger.counts[victim] += 1
        ledger.counts["moments_between_calls"] += WRITERS - len(ledger.running)
        if victim == "client":
            self._worker.kill()
            return
        server = running_server(self._settings.data_dir)
        if server is None:
            raise DatabaseError("the embedded server that was to be killed is not there")
        kill_server(server, victim, self._random)
        self._worker.send("stop")

    def _checked(self, victim: Victim) -> tuple[tuple[Operation, ...], bool]:
        """Opens everything again and compares.

        Returns:
            The operations to do again, and whether the database is sound.
        """
        until = monotonic() + PATIENCE_S
        with opened(self._settings) as rag:
            if victim == "client":
                self._hear_the_dead()
                self._ledger.count_failures()
                self._worker = Child(work, self._worker.settings)
            else:
                while self._hear(until):  # calls that waited for the server may still return
                    pass
            await_end_of(WORKER, rag, until)
            self._ask_reader(victim, until)
            interrupted = tuple(self._ledger.running.values())
            self._ledger.running = {}
            are_sound = [self._tenant_is_sound(rag, tenant, interrupted) for tenant in TENANTS]
        return interrupted, all(are_sound)

    def _hear_the_dead(self) -> None:
        """Takes the messages that the killed worker had sent.

        The last one may be cut off.
        """
        with suppress(DatabaseError):
            while True:
                self._hear(monotonic())

    def _ask_reader(self, victim: Victim, until: float) -> None:
        """Takes what the reader saw since the last kill."""
        ledger = self._ledger
        self._reader.send("how much?")
        while True:
            match self._reader.receive(until):
                case Seen() as seen:
                    ledger.look_at(seen)
                case Unread(reason) if victim == "client":
                    ledger.violate("refused", f"a search failed: {reason}")
                case Searched(searches, of_two_moments):
                    ledger.counts["searches"] += searches
                    ledger.counts["searches_of_two_moments"] += of_two_moments
                    return

    def _tenant_is_sound(
        self, rag: Pipeline, tenant: str, interrupted: Sequence[Operation]
    ) -> bool:
        ledger = self._ledger
        of_tenant = [operation for operation in interrupted if operation.tenant == tenant]
        possible = ledger.possible(tenant, of_tenant)
        touched = ledger.touched[tenant]
        states, violations = check(rag, tenant, possible, touched, f"{self._seed}")
        for violation in violations:
            ledger.violate(violation.kind, violation.what)
        for operation in of_tenant:
            ledger.count_interrupted(operation, states)
            ledger.look_at_renamed(operation, states)
        ledger.counts["checked_documents"] += len(possible)
        ledger.states[tenant] = states
        return not violations

    def _figures(self) -> dict[str, Any]:
        counts = self._ledger.counts
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
            "violations": {kind: self._ledger.violations[kind] for kind in KINDS},
            "examples": self._ledger.examples,
        }
