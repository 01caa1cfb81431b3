"""What `doctor` finds; and what it finds about a database that opens."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from headrace.errors import HeadraceError

if TYPE_CHECKING:  # importing it takes longer than most commands
    from headrace.resources.postgres.access import Lag
    from headrace.resources.postgres.database import PostgresDatabase

State = Literal["ok", "note", "broken"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        state: "note": something could be better. "broken": questions cannot be asked.
        advice: what to do about it; "" when there is nothing to do.
    """

    subject: str
    state: State
    found: str
    advice: str = ""


def database_findings(database: "PostgresDatabase") -> Iterator[Finding]:
    """What the login may do, and what lies between PostgreSQL and this process."""
    yield _login(database)
    if database.is_pooled:
        yield _pooler(database)
    yield _owner(database)
    yield from _standby(database)


def _login(database: "PostgresDatabase") -> Finding:
    rights = database.rights()
    found = f"{rights.login}: " + ("reads and writes" if rights.writes else "only reads")
    if not rights.reads:
        advice = f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {rights.login}"
        return Finding("database login", "broken", f"{rights.login} may not read", advice)
    if rights.is_standby:
        advice = "DATABASE_URL is a standby: questions work, ingest does not"
        return Finding("database login", "note", f"{found}; the server is a standby", advice)
    if not rights.writes:
        advice = (
            "questions work, ingest does not. To ingest: GRANT SELECT, INSERT, UPDATE, DELETE ON "
            f"ALL TABLES IN SCHEMA public TO {rights.login}"
        )
        return Finding("database login", "note", found, advice)
    return Finding("database login", "ok", found)


def _pooler(database: "PostgresDatabase") -> Finding:
    kept = "prepared statements are kept" if database.prepares else "no prepared statements"
    advice = (
        ""
        if database.prepares
        else "if it keeps prepared statements (PgBouncer from 1.21 with max_prepared_statements), "
        "HEADRACE_POOLER=transaction_prepared is faster"
    )
    return Finding("pooler", "ok", f"in transaction mode, {kept}", advice)


def _owner(database: "PostgresDatabase") -> Finding:
    """Whether migrations, index builds and tenants' logins work from here."""
    try:
        rights = database.owner_rights()
    except HeadraceError as error:
        return Finding("database owner", "note", "cannot be reached", str(error))
    missing = []
    if rights.is_pooled or not rights.owns:
        missing += ["migrations", "index builds", "changes of the encoder"]
    if rights.is_pooled or not rights.makes_roles:
        missing.append("tenants' logins")
    if not missing:
        return Finding("database owner", "ok", f"{rights.login}: migrates, builds indexes")
    why = "its address leads to a pooler" if rights.is_pooled else "it has too few rights"
    advice = (
        f"{', '.join(missing)} do not work with this login: {why}. Set HEADRACE_ADMIN_URL to the "
        "owner of the tables at PostgreSQL itself; for tenants' logins it needs CREATEROLE"
    )
    return Finding("database owner", "note", f"{rights.login}: not {', '.join(missing)}", advice)


def _standby(database: "PostgresDatabase") -> Iterator[Finding]:
    lags = database.standby_lags()
    while True:
        try:
            lag = next(lags, None)
        except HeadraceError as error:
            advice = f"questions are answered by other servers. {error}"
            yield Finding("standby", "note", "cannot be reached", advice)
            continue
        if lag is None:
            return
        yield _of_standby(lag, database.read_lag_s)


def _of_standby(lag: "Lag", limit_s: float) -> Finding:
    if not lag.is_standby:
        advice = "HEADRACE_READ_URL leads to a primary server; it is of use for a standby"
        return Finding("standby", "note", "is no standby", advice)
    if lag.has_all:
        return Finding("standby", "ok", "answers questions, has all that was written")
    if lag.seconds <= limit_s:
        return Finding("standby", "ok", f"answers questions, {lag.seconds:.0f} s behind")
    advice = (
        "others answer questions meanwhile, as it is more than HEADRACE_READ_LAG_S behind; look "
        "at pg_stat_replication"
    )
    return Finding("standby", "note", f"{lag.seconds:.0f} s behind", advice)
