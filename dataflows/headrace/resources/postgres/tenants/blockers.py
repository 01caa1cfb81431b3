"""Transactions of tenants' logins, which hold up nobody for long.

Whoever reads a table can keep a transaction open, for which index builds and changes of
the schema wait. A login's settings set no limit to that, since it can change them.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

#: How long a transaction of a tenant's login may hold up the owner's work.
PATIENCE_S = 10
_LOOK_S = 0.5
#: pg_blocking_pids tells of the transactions that an index build waits for, too.
_END_BLOCKERS = """
SELECT a.usename::text, pg_terminate_backend(a.pid)
FROM unnest(pg_blocking_pids(%(process)s)) AS b(pid)
JOIN pg_stat_activity a USING (pid)
JOIN tenant_logins l ON l.role = a.usename
WHERE a.xact_start < clock_timestamp() - make_interval(secs => %(patience_s)s)"""

_logger = logging.getLogger(__name__)


@contextmanager
def unblocked(connection: psycopg.Connection) -> Iterator[None]:
    """End the transactions of tenants' logins that hold up `connection` meanwhile.

    One may hold it up for 10 s, counted from its own start. Transactions of others are
    waited for.

    Args:
        connection: of the login that owns the tables.
    """
    done = threading.Event()
    watch = threading.Thread(
        target=_watch, args=(connection, done), name="headrace-blockers", daemon=True
    )
    watch.start()
    try:
        yield
    finally:
        done.set()
        watch.join()


def _watch(connection: psycopg.Connection, done: threading.Event) -> None:
    uri, password = connection.info.dsn, connection.info.password
    values = {"process": connection.info.backend_pid, "patience_s": PATIENCE_S}
    if done.wait(_LOOK_S):
        return  # What takes no longer waits for nobody.
    try:
        with psycopg.connect(uri, password=password or None, autocommit=True) as watching:
            while not done.wait(_LOOK_S):
                for role, _ in watching.execute(_END_BLOCKERS, values):
                    _logger.warning("ended a transaction of %s, which held up others", role)
    except psycopg.errors.UndefinedTable:
        return  # The database is being made: no tenant has a login yet.
    except psycopg.Error as error:
        _logger.warning("a transaction of a tenant's login may hold this up: %s", error)
