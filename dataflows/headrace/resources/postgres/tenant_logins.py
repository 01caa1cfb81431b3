"""Logins that see one tenant and no other, whatever they set.

They are for people and programs that write SQL themselves. The application's login sees
the tenant that `headrace.tenant` names, so whoever writes SQL as that login can name
any tenant. A login made here is bound, on every table of tenants, by a restrictive
policy with its tenant's name as a constant. A restrictive policy only ever takes away,
whatever other policies allow. A table without such a policy, which a later migration
made, is not granted to the login either.
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
from headrace.resources.postgres.opening import running_server
from headrace.resources.postgres.rows import one_row
from headrace.settings import Settings

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,49}")
_READING = sql.SQL("SELECT")
_WRITING = sql.SQL("SELECT, INSERT, UPDATE, DELETE")
#: The tables that hold rows of tenants. A partition is reached through its table alone.
_TABLES = """
SELECT c.relname
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'documents'::regclass)
ORDER BY c.relname"""
_LOGINS = """
SELECT r.rolname, substr(config, length('headrace.tenant=') + 1)
FROM pg_db_role_setting s
JOIN pg_roles r ON r.oid = s.setrole
CROSS JOIN unnest(s.setconfig) AS config
WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND starts_with(config, 'headrace.tenant=')
  AND EXISTS (
    SELECT FROM pg_policy p WHERE p.polname = 'login_' || r.rolname AND NOT p.polpermissive)
