"""The processes of a run: those that it starts, and PostgreSQL's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from pickle import UnpicklingError
from random import Random
from time import monotonic, sleep
from typing import Any, Literal

import psutil

from headrace.errors import DatabaseError
from headrace.pipeline import Pipeline
from headrace.resources.postgres.rows import one_row
from headrace.resources.postgres.sessions.owner import owner_session
from headrace.settings import Settings

#: Which of PostgreSQL's processes: all of them; the first one alone, whose end the
#: others notice sooner or later; or one that serves a connection, after which
#: PostgreSQL ends all others and recovers.
ServerPart = Literal["server", "postmaster", "backend"]

#: How long anything may take before it counts as hanging.
PATIENCE_S = 90.0
_PAUSE_S = 0.01
_CONNECTED = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"


class Child:
    """A process that was started here, and the connection to it."""

    def __init__(self, target: Callable[[Connection, Settings], None], settings: Settings):
        context = get_context("spawn")
        self.settings = settings
        self._name = f'the process "{target.__name__}"'
        self._connection, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=target, args=(theirs, settings), daemon=True
        )
        self._process.start()
        theirs.close()

    def send(self, message: Any) -> None:
        with self._gone():
            self._connection.send(message)

    def has_message(self, seconds: float) -> bool:
        """Whether a message comes within so many seconds."""
        return self._connection.poll(seconds)

    def receive(self, until: float) -> Any:
        """Its next message.

        Raises DatabaseError when none has come by then, or the process has ended.
        """
        with self._gone():
            if self._connection.poll(max(until - monotonic(), 0)):
                return self._connection.recv()
        raise DatabaseError(
            f"{self._name} said nothing for up to {PATIENCE_S:.0f} s: it hangs, or the machine "
            "is far too busy"
        )

    @contextmanager
    def _gone(self) -> Iterator[None]:
        """Raise DatabaseError where the connection is gone, or a message is cut off."""
        try:
            yield
        except (EOFError, OSError, UnpicklingError) as error:
            raise DatabaseError(
                f"{self._name} ended by itself: what it printed, if anything, is above"
            ) from error

    def kill(self) -> None:
        """kill -9; what it has told can still be received."""
        self._process.kill()
        self._process.join()


def running_server(data_dir: Path) -> psutil.Process | None:
    """The first process of the server that runs on this folder; None without one."""
    folder = (data_dir / "postgres").resolve()
    with suppress(OSError, ValueError, psutil.Error):
        number = int((folder / "postmaster.pid").read_text().partition("\n")[0])
        process = psutil.Process(number)
        # A stranger may have the number of a server that is gone.
        is_ours = folder.as_posix() in process.cmdline()
        if is_ours and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def kill_server(
    server: psutil.Process, part: ServerPart = "server", random: Random | None = None
) -> None:
    """kill -9 of a server, or of a part of it.

    The first process is halted before, so that it starts no other meanwhile. Without
    any backend, the whole server is killed.

    Args:
        random: draws the backend.
    """
    server.suspend()
    children = server.children(recursive=True)
    backends = [child for child in children if serves(child)]
    if part == "backend" and backends:
        (random or Random()).choice(backends).kill()
        server.resume()
        # The server ends them; until then it would take connections only to end them.
        psutil.wait_procs(children, PATIENCE_S)
        return
    for process in [server] if part == "postmaster" else [*children, server]:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def serves(process: psutil.Process) -> bool:
    """Whether one of PostgreSQL's processes serves a connection."""
    with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
        return any("[local]" in argument for argument in process.cmdline())
    return False


def await_end_of(name: str, rag: Pipeline, until: float) -> None:
    """Waits until the server has noticed that the connections of this name are gone.

    Until then, what was sent last may still be done.
    Raises DatabaseError when they are still there by then.
    """
    with owner_session(rag.database.admin_uri, "looking for connections") as connection:
        while one_row(connection, _CONNECTED, [name]) != (0,):
            if monotonic() > until:
                raise DatabaseError(
                    f"connections of a killed process are still there after {PATIENCE_S:.0f} s"
                )
            sleep(_PAUSE_S)
