"""PostgreSQL as the nodes see it: the named statements of `sql/`, each run as one tenant.

Every statement runs in a transaction that sets `headrace.tenant`; row-level security shows that tenant's rows and no others,
and none at all where it is not set. Nobody holds a connection while asking for another, so a pool of any size cannot deadlock.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import psycopg
from pgvector import HalfVector
from pgvector.psycopg import register_vector
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from dataflows.errors import DatabaseError, ModelError, SourceError
from dataflows.resources import migrations, statements
from dataflows.resources.embedded_server import EmbeddedServer
from dataflows.settings import Settings
from dataflows.types import Encoder

#: Plans are made for the values at hand (a generic plan cannot know how large a tenant is); a search is too short to compile;
#: an HNSW scan goes on until it has as many rows as were asked for.
_OPTIONS = "-c plan_cache_mode=force_custom_plan -c jit=off -c hnsw.iterative_scan=relaxed_order -c hnsw.ef_search=200"
_POOL_TIMEOUT_S = 30.0


class PostgresDatabase:
    """A pool of connections as the application's login. Use as a context manager, or `close()` it."""

    def __init__(
        self, uri: str, *, encoder_id: int, dimension: int, connections: int, versions: tuple[str, str], server: EmbeddedServer | None = None
    ):
        self.versions = versions
        self._server = server
        self._fill = {"encoder_id": encoder_id, "dimension": dimension}
        self._pool = ConnectionPool(
            uri, kwargs={"options": _OPTIONS}, min_size=1, max_size=connections, configure=_configure, timeout=_POOL_TIMEOUT_S, open=True
        )

    @property
    def fingerprint(self) -> str:
        """Changes with the statements and the encoder: what decides, beside its rows, what a query returns."""
        return f"{statements.fingerprint()}:{self._fill['encoder_id']}"

    @property
    def embedded(self) -> bool:
        return self._server is not None

    def query(self, tenant: str, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple]:
        """The rows of sql/<statement>.sql for this tenant, in a transaction of its own."""
        return self.query_each(tenant, statement, [parameters or {}])[0]

    def query_each(self, tenant: str, statement: str, parameters: Iterable[Mapping[str, Any]]) -> list[list[tuple]]:
        """The statement once per mapping, in one transaction. A connection found dead is replaced once: reads can be repeated."""
        parameters = list(parameters)
        try:
            return self._query_each(tenant, statement, parameters)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            if error.sqlstate and not error.sqlstate.startswith(("08", "57P")):
                raise
            self._pool.check()  # a server that went away took all idle connections with it
            return self._query_each(tenant, statement, parameters)

    @contextmanager
    def transaction(self, tenant: str) -> Iterator["Transaction"]:
        """All that is done through the object it yields is committed together, or not at all."""
        with self._connection() as connection, connection.transaction():
            connection.execute("SELECT set_config('headrace.tenant', %s, true)", [tenant])
            yield Transaction(connection, tenant, self._fill)

    def close(self) -> None:
        self._pool.close()
        if self._server is not None:
            self._server.close()

    def __enter__(self) -> "PostgresDatabase":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _query_each(self, tenant: str, statement: str, parameters: list[Mapping[str, Any]]) -> list[list[tuple]]:
        with self.transaction(tenant) as transaction:
            return [transaction.query(statement, values) for values in parameters]

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection]:
        try:
            with self._pool.connection() as connection:
                yield connection
        except PoolTimeout:
            raise DatabaseError(
                f"no database connection came free within {_POOL_TIMEOUT_S:.0f} s: raise HEADRACE_CONNECTIONS, or ask fewer questions at once"
            ) from None


