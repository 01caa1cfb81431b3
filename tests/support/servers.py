"""PostgreSQL servers that a test starts, stops and copies, and a PgBouncer before one.

They listen on loopback, with passwords, as a server elsewhere would. Their programs are
those of the embedded server.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from headrace import Pipeline
from headrace.resources.postgres.pgserver import library
from support.waiting import PATIENCE_S

PASSWORD = "a-password"
#: Whose documents are stored on a server, and what is asked about them.
TENANT = "shop"
QUESTION = "How long does the warranty last?"
PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def opened(database_url: str, **choices: Any) -> Pipeline:
    """A pipeline on a server; settings as keywords."""
    usual: dict[str, Any] = {"reranking": "off", "generation": "extractive"}
    return Pipeline.open(database_url=database_url, **usual, **choices)


class Server:
    """A PostgreSQL server in a folder of its own, on a port of loopback.

    Attributes:
        uri: its address for the superuser, of the database "headrace".
    """

    def __init__(self, folder: Path, port: int):
        self.folder = folder
        self.port = port
        self.uri = self.address("owner", PASSWORD)
        self._process: subprocess.Popen | None = None

    def address(self, login: str, password: str = PASSWORD, dbname: str = "headrace") -> str:
        place = {"host": "127.0.0.1", "port": self.port, "dbname": dbname}
        return make_conninfo(user=login, password=password, **place)

    def start(self) -> None:
        """Start it, and wait until it takes sessions."""
        options = ["-D", self.folder, "-p", str(self.port), "-h", "127.0.0.1"]
        options += ["-k", "", "-c", "fsync=off", "-c", "logging_collector=off"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [_program("postgres"), *options], stdout=log, stderr=log, user=_user()
            )
        _await(lambda: psycopg.connect(make_conninfo(self.uri, dbname="postgres")).close())

    def send(self, number: int) -> None:
        """Send a signal to its first process."""
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self, number: int = signal.SIGINT) -> None:
        """End it at once, or with another signal, and wait until it is gone."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(PATIENCE_S)
            self._process = None

    def execute(self, statement: str, dbname: str = "headrace") -> None:
        """Run a statement as the superuser."""
        with psycopg.connect(make_conninfo(self.uri, dbname=dbname), autocommit=True) as session:
            session.execute(statement.encode())


@contextmanager
def running_server() -> Iterator[Server]:
    """Yield a server with an empty database "headrace"; its superuser is "owner"."""
    with _folder() as folder:
        data = folder / "data"
        password = folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        made = ["-D", data, "-U", "owner", "--auth=scram-sha-256", f"--pwfile={password}"]
        _run([_program("initdb"), "--no-sync", "--encoding=UTF8", "--locale=C", *made])
        server = Server(data, free_port())
        server.start()
        try:
            server.execute("CREATE DATABASE headrace", dbname="postgres")
            yield server
        finally:
            server.stop()


@contextmanager
def standby_of(primary: Server) -> Iterator[Server]:
    """Yield a running copy of a server, which follows it and answers questions."""
    with _folder() as folder:
        standby = Server(folder / "data", free_port())
        source = make_conninfo(primary.uri, dbname="replication")
        source = source.replace(" dbname=replication", "")
        _run([_program("pg_basebackup"), "-R", "-c", "fast", "-D", standby.folder, "-d", source])
        standby.start()
        try:
            yield standby
        finally:
            standby.stop()


@contextmanager
def pooler_of(server: Server, logins: Mapping[str, str], **choices: object) -> Iterator[int]:
    """Yield the port of a PgBouncer in transaction mode before a server.

    Args:
        logins: password by login.
        choices: settings of PgBouncer.
    """
    assert PGBOUNCER is not None
    with _folder() as folder:
        port = free_port()
        users = folder / "users.txt"
        users.write_text("".join(f'"{login}" "{word}"\n' for login, word in logins.items()))
        settings = {
            "listen_addr": "127.0.0.1",
            "listen_port": port,
            "unix_socket_dir": "",
            "auth_type": "scram-sha-256",
            "auth_file": users,
            "pool_mode": "transaction",
            "default_pool_size": 4,
            "max_client_conn": 100,
            **choices,
        }
        database = f"headrace = host=127.0.0.1 port={server.port}"
        lines = [f"{name} = {value}" for name, value in settings.items()]
        configured = folder / "pgbouncer.ini"
        configured.write_text("\n".join(["[databases]", database, "[pgbouncer]", *lines, ""]))
        _open(folder)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [PGBOUNCER, configured], stdout=log, stderr=log, user=_user()
            )
        login, password = next(iter(logins.items()))
        place = {"host": "127.0.0.1", "port": port, "dbname": "headrace"}
        address = make_conninfo(user=login, password=password, **place)
        try:
            _await(lambda: psycopg.connect(address).close())
            yield port
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE_S)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder of the user that PostgreSQL runs as."""
    with tempfile.TemporaryDirectory(prefix="headrace-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        _open(folder)
        yield folder


def _open(folder: Path) -> None:
    folder.chmod(0o755)
    if _user() is not None:
        shutil.chown(folder, _user())


def _user() -> str | None:
    """Whom PostgreSQL runs as: not root, which it refuses."""
    return "pgserver" if hasattr(os, "geteuid") and os.geteuid() == 0 else None


def _program(name: str) -> Path:
    package = library().__file__
    assert package is not None
    return Path(package).parent / "pginstall" / "bin" / name


def _run(command: list) -> None:
    done = subprocess.run(command, capture_output=True, text=True, user=_user(), check=False)
    assert done.returncode == 0, done.stderr


def _await(attempt: Callable[[], None]) -> None:
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return attempt()
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
