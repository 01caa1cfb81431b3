"""Logins that see one tenant and no other, whatever they set: for people and programs that write SQL of their own.

The application's login sees the tenant that `headrace.tenant` names, so whoever writes SQL as that login can name any. A login made here is
bound on every table of a tenant by a restrictive policy of its own, with the tenant's name as a constant; a restrictive policy only ever takes
away, whatever the others let through. A table that has no such policy (one that a later migration made) is not granted either.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from headrace.errors import DatabaseError, SettingsError
from headrace.resources.postgres import migrations
from headrace.resources.postgres.embedded_server import EmbeddedServer
from headrace.settings import Settings

_NAME = r"[a-z_][a-z0-9_]{0,49}"
_READING, _WRITING = "SELECT", "SELECT, INSERT, UPDATE, DELETE"
_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'documents'::regclass)
ORDER BY c.relname"""
_LOGINS = """
SELECT r.rolname, substr(config, length('headrace.tenant=') + 1)
FROM pg_db_role_setting s
JOIN pg_roles r ON r.oid = s.setrole
CROSS JOIN unnest(s.setconfig) AS config
WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) AND starts_with(config, 'headrace.tenant=')
  AND EXISTS (SELECT FROM pg_policy p WHERE p.polname = 'login_' || r.rolname AND NOT p.polpermissive)
ORDER BY r.rolname"""
_BOUND = "SELECT polrelid::regclass::text FROM pg_policy WHERE polname = %s AND NOT polpermissive AND polrelid = to_regclass(quote_ident(%s))"


@dataclass(frozen=True)
class TenantLogin:
    """A login and the one tenant it sees; `writes`: whether it may change rows; `missing`: tables made since, which it cannot read."""

    role: str
    tenant: str
    writes: bool
    missing: tuple[str, ...] = ()


