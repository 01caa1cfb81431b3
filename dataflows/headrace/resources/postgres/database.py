"""PostgreSQL as the nodes see it: the named statements of `sql/`, each run as one tenant.

Every statement runs in a transaction that sets `headrace.tenant`; row-level security shows that tenant's rows and no others,
and none at all where it is not set. Nobody holds a connection while asking for another, so a pool of any size cannot deadlock.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import replace
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from headrace.errors import DatabaseError, ModelError, SourceError
from headrace.resources.postgres import migrations, statements
from headrace.resources.postgres.arrays import register_arrays
from headrace.resources.postgres.embedded_server import EmbeddedServer
from headrace.resources.postgres.encoder_register import StoredEncoder, active_encoder
from headrace.resources.postgres.vector_index import IndexSession, Report, try_locked
from headrace.settings import Settings
from headrace.types import Encoder

#: A search is too short to compile; an HNSW scan goes on until it has as many rows as were asked for.
_OPTIONS = "-c plan_cache_mode=force_generic_plan -c jit=off -c hnsw.iterative_scan=relaxed_order"
#: Plans are made for the values at hand, since a generic one cannot know how large a tenant is; except for statements that have only one good
#: plan, and say so: planning takes longer than running them.
PLANS_FOR_VALUES = "SET LOCAL plan_cache_mode = force_custom_plan"
_POOL_TIMEOUT_S = 30.0
_NOT_ACTIVE = "HR001"
_INDEX_BUSY = (
    "all is stored, but the vector index was not built: another process is building it or has set it aside (ingest --bulk). "
    "Until it is there, every chunk is compared; the next ingest tries again."
)
_INDEX_GONE = "the vector index was dropped for the bulk load and is not there: every chunk is compared until the next ingest builds it"

_logger = logging.getLogger(__name__)


class PostgresDatabase:
    """A pool of connections as the application's login. Use as a context manager, or `close()` it.

    Attributes:
        uri: the database's address for that login.
        admin_uri: its address for the login that owns the tables.
        versions: of PostgreSQL and pgvector.
        options: what its sessions set, as libpq takes it.
    """

    def __init__(
        self,
        uri: str,
        admin_uri: str,
        *,
        encoder: StoredEncoder,
        connections: int,
        hnsw_ef_search: int,
        versions: tuple[str, str],
        server: EmbeddedServer | None = None,
    ):
        self.uri, self.admin_uri, self.versions = uri, admin_uri, versions
        self._server = server
        self._fill = {"encoder_id": encoder.encoder_id, "dimension": encoder.dimension}
        self._texts: dict[str, str] = {}
        self._index = encoder.index
        self.options = f"{_OPTIONS} -c hnsw.ef_search={hnsw_ef_search}"
        self._pool = self._opened(connections)

    @property
    def fingerprint(self) -> str:
        """Changes with the statements and the encoder: what decides, beside its rows, what a query returns."""
        return f"{statements.fingerprint()}:{self._fill['encoder_id']}"

    @property
    def embedded(self) -> bool:
        return self._server is not None

    def text(self, statement: str) -> str:
        """The SQL of sql/<statement>.sql as it is sent to this database."""
        if statement not in self._texts:
            self._texts[statement] = statements.filled(statements.statement(statement), self._fill)
        return self._texts[statement]

    def query(
        self, tenant: str, statement: str, parameters: Mapping[str, Any] | None = None
    ) -> list[tuple]:
        """The rows of sql/<statement>.sql for this tenant, in a transaction of its own."""
        return self.query_each(tenant, statement, [parameters or {}])[0]

    def query_each(
        self, tenant: str, statement: str, parameters: Iterable[Mapping[str, Any]]
    ) -> list[list[tuple]]:
        """The statement once per mapping, in one transaction. A connection found dead is replaced once: reads can be repeated."""
        parameters = list(parameters)
        return self._repeated(lambda: self._query_each(tenant, statement, parameters))

    def read(self, tenant: str, work: Callable[["Transaction"], Any]) -> Any:
        """What `work` returns, given a transaction for reading: whatever it queries, and however often, is of one moment.

        It may be called again when the connection is found dead.
        """
        return self._repeated(lambda: self._read(tenant, work))

    @contextmanager
    def session(self) -> Iterator["PostgresDatabase"]:
        """The same database through one connection of its own, which keeps what is set in its session."""
        session = copy(self)
        session._server, session._pool = None, self._opened(1)
        try:
            yield session
        finally:
            session.close()

    @contextmanager
    def transaction(self, tenant: str) -> Iterator["Transaction"]:
        """All that is done through the object it yields is committed together, or not at all."""
        with self._connection() as connection, connection.transaction():
            connection.execute(setting_tenant(tenant), prepare=False)
            connection.execute(PLANS_FOR_VALUES)
            yield Transaction(connection, tenant, self.text)

    def build_index(self, report: Report | None = None) -> bool:
        """Builds the encoder's HNSW index beside whoever reads and writes, unless it is there; whether it is there now.

        It is not while another process builds it or has set it aside for a bulk load. That is logged as a warning.

        Args:
            report: told how far the build is, from another thread.
        Raises DatabaseError when the build fails: searches go on as before, complete and slower.
        """
        with self._index_session() as session:
            if session is None:
                _logger.warning(_INDEX_BUSY)
                return False
            return session.build_index(report)

    @contextmanager
    def bulk_load(self) -> Iterator[IndexSession]:
        """Drops the encoder's HNSW index to store very many vectors. Build it again with the session this yields, before leaving.

        The lock is held from the drop to the end, so no other process builds the index meanwhile.
        Raises DatabaseError when another process builds the index or has set it aside.
        """
        with self._index_session() as session:
            if session is None:
                raise DatabaseError(
                    "the vector index cannot be set aside: another process is building it; wait for that, or leave out --bulk"
                )
            dropped = session.index.drop(session.connection)
            try:
                yield replace(session, was_dropped=dropped)
            except BaseException as error:
                if dropped:
                    error.add_note(_INDEX_GONE)
                raise

    @contextmanager
    def _index_session(self) -> Iterator[IndexSession | None]:
        """The session that may build and drop the index; None while another process may."""
        with psycopg.connect(self.admin_uri, autocommit=True) as connection:
            with suppress(
                psycopg.Error
            ):  # where it can, the server is to stop a build when this process dies
                connection.execute("SET client_connection_check_interval = 1000")
            with try_locked(connection) as held:
                yield IndexSession(connection, self.admin_uri, self._index) if held else None

    def tidy(self) -> None:
        """Does at once what autovacuum and the checkpointer do by and by. Only where the server is the embedded one: others look after themselves."""
        if self._server is not None:
            with psycopg.connect(self._server.admin_uri, autocommit=True) as connection:
                connection.execute("VACUUM (ANALYZE)")
                connection.execute("CHECKPOINT")

    def memory_mb(self) -> float | None:
        """What the embedded server's processes hold, what they share counted once; None where it cannot be known."""
        return self._server.memory_mb() if self._server is not None else None

    def close(self) -> None:
        self._pool.close()
        if self._server is not None:
            self._server.close()

    def __enter__(self) -> "PostgresDatabase":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _repeated(self, work: Callable[[], Any]) -> Any:
        """What `work` returns, at the second attempt if its connection turned out dead."""
        try:
            return work()
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            if error.sqlstate and not error.sqlstate.startswith(("08", "57P")):
                raise
            self._pool.check()  # a server that went away took all idle connections with it
            return work()

    def _read(self, tenant: str, work: Callable[["Transaction"], Any]) -> Any:
        """Statements wait for nothing but their rows; packed ones would be twice as long in text."""
        with self._connection() as connection, connection.pipeline():
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            connection.execute(setting_tenant(tenant), prepare=False)
            result = work(_Reading(connection, tenant, self.text))
            connection.execute("COMMIT")
        return result

    def _query_each(
        self, tenant: str, statement: str, parameters: list[Mapping[str, Any]]
    ) -> list[list[tuple]]:
        """Sent together, the statements take one round trip to the server, where a transaction statement by statement takes four."""
        text, one_plan = self.text(statement), statements.has_one_plan(statement)
        with self._connection() as connection:
            try:
                with connection.pipeline():
                    connection.execute("BEGIN")
                    connection.execute(setting_tenant(tenant), prepare=False)
                    if not one_plan:
                        connection.execute(PLANS_FOR_VALUES)
                    cursors = [
                        connection.execute(text, {**values, "tenant_id": tenant})
                        for values in parameters
                    ]
                    connection.execute("COMMIT")
            except psycopg.Error as error:
                _raise_refusal(statement, error)
                raise
            return [_rows(cursor) for cursor in cursors]

    def _opened(self, connections: int) -> ConnectionPool:
        return _WarmestFirst(
            self.uri,
            kwargs={"options": self.options, "autocommit": True},
            min_size=1,
            max_size=connections,
            configure=register_arrays,
            timeout=_POOL_TIMEOUT_S,
            open=True,
        )

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection]:
        try:
            with self._pool.connection() as connection:
                yield connection
        except PoolTimeout:
            raise DatabaseError(
                f"no database connection came free within {_POOL_TIMEOUT_S:.0f} s: raise HEADRACE_CONNECTIONS, or ask fewer questions at once"
            ) from None


