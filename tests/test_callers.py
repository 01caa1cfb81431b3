"""Work stops when its caller's deadline has passed, or the caller has left."""

import asyncio
import threading
import time

import psycopg
import pytest

from headrace.callers import Caller, check_caller, present_caller
from headrace.errors import Cancelled, DeadlineExceeded
from headrace.resources.models.deadlines import EventLoop, background
from support.services import until

QUESTION = "How long does the warranty last?"
SLEEPING = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%%pg_sleep(61)%%' AND pid <> %s"


def test_outside_a_service_nobody_is_named_and_nothing_stops():
    assert present_caller() is None
    check_caller()


def test_a_caller_is_named_to_what_is_done_meanwhile_and_no_longer():
    caller = Caller(60)
    with caller.waiting():
        assert present_caller() is caller and caller.waits
        check_caller()
        caller.leave()
        with pytest.raises(Cancelled):
            check_caller()
    assert present_caller() is None
    with Caller(0).waiting(), pytest.raises(DeadlineExceeded, match="within 0 s"):
        check_caller()


def test_no_further_node_runs_for_a_caller_who_left(rag, returns):
    caller = Caller(60)
    with caller.waiting():
        asked = {"question": QUESTION, "tenant": returns}
        assert rag.run(["normalized_query"], **asked)["normalized_query"] == QUESTION
        caller.leave()
        with pytest.raises(Cancelled):
            rag.run(["normalized_query"], **asked)


def sleeping(rag) -> int:
    """How many sessions run the statement of these tests."""
    with psycopg.connect(rag.database.admin_uri) as admin:
        ((count,),) = admin.execute(SLEEPING, [admin.info.backend_pid]).fetchall()
    return count


@pytest.mark.parametrize("leaves", [True, False])
def test_a_statement_is_given_up_here_and_at_the_server(rag, returns, leaves):
    caller = Caller(60 if leaves else 1.0)

    def leave() -> None:
        until(lambda: sleeping(rag) == 1)
        if leaves:
            caller.leave()

    leaving = threading.Thread(target=leave)
    leaving.start()
    began = time.monotonic()
    with (
        caller.waiting(),
        pytest.raises(Cancelled if leaves else DeadlineExceeded),
        rag.database.for_tenant(returns).transaction() as transaction,
    ):
        transaction.execute("SELECT pg_sleep(61)")
    assert time.monotonic() - began < 60
    leaving.join()
    until(lambda: sleeping(rag) == 0)
    assert rag.ask(QUESTION, returns).answered


def test_the_deadline_is_postgresqls_too(rag, returns):
    with Caller(1.2).waiting(), rag.database.for_one_question(returns).transaction() as lent:
        assert lent.execute("SHOW statement_timeout") == [("2s",)]
    with rag.database.for_one_question(returns).transaction() as lent:
        assert lent.execute("SHOW statement_timeout") == [("30s",)]


@pytest.mark.parametrize("leaves", [True, False])
def test_a_language_model_that_says_nothing_is_given_up(leaves):
    loop = EventLoop()
    cancelled = threading.Event()

    async def silent(put) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async def farewell() -> None:
        return None

    caller = Caller(60 if leaves else 0.1)
    if leaves:
        caller.leave()
    expected = Cancelled if leaves else DeadlineExceeded
    with (
        caller.waiting(),
        pytest.raises(expected),
        background(loop, silent, time.monotonic() + 60) as items,
    ):
        next(iter(items))
    assert cancelled.wait(60)
    loop.close(farewell())
