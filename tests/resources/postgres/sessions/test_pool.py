"""The pool of connections: which one is lent, and what happens when one is lost."""

import psycopg
import pytest

#: SQLSTATEs of a lost connection: connection exceptions, a shutdown, a crash.
LOST = ("08000", "08003", "08006", "57P01", "57P02")
#: SQLSTATEs of other errors; most are OperationalError, as a lost connection is.
KEPT = ("57014", "40P01", "40001", "53300", "55P03", "22012", "42501")


def failing(sqlstate: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '{sqlstate}'; END $$"


@pytest.mark.parametrize(
    ("sqlstate", "times"), [*((state, 2) for state in LOST), *((state, 1) for state in KEPT)]
)
def test_a_statement_is_sent_once_more_when_its_connection_was_lost_and_only_then(
    rag, tenant, sqlstate, times
):
    sent = []

    def work(transaction):
        sent.append(sqlstate)
        return transaction.execute(failing(sqlstate))

    with pytest.raises(psycopg.Error) as raised:
        rag.database.for_tenant(tenant).read(work)
    assert raised.value.sqlstate == sqlstate and len(sent) == times


@pytest.mark.parametrize("sqlstate", LOST)
def test_the_second_attempt_gives_the_result(rag, tenant, sqlstate, caplog):
    sent = []

    def work(transaction):
        sent.append(sqlstate)
        if len(sent) == 1:
            transaction.execute(failing(sqlstate))
        return transaction.execute("SELECT 'found'")

    assert rag.database.for_tenant(tenant).read(work) == [("found",)]
    assert len(sent) == 2 and "connection was lost, asking once more" in caplog.text


def test_a_session_that_was_ended_between_two_questions_is_replaced(rag, returns, admin):
    sessions = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"
    assert rag.ask("How long does the warranty last?", returns).answered
    admin.execute(sessions, ["headrace_app"])
    assert rag.ask("How long does the warranty last?", returns).answered


def test_the_connection_that_came_back_last_is_lent_first(rag):
    pool = rag.database._connections._pool
    first = pool.getconn()
    second = pool.getconn()
    pool.putconn(second)
    pool.putconn(first)
    for _ in range(3):
        with pool.connection() as lent:
            assert lent is first