class Transaction:
    """An open transaction that can see one tenant."""

    def __init__(self, connection: psycopg.Connection, tenant: str, fill: Mapping[str, object]):
        self._connection, self._tenant, self._fill = connection, tenant, fill

    def query(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple]:
        """The rows of sql/<statement>.sql; [] for a statement that returns none.

        Raises SourceError when PostgreSQL refuses the values, which is the document's fault and not the database's.
        """
        text = statements.filled(statements.statement(statement), self._fill)
        values = {name: _adapted(value) for name, value in (parameters or {}).items()}
        try:
            cursor = self._connection.execute(text, {**values, "tenant_id": self._tenant})
        except (psycopg.DataError, psycopg.errors.ProgramLimitExceeded) as error:
            raise SourceError(f"PostgreSQL refuses it ({statement}): {error.diag.message_primary}") from error
        return cursor.fetchall() if cursor.description else []

    def explain(self, statement: str, parameters: Mapping[str, Any]) -> str:
        """The plan PostgreSQL makes for sql/<statement>.sql with these values, as the login that queries run as."""
        text = statements.filled(statements.statement(statement), self._fill)
        values = {name: _adapted(value) for name, value in parameters.items()}
        cursor = psycopg.ClientCursor(self._connection)  # EXPLAIN takes no parameters from the server's side
        return "\n".join(row[0] for row in cursor.execute(f"EXPLAIN {text}", {**values, "tenant_id": self._tenant}))

    def execute(self, text: str) -> list[tuple]:
        """SQL of the caller's own, without values, bound to the tenant like every statement: for looking at what is stored."""
        cursor = self._connection.execute(text)
        return cursor.fetchall() if cursor.description else []


def open_database(settings: Settings, encoder: Encoder) -> PostgresDatabase:
    """The database of `settings`, migrated, its encoder registered; started first where it is the embedded one.

    Raises DatabaseError when it cannot be reached or used, ModelError when it holds another encoder's vectors.
    """
    server = None if settings.database_url else EmbeddedServer(settings.data_dir)
    admin_uri = settings.database_url or server.admin_uri
    try:
        with psycopg.connect(admin_uri, autocommit=True, connect_timeout=10) as connection:
            versions = migrations.versions(connection)
            role = migrations.migrate(connection)
            encoder_id = _registered(connection, encoder)
        uri = make_conninfo(admin_uri, **_login(admin_uri, role))
        psycopg.connect(uri, connect_timeout=10).close()  # a pool would only say later, and less clearly, that it cannot log in
    except Exception as error:
        if server is not None:
            server.close()
        if isinstance(error, psycopg.Error):
            raise DatabaseError(f"opening the database failed: {error}\nCheck DATABASE_URL and that its login may create tables.") from error
        raise
    size = {"encoder_id": encoder_id, "dimension": encoder.dimension, "connections": settings.connections}
    return PostgresDatabase(uri, **size, versions=versions, server=server)


def _adapted(value: Any) -> Any:
    """Arrays as pgvector's half precision vectors; anything else as it is."""
    if isinstance(value, np.ndarray):
        return HalfVector(value)
    return [HalfVector(row) for row in value] if isinstance(value, list) and value and isinstance(value[0], np.ndarray) else value


def _login(admin_uri: str, role: str) -> dict[str, str]:
    if conninfo_to_dict(admin_uri).get("user") == role:
        return {}
    password = migrations.application_password(admin_uri, role)
    return {"user": role, **({"password": password} if password else {})}


def _registered(connection: psycopg.Connection, encoder: Encoder) -> int:
    """The encoder's id in the database: the first one that a database is used with is recorded, and its index made.

    Raises ModelError when the database holds vectors of another.
    """
    with connection.transaction():
        connection.execute("LOCK TABLE encoders IN SHARE ROW EXCLUSIVE MODE")
        stored = connection.execute("SELECT encoder_id, name, dimension FROM encoders").fetchone()
        if stored is None:
            recorded = "INSERT INTO encoders (name, dimension) VALUES (%s, %s) RETURNING encoder_id, name, dimension"
            stored = connection.execute(recorded, [encoder.name, encoder.dimension]).fetchone()
            values = {"encoder_id": stored[0], "dimension": encoder.dimension}
            connection.execute(statements.filled(statements.statement("encoder_index"), values))
    encoder_id, name, dimension = stored
    if (name, dimension) != (encoder.name, encoder.dimension):
        raise ModelError(
            f"the database holds vectors of {name} ({dimension} numbers), but HEADRACE_ENCODER is {encoder.name} ({encoder.dimension}). "
            f"Vectors of two models cannot be compared: set HEADRACE_ENCODER={name}, or point HEADRACE_DATA_DIR (or DATABASE_URL) "
            "at another database and ingest your documents there"
        )
    return encoder_id


def _configure(connection: psycopg.Connection) -> None:
    register_vector(connection)
    connection.commit()
