"""Connections to PostgreSQL: the application's pool, and sessions of the owner."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from headrace.errors import DatabaseError
from headrace.forking import renew_when_forked
from headrace.resources.postgres.arrays import register_arrays

T = TypeVar("T")

_POOL_TIMEOUT_S = 30.0
#: How SQLSTATE begins when the connection was lost: connection exceptions, and the
#: server's shutdown or crash (57P01, 57P02).
_LOST = ("08", "57P")

_logger = logging.getLogger(__name__)


class Connections:
    """A pool of connections as the application's login, in autocommit mode.

    Nobody holds a connection while asking for another one, so that a pool of any size
    cannot deadlock.

    Attributes:
        fingerprint: the database's address, without the password, and the session's
            options.
    """

    def __init__(self, uri: str, options: str, at_most: int):
        """
        Args:
            uri: the database's address for the application's login.
            options: what sessions set, in libpq's form ("-c name=value").
            at_most: the number of connections.
        """
        self.fingerprint = f"{_without_password(uri)} {options}"
        self._new_pool = partial(
            _WarmestFirst,
            uri,
            kwargs={"options": options, "autocommit": True},
            min_size=1,
            max_size=at_most,
            configure=register_arrays,
            timeout=_POOL_TIMEOUT_S,
        )
        self._pool = self._new_pool(open=True)
        #: Of the processes that this one was forked from: never used, never closed.
        self._inherited: list[ConnectionPool] = []
        self._is_renewed = False
        renew_when_forked(self)

    def renew(self) -> None:
        """Leave the parent's connections alone, after a fork."""
        self._inherited.append(self._pool)
        self._pool = self._new_pool(open=False)
        self._is_renewed = True

    @contextmanager
    def lent(self) -> Iterator[psycopg.Connection]:
        """Lend a connection.

        Raises DatabaseError when none comes free within 30 s, and after `close`.
        """
        if self._is_renewed:
            self._pool.open()
            self._is_renewed = False
        try:
            with self._pool.connection() as connection:
                yield connection
        except PoolClosed:
            raise DatabaseError(
                "the database was closed with its pipeline: open another one"
            ) from None
        except PoolTimeout:
            raise DatabaseError(
                f"no database connection came free within {_POOL_TIMEOUT_S:.0f} s: "
                "raise HEADRACE_CONNECTIONS, or ask fewer questions at once"
            ) from None

    def repeated(self, work: Callable[[], T]) -> T:
        """What `work` returns. It is called once more if its connection was lost.

        Args:
            work: lends itself a connection. To do it twice must be as good as once.
        """
        try:
            return work()
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            if not _is_lost(error):
                raise
            reason = str(error).partition("\n")[0]
            _logger.warning("the database connection was lost, asking once more: %s", reason)
            # A server that went away took all idle connections with it.
            self._pool.check()
            return work()

    def close(self) -> None:
        self._pool.close()


def _without_password(uri: str) -> str:
    place = conninfo_to_dict(uri)
    place.pop("password", None)
    return make_conninfo("", **place)


class _WarmestFirst(ConnectionPool):
    """Lends the connection that came back last, so that idle ones stay idle.

    psycopg_pool lends them in turn, which is slower
    (DECISIONS.md, "warmest connection").
    """

    def _add_to_pool(self, conn: psycopg.Connection) -> None:
        super()._add_to_pool(conn)
        self._pool.rotate()  # from the end of the queue to its front


def _is_lost(error: psycopg.Error) -> bool:
    """Whether the connection is gone. libpq's own errors of that have no SQLSTATE."""
    return not error.sqlstate or error.sqlstate.startswith(_LOST)


def owner_session(admin_uri: str) -> psycopg.Connection:
    """A session of the login that owns the tables, in autocommit mode.

    Where the server can, it stops what the session runs when this process dies:
    building an index may take hours.
    """
    connection = psycopg.connect(admin_uri, autocommit=True)
    try:
        connection.execute("SET client_connection_check_interval = 1000")
    except psycopg.Error as error:
        # A server on Windows cannot, for one.
        _logger.warning("if this process dies, the server works on for it: %s", error)
    return connection