ORDER BY r.rolname"""
_BOUND = """
SELECT polrelid::regclass::text
FROM pg_policy
WHERE polname = %s AND NOT polpermissive AND polrelid = to_regclass(quote_ident(%s))"""
_CREATE_ROLE = sql.SQL(
    "CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION"
)
_CREATE_POLICY = sql.SQL(
    "CREATE POLICY {policy} ON {table} AS RESTRICTIVE TO {role}"
    " USING (tenant_id = {tenant}) WITH CHECK (tenant_id = {tenant})"
)
#: What of the owner's address a login's address has too.
_ADDRESS = ("host", "port", "dbname", "sslmode")


@dataclass(frozen=True)
class TenantLogin:
    """A login and the one tenant that it sees.

    Attributes:
        writes: whether it may change rows.
        missing: tables made since, which it cannot read.
    """

    role: str
    tenant: str
    writes: bool
    missing: tuple[str, ...] = ()


@contextmanager
def admin_connection(settings: Settings) -> Iterator[psycopg.Connection]:
    """Yield a connection as the login that owns the tables; the database is migrated.

    Raises:
        DatabaseError: the login may not do this, or a table stays in use.
    """
    server = running_server(settings)
    try:
        with psycopg.connect(server.admin_uri, autocommit=True, connect_timeout=10) as connection:
            migrations.migrate(connection)
            connection.execute("SET lock_timeout = '10s'")
            yield connection
    except psycopg.errors.LockNotAvailable as error:
        raise DatabaseError(
            "a table stayed in use for 10 s, and nothing was changed: try again when fewer "
            "transactions are open"
        ) from error
    except psycopg.Error as error:
        raise DatabaseError(
            f"this needs the login that owns the tables, and that may make roles: {error}"
        ) from error
    finally:
        server.close()


def create_login(
    connection: psycopg.Connection,
    role: str,
    tenant: str,
    *,
    password: str | None = None,
    writes: bool = False,
) -> str | None:
    """Make the login, or bring one that exists up to date with the present tables.

    Args:
        password: None: a new login gets a random one, an existing one keeps its own.
        writes: whether it may change the tenant's rows.
    Returns:
        Its password when one was set, else None.
    Raises:
        SettingsError: the name cannot be that of a login, or is taken by anything but
            this tenant's login.
    """
    if not _NAME.fullmatch(role) or not tenant.strip():
        raise SettingsError(
            f"login {role!r} of tenant {tenant!r}: a login is lower case letters, digits and _, "
            "at most 50; a tenant has a name"
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
    """Take a login away, with all that was granted to it; the tenant's rows stay.

    Raises:
        SettingsError: there is no login of that name.
    """
    present = {login.role: login for login in logins(connection)}
    if role not in present:
        raise SettingsError(
            f"there is no tenant's login {role}; there are: {', '.join(present) or 'none'}"
        )
    with connection.transaction():
        for table in _tables(connection):
            names = _identifiers(table, role)
            # The policy first, since dropping it locks the table. After REVOKE, this
            # transaction and an autovacuum of the table would wait for each other.
            connection.execute(sql.SQL("DROP POLICY IF EXISTS {policy} ON {table}").format(**names))
            connection.execute(sql.SQL("REVOKE ALL ON {table} FROM {role}").format(**names))
        connection.execute(sql.SQL("REVOKE ALL ON encoders FROM {}").format(sql.Identifier(role)))
        connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
    return present[role]


def logins(connection: psycopg.Connection) -> list[TenantLogin]:
    """Every login of this database that is bound to a tenant, by name."""
    rows = connection.execute(_LOGINS).fetchall()
    return [_login(connection, role, tenant) for role, tenant in rows]


def login_address(connection: psycopg.Connection, role: str) -> dict[str, str]:
    """What a client needs to connect as the login, except its password."""
    known = conninfo_to_dict(connection.info.dsn)
    address = {name: str(known[name]) for name in _ADDRESS if name in known}
    return {**address, "user": role}


def _login(connection: psycopg.Connection, role: str, tenant: str) -> TenantLogin:
    tables = _tables(connection)
    missing = [table for table in tables if not _is_bound(connection, table, role)]
    (writes,) = one_row(connection, "SELECT has_table_privilege(%s, 'documents', 'INSERT')", [role])
    return TenantLogin(role, tenant, writes, tuple(missing))


def _tables(connection: psycopg.Connection) -> list[str]:
    return [table for (table,) in connection.execute(_TABLES)]


def _policy(role: str) -> str:
    return f"login_{role}"


def _identifiers(table: str, role: str) -> dict[str, sql.Identifier]:
    return {
        "policy": sql.Identifier(_policy(role)),
        "table": sql.Identifier(table),
        "role": sql.Identifier(role),
    }


def _is_bound(connection: psycopg.Connection, table: str, role: str) -> bool:
    return connection.execute(_BOUND, [_policy(role), table]).fetchone() is not None


def _create_role(connection: psycopg.Connection, role: str, tenant: str) -> None:
    if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None:
        raise SettingsError(
            f"there is a role {role} already, which is not a tenant's login: take another name"
        )
    name = sql.Identifier(role)
    database = sql.Identifier(connection.info.dbname)
    set_tenant = sql.SQL("ALTER ROLE {} IN DATABASE {} SET headrace.tenant = {}")
    connection.execute(_CREATE_ROLE.format(name))
    connection.execute(set_tenant.format(name, database, sql.Literal(tenant)))


def _bind(
    connection: psycopg.Connection, table: str, role: str, tenant: str, privileges: sql.SQL
) -> None:
    """Bind the login to its tenant on a table, and only then grant the table to it."""
    names = _identifiers(table, role)
    if not _is_bound(connection, table, role):
        connection.execute(_CREATE_POLICY.format(tenant=sql.Literal(tenant), **names))
    grant = sql.SQL("GRANT {privileges} ON {table} TO {role}")
    connection.execute(sql.SQL("REVOKE ALL ON {table} FROM {role}").format(**names))
    connection.execute(grant.format(privileges=privileges, **names))


def _set_password(connection: psycopg.Connection, role: str, password: str) -> None:
    """Set the password as its SCRAM verifier, so that it appears in no log."""
    verifier = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    alter = sql.SQL("ALTER ROLE {} PASSWORD {}")
    connection.execute(alter.format(sql.Identifier(role), sql.Literal(verifier)))
