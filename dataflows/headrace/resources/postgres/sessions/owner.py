"""Sessions of the owner of the tables, for what needs more than one transaction."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.pq import Ping

from headrace.errors import DatabaseError
from headrace.resources.postgres.sessions.faults import away, named_faults
from headrace.resources.postgres.sessions.ping import ping
from headrace.resources.postgres.sessions.session import Session, TimeIsUp, open_session

_ANSWER_S = 2.0
_LOCK_LIMIT = "SET lock_timeout = '60s'"

_logger = logging.getLogger(__name__)


def open_owner_session(admin_uri: str) -> Session:
    """A session of the login that owns the tables, in autocommit mode.

    Raises:
        DatabaseAway: the server cannot be reached.
    """
    try:
        return open_session(admin_uri, prepare_threshold=None)
    except TimeIsUp as error:
        raise away(admin_uri, error) from error
    except psycopg.Error as error:
        answers = ping(admin_uri, time.monotonic() + _ANSWER_S) == Ping.OK
        raise away(admin_uri, error, answers=answers) from error


@contextmanager
def owner_session(admin_uri: str, doing: str) -> Iterator[Session]:
    """Yield a session of the login that owns the tables, not one of a pooler.

    Where the server can, it stops what the session runs when this process dies:
    building an index may take hours. It waits for locks for a minute at most.

    Args:
        doing: what it is for, to begin messages with: "building the vector index".
    Raises:
        DatabaseError: as `faults.fault` says, for errors that occur meanwhile; and if
            the address leads to a pooler in transaction mode.
    """
    with named_faults(doing), open_owner_session(admin_uri) as session:
        if is_pooled(session):
            raise DatabaseError(
                f"{doing} needs a session of its own, and this address leads to a pooler: set "
                "HEADRACE_ADMIN_URL to the direct address of PostgreSQL, with the login that "
                "owns the tables"
            )
        try:
            session.execute("SET client_connection_check_interval = 1000")
        except psycopg.Error as error:
            # A server on Windows cannot, for one.
            _logger.warning("if this process dies, the server works on for it: %s", error)
        session.execute(_LOCK_LIMIT)
        yield session


def is_pooled(session: psycopg.Connection) -> bool:
    """Whether a pooler answers in place of PostgreSQL.

    It gives each client a process number of its own making.
    """
    row = session.execute("SELECT pg_catalog.pg_backend_pid()").fetchone()
    return row is not None and row[0] != session.info.backend_pid
