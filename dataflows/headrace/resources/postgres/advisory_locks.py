"""Locks of a PostgreSQL session that several processes agree on.

A lock is given back before its connection closes. The server notices a closed
connection a little late, and would refuse a process that asks at once.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from headrace.resources.postgres.rows import one_row

_logger = logging.getLogger(__name__)


@contextmanager
def try_advisory_lock(connection: psycopg.Connection, key: int) -> Iterator[bool]:
    """Yield whether this session got the lock, and give it back at the end.

    Args:
        connection: in autocommit mode.
        key: the lock's number, 64 bits.
    """
    (held,) = one_row(connection, "SELECT pg_try_advisory_lock(%s)", [key])
    try:
        yield held
    finally:
        if held:
            _give_back(connection, key)


@contextmanager
def advisory_lock(connection: psycopg.Connection, key: int, waits_for: str) -> Iterator[None]:
    """Wait until this session has the lock, and give it back at the end.

    Args:
        connection: in autocommit mode.
        key: the lock's number, 64 bits.
        waits_for: what holds the lock, for the warning that it is waited for.
    """
    (held,) = one_row(connection, "SELECT pg_try_advisory_lock(%s)", [key])
    if not held:
        _logger.warning("waiting for %s", waits_for)
        connection.execute("SELECT pg_advisory_lock(%s)", [key])
    try:
        yield
    finally:
        _give_back(connection, key)


def _give_back(connection: psycopg.Connection, key: int) -> None:
    # A session that was lost holds no lock any more.
    with suppress(psycopg.OperationalError):
        connection.execute("SELECT pg_advisory_unlock(%s)", [key])
