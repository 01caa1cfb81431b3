"""The database bound to one tenant: statements, and transactions of statements."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
from psycopg import sql

from headrace.errors import ModelError, SourceError
from headrace.resources.postgres.connections import Connections
from headrace.resources.postgres.statements import EncoderStatements, has_one_plan
from headrace.types import Statements

T = TypeVar("T")

#: Plans are made for the values at hand, since a generic plan cannot know how large a
#: tenant is. The exception is a statement that has only one good plan, and says so in
#: its header: planning takes longer than running it.
PLANS_FOR_VALUES = "SET LOCAL plan_cache_mode = force_custom_plan"
#: SQLSTATE of the migrations: the vectors are of an encoder that is not active.
_NOT_ACTIVE = "HR001"


class PostgresTenant:
    """The database as one tenant sees it.

    Every statement runs in a transaction that sets `headrace.tenant`. Row-level
    security shows that tenant's rows and no others; it shows none where no tenant is
    set.

    Attributes:
        tenant: the tenant's name.
    """

    __slots__ = ("_connections", "_statements", "tenant")

    def __init__(self, tenant: str, connections: Connections, statements: EncoderStatements):
        self.tenant = tenant
        self._connections = connections
        self._statements = statements

    @property
    def fingerprint(self) -> str:
        """Names the database, its session, the tenant, the statements and the encoder.

        They decide what a query returns, beside the rows.
        """
        return f"{self._connections.fingerprint}:{self.tenant}:{self._statements.fingerprint}"

    def query(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple]:
        """The rows of `<statement>.sql`, in a transaction of its own.

        It may run twice, when the connection is lost meanwhile.

        Raises:
            SourceError: PostgreSQL refuses the values.
            ModelError: the database was switched to another encoder.
            DatabaseError: no connection came free.
        """
        return self.query_each(statement, [parameters or {}])[0]

    def query_each(
        self, statement: str, parameters: Iterable[Mapping[str, Any]]
    ) -> list[list[tuple]]:
        """The rows of `<statement>.sql` for each mapping, all in one transaction.

        Repetition and errors as for `query`.
        """
        given = list(parameters)
        return self._connections.repeated(lambda: self._query_each(statement, given))

    def read(self, work: Callable[[Statements], T]) -> T:
        """What `work` returns, given a transaction for reading.

        Whatever it queries, and however often, is of one moment. It may be called again
        when the connection is lost.
        """
        return self._connections.repeated(lambda: self._read(work))

    @contextmanager
    def transaction(self) -> Iterator["Transaction"]:
        """Yield a transaction to write in: all of it is committed, or nothing."""
        with self._connections.lent() as connection, connection.transaction():
            connection.execute(setting_tenant(self.tenant), prepare=False)
            connection.execute(PLANS_FOR_VALUES)
            yield Transaction(connection, self.tenant, self._statements)

    def _query_each(self, statement: str, parameters: list[Mapping[str, Any]]) -> list[list[tuple]]:
        """Send everything at once: one round trip instead of four and more."""
        text = self._statements.text(statement)
        with self._connections.lent() as connection:
            try:
                with connection.pipeline():
                    connection.execute("BEGIN")
                    connection.execute(setting_tenant(self.tenant), prepare=False)
                    if not has_one_plan(statement):
                        connection.execute(PLANS_FOR_VALUES)
                    cursors = []
                    for values in parameters:
                        given = {**values, "tenant_id": self.tenant}
                        cursors.append(connection.execute(text, given))
                    connection.execute("COMMIT")
            except psycopg.Error as error:
                _raise_refusal(statement, error)
                raise
            return [_rows(cursor) for cursor in cursors]

    def _read(self, work: Callable[[Statements], T]) -> T:
        with self._connections.lent() as connection, connection.pipeline():
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            connection.execute(setting_tenant(self.tenant), prepare=False)
            result = work(_Reading(connection, self.tenant, self._statements))
            connection.execute("COMMIT")
        return result


class Transaction:
    """An open transaction that sees the rows of one tenant."""

    def __init__(self, connection: psycopg.Connection, tenant: str, statements: EncoderStatements):
        self._connection = connection
        self._tenant = tenant
        self._statements = statements

    def query(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple]:
        """The rows of `<statement>.sql`; [] for a statement that returns none.

        Raises:
            SourceError: PostgreSQL refuses the values.
            ModelError: the database was switched to another encoder.
        """
        return _rows(self._executed(statement, parameters))

    def explain(self, statement: str, parameters: Mapping[str, Any]) -> str:
        """PostgreSQL's plan for `<statement>.sql` with these values, for tests.

        It is the plan of the application's login, which row-level security binds.
        """
        # EXPLAIN takes no parameters from the server's side.
        cursor = psycopg.ClientCursor(self._connection)
        values = {**parameters, "tenant_id": self._tenant}
        cursor.execute(b"EXPLAIN " + self._statements.text(statement), values)
        return "\n".join(line for (line,) in cursor)

    def execute(self, text: str) -> list[tuple]:
        """The rows of the caller's SQL, for tests that look at what is stored.

        It takes no parameters. Like every statement it sees the tenant's rows alone.
        """
        return _rows(self._connection.execute(text.encode()))

    def _executed(
        self, statement: str, parameters: Mapping[str, Any] | None, binary: bool = False
    ) -> psycopg.Cursor:
        given = {**(parameters or {}), "tenant_id": self._tenant}
        try:
            return self._connection.execute(self._statements.text(statement), given, binary=binary)
        except psycopg.Error as error:
            _raise_refusal(statement, error)
            raise


class _Reading(Transaction):
    """A transaction of `read`: all that it reads is of one moment.

    A statement waits for nothing but its rows. They come in binary form: packed arrays
    would be twice as long in text.
    """

    def query(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple]:
        if not has_one_plan(statement):
            self._connection.execute(PLANS_FOR_VALUES)
        return self._executed(statement, parameters, binary=True).fetchall()

    def execute(self, text: str) -> list[tuple]:
        return self._connection.execute(text.encode()).fetchall()


@lru_cache(maxsize=1024)
def setting_tenant(tenant: str) -> bytes:
    """The statement that names the transaction's tenant.

    It is a SET, since Citus passes on no other form to the machines that hold the rows.
    """
    return sql.SQL("SET LOCAL headrace.tenant = {}").format(sql.Literal(tenant)).as_bytes()


def _raise_refusal(statement: str, error: psycopg.Error) -> None:
    """Raise our own error for a refusal that has one; return for any other error.

    Raises:
        SourceError: PostgreSQL refuses the values, which is the fault of a document and
            not of the database.
        ModelError: the vectors are of an encoder that is no longer the active one, or
            was given up (sql/migrations, 004_encoders and 005_held_encoder).
    """
    reason = error.diag.message_primary
    if error.sqlstate == _NOT_ACTIVE:
        active = error.diag.message_detail
        raise ModelError(
            f"the database was switched to {active} ({reason}): "
            f"start this process again with HEADRACE_ENCODER={active}"
        ) from error
    if isinstance(error, psycopg.DataError | psycopg.errors.ProgramLimitExceeded):
        raise SourceError(f"PostgreSQL refuses it ({statement}): {reason}") from error


def _rows(cursor: psycopg.Cursor) -> list[tuple]:
    """The rows; [] for a statement that returns none.

    `cursor.description` would tell these apart too, but it describes every column.
    """
    return cursor.fetchall() if cursor.pgresult and cursor.pgresult.nfields else []
