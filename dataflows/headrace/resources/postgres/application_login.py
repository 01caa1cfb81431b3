"""The login that queries run as, where row-level security does not bind the owner's."""

import logging
from contextlib import suppress

import psycopg
from psycopg import sql

from headrace.resources.postgres.rows import one_row

_CREATE = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
#: What the migrations grant, once more.
_GRANTS = """
SELECT format('GRANT SELECT, INSERT, UPDATE, DELETE ON %%s TO %%I', c.oid::regclass, %(role)s::text)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'documents'::regclass)
UNION ALL
SELECT format('GRANT SELECT ON encoders, lock_encoder_writers TO %%I', %(role)s::text)
UNION ALL
SELECT format('GRANT EXECUTE ON FUNCTION service_token(text), has_service_tokens() TO %%I',
              %(role)s::text)"""

_logger = logging.getLogger(__name__)


def ensure(connection: psycopg.Connection, role: str, password: str | None) -> None:
    """Make the login, or give it its password, where it lacks either.

    Its password is lost when the owner's changes, from which it is derived.
    """
    if role == connection.info.user:
        return
    exists = "SELECT FROM pg_roles WHERE rolname = %s"
    if connection.execute(exists, [role]).fetchone() is None:
        # Another process may make it at the same time.
        with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            connection.execute(_CREATE.format(sql.Identifier(role)))
    elif password and not _can_log_in(connection, role, password):
        _logger.info("giving the login %s its password again", role)
    else:
        return
    if password:
        # "tuple concurrently updated": another process sets the same one.
        with suppress(psycopg.errors.InternalError_):
            set_password(connection, role, password)


def grant(connection: psycopg.Connection, role: str) -> None:
    """Grant the tables to a login that was made again after the migrations."""
    if role == connection.info.user:
        return
    granted = "SELECT has_table_privilege(%s, 'documents', 'INSERT')"
    if one_row(connection, granted, [role]) == (True,):
        return
    with connection.transaction():
        for (statement,) in connection.execute(_GRANTS, {"role": role}).fetchall():
            connection.execute(statement)


def set_password(connection: psycopg.Connection, role: str, password: str) -> None:
    """Set the password as its SCRAM verifier, so that it appears in no log."""
    verifier = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    alter = sql.SQL("ALTER ROLE {} PASSWORD {}")
    connection.execute(alter.format(sql.Identifier(role), sql.Literal(verifier)))


def _can_log_in(connection: psycopg.Connection, role: str, password: str) -> bool:
    address = {"user": role, "password": password, "connect_timeout": 10}
    try:
        psycopg.connect(connection.info.dsn, **address).close()
    except psycopg.OperationalError:
        return False
    return True