class _WarmestFirst(ConnectionPool):
    """Lends the connection that came back last, so that idle ones stay idle.

    psycopg_pool lends them in turn: of two, a short query repeated took 1.0 ms in turn and 0.84 ms so (medians of 300, one measurement).
    """

    def _add_to_pool(self, conn: psycopg.Connection) -> None:
        super()._add_to_pool(conn)
        self._pool.rotate()  # from the end of the queue to its front


class Transaction:
    """An open transaction that can see one tenant."""

    def __init__(self, connection: psycopg.Connection, tenant: str, text: Callable[[str], str]):
        self._connection, self._tenant, self._text = connection, tenant, text

    def query(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple]:
        """The rows of sql/<statement>.sql; [] for a statement that returns none.

        Raises SourceError when PostgreSQL refuses the values, which is the document's fault and not the database's.
        """
        return _rows(self._executed(statement, parameters))

    def _executed(
        self, statement: str, parameters: Mapping[str, Any] | None, binary: bool = False
    ) -> psycopg.Cursor:
        try:
            return self._connection.execute(
                self._text(statement),
                {**(parameters or {}), "tenant_id": self._tenant},
                binary=binary,
            )
        except psycopg.Error as error:
            _raise_refusal(statement, error)
            raise

    def explain(self, statement: str, parameters: Mapping[str, Any]) -> str:
        """The plan PostgreSQL makes for sql/<statement>.sql with these values, as the login that queries run as."""
        cursor = psycopg.ClientCursor(
            self._connection
        )  # EXPLAIN takes no parameters from the server's side
        values = {**parameters, "tenant_id": self._tenant}
        return "\n".join(
            row[0] for row in cursor.execute(f"EXPLAIN {self._text(statement)}", values)
        )

    def execute(self, text: str) -> list[tuple]:
        """SQL of the caller's own, without values, bound to the tenant like every statement: for looking at what is stored."""
        return _rows(self._connection.execute(text))


