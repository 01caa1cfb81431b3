"""The application's sessions: which one is lent, and what happens when one is lost."""

import time

import pytest

from headrace.errors import DatabaseAway, DatabaseConflict, DatabaseError, DatabaseLost
from headrace.resources.postgres.sessions.allowance import Allowance

#: SQLSTATEs of a lost connection: connection exceptions, a shutdown, a crash; and of a
#: server that became a standby.
LOST = ("08000", "08003", "08006", "57P01", "57P02", "25006")
#: Those of transactions that were ended in favour of others.
CONFLICTS = ("40P01", "40001")
#: SQLSTATEs of other errors; most are OperationalError, as a lost connection is.
KEPT = ("57014", "53300", "53100", "55P03", "22012", "42501", "42P01", "XX000")


def failing(sqlstate: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '{sqlstate}'; END $$"


def attempts(database, method, sqlstate):
    """How often work that fails is done, and the error that comes of it."""
    done = []

    def work(transaction):
        done.append(sqlstate)
        return transaction.execute(failing(sqlstate))

    with pytest.raises(DatabaseError) as raised:
        getattr(database, method)(work)
    assert raised.value.__cause__.sqlstate == sqlstate
    return len(done), raised.value


@pytest.mark.parametrize("method", ["read", "write"])
@pytest.mark.parametrize("sqlstate", [*LOST, *CONFLICTS])
def test_work_is_done_once_more_when_its_connection_or_its_transaction_was_lost(
    rag, tenant, method, sqlstate
):
    expected = DatabaseConflict if sqlstate in CONFLICTS else DatabaseLost
    times, error = attempts(rag.database.for_tenant(tenant), method, sqlstate)
    assert times == 2 and type(error) is expected


@pytest.mark.parametrize("method", ["read", "write"])
@pytest.mark.parametrize("sqlstate", KEPT)
def test_work_that_fails_otherwise_is_done_once(rag, tenant, method, sqlstate):
    times, error = attempts(rag.database.for_tenant(tenant), method, sqlstate)
    assert times == 1 and not isinstance(error, DatabaseAway | DatabaseConflict)
    assert "on purpose" in str(error) or "TIMEOUT_S" in str(error)


@pytest.mark.parametrize("sqlstate", LOST)
def test_the_second_attempt_gives_the_result(rag, tenant, sqlstate, caplog):
    sent = []

    def work(transaction):
        sent.append(sqlstate)
        if len(sent) == 1:
            transaction.execute(failing(sqlstate))
        return transaction.execute("SELECT 'found'")

    assert rag.database.for_tenant(tenant).read(work) == [("found",)]
    assert len(sent) == 2 and "trying once more" in caplog.text


def test_a_session_that_was_ended_between_two_questions_is_replaced(rag, returns, admin):
    sessions = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"
    assert rag.ask("How long does the warranty last?", returns).answered
    admin.execute(sessions, ["headrace_app"])
    assert rag.ask("How long does the warranty last?", returns).answered


def test_an_ingest_whose_session_is_ended_in_the_middle_stores_everything_once(
    rag, tenant, admin, monkeypatch
):
    """It is ended after the rows were written, before they are committed."""
    from headrace.ingest import storing

    ended = []
    add_statistics = storing._add_statistics

    def ends_once(transaction, *given):
        add_statistics(transaction, *given)
        if not ended:
            ((process,),) = transaction.execute("SELECT pg_backend_pid()")
            ended.append(admin.execute("SELECT pg_terminate_backend(%s)", [process]).fetchone())

    monkeypatch.setattr(storing, "_add_statistics", ends_once)
    from support.samples import RETURNS

    outcomes = rag.ingest(RETURNS, tenant)
    assert ended == [(True,)] and [outcome.status for outcome in outcomes] == ["new"] * 3
    facts = rag.run(["tenant_facts"], tenant=tenant)["tenant_facts"]
    assert facts.documents == 3
    assert not list(rag.database.for_tenant(tenant).query("contradictions"))


def test_the_session_that_came_back_last_is_lent_first(rag):
    connections = rag.database._connections
    patience = Allowance(10, "patience")
    with connections.lent(patience, "a") as first, connections.lent(patience, "b"):
        pass
    for _ in range(3):
        with connections.lent(patience, "c") as lent:
            assert lent is first


def test_sessions_that_nobody_needed_for_long_or_that_are_old_are_closed(rag, monkeypatch):
    connections = rag.database._connections
    patience = Allowance(10, "patience")
    with connections.lent(patience, "a") as warm, connections.lent(patience, "b") as cold:
        pass
    connections._idle.remove(next(item for item in connections._idle if item[0] is cold))
    connections._idle.appendleft((cold, time.monotonic() - 3600))
    with connections.lent(patience, "c") as lent:
        assert lent is warm
    assert cold.closed and not warm.closed
    warm.opened_at -= 10 * 3600
    with connections.lent(patience, "d"):
        pass
    assert warm.closed


def test_a_session_comes_back_in_no_transaction(rag):
    connections = rag.database._connections
    patience = Allowance(10, "patience")
    with connections.lent(patience, "a") as session:
        session.execute("BEGIN")
    with connections.lent(patience, "b") as again:
        assert again is session and again.execute("SELECT now() = now()").fetchone() == (True,)
        assert again.info.transaction_status.name == "IDLE"
