"""A database brought up to date with this code.

The versions of PostgreSQL and pgvector are checked. Migrations are applied once each,
in order, by one process at a time.
"""

import hashlib
import hmac
from contextlib import suppress

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from headrace.errors import DatabaseError
from headrace.resources.postgres import application_login, statements
from headrace.resources.postgres.locks import lock_in_turn
from headrace.resources.postgres.rows import one_row
from headrace.resources.postgres.sessions.owner import is_pooled
from headrace.resources.postgres.statements import Migration
from headrace.resources.postgres.tenants import views
from headrace.resources.postgres.tenants.blockers import unblocked
from headrace.resources.postgres.tenants.rights import close_schemas

#: An older PostgreSQL lacks what the statements use.
OLDEST_POSTGRESQL = 15
#: HNSW indexes of an older pgvector have faults that lose rows (pgvector's changelog).
OLDEST_PGVECTOR = (0, 8, 4)

#: Locked by the process that applies a migration.
_REGISTER = "schema_migrations"
_CREATE_REGISTER = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    applied_at timestamptz DEFAULT now()
)"""
_PGVECTOR = """
SELECT coalesce(installed_version, default_version)
FROM pg_available_extensions WHERE name = 'vector'"""
#: That of the tables, and that of pgvector's types.
_SCHEMAS = """
SELECT current_schema(), coalesce((
    SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname = 'vector'), current_schema())"""
_LOGIN = """
SELECT rolname, rolsuper OR rolbypassrls
FROM pg_roles WHERE rolname = current_user"""


def migrate(connection: psycopg.Connection) -> str:
    """Apply what the database lacks, and return the login that queries run as.

    Each migration is a transaction. The login is the connection's own when row-level
    security binds that one, else one made for the purpose ("<database>_app"). It is
    mended where it was dropped, or has the password of another owner's password.

    Raises:
        DatabaseError: PostgreSQL or pgvector is too old, the database is newer than
            this code, or others may make functions in its schema.
    """
    versions(connection)
    close_schemas(connection)
    role = _application_role(connection)
    password = connection.info.password
    application_login.ensure(connection, role, _derived(password, role) if password else None)
    if _missing(connection):
        if is_pooled(connection):
            raise DatabaseError(
                "the database has to be migrated, and this address leads to a pooler: set "
                "HEADRACE_ADMIN_URL to the direct address of PostgreSQL, with the login that owns "
                "the tables"
            )
        _create_register(connection)
        with unblocked(connection):
            while _apply_next(connection, role):
                pass
            views.renew(connection)
    application_login.grant(connection, role)
    return role


def versions(connection: psycopg.Connection) -> tuple[str, str]:
    """The versions of PostgreSQL and of pgvector.

    Raises:
        DatabaseError: one is too old, or pgvector is missing.
    """
    number = connection.info.server_version
    if number // 10000 < OLDEST_POSTGRESQL:
        raise DatabaseError(
            f"PostgreSQL {number // 10000} is too old: {OLDEST_POSTGRESQL} or newer is needed"
        )
    row = connection.execute(_PGVECTOR).fetchone()
    if row is None:
        raise DatabaseError(
            "this PostgreSQL has no pgvector: install it on the server (0.8.4 or newer)"
        )
    (pgvector,) = row
    if tuple(int(part) for part in pgvector.split(".")) < OLDEST_PGVECTOR:
        raise DatabaseError(
            f"pgvector {pgvector} can lose rows (repaired in 0.8.4): upgrade it, then run "
            "ALTER EXTENSION vector UPDATE"
        )
    return f"{number // 10000}.{number % 10000}", pgvector


def application_password(admin_uri: str, role: str) -> str | None:
    """The password of the application's login; None where the owner needs none.

    It is derived from the owner's password in `admin_uri`, so that none has to be kept.
    """
    password = conninfo_to_dict(admin_uri).get("password")
    return _derived(str(password), role) if password else None


def _derived(password: str, role: str) -> str:
    return hmac.new(password.encode(), role.encode(), hashlib.sha256).hexdigest()


def _missing(connection: psycopg.Connection) -> list[Migration]:
    """The migrations that have not been applied, in order."""
    every = statements.migrations()
    (register,) = one_row(connection, "SELECT to_regclass('schema_migrations')")
    if not register:
        return every
    applied = {number for (number,) in connection.execute("SELECT number FROM schema_migrations")}
    known = {migration.number for migration in every}
    if applied - known:
        raise DatabaseError(
            f"the database is at migration {max(applied)}, this Headrace knows {max(known)}: "
            "newer code made it. Upgrade Headrace, or point HEADRACE_DATA_DIR or DATABASE_URL "
            "elsewhere"
        )
    return [migration for migration in every if migration.number not in applied]


def _create_register(connection: psycopg.Connection) -> None:
    # Another process may make it at the same time, in spite of IF NOT EXISTS.
    with suppress(
        psycopg.errors.UniqueViolation,
        psycopg.errors.DuplicateObject,
        psycopg.errors.DuplicateTable,
    ):
        connection.execute(_CREATE_REGISTER)


def _apply_next(connection: psycopg.Connection, role: str) -> bool:
    """Apply the first of the migrations that the database lacks; whether there was one.

    One process at a time does. It looks under the lock, since the one before may have
    applied it.
    """
    with connection.transaction():
        lock_in_turn(connection, _REGISTER, "another process that migrates the database")
        connection.execute("SET LOCAL lock_timeout = '60s'")
        missing = _missing(connection)
        if missing:
            _apply(connection, missing[0], role)
    return bool(missing)


def _apply(connection: psycopg.Connection, migration: Migration, role: str) -> None:
    schema, types = one_row(connection, _SCHEMAS)
    values = {"application_role": role, "schema": schema, "types": types}
    names = {name: sql.Identifier(value).as_string(connection) for name, value in values.items()}
    connection.execute(statements.filled(migration.text, names).encode())
    connection.execute(
        "INSERT INTO schema_migrations (number, name) VALUES (%s, %s)",
        [migration.number, migration.name],
    )


def _application_role(connection: psycopg.Connection) -> str:
    login, is_unbound = one_row(connection, _LOGIN)
    return f"{connection.info.dbname}_app" if is_unbound else login
