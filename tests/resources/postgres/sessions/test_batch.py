"""Statements that are sent together: their rows, their errors, what stays behind."""

import time
from collections.abc import Iterator

import psycopg
import pytest

from headrace.pipeline import Pipeline
from headrace.resources.postgres.sessions.batch import Batch, with_prepared
from headrace.resources.postgres.sessions.session import Session, TimeIsUp, open_session

TWICE = b"SELECT %(number)s::int * 2, '100 %%'"


@pytest.fixture
def session(rag: Pipeline) -> Iterator[Session]:
    with open_session(rag.database.uri, prepare_threshold=2) as session:
        yield session


def doubled(session: Session, number: int, binary: bool = False) -> list[tuple]:
    with Batch(session) as batch:
        place = batch.ask(TWICE, {"number": number, "unused": 1}, binary)
        return batch.rows(batch.answers()[place])


def test_commands_and_statements_run_in_their_order_and_each_has_its_rows(session):
    with Batch(session) as batch:
        batch.add(b"BEGIN")
        batch.add(b"SET LOCAL application_name = 'sent'")
        shown = batch.ask(b"SHOW application_name", {})
        three = batch.ask(b"SELECT n FROM generate_series(1, %(last)s) AS n", {"last": 3})
        nothing = batch.ask(b"SET LOCAL application_name = 'again'", {})
        batch.add(b"COMMIT")
        results = batch.answers()
        assert batch.rows(results[shown]) == [("sent",)]
        assert batch.rows(results[three]) == [(1,), (2,), (3,)]
        assert batch.rows(results[nothing]) == []
    assert session.execute("SHOW application_name").fetchone() != ("sent",)


@pytest.mark.parametrize("binary", [False, True])
def test_a_statement_is_prepared_once_it_was_sent_often_enough(session, binary):
    for number in range(5):
        assert doubled(session, number, binary) == [(2 * number, "100 %")]
    prepared = session.execute("SELECT name, statement FROM pg_prepared_statements").fetchall()
    assert prepared == [("headrace_1", "SELECT $1::int * 2, '100 %'")]


def test_nothing_is_prepared_where_a_pooler_keeps_no_statements(session):
    session.prepare_threshold = None
    for number in range(5):
        assert doubled(session, number) == [(2 * number, "100 %")]
    assert session.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)


def test_rows_can_be_awaited_before_the_next_statement_is_sent(session):
    with Batch(session) as batch:
        batch.add(b"BEGIN")
        for number in range(3):
            place = batch.ask(TWICE, {"number": number})
            rows = batch.rows(batch.answers(is_last=False)[place])
            assert rows == [(2 * number, "100 %")]
        batch.add(b"COMMIT")
    assert session.info.transaction_status.name == "IDLE"


@pytest.mark.parametrize("is_last", [True, False])
def test_an_error_is_raised_and_the_session_is_of_use_afterwards(session, is_last):
    doubled(session, 1)
    doubled(session, 1)
    with pytest.raises(psycopg.errors.DivisionByZero), Batch(session) as batch:
        batch.add(b"BEGIN")
        batch.ask(b"SELECT 1 / %(zero)s::int", {"zero": 0})
        batch.ask(TWICE, {"number": 1})
        batch.add(b"COMMIT")
        batch.answers(is_last=is_last)
    assert not session.closed
    session.rollback()
    # The error came before the statement was prepared.
    assert doubled(session, 4) == [(8, "100 %")] == doubled(session, 4)


def test_the_error_of_a_command_that_nobody_waits_for_is_raised_at_the_end(session):
    with pytest.raises(psycopg.Error, match="no_such"), Batch(session) as batch:
        batch.add(b"SET LOCAL no_such = 1")


def test_what_was_sent_before_the_caller_failed_is_received(session):
    with pytest.raises(ZeroDivisionError), Batch(session) as batch:
        batch.ask(TWICE, {"number": 1})
        raise ZeroDivisionError
    assert doubled(session, 3) == [(6, "100 %")]


def test_a_value_that_cannot_be_sent_leaves_the_session_of_use(session):
    with pytest.raises(psycopg.ProgrammingError), Batch(session) as batch:
        batch.ask(TWICE, {"number": object()})
    assert doubled(session, 3) == [(6, "100 %")]


def test_waiting_ends_at_the_deadline(session):
    session.deadline = time.monotonic() + 0.3
    with pytest.raises(TimeIsUp), Batch(session) as batch:
        batch.ask(b"SELECT pg_sleep(30)", {})
        batch.answers()
    assert session.closed


def test_a_connection_that_is_lost_says_why(session):
    with pytest.raises(psycopg.errors.AdminShutdown), Batch(session) as batch:
        batch.ask(b"SELECT pg_terminate_backend(pg_backend_pid())", {})
        batch.answers()
    assert session.closed


def test_more_than_fits_the_socket_is_sent_and_received(session):
    long = "x" * 500_000
    with Batch(session) as batch:
        places = [batch.ask(b"SELECT %(text)s::text", {"text": long}) for _ in range(20)]
        results = batch.answers()
        assert all(batch.rows(results[place]) == [(long,)] for place in places)


def test_statements_that_psycopg_deallocated_are_prepared_again(session):
    """It deallocates all, its own and others, when it rolls a transaction back."""
    for _ in range(4):
        session.execute("SELECT 1")
        doubled(session, 1)
    session.execute("BEGIN")
    session.rollback()
    with pytest.raises(psycopg.errors.InvalidSqlStatementName):
        doubled(session, 1)
    session.rollback()
    assert with_prepared(session, lambda: doubled(session, 4)) == [(8, "100 %")]
    assert doubled(session, 4) == [(8, "100 %")]


def test_statements_that_are_gone_and_were_not_prepared_here_are_an_error(session):
    with pytest.raises(psycopg.errors.InvalidSqlStatementName):
        with_prepared(session, lambda: session.execute("EXECUTE no_such"))


def test_a_question_is_answered_after_a_transaction_was_rolled_back(rag, returns):
    database = rag.database.for_tenant(returns)
    for _ in range(8):
        with database.transaction() as transaction:
            transaction.query("stored_count")
        database.query_all([("tenant_facts", {"known_version": None})])
    for _ in range(8):
        with pytest.raises(ZeroDivisionError), database.transaction():
            raise ZeroDivisionError
        ((facts,),) = database.query_all([("tenant_facts", {"known_version": None})])
        assert database.read(lambda reader: reader.query("tenant_facts", {"known_version": 1}))
        assert facts[1] == 3