@contextmanager
def admin_connection(settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection as the login that owns the tables, migrated; DatabaseError when it may not do what is asked of it."""
    server = None if settings.database_url else EmbeddedServer(settings.data_dir)
    try:
        with psycopg.connect(
            settings.database_url or server.admin_uri, autocommit=True, connect_timeout=10
        ) as connection:
            migrations.migrate(connection)
            connection.execute("SET lock_timeout = '10s'")
            yield connection
    except psycopg.errors.LockNotAvailable as error:
        raise DatabaseError(
            "a table stayed in use for 10 s, and nothing was changed: try again when fewer transactions are open"
        ) from error
    except psycopg.Error as error:
        raise DatabaseError(
            f"this needs the login that owns the tables, and that may make roles: {error}"
        ) from error
    finally:
        if server is not None:
            server.close()


def create_login(
    connection: psycopg.Connection,
    role: str,
    tenant: str,
    *,
    password: str | None = None,
    writes: bool = False,
) -> str | None:
    """Makes the login, or brings one that exists up to the present tables; its password when that was set, else None.

    Args:
        password: its password; None: a new login gets a random one, an existing one keeps its own.
        writes: whether it may change the tenant's rows.
    Raises SettingsError for a name that is taken by anything but this tenant's login.
    """
    if not re.fullmatch(_NAME, role) or not tenant.strip():
        raise SettingsError(
            f"login {role!r} of tenant {tenant!r}: a login is lower case letters, digits and _, at most 50; a tenant has a name"
        )
    present = {login.role: login.tenant for login in logins(connection)}
    if role in present and present[role] != tenant:
        raise SettingsError(
            f"the login {role} is tenant {present[role]}'s: take another name, or drop it first"
        )
    with connection.transaction():
        if role not in present:
            password = password or secrets.token_urlsafe(24)
            _create_role(connection, role, tenant)
        for table in _tables(connection):
            _bind(connection, table, role, tenant, _WRITING if writes else _READING)
        connection.execute(sql.SQL("GRANT SELECT ON encoders TO {}").format(sql.Identifier(role)))
        if password:
            _set_password(connection, role, password)
    return password


def drop_login(connection: psycopg.Connection, role: str) -> TenantLogin:
    """Takes the login away, whatever it was given; the tenant's rows stay. Raises SettingsError where there is none of that name."""
    login = next((login for login in logins(connection) if login.role == role), None)
    if login is None:
        raise SettingsError(
            f"there is no tenant's login {role}; there are: {', '.join(found.role for found in logins(connection)) or 'none'}"
        )
    with connection.transaction():
        for table in _tables(connection):
            names = {
                "policy": sql.Identifier(_policy(role)),
                "table": sql.Identifier(table),
                "role": sql.Identifier(role),
            }
            # the policy first, since it locks the table: after REVOKE an autovacuum of it waits for this transaction, and this one for it
            connection.execute(sql.SQL("DROP POLICY IF EXISTS {policy} ON {table}").format(**names))
            connection.execute(sql.SQL("REVOKE ALL ON {table} FROM {role}").format(**names))
        connection.execute(sql.SQL("REVOKE ALL ON encoders FROM {}").format(sql.Identifier(role)))
        connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
    return login


def logins(connection: psycopg.Connection) -> list[TenantLogin]:
    """Every login of this database that is bound to a tenant, by name."""
    return [
        _login(connection, role, tenant) for role, tenant in connection.execute(_LOGINS).fetchall()
    ]


def _login(connection: psycopg.Connection, role: str, tenant: str) -> TenantLogin:
    tables = _tables(connection)
    missing = [
        table
        for table in tables
        if connection.execute(_BOUND, [_policy(role), table]).fetchone() is None
    ]
    writes = connection.execute(
        "SELECT has_table_privilege(%s, 'documents', 'INSERT')", [role]
    ).fetchone()[0]
    return TenantLogin(role, tenant, writes, tuple(missing))


def _tables(connection: psycopg.Connection) -> list[str]:
    """The tables that hold rows of tenants; a partition is reached through its table alone."""
    return [table for (table,) in connection.execute(_TABLES)]


def _policy(role: str) -> str:
    return f"login_{role}"


def _create_role(connection: psycopg.Connection, role: str, tenant: str) -> None:
    name, database = sql.Identifier(role), sql.Identifier(connection.info.dbname)
    if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None:
        raise SettingsError(
            f"there is a role {role} already, which is not a tenant's login: take another name"
        )
    connection.execute(
        sql.SQL(
            "CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION"
        ).format(name)
    )
    connection.execute(
        sql.SQL("ALTER ROLE {} IN DATABASE {} SET headrace.tenant = {}").format(
            name, database, sql.Literal(tenant)
        )
    )


def _bind(
    connection: psycopg.Connection, table: str, role: str, tenant: str, privileges: str
) -> None:
    """First bound, then granted."""
    names = {
        "policy": sql.Identifier(_policy(role)),
        "table": sql.Identifier(table),
        "role": sql.Identifier(role),
    }
    if connection.execute(_BOUND, [_policy(role), table]).fetchone() is None:
        policy = sql.SQL(
            "CREATE POLICY {policy} ON {table} AS RESTRICTIVE TO {role} USING (tenant_id = {tenant}) WITH CHECK (tenant_id = {tenant})"
        )
        connection.execute(policy.format(tenant=sql.Literal(tenant), **names))
    connection.execute(sql.SQL("REVOKE ALL ON {table} FROM {role}").format(**names))
    connection.execute(
        sql.SQL("GRANT {privileges} ON {table} TO {role}").format(
            privileges=sql.SQL(privileges), **names
        )
    )


def _set_password(connection: psycopg.Connection, role: str, password: str) -> None:
    """As its SCRAM verifier, so that the password is in no log."""
    verifier = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    connection.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier))
    )


def login_address(connection: psycopg.Connection, role: str) -> dict[str, str]:
    """What a client needs to connect as the login, its password aside."""
    known = conninfo_to_dict(connection.info.dsn)
    return {
        **{
            name: str(known[name])
            for name in ("host", "port", "dbname", "sslmode")
            if name in known
        },
        "user": role,
    }
