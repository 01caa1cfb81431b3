"""How long a question and an ingest wait, and what they say then."""

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import DatabaseAway, DatabaseError, DatabaseTimeout
from headrace.resources.postgres.sessions import allowance as allowances
from headrace.resources.postgres.sessions import blockers
from headrace.resources.postgres.sessions.allowance import Allowance
from headrace.resources.postgres.sessions.pool import Address, Connections
from headrace.resources.postgres.sessions.session import TimeIsUp
from support.samples import RETURNS
from support.servers import QUESTION, TENANT, opened

LIMIT_S = 2.0
#: How long a refusal may take beyond its limit: it does not wait for it twice.
BEYOND_S = 1.9


@pytest.fixture(scope="module")
def shop(server):
    limits = {"question_timeout_s": LIMIT_S, "ingest_timeout_s": LIMIT_S, "connections": 3}
    with opened(server.uri, **limits) as pipeline:
        yield pipeline


def refusal(ask, *expected):
    """What a call is refused with, and after how many seconds."""
    began = time.monotonic()
    with pytest.raises(expected or DatabaseTimeout) as raised:
        ask()
    return str(raised.value), time.monotonic() - began


@contextmanager
def locked(server, table):
    """Another session holds a table, as one that was forgotten does."""
    with psycopg.connect(server.uri, application_name="monthly report") as other:
        other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
        yield other.info.backend_pid


@contextmanager
def stopped(server):
    """The server and all its processes stand still, and listen all the same."""
    import psutil

    leader = psutil.Process(server._process.pid)
    processes = [leader, *leader.children()]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


def test_a_question_behind_a_table_lock_is_told_who_holds_it(server, shop):
    with locked(server, "chunks") as process:
        said, took = refusal(lambda: shop.ask(QUESTION, TENANT))
    assert f"session {process} (login owner, monthly report" in said
    assert "AccessExclusiveLock on chunks" in said and "HEADRACE_QUESTION_TIMEOUT_S is 2" in said
    assert took < LIMIT_S + BEYOND_S
    assert shop.ask(QUESTION, TENANT).answered


def test_more_questions_than_sessions_are_told_the_same(server, shop, monkeypatch):
    """Those that wait for a session wait for the lock too, not for HEADRACE_CONNECTIONS."""
    monkeypatch.setattr(blockers, "_LOOK_S", 60.0)  # a busy machine takes its time
    told = []
    with ThreadPoolExecutor(8) as asking:  # the sessions are open when the lock comes
        list(asking.map(lambda _: shop.ask(QUESTION, TENANT), range(8)))

    def ask():
        told.append(refusal(lambda: shop.ask(QUESTION, TENANT)))

    with locked(server, "chunks") as process:
        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(told) == 8
    assert all(f"session {process}" in said for said, _ in told)


def test_a_session_that_nothing_is_left_for_does_not_count_its_server_as_away(server):
    """A question that got its turn in the last moment was told that nothing answers."""
    address = Address(server.uri, server.uri)
    with pytest.raises(TimeIsUp):
        address.opened(time.monotonic())
    connections = Connections(address, at_most=1)
    with closing(connections), locked(server, "chunks") as process:
        said, _ = refusal(lambda: looked(connections, Allowance(0.0, "patience")))
    assert said.startswith("looking was given up, patience is 0: ") and str(process) in said


def looked(connections, allowance):
    with connections.lent(allowance, "looking"):
        raise AssertionError("a session was lent")


def test_an_ingest_behind_a_lock_is_refused_and_stores_everything_afterwards(server, shop):
    with locked(server, "documents"):
        said, took = refusal(lambda: shop.ingest(RETURNS, "another"))
    assert "HEADRACE_INGEST_TIMEOUT_S is 2" in said and "monthly report" in said
    assert took < LIMIT_S + BEYOND_S
    assert [outcome.status for outcome in shop.ingest(RETURNS, "another")] == ["new"] * 3


def test_a_server_that_stands_still_does_not_hold_a_question(server, shop):
    assert shop.ask(QUESTION, TENANT).answered
    with stopped(server):
        first = refusal(lambda: shop.ask(QUESTION, TENANT), DatabaseError)
        second = refusal(lambda: shop.ask(QUESTION, TENANT), DatabaseError)
    for said, took in (first, second):
        assert "does not answer" in said and took < LIMIT_S + BEYOND_S
    assert shop.ask(QUESTION, TENANT).answered


def test_a_server_that_is_away_is_said_at_once_and_used_again_when_it_is_back(server, shop):
    assert shop.ask(QUESTION, TENANT).answered
    server.stop(signal.SIGQUIT)
    try:
        for _ in range(2):
            said, took = refusal(lambda: shop.ask(QUESTION, TENANT), DatabaseAway)
            assert f"cannot be reached at 127.0.0.1:{server.port}, database headrace" in said
            assert took < LIMIT_S
        said, took = refusal(lambda: shop.ingest(RETURNS, "third"), DatabaseAway)
        assert "cannot be reached" in said
    finally:
        server.start()
    assert shop.ask(QUESTION, TENANT).answered


def test_the_limits_hold_in_the_transaction_and_nowhere_else(shop):
    reading = shop.database.for_questions(TENANT)
    shown = "SELECT current_setting('statement_timeout'), current_setting('lock_timeout')"
    with reading.transaction() as transaction:
        assert transaction.execute(shown) == [("2s", "1600ms")]
    with shop.database._connections.lent(Allowance(5, "patience"), "looking") as session:
        assert session.execute(shown.encode()).fetchone() == ("0", "0")


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0, 5)), max_size=8))
def test_only_the_time_in_which_somebody_waits_counts(spans):
    """One waits, then nobody, and so on: the limit moves by the pauses alone."""
    clock = Clock()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(allowances, "time", clock)
        allowance = Allowance(100, "patience")
        waited = 0.0
        for waiting, pause in spans:
            with allowance.running() as deadline:
                assert deadline == pytest.approx(clock.now + 100 - waited)
                clock.now += waiting
            waited += waiting
            clock.now += pause


def test_time_in_which_two_wait_counts_once(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(allowances, "time", clock)
    allowance = Allowance(10, "patience")
    with allowance.running() as first:
        clock.now = 1.0
        with allowance.running() as second:
            clock.now = 4.0
    assert first == second == 10.0
    clock.now = 20.0
    with allowance.running() as third:
        assert third == 26.0
