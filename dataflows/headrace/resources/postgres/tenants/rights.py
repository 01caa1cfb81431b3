"""What PostgreSQL lets every login do, and Headrace takes away where it may."""

import logging
from contextlib import suppress

import psycopg
from psycopg import sql

from headrace.errors import DatabaseError
from headrace.resources.postgres.rows import one_row

#: Schemas in which statements look up names, and everyone may create. PostgreSQL before
#: 15 made `public` so, and an upgrade keeps it.
_OPEN_SCHEMAS = """
SELECT nspname::text FROM pg_namespace
WHERE (nspname = ANY (current_schemas(false)) OR oid IN (SELECT extnamespace FROM pg_extension))
  AND EXISTS (SELECT FROM aclexplode(nspacl)
              WHERE grantee = 0 AND privilege_type = 'CREATE')"""
#: Functions that fill the server's table of locks, or its disk.
_COSTLY = """
SELECT oid::regprocedure::text FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace
  AND (proname ~ '^pg_(try_)?advisory_(xact_)?lock'
       OR proname IN ('lo_create', 'lo_creat', 'lo_from_bytea'))
  AND EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner)))
              WHERE grantee = 0)"""

#: Who may read the tables: the owner and the application.
_APPLICATION = """
SELECT DISTINCT r.rolname::text
FROM pg_class c
CROSS JOIN LATERAL aclexplode(c.relacl) AS a
JOIN pg_roles r ON r.oid = a.grantee
WHERE c.oid = 'documents'::regclass"""
_TEMPORARY = """
SELECT EXISTS (
    SELECT FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))
    WHERE datname = current_database() AND grantee = 0 AND privilege_type = 'TEMPORARY')"""

_TRIGGER = "headrace_tenant_logins"
_CREATE_TRIGGER = """
CREATE EVENT TRIGGER headrace_tenant_logins ON ddl_command_start
EXECUTE FUNCTION refuse_commands_of_logins()"""

_logger = logging.getLogger(__name__)


def close_schemas(connection: psycopg.Connection) -> None:
    """Let nobody else create in the schemas whose functions our statements call.

    A function made there could be called in place of one that a statement means, with
    the rights of whoever runs it.

    Raises:
        DatabaseError: the login may not do this.
    """
    schemas = _open_schemas(connection)
    for schema in schemas:
        revoke = sql.SQL("REVOKE CREATE ON SCHEMA {} FROM PUBLIC")
        with suppress(psycopg.errors.InsufficientPrivilege):
            connection.execute(revoke.format(sql.Identifier(schema)))
    left = _open_schemas(connection) if schemas else []
    if left:
        raise DatabaseError(
            f"everyone may create functions in the schema {left[0]}, and these could be run in "
            "place of what Headrace calls: let the owner of the schema run REVOKE CREATE ON "
            f"SCHEMA {left[0]} FROM PUBLIC"
        )
    for schema in schemas:
        _logger.warning("took from PUBLIC the right to create in the schema %s", schema)


def check_schemas(connection: psycopg.Connection) -> None:
    """Raise DatabaseError when everyone may create in a schema of ours."""
    if schemas := _open_schemas(connection):
        raise DatabaseError(
            f"a login could make functions in the schema {schemas[0]} that the application would "
            f"run: REVOKE CREATE ON SCHEMA {schemas[0]} FROM PUBLIC first"
        )


def take_costly(connection: psycopg.Connection) -> None:
    """Take from everyone what could fill the disk or the table of locks.

    `left_to_all` says what this login could not take.
    """
    database = sql.Identifier(connection.info.dbname)
    # The application makes temporary tables to measure filters (run.py recall).
    for (role,) in connection.execute(_APPLICATION).fetchall():
        grant = sql.SQL("GRANT TEMPORARY ON DATABASE {} TO {}")
        connection.execute(grant.format(database, sql.Identifier(role)))
    connection.execute(sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(database))
    (is_superuser,) = one_row(
        connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
    )
    if is_superuser:
        for (function,) in connection.execute(_COSTLY).fetchall():
            # As PostgreSQL writes it, quoted where needed.
            connection.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC".encode())
        if not _has_trigger(connection):
            connection.execute(_CREATE_TRIGGER)


def left_to_all(connection: psycopg.Connection) -> list[str]:
    """What every login may still do that could fill the disk or the table of locks."""
    left = []
    if one_row(connection, _TEMPORARY) == (True,):
        left.append(
            "it may make temporary tables: the owner of the database can take that from PUBLIC"
        )
    if connection.execute(_COSTLY).fetchone():
        left.append(
            "it may take advisory locks and make large objects: a superuser can take these "
            "functions from PUBLIC"
        )
    if not _has_trigger(connection):
        left.append(
            "it may wait for the lock of a table, and others behind it (CREATE RULE): a superuser "
            "can refuse its commands with an event trigger on refuse_commands_of_logins()"
        )
    return left


def _has_trigger(connection: psycopg.Connection) -> bool:
    found = "SELECT FROM pg_event_trigger WHERE evtname = %s AND evtenabled = 'O'"
    return connection.execute(found, [_TRIGGER]).fetchone() is not None


def _open_schemas(connection: psycopg.Connection) -> list[str]:
    return [schema for (schema,) in connection.execute(_OPEN_SCHEMAS)]
