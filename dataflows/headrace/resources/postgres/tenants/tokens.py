"""Tokens of the HTTP service: each is for one tenant, and is stored as a hash.

A token is "hr_NAME_SECRET". The name finds its row; the secret, 32 random bytes, is
compared with the row's SHA-256 in constant time. The application's login can ask for
one row by its name, and only the owner of the tables can list or change them.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast, get_args

import psycopg

from headrace.errors import SettingsError
from headrace.types import TenantDatabase

#: What a token may do: each may also do what those before it may.
Rights = Literal["read", "write", "admin"]
RIGHTS: tuple[Rights, ...] = get_args(Rights)

_PREFIX = "hr"
_NAME_BYTES = 6
_SECRET_BYTES = 32
#: Compared with where there is no such token, so that this takes as long.
_NO_DIGEST = bytes(hashlib.sha256().digest_size)
_CREATE = """
INSERT INTO service_tokens (token_id, digest, tenant, rights, expires_at)
VALUES (%s, %s, %s, %s, coalesce(%s::timestamptz, 'infinity'))"""
_LIST = """
SELECT token_id, tenant, rights, created_at, nullif(expires_at, 'infinity')
FROM service_tokens ORDER BY tenant, created_at, token_id"""
_REVOKE = "DELETE FROM service_tokens WHERE token_id = %s RETURNING tenant"


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A token without its secret.

    Attributes:
        expires_at: None for one that does not expire.
    """

    name: str
    tenant: str
    rights: Rights
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a valid token: the tenant, and what the token may do."""

    name: str
    tenant: str
    rights: Rights

    def may(self, wanted: Rights) -> bool:
        return RIGHTS.index(wanted) <= RIGHTS.index(self.rights)


def create_token(
    connection: psycopg.Connection,
    tenant: str,
    rights: Rights = "read",
    expires_at: datetime | None = None,
) -> str:
    """Make a token and return it; only its hash is kept.

    Args:
        connection: of the login that owns the tables.
    """
    name = secrets.token_hex(_NAME_BYTES)
    secret = secrets.token_hex(_SECRET_BYTES)
    connection.execute(_CREATE, [name, _digest(secret), tenant, rights, expires_at])
    return f"{_PREFIX}_{name}_{secret}"


def known_tokens(connection: psycopg.Connection) -> list[KnownToken]:
    """Every token, expired ones included, by tenant."""
    return [KnownToken(*row) for row in connection.execute(_LIST)]


def revoke_token(connection: psycopg.Connection, name: str) -> str:
    """Take a token away, at once; its tenant.

    Raises:
        SettingsError: there is none of this name.
    """
    row = connection.execute(_REVOKE, [name]).fetchone()
    if row is None:
        raise SettingsError(f'there is no token "{name:.40}": run.py token list names them')
    return row[0]


def holder_of(database: TenantDatabase, token: str) -> Holder | None:
    """Who holds this token; None for one that is unknown, wrong or expired.

    Args:
        database: bound to any tenant; no tenant's rows are read.
    """
    prefix, _, rest = token.partition("_")
    name, _, secret = rest.partition("_")
    if prefix != _PREFIX or not (name + secret).isalnum() or not token.isascii():
        return None
    rows = database.query("service_token", {"token_id": name})
    digest, tenant, rights, is_valid = rows[0] if rows else (_NO_DIGEST, "", "read", False)
    is_right = hmac.compare_digest(_digest(secret), bytes(digest))
    return Holder(name, tenant, cast(Rights, rights)) if is_right and is_valid else None


def any_tokens(database: TenantDatabase) -> bool:
    """Whether there is any token, expired ones included."""
    ((exist,),) = database.query("has_service_tokens")
    return exist


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
