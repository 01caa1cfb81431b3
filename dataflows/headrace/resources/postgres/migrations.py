"""Bringing a database up to this code: versions checked, migrations applied once, in order, under a lock."""

import hashlib
import hmac

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from headrace.errors import DatabaseError
from headrace.resources.postgres import statements

#: Below these, PostgreSQL lacks what the statements use and HNSW has faults that lose rows (pgvector's changelog).
OLDEST_POSTGRESQL = 15
OLDEST_PGVECTOR = (0, 8, 4)

_LOCK = 0x4865616472616365  # "Headrace": one process migrates at a time


def migrate(connection: psycopg.Connection) -> str:
    """Applies what the database lacks, in order and each in a transaction, and returns the login that queries run as.

    That is the connection's own login when row-level security binds it, else one made for the purpose ("<database>_app").
    Raises DatabaseError when PostgreSQL or pgvector is too old, or newer code made the database.
    """
    versions(connection)
    role = _application_role(connection)
    if _missing(connection):
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        _create_role(connection, role)
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz DEFAULT now())"
        )
        for number, name, text in _missing(connection):
            with connection.transaction():
                connection.execute(
                    statements.filled(
                        text, {"application_role": sql.Identifier(role).as_string(connection)}
                    )
                )
                connection.execute(
                    "INSERT INTO schema_migrations (number, name) VALUES (%s, %s)", [number, name]
                )
        connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    return role


def versions(connection: psycopg.Connection) -> tuple[str, str]:
    """The versions of PostgreSQL and pgvector; DatabaseError when one is too old or pgvector is missing."""
    number = connection.info.server_version
    if number // 10000 < OLDEST_POSTGRESQL:
        raise DatabaseError(
            f"PostgreSQL {number // 10000} is too old: {OLDEST_POSTGRESQL} or newer is needed"
        )
    row = connection.execute(
        "SELECT coalesce(installed_version, default_version) FROM pg_available_extensions WHERE name = 'vector'"
    ).fetchone()
    if row is None:
        raise DatabaseError(
            "this PostgreSQL has no pgvector: install it on the server (0.8.4 or newer)"
        )
    if tuple(int(part) for part in row[0].split(".")) < OLDEST_PGVECTOR:
        raise DatabaseError(
            f"pgvector {row[0]} can lose rows (mended in 0.8.4): upgrade it, then run ALTER EXTENSION vector UPDATE"
        )
    return f"{number // 10000}.{number % 10000}", row[0]


def application_password(admin_uri: str, role: str) -> str | None:
    """The application login's password, derived from the one in `admin_uri` so that none has to be kept; None where none is used."""
    password = conninfo_to_dict(admin_uri).get("password")
    return (
        hmac.new(str(password).encode(), role.encode(), hashlib.sha256).hexdigest()
        if password
        else None
    )


def _missing(connection: psycopg.Connection) -> list[tuple[int, str, str]]:
    """The migrations that have not been applied, in order."""
    if not connection.execute("SELECT to_regclass('schema_migrations')").fetchone()[0]:
        return statements.migrations()
    applied = {number for (number,) in connection.execute("SELECT number FROM schema_migrations")}
    known = {number for number, _, _ in statements.migrations()}
    if applied - known:
        raise DatabaseError(
            f"the database is at migration {max(applied)}, this Headrace knows {max(known)}: newer code made it. "
            "Upgrade Headrace, or point HEADRACE_DATA_DIR or DATABASE_URL elsewhere"
        )
    return [migration for migration in statements.migrations() if migration[0] not in applied]


def _application_role(connection: psycopg.Connection) -> str:
    login, unbound = connection.execute(
        "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    return f"{connection.info.dbname}_app" if unbound else login


def _create_role(connection: psycopg.Connection, role: str) -> None:
    """Makes the login unless it is there; only a login that row-level security does not bind needs it."""
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
        return
    connection.execute(
        sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE").format(
            sql.Identifier(role)
        )
    )
    password = application_password(
        f"password={connection.info.password}" if connection.info.password else "", role
    )
    if password:
        connection.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
        )
