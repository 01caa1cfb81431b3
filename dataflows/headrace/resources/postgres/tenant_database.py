"""The database bound to one tenant: statements, and transactions of statements."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import psycopg

from headrace.callers import present_caller
from headrace.errors import ModelError, SourceError
from headrace.resources.postgres.sessions.allowance import Allowance
from headrace.resources.postgres.sessions.batch import Batch, with_prepared
from headrace.resources.postgres.sessions.pool import Connections
from headrace.resources.postgres.sessions.replica import (
    QuestionConnections,
    ReadingConnections,
)
from headrace.resources.postgres.sessions.session import Session
from headrace.resources.postgres.sessions.transactions import (
    TransactionSettings,
    index_settings,
    setting_tenant,
    settings_for,
)
from headrace.resources.postgres.statements import EncoderStatements, has_one_plan
from headrace.types import Statements

T = TypeVar("T")

#: SQLSTATE of the migrations: the vectors are of an encoder that is not active.
_NOT_ACTIVE = "HR001"


@dataclass(frozen=True)
class Use:
    """What a database is used for: questions, or all else.

    Attributes:
        connections: to the primary server, or for questions to its standbys.
        settings: what each transaction sets.
        limit_s: seconds that PostgreSQL may take.
        setting: the setting that they come from.
        writes: False for questions.
    """

    connections: Connections | ReadingConnections | QuestionConnections
    settings: TransactionSettings
    limit_s: float
    setting: str
    writes: bool

    def for_caller(self) -> "Use":
        """The same use, for as long as the present caller has time left.

        PostgreSQL is told whole seconds, so that these settings are made once.
        """
        caller = present_caller()
        if caller is None or caller.left_s >= self.limit_s:
            return self
        limit_s = float(max(1, math.ceil(caller.left_s)))
        return replace(self, settings=settings_for(limit_s), limit_s=limit_s)

    def for_one_question(self) -> "Use":
        """The same use, at one of several servers as long as that answers."""
        if not isinstance(self.connections, ReadingConnections):
            return self
        return replace(self, connections=self.connections.of_one_question())

    def allowance(self) -> Allowance:
        return Allowance(self.limit_s, self.setting)


class PostgresTenant:
    """The database as one tenant sees it.

    Every statement runs in a transaction that sets `headrace.tenant`. Row-level
    security shows that tenant's rows and no others; it shows none where no tenant is
    set.

    All methods raise DatabaseAway when PostgreSQL cannot be reached or the connection
    is lost, DatabaseTimeout past the limit, and DatabaseError when PostgreSQL refuses
    a statement.

    Attributes:
        tenant: the tenant's name.
    """

    __slots__ = ("_allowance", "_statements", "_use", "tenant")

    def __init__(
        self,
        tenant: str,
        statements: EncoderStatements,
        use: Use,
        allowance: Allowance | None = None,
    ):
        """
        Args:
            allowance: how long all that is done through this may take together; None:
                each time as long as the use allows.
        """
        self.tenant = tenant
        self._statements = statements
        self._use = use
        self._allowance = allowance

    @property
    def fingerprint(self) -> str:
        """Names the database, its session, the tenant, the statements and the encoder.

        They decide what a query returns, beside the rows.
        """
        use = self._use
        session = f"{use.connections.fingerprint} {use.settings.fingerprint}"
        return f"{session}:{self.tenant}:{self._statements.fingerprint}"

    def with_candidates(self, count: int) -> "PostgresTenant":
        """The same database, to search its vector index with this many candidates."""
        settings = index_settings(self._use.limit_s, count)
        use = replace(self._use, settings=settings)
        return PostgresTenant(self.tenant, self._statements, use, self._allowance)

    def query(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple]:
        """The rows of `<statement>.sql`, in a transaction of its own.

        It may run twice, when the connection is lost meanwhile.

        Raises:
            SourceError: PostgreSQL refuses the values.
            ModelError: the database was switched to another encoder.
        """
        return self.query_each(statement, [parameters or {}])[0]

    def query_each(
        self, statement: str, parameters: Iterable[Mapping[str, Any]]
    ) -> list[list[tuple]]:
        """The rows of `<statement>.sql` for each mapping, all in one transaction.

        Repetition and errors as for `query`.
        """
        return self.query_all([(statement, values) for values in parameters])

    def query_all(self, asked: Iterable[tuple[str, Mapping[str, Any]]]) -> list[list[tuple]]:
        """The rows of each statement with its parameters, all in one transaction.

        They are sent together, in one round trip. Repetition and errors as for `query`.
        """
        given = list(asked)
        return self._use.connections.repeated(lambda: self._query_all(given))

    def read(self, work: Callable[[Statements], T]) -> T:
        """What `work` returns, given a transaction for reading.

        Whatever it queries, and however often, is of one moment. It may be called again
        when the connection is lost.
        """
        return self._use.connections.repeated(lambda: self._read(work))

    def write(self, work: Callable[[Statements], T]) -> T:
        """What `work` returns, given a transaction to write in.

        All of it is committed, or nothing. It is called again when the connection is
        lost, and then its first transaction may have been committed.
        """

        def once() -> T:
            with self.transaction() as transaction:
                return work(transaction)

        return self._use.connections.repeated(once)

    @contextmanager
    def transaction(self) -> Iterator["Transaction"]:
        """Yield a transaction to write in: all of it is committed, or nothing."""
        with self._lent("storing" if self._use.writes else "reading") as session:
            with session.transaction():
                session.execute(setting_tenant(self.tenant), prepare=False)
                session.execute(self._use.settings.statement())
                yield Transaction(session, self.tenant, self._statements)
            self._use.connections.note_commit(session)

    def _lent(self, doing: str) -> AbstractContextManager[Session]:
        use = self._use
        return use.connections.lent(self._allowance or use.allowance(), doing, writes=use.writes)

    def _query_all(self, asked: list[tuple[str, Mapping[str, Any]]]) -> list[list[tuple]]:
        """Send everything at once: one round trip instead of four and more."""
        names = " and ".join(dict.fromkeys(statement for statement, _ in asked))
        with self._lent(f"the statement {names}") as session:
            try:
                return with_prepared(session, lambda: self._answered(session, asked))
            except psycopg.Error as error:
                _raise_refusal(names, error)
                raise

    def _answered(
        self, session: Session, asked: list[tuple[str, Mapping[str, Any]]]
    ) -> list[list[tuple]]:
        with Batch(session) as batch:
            batch.add(b"BEGIN")
            batch.add(setting_tenant(self.tenant))
            places = self._sent(batch, asked)
            batch.add(b"COMMIT")
            results = batch.answers()
            return [batch.rows(results[place]) for place in places]

    def _sent(self, batch: Batch, asked: list[tuple[str, Mapping[str, Any]]]) -> list[int]:
        """Send the statements, with their settings; the places of their results."""
        places = []
        known: bytes | None = None
        for statement, values in asked:
            settings = self._use.settings.statement(has_one_plan(statement))
            if settings != known:
                batch.ask(settings, {})
                known = settings
            given = {**values, "tenant_id": self.tenant}
            places.append(batch.ask(self._statements.text(statement), given))
        return places

    def _read(self, work: Callable[[Statements], T]) -> T:
        with self._lent("reading") as session:
            return with_prepared(session, lambda: self._read_in(session, work))

    def _read_in(self, session: Session, work: Callable[[Statements], T]) -> T:
        with Batch(session) as batch:
            batch.add(b"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            batch.add(setting_tenant(self.tenant))
            result = work(_Reading(batch, self.tenant, self._statements, self._use.settings))
            batch.add(b"COMMIT")
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
        given = {**(parameters or {}), "tenant_id": self._tenant}
        try:
            return _rows(self._connection.execute(self._statements.text(statement), given))
        except psycopg.Error as error:
            _raise_refusal(statement, error)
            raise

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


class _Reading:
    """A transaction of `read`: all that it reads is of one moment.

    A statement waits for nothing but its rows. They come in binary form: packed arrays
    would be twice as long in text.
    """

    def __init__(
        self,
        batch: Batch,
        tenant: str,
        statements: EncoderStatements,
        settings: TransactionSettings,
    ):
        self._batch = batch
        self._tenant = tenant
        self._statements = statements
        self._settings = settings
        self._one_plan: bool | None = None

    def query(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple]:
        one_plan = has_one_plan(statement)
        if one_plan != self._one_plan:
            self._batch.ask(self._settings.statement(one_plan), {})
            self._one_plan = one_plan
        given = {**(parameters or {}), "tenant_id": self._tenant}
        try:
            return self._rows(self._statements.text(statement), given)
        except psycopg.Error as error:
            _raise_refusal(statement, error)
            raise

    def execute(self, text: str) -> list[tuple]:
        """As that of `Transaction`."""
        return self._rows(text.encode().replace(b"%", b"%%"), {})

    def _rows(self, text: bytes, values: Mapping[str, Any]) -> list[tuple]:
        place = self._batch.ask(text, values, binary=True)
        return self._batch.rows(self._batch.answers(is_last=False)[place])


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
