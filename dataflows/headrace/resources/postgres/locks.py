"""Locks that several processes agree on, and no login of a tenant can take.

A lock is one on a table that holds nothing (sql/migrations/011_tenant_logins.sql),
taken in a transaction of a connection of its own. Advisory locks are free for everyone.
The transaction writes and reads nothing: it holds back no vacuum and no index build,
and works through a pooler.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg import sql

_logger = logging.getLogger(__name__)


@contextmanager
def try_lock(connection: psycopg.Connection, table: str) -> Iterator[bool]:
    """Yield whether the lock was free and is held now; it is given back at the end.

    Args:
        connection: of the login that owns the tables; a second one like it holds the
            lock.
    """
    uri, password = connection.info.dsn, connection.info.password
    with psycopg.connect(uri, password=password or None) as holder:
        # A limit of the server must not end the transaction that holds the lock.
        holder.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        if holder.info.server_version >= 170000:
            holder.execute("SET LOCAL transaction_timeout = 0")
        yield _is_free(holder, table)
        # The server notices a closed connection a little late, and would refuse a
        # process that asks at once. One that was lost holds no lock any more.
        with suppress(psycopg.OperationalError):
            holder.rollback()


def lock_in_turn(connection: psycopg.Connection, table: str, waits_for: str) -> None:
    """Wait for the lock, which the connection's open transaction then holds.

    Args:
        waits_for: what holds the lock, for the warning that it is waited for, which
            comes after a second.
    """
    try:
        with connection.transaction():
            connection.execute("SET LOCAL lock_timeout = '1s'")
            connection.execute(_locking(table))
    except psycopg.errors.LockNotAvailable:
        _logger.warning("waiting for %s", waits_for)
        connection.execute(_locking(table))


def _is_free(connection: psycopg.Connection, table: str) -> bool:
    """Whether the lock was free; then the connection's transaction holds it."""
    try:
        with connection.transaction():
            connection.execute(_locking(table) + sql.SQL(" NOWAIT"))
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def _locking(table: str) -> sql.Composed:
    return sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(sql.Identifier(table))
