"""Locks of a PostgreSQL session that several processes agree on."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg


@contextmanager
def try_advisory_lock(connection: psycopg.Connection, key: int) -> Iterator[bool]:
    """Yields whether this session got the lock, and gives it back at the end.

    A closed connection gives its locks back too, but the server notices that a little later: a process that asks at once is refused.

    Args:
        connection: in autocommit mode.
        key: the lock's number, 64 bits.
    """
    held = connection.execute("SELECT pg_try_advisory_lock(%s)", [key]).fetchone()[0]
    try:
        yield held
    finally:
        if held:
            with suppress(psycopg.OperationalError):  # a lost session holds no lock
                connection.execute("SELECT pg_advisory_unlock(%s)", [key])
