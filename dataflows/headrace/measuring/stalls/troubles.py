"""What is done to PostgreSQL: kills, locks, halts, a cut network."""

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psutil

from headrace.errors import DatabaseAway, DatabaseConflict, DatabaseError
from headrace.measuring.kills.processes import (
    PATIENCE_S,
    kill_server,
    running_server,
    serves,
)
from headrace.measuring.stalls.calls import Window
from headrace.measuring.stalls.proxy import Proxy
from headrace.resources.postgres.embedded_server import EmbeddedServer
from headrace.resources.postgres.pgserver import forget_handle
from headrace.resources.postgres.sessions.owner import open_owner_session, owner_session

#: What is killed, and what it means.
KILLS = {
    "backend": "kill -9 of a process that serves a connection: PostgreSQL ends all, and recovers",
    "shutdown": "an immediate shutdown (SIGQUIT)",
    "server": "kill -9 of all its processes",
    "postmaster": "kill -9 of its first process alone, whose end the others notice sooner or later",
    "session": "one connection, ended as by pg_terminate_backend",
}
#: What is stalled, and what it means.
STALLS = {
    "lock": "up to three tables, locked by another session (ACCESS EXCLUSIVE)",
    "halt": "all processes of PostgreSQL (SIGSTOP)",
    "cut": "the network passes nothing on, and connections stay open",
    "closed": "the network ends all connections and refuses new ones",
}
_TABLES = (
    "documents",
    "chunks",
    "embeddings",
    "postings",
    "segments",
    "tenant_statistics",
    "document_fields",
    "definitions",
    "words",
    "spellings",
    "value_names",
)
_LONGEST_AWAY_S = 1.5
#: Every third stall of a kind lasts longer than a question may wait.
_LONG_EVERY = 3
#: How long stalls last, as shares of that time.
_SHORT = (0.1, 0.9)
_LONG = (1.1, 1.6)
#: After Ctrl-C, a command has a second to end.
_END_S = 0.4
_LOOK_S = 0.02


@dataclass(frozen=True)
class Trouble:
    """Something to be done: one of KILLS or STALLS, and for how long."""

    kind: str
    seconds: float


def drawn(kills: int, stalls: int, limit_s: float, random: Random) -> list[Trouble]:
    """So many kills and stalls of every kind in turns, in an order drawn by the seed.

    Args:
        limit_s: how long a question may wait.
    """
    troubles = []
    for number in range(kills):
        kind = _in_turns(KILLS, number)
        troubles.append(Trouble(kind, random.uniform(0, _LONGEST_AWAY_S)))
    for number in range(stalls):
        is_long = (number % len(STALLS) + number // len(STALLS)) % _LONG_EVERY == 0
        shares = _LONG if is_long else _SHORT
        troubles.append(Trouble(_in_turns(STALLS, number), limit_s * random.uniform(*shares)))
    random.shuffle(troubles)
    return troubles


class Troublemaker:
    """The embedded server of a folder, the network before it, and what befalls them."""

    def __init__(self, data_dir: Path, random: Random):
        self._data_dir = data_dir
        self._random = random
        self.server = EmbeddedServer(data_dir)
        self.proxy = Proxy(self.server.admin_uri)

    def make(self, trouble: Trouble) -> Window:
        """Let it happen, and wait until it is over."""
        began = time.monotonic()
        if trouble.kind in KILLS:
            self._kill(trouble)
        else:
            match trouble.kind:
                case "lock":
                    self._lock(trouble.seconds)
                case "halt":
                    with _halted(self._processes()):
                        time.sleep(trouble.seconds)
                case "cut":
                    self.proxy.cut()
                    time.sleep(trouble.seconds)
                    self.proxy.restore()
                case "closed":
                    self.proxy.shut()
                    time.sleep(trouble.seconds)
                    self.proxy.restore()
        return Window(trouble.kind, began, time.monotonic())

    def end(self) -> None:
        """End the network and the server at once; nothing of it is needed any more."""
        self.proxy.end()
        server = running_server(self._data_dir)
        if server is not None:
            self._shut_down(server, _END_S)
            if running_server(self._data_dir) is not None:
                kill_server(server)
        forget_handle((self._data_dir / "postgres").resolve())

    def _shut_down(self, server: psutil.Process, patience_s: float) -> None:
        """Shut a server down without a checkpoint, and wait until it is gone."""
        with suppress(psutil.NoSuchProcess):
            server.resume()  # it may be halted
            server.send_signal(signal.SIGQUIT)
        until = time.monotonic() + patience_s
        while running_server(self._data_dir) is not None and time.monotonic() < until:
            time.sleep(_LOOK_S)

    def _kill(self, trouble: Trouble) -> None:
        server = self._first_process()
        match trouble.kind:
            case "session":
                sessions = [child for child in server.children() if serves(child)]
                if sessions:
                    self._random.choice(sessions).terminate()
                return
            case "shutdown":
                self._shut_down(server, PATIENCE_S)
            case "backend" | "postmaster" | "server":
                kill_server(server, trouble.kind, self._random)
        if trouble.kind != "backend":  # PostgreSQL itself starts again after that
            time.sleep(trouble.seconds)
        self._await_server()

    def _lock(self, seconds: float) -> None:
        tables = self._random.sample(_TABLES, self._random.randint(1, 3))
        until = time.monotonic() + PATIENCE_S
        while True:
            # PostgreSQL may end it in favour of a transaction that waits for it.
            with (
                suppress(DatabaseConflict),
                owner_session(self.server.admin_uri, "locking tables") as session,
            ):
                session.execute(f"BEGIN; LOCK TABLE {', '.join(tables)}".encode())
                time.sleep(seconds)
                session.execute("ROLLBACK")
                return
            if time.monotonic() > until:
                raise DatabaseError(f"the tables {tables} could not be locked")

    def _first_process(self) -> psutil.Process:
        server = running_server(self._data_dir)
        if server is None:
            raise DatabaseError("the embedded server of the run is not there")
        return server

    def _processes(self) -> list[psutil.Process]:
        server = self._first_process()
        return [server, *server.children(recursive=True)]

    def _await_server(self) -> None:
        """Start the server unless it runs, and wait until it takes sessions.

        Raises DatabaseAway when it does not, in the end.
        """
        until = time.monotonic() + PATIENCE_S
        while True:
            if running_server(self._data_dir) is None:
                self.server.revive()
            try:
                open_owner_session(self.server.admin_uri).close()
                return
            except DatabaseAway:
                if time.monotonic() > until:
                    raise
                time.sleep(_LOOK_S)


@contextmanager
def _halted(processes: Sequence[psutil.Process]) -> Iterator[None]:
    """Halt processes, the first one before the others, which it could replace."""
    try:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.suspend()
        yield
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.resume()


def _in_turns(kinds: dict[str, str], number: int) -> str:
    return list(kinds)[number % len(kinds)]
