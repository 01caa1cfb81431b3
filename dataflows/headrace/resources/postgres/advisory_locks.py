"""Locks of a PostgreSQL session that several processes agree on."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from headrace.resources.postgres.rows import one_row


@contextmanager
def try_advisory_lock(connection: psycopg.Connection, key: int) -> Iterator[bool]:
    """Yield whether this session got the lock, and give it back at the end.

    The lock is given back before the connection closes. The server notices a closed
    connection a little late, and would refuse a process that asks at once.

    Args:
        connection: in autocommit mode.
        key: the lock's number, 64 bits.
    """
    (held,) = one_row(connection, "SELECT pg_try_advisory_lock(%s)", [key])
    try:
        yield held
    finally:
        if held:
            # A session that was lost holds no lock any more.
            with suppress(psycopg.OperationalError):
                connection.execute("SELECT pg_advisory_unlock(%s)", [key])
