"""One connection bound to a tenant, without a pool.

The benchmark's floor (measuring/speed/floor.py) reads through it. It shares no code
with `tenant_database`: a round trip too many there shows as a difference between the
two.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from typing import Any, TypeVar

import psycopg

from headrace.resources.postgres.arrays import register_arrays
from headrace.resources.postgres.database import PostgresDatabase
from headrace.resources.postgres.sessions.transactions import setting_tenant
from headrace.resources.postgres.statements import has_one_plan
from headrace.types import Statements

T = TypeVar("T")

_OPTIONS = "-c plan_cache_mode=force_generic_plan -c jit=off -c hnsw.iterative_scan=relaxed_order"
_PLANS_FOR_VALUES = "SET LOCAL plan_cache_mode = force_custom_plan"


class BareConnection:
    """A `headrace.types.TenantDatabase` over a connection of its own, for one thread.

    It logs in as the application does. Nothing is repeated when the connection is lost,
    and PostgreSQL's errors come as they are.

    Attributes:
        tenant: the tenant's name.
        fingerprint: as that of `PostgresTenant`.
    """

    def __init__(self, database: PostgresDatabase, tenant: str):
        self.tenant = tenant
        self.fingerprint = database.for_tenant(tenant).fingerprint
        self._text = database.text
        self._connection = psycopg.connect(database.uri, options=_OPTIONS, autocommit=True)
        self._settings: tuple[bytes, ...] = ()
        register_arrays(self._connection)

    def with_candidates(self, count: int) -> "BareConnection":
        """The same connection, to search the vector index with this many candidates."""
        same = copy(self)
        candidates = b"SET LOCAL hnsw.ef_search = %d" % count
        same._settings = (b"SET LOCAL enable_sort = off", candidates)
        return same

    def query(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple]:
        """The rows of `<statement>.sql`, in a transaction of its own."""
        return self.query_each(statement, [parameters or {}])[0]

    def query_each(
        self, statement: str, parameters: Iterable[Mapping[str, Any]]
    ) -> list[list[tuple]]:
        """The rows of `<statement>.sql` for each mapping."""
        return self.query_all([(statement, values) for values in parameters])

    def query_all(self, asked: Iterable[tuple[str, Mapping[str, Any]]]) -> list[list[tuple]]:
        """The rows of each statement with its parameters.

        BEGIN, the tenant, the statements and COMMIT are sent in one round trip.
        """
        cursors = []
        with self._connection.pipeline():
            self._connection.execute("BEGIN")
            self._connection.execute(setting_tenant(self.tenant), prepare=False)
            for setting in self._settings:
                self._connection.execute(setting)
            for statement, values in asked:
                if not has_one_plan(statement):
                    self._connection.execute(_PLANS_FOR_VALUES)
                given = {**values, "tenant_id": self.tenant}
                cursors.append(self._connection.execute(self._text(statement), given))
            self._connection.execute("COMMIT")
        return [cursor.fetchall() for cursor in cursors]

    def read(self, work: Callable[[Statements], T]) -> T:
        """What `work` returns; all that it reads is of one moment."""
        with self._connection.pipeline():
            self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            self._connection.execute(setting_tenant(self.tenant), prepare=False)
            result = work(_OpenTransaction(self._connection, self.tenant, self._text))
            self._connection.execute("COMMIT")
        return result

    def write(self, work: Callable[[Statements], T]) -> T:
        """What `work` returns, given a transaction to write in."""
        with self.transaction() as transaction:
            return work(transaction)

    @contextmanager
    def transaction(self) -> Iterator[Statements]:
        """Yield a transaction to write in: all of it is committed, or nothing.

        The floor writes nothing; `TenantDatabase` asks for it.
        """
        with self._connection.transaction():
            self._connection.execute(setting_tenant(self.tenant), prepare=False)
            yield _OpenTransaction(self._connection, self.tenant, self._text)

    def close(self) -> None:
        self._connection.close()


class _OpenTransaction:
    """The tenant's statements in a transaction; rows come in binary form."""

    def __init__(self, connection: psycopg.Connection, tenant: str, text: Callable[[str], bytes]):
        self._connection = connection
        self._tenant = tenant
        self._text = text

    def query(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple]:
        if not has_one_plan(statement):
            self._connection.execute(_PLANS_FOR_VALUES)
        given = {**(parameters or {}), "tenant_id": self._tenant}
        cursor = self._connection.execute(self._text(statement), given, binary=True)
        if cursor.pgresult is not None and not cursor.pgresult.nfields:
            return []
        return cursor.fetchall()  # in a pipeline, it waits for the rows here