class _Reading(Transaction):
    """A transaction of which all is of one moment. Its statements are sent without waiting, and their rows come in binary."""

    def query(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple]:
        """The rows of sql/<statement>.sql."""
        if not statements.has_one_plan(statement):
            self._connection.execute(PLANS_FOR_VALUES)
        return self._executed(statement, parameters, binary=True).fetchall()


def open_database(
    settings: Settings,
    encoder: Encoder | None,
    register: Callable[[psycopg.Connection, Encoder | None], StoredEncoder] = active_encoder,
) -> PostgresDatabase:
    """The database of `settings`, migrated, its encoder registered; started first where it is the embedded one.

    Args:
        register: says whose vectors the statements speak of: those of `encoder`, which must be the active one, unless told otherwise.
    Raises DatabaseError when it cannot be reached or used, ModelError when it holds another encoder's vectors.
    """
    server = None if settings.database_url else EmbeddedServer(settings.data_dir)
    admin_uri = settings.database_url or server.admin_uri
    try:
        with psycopg.connect(admin_uri, autocommit=True, connect_timeout=10) as connection:
            versions = migrations.versions(connection)
            role = migrations.migrate(connection)
            stored = register(connection, encoder)
        uri = make_conninfo(admin_uri, **_login(admin_uri, role))
        psycopg.connect(
            uri, connect_timeout=10
        ).close()  # a pool would only say later, and less clearly, that it cannot log in
    except Exception as error:
        if server is not None:
            server.close()
        if isinstance(error, psycopg.Error):
            raise DatabaseError(
                f"opening the database failed: {error}\nCheck DATABASE_URL and that its login may create tables."
            ) from error
        raise
    sizes = {"connections": settings.connections, "hnsw_ef_search": settings.hnsw_ef_search}
    return PostgresDatabase(
        uri, admin_uri, encoder=stored, **sizes, versions=versions, server=server
    )


@lru_cache(maxsize=1024)
def setting_tenant(tenant: str) -> str:
    """The statement that names the transaction's tenant. A SET, since that is what Citus hands on to the machines that hold the rows."""
    return sql.SQL("SET LOCAL headrace.tenant = {}").format(sql.Literal(tenant)).as_string()


def _raise_refusal(statement: str, error: psycopg.Error) -> None:
    """Raises a SourceError where PostgreSQL refuses the values: the document's fault and not the database's. A ModelError where vectors of an
    encoder are refused that is no longer the active one, or was given up (sql/004_encoders.sql, 005). For all else it returns.
    """
    if error.sqlstate == _NOT_ACTIVE:
        active = error.diag.message_detail
        raise ModelError(
            f"the database was switched to {active} ({error.diag.message_primary}): start this process again with HEADRACE_ENCODER={active}"
        ) from error
    if isinstance(error, psycopg.DataError | psycopg.errors.ProgramLimitExceeded):
        raise SourceError(
            f"PostgreSQL refuses it ({statement}): {error.diag.message_primary}"
        ) from error


def _rows(cursor: psycopg.Cursor) -> list[tuple]:
    """The rows; [] for a statement that returns none. (`cursor.description` would say which, and describe every column anew.)"""
    return cursor.fetchall() if cursor.pgresult and cursor.pgresult.nfields else []


def _login(admin_uri: str, role: str) -> dict[str, str]:
    if conninfo_to_dict(admin_uri).get("user") == role:
        return {}
    password = migrations.application_password(admin_uri, role)
    return {"user": role, **({"password": password} if password else {})}
