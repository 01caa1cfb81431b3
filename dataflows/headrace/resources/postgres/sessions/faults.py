"""Errors of PostgreSQL as errors of ours: what happened, and what to do next."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict

from headrace.errors import (
    DatabaseAway,
    DatabaseConflict,
    DatabaseError,
    DatabaseLost,
    DatabaseTimeout,
)
from headrace.resources.postgres.sessions.session import TimeIsUp

#: How SQLSTATE begins when the connection was lost: connection exceptions, and the
#: server's shutdown, crash or start (57P01 to 57P03).
_LOST = ("08", "57P")
#: A server that was the primary, and is a standby now.
_READ_ONLY = "25006"
_CONFLICTS = ("40001", "40P01")
_TIMEOUTS = ("57014", "55P03", "25P03", "25P04")
_NOT_PREPARED = (
    "the pooler keeps no prepared statements between transactions: set HEADRACE_POOLER=transaction"
)
#: What to do, by SQLSTATE. "{login}" is whom the session belongs to.
_ADVICE = {
    "53100": "the disk of the PostgreSQL server is full. Nothing of this transaction was stored, "
    "what was stored before stays: free space, then run it again",
    "53200": "the PostgreSQL server is out of memory: lower its work_mem or max_connections, or "
    "give it more",
    "53300": "the PostgreSQL server takes no more connections: lower HEADRACE_CONNECTIONS, or "
    "raise its max_connections",
    "42501": "the login {login} may not do this: grant it the right (sql/README.md, "
    '"Least rights"), or set HEADRACE_ADMIN_URL to the owner of the tables',
    "28P01": "the password of the login {login} is wrong: correct DATABASE_URL",
    "28000": "the login {login} is not let in: check DATABASE_URL and the server's pg_hba.conf",
    "26000": _NOT_PREPARED,
    "42P05": _NOT_PREPARED,
    "3D000": "there is no such database: create it, or correct DATABASE_URL",
}


def place(uri: str) -> str:
    """Where an address leads, for messages: host, port and database, no password."""
    parts = conninfo_to_dict(uri)
    hosts = str(parts.get("host") or parts.get("hostaddr") or "the local socket").split(",")
    ports = str(parts.get("port") or "5432").split(",")
    if len(ports) < len(hosts):
        ports = [ports[0]] * len(hosts)
    servers = [
        host if host.startswith(("/", "the ")) else f"{host}:{port}"
        for host, port in zip(hosts, ports, strict=False)
    ]
    return f"{' or '.join(servers)}, database {parts.get('dbname') or parts.get('user')}"


def away(uri: str, error: BaseException, *, answers: bool = False) -> DatabaseError:
    """The error of a session that could not be opened.

    Args:
        answers: whether a server is there, and does not let this login in.
    """
    if isinstance(error, TimeIsUp):
        return DatabaseAway(f"PostgreSQL cannot be reached at {place(uri)}: it does not answer")
    if isinstance(error, psycopg.Error) and error.sqlstate in _ADVICE:
        login = conninfo_to_dict(uri).get("user")
        return fault(error, f"opening a session at {place(uri)}", str(login or ""))
    reason = _first_line(error)
    if answers:
        is_full = os.strerror(errno.ENOSPC) in reason
        allows = "Check DATABASE_URL, and what the server allows"
        todo = "Free space on the server's disk" if is_full else allows
        return DatabaseAway(f"PostgreSQL at {place(uri)} opens no session: {reason}. {todo}")
    return DatabaseAway(
        f"PostgreSQL cannot be reached at {place(uri)}: {reason}. "
        "Check DATABASE_URL, and that the server runs"
    )


def fault(error: psycopg.Error, doing: str, login: str = "") -> DatabaseError:
    """The error of ours that says what an error of PostgreSQL means.

    Args:
        doing: what was being done, to begin the message with: "storing documents".
        login: the login of the session.
    """
    state = error.sqlstate or ""
    reason = error.diag.message_primary or _first_line(error)
    if state == _READ_ONLY:
        return DatabaseLost(f"{doing} failed: the PostgreSQL server is a standby, and only reads")
    if is_lost(error):
        return DatabaseLost(f"{doing} failed, the connection to PostgreSQL was lost: {reason}")
    if state in _CONFLICTS:
        return DatabaseConflict(f"{doing} failed, another transaction was in the way: {reason}")
    if state in _TIMEOUTS:
        return DatabaseTimeout(f"{doing} took too long: {reason}")
    if state in _ADVICE:
        advice = _ADVICE[state].format(login=login or "of this address")
        return DatabaseError(f"{doing} failed: {advice} ({reason})")
    return DatabaseError(f"{doing} failed, PostgreSQL refused it: {reason} ({state or 'no code'})")


def is_lost(error: psycopg.Error) -> bool:
    """Whether the connection is gone. libpq's own errors of that have no SQLSTATE."""
    if not error.sqlstate:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return error.sqlstate.startswith(_LOST)


@contextmanager
def named_faults(doing: str) -> Iterator[None]:
    """Raise errors of PostgreSQL that occur meanwhile as errors of ours.

    Args:
        doing: what is being done.
    """
    try:
        yield
    except psycopg.Error as error:
        raise fault(error, doing) from error
    except TimeIsUp as error:
        raise DatabaseTimeout(f"{doing} took too long: PostgreSQL does not answer") from error


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
