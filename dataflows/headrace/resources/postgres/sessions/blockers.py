"""Who holds the locks that a question or an ingest waits for."""

import time
from collections.abc import Sequence
from typing import NamedTuple

import psycopg

from headrace.resources.postgres.sessions.session import TimeIsUp, open_session

_LOOK_S = 1.0
#: Sessions whose locks on our tables keep others waiting, the oldest transaction first.
#: Every transaction that writes holds RowExclusiveLock on what it writes, and keeps
#: those waiting that change the same rows.
_HOLDERS = """
SELECT a.pid, a.usename, coalesce(a.application_name, ''), coalesce(a.state, 'running'),
       coalesce(extract(epoch FROM now() - coalesce(a.xact_start, a.backend_start)), 0)::float8,
       max(l.mode), coalesce(string_agg(DISTINCT l.relation::regclass::text, ', '), 'a lock')
FROM pg_locks l
JOIN pg_stat_activity a USING (pid)
LEFT JOIN pg_class c ON c.oid = l.relation
WHERE l.granted AND a.pid <> pg_backend_pid() AND a.datname = current_database()
  AND (l.locktype = 'advisory' AND l.mode = 'ExclusiveLock' OR c.relkind IN ('r', 'p')
    AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'documents'::regclass)
    AND l.mode = ANY (%s))
GROUP BY a.pid, a.usename, a.application_name, a.state, a.xact_start, a.backend_start
ORDER BY coalesce(a.xact_start, a.backend_start)
LIMIT 3"""
_STOPS_READING = ("AccessExclusiveLock",)
_STOPS_WRITING = (
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
)


class Holder(NamedTuple):
    """A session that holds locks on tables, and how long its transaction is open."""

    process: int
    login: str
    application: str
    state: str
    seconds: float
    mode: str
    tables: str

    def __str__(self) -> str:
        who = ", ".join(filter(None, [f"login {self.login}", self.application, self.state]))
        return (
            f"session {self.process} ({who}) has held {self.mode} on {self.tables} "
            f"for {self.seconds:.0f} s"
        )


def explained_wait(admin_uri: str, *, writes: bool) -> str:
    """What PostgreSQL is busy with, as the end of a message about a timeout.

    It takes 1 s at most.

    Args:
        admin_uri: the address of the login that owns the tables, who sees most.
        writes: whether it was an ingest that waited.
    """
    modes = _STOPS_WRITING if writes else _STOPS_READING
    try:
        holders = _holders(admin_uri, modes)
    except (psycopg.Error, TimeIsUp) as error:
        reason = str(error).strip().partition("\n")[0] or "it does not answer"
        return f"PostgreSQL was stopped, or the network is cut ({reason})"
    if not holders:
        return "PostgreSQL was busy; pg_stat_activity shows with what"
    ends = " or ".join(f"SELECT pg_terminate_backend({holder.process})" for holder in holders)
    return f"{'; '.join(map(str, holders))}. End that transaction, or run {ends}"


def _holders(admin_uri: str, modes: Sequence[str]) -> list[Holder]:
    until = time.monotonic() + _LOOK_S
    with open_session(admin_uri, until=until, prepare_threshold=None) as session:
        session.deadline = until
        return [Holder(*row) for row in session.execute(_HOLDERS, [list(modes)])]
