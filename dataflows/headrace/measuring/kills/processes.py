"""The processes of a run that kills (`kills.py`): those that it starts, and PostgreSQL's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from pickle import UnpicklingError
from random import Random
from time import monotonic, sleep
from typing import Any

import psutil
import psycopg

from headrace.errors import DatabaseError
from headrace.pipeline import Pipeline
from headrace.settings import Settings

#: How long anything may take before it counts as hanging.
PATIENCE_S = 90.0
_PAUSE_S = 0.01


class Child:
    """A process that was started here, and the connection to it."""

    def __init__(self, target: Callable[[Connection, Settings], None], settings: Settings):
        context = get_context("spawn")
        self.settings, self._name = settings, f"the process that is to {target.__name__}"
        self._connection, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=target, args=(theirs, settings), daemon=True
        )
        self._process.start()
        theirs.close()

    def send(self, message: Any) -> None:
        with self._gone():
            self._connection.send(message)

    def says_something(self, seconds: float) -> bool:
        return self._connection.poll(seconds)

    def hear(self, until: float) -> tuple:
        """Its next message. DatabaseError when none has come by then, or it is gone."""
        with self._gone():
            if self._connection.poll(max(until - monotonic(), 0)):
                return self._connection.recv()
        raise DatabaseError(
            f"{self._name} said nothing for up to {PATIENCE_S:.0f} s: it hangs, or the machine is far too busy"
        )

    @contextmanager
    def _gone(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, OSError, UnpicklingError) as error:
            raise DatabaseError(
                f"{self._name} ended by itself: what it said of it, if anything, stands above"
            ) from error

    def kill(self) -> None:
        """kill -9; what it had said can still be heard."""
        self._process.kill()
        self._process.join()


def running_server(data_dir: Path) -> psutil.Process | None:
    """The first process of the server that runs on this folder; None if there is none."""
    folder = (data_dir / "postgres").resolve()
    with suppress(OSError, ValueError, psutil.Error):
        process = psutil.Process(int((folder / "postmaster.pid").read_text().partition("\n")[0]))
        if (
            process.status() != psutil.STATUS_ZOMBIE and folder.as_posix() in process.cmdline()
        ):  # and no stranger with its old number
            return process
    return None


def kill_server(server: psutil.Process, part: str = "server", random: Random | None = None) -> None:
    """kill -9 of it and its children, or of a `part` of these; halted first, so that it starts no other meanwhile."""
    server.suspend()
    children = server.children(recursive=True)
    backends = [
        child for child in children if any("[local]" in argument for argument in child.cmdline())
    ]
    if part == "backend" and backends:
        (random or Random()).choice(backends).kill()
        server.resume()
        psutil.wait_procs(
            children, PATIENCE_S
        )  # the server ends them; until then it would take connections only to end them too
        return
    for process in [server] if part == "postmaster" else [*children, server]:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def await_end_of(name: str, rag: Pipeline, until: float) -> None:
    """Waits until the server has noticed that the connections of this name are gone: until then, what was sent last may still be done."""
    with psycopg.connect(rag.database.admin_uri, autocommit=True) as connection:
        while connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [name]
        ).fetchone() != (0,):
            if monotonic() > until:
                raise DatabaseError(
                    f"connections of a killed process are still there after {PATIENCE_S:.0f} s"
                )
            sleep(_PAUSE_S)
