"""Logins that see one tenant and no other, whatever they set.

They are for people and programs that write SQL themselves. The application's login sees
the tenant that `headrace.tenant` names, so whoever writes SQL as that login can name
any tenant. A login made here has no right on any table. It sees views of its own
(`views`), and whose login it is stands in the table `tenant_logins`, which nobody but
the owner can read.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from headrace.errors import DatabaseError, SettingsError
from headrace.resources.postgres import migrations
from headrace.resources.postgres.application_login import set_password
from headrace.resources.postgres.opening import running_server
from headrace.resources.postgres.sessions.owner import owner_session
from headrace.resources.postgres.tenants import rights, views
from headrace.resources.postgres.tenants.blockers import unblocked
from headrace.settings import Settings

#: Connections of one login at the same time.
CONNECTIONS = 5
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,49}")
_CREATE_ROLE = sql.SQL(
    "CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION"
)
#: What the login starts with. It can set other limits itself.
_LIMITS = {
    "idle_in_transaction_session_timeout": "60s",
    "lock_timeout": "10s",
    "statement_timeout": "5min",
}
#: What sorts and joins may write to the disk, for one session.
_TEMPORARY_FILES = "10GB"
_LOGINS = """
SELECT l.role, l.tenant, l.writes
FROM tenant_logins l
JOIN pg_roles r ON r.rolname = l.role
ORDER BY l.role"""
_RECORD = """
INSERT INTO tenant_logins (role, tenant, writes) VALUES (%s, %s, %s)
ON CONFLICT (role) DO UPDATE SET tenant = excluded.tenant, writes = excluded.writes"""
_TAKEN = """
SELECT FROM pg_roles WHERE rolname = %(name)s
UNION
SELECT FROM pg_namespace
WHERE nspname = %(name)s AND nspname NOT IN (SELECT role FROM tenant_logins)"""
#: What of the owner's address a login's address has too.
_ADDRESS = ("host", "port", "dbname", "sslmode")


@dataclass(frozen=True)
class TenantLogin:
    """A login and the one tenant that it sees.

    Attributes:
        writes: whether it may change rows.
    """

    role: str
    tenant: str
    writes: bool


@contextmanager
def admin_connection(settings: Settings) -> Iterator[psycopg.Connection]:
    """Yield a connection as the login that owns the tables; the database is migrated.

    Raises:
        DatabaseError: the login may not do this, or a table stays in use.
    """
    server = running_server(settings)
    try:
        with owner_session(server.admin_uri, "changing tenants' logins") as session:
            migrations.migrate(session)
            session.execute("SET lock_timeout = '30s'")
            with _own_faults():
                yield session
    finally:
        server.close()


@contextmanager
def _own_faults() -> Iterator[None]:
    """Say what is missing, in words of these commands."""
    try:
        yield
    except psycopg.errors.LockNotAvailable as error:
        raise DatabaseError(
            "a table stayed in use for 30 s, and nothing was changed: try again when fewer "
            "transactions are open"
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseError(
            "this needs the login that owns the tables, and that may make roles (CREATEROLE) and "
            f"schemas (CREATE on the database): {error}"
        ) from error


def create_login(
    connection: psycopg.Connection,
    role: str,
    tenant: str,
    *,
    password: str | None = None,
    writes: bool = False,
) -> str | None:
    """Make the login, or make one that exists read or write, as told.

    Args:
        password: None: a new login gets a random one, an existing one keeps its own.
        writes: whether it may change the tenant's rows.
    Returns:
        Its password when one was set, else None.
    Raises:
        SettingsError: the name cannot be that of a login, or is taken by anything but
            this tenant's login.
        DatabaseError: it could make functions that the application would run.
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
    rights.check_schemas(connection)
    rights.take_costly(connection)
    with unblocked(connection), connection.transaction():
        if role not in present:
            password = password or secrets.token_urlsafe(24)
            _create_role(connection, role)
        connection.execute(_RECORD, [role, tenant, writes])
        views.create(connection, role, writes)
        if password:
            set_password(connection, role, password)
    return password


def drop_login(connection: psycopg.Connection, role: str) -> TenantLogin:
    """Take a login away, with all that it has; the tenant's rows stay.

    Its sessions end.

    Raises:
        SettingsError: there is no login of that name.
    """
    present = {login.role: login for login in logins(connection)}
    if role not in present:
        raise SettingsError(
            f"there is no tenant's login {role}; there are: {', '.join(present) or 'none'}"
        )
    name = sql.Identifier(role)
    with unblocked(connection):
        connection.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(name))
    ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s"
    connection.execute(ended, [role])
    with connection.transaction():
        views.drop(connection, role)
        connection.execute("DELETE FROM tenant_logins WHERE role = %s", [role])
        connection.execute(sql.SQL("DROP OWNED BY {}").format(name))
        connection.execute(sql.SQL("DROP ROLE {}").format(name))
    return present[role]


def logins(connection: psycopg.Connection) -> list[TenantLogin]:
    """Every login of this database that is bound to a tenant, by name."""
    return [TenantLogin(*row) for row in connection.execute(_LOGINS)]


def login_address(connection: psycopg.Connection, role: str) -> dict[str, str]:
    """What a client needs to connect as the login, except its password."""
    known = conninfo_to_dict(connection.info.dsn)
    address = {name: str(known[name]) for name in _ADDRESS if name in known}
    return {**address, "user": role}


def _create_role(connection: psycopg.Connection, role: str) -> None:
    if connection.execute(_TAKEN, {"name": role}).fetchone() is not None:
        raise SettingsError(
            f"there is a role or a schema {role} already, which is not a tenant's login: take "
            "another name"
        )
    name, owner = sql.Identifier(role), sql.Identifier(connection.info.user)
    connection.execute(_CREATE_ROLE.format(name))
    limit = sql.SQL("ALTER ROLE {} CONNECTION LIMIT {}")
    connection.execute(limit.format(name, sql.Literal(CONNECTIONS)))
    for setting, value in _LIMITS.items():
        connection.execute(_set(role, setting, value))
    # Only a superuser may set this one, and the login cannot change it.
    with suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
        connection.execute(_set(role, "temp_file_limit", _TEMPORARY_FILES))
    # To end its sessions, and to drop what it owns.
    connection.execute(sql.SQL("GRANT {} TO {}").format(name, owner))


def _set(role: str, setting: str, value: str) -> sql.Composed:
    alter = sql.SQL("ALTER ROLE {} SET {} = {}")
    return alter.format(sql.Identifier(role), sql.Identifier(setting), sql.Literal(value))
