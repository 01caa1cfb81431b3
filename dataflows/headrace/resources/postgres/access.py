"""What a process may do with its database, and what lies between the two."""

from dataclasses import dataclass

from headrace.resources.postgres.rows import one_row
from headrace.resources.postgres.sessions.faults import named_faults
from headrace.resources.postgres.sessions.owner import is_pooled, open_owner_session
from headrace.resources.postgres.sessions.pool import Address

_RIGHTS = """
SELECT current_user,
       has_table_privilege('chunks', 'SELECT'),
       has_table_privilege('chunks', 'INSERT') AND has_table_privilege('chunks', 'DELETE'),
       pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = 'chunks'::regclass),
                   'USAGE'),
       rolsuper OR rolcreaterole,
       pg_is_in_recovery()
FROM pg_roles WHERE rolname = current_user"""
_LAG = """
SELECT pg_is_in_recovery(),
       coalesce(extract(epoch FROM now() - pg_last_xact_replay_timestamp()), 0)::float8,
       pg_last_wal_receive_lsn() IS NOT DISTINCT FROM pg_last_wal_replay_lsn()"""


@dataclass(frozen=True)
class Rights:
    """What a login may do.

    Attributes:
        owns: whether it owns the tables, and so migrates and builds indexes.
        makes_roles: whether it may make logins of tenants.
        is_standby: whether its server takes no writes.
        is_pooled: whether a pooler in transaction mode answers at its address.
    """

    login: str
    reads: bool
    writes: bool
    owns: bool
    makes_roles: bool
    is_standby: bool
    is_pooled: bool


@dataclass(frozen=True)
class Lag:
    """How far a standby is behind: seconds since the last transaction that it has."""

    is_standby: bool
    seconds: float
    has_all: bool


def rights(uri: str) -> Rights:
    """The rights of the login of an address.

    Raises:
        DatabaseError: they cannot be read.
    """
    with named_faults("reading the rights of the login"), open_owner_session(uri) as session:
        login, *may = one_row(session, _RIGHTS)
        return Rights(login, *may, is_pooled=is_pooled(session))


def lag(standby: Address) -> Lag:
    """How far a standby is behind.

    Raises:
        DatabaseError: it cannot be reached.
    """
    with named_faults("asking the standby"), open_owner_session(standby.uri) as session:
        return Lag(*one_row(session, _LAG))
