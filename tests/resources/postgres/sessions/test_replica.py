"""Questions answered by real streaming standbys."""

import signal
from collections import Counter

import psycopg
import pytest

from headrace import Document
from support.servers import QUESTION, TENANT, standby_of


@pytest.fixture
def standby(server):
    with standby_of(server) as standby:
        yield standby


def answering(rag) -> bool:
    """Whether the server that answers the next question is a standby."""
    with rag.database.for_questions(TENANT).transaction() as transaction:
        ((is_standby,),) = transaction.execute("SELECT pg_is_in_recovery()")
    return is_standby


def at(standby, server) -> str:
    return server.uri.replace(str(server.port), str(standby.port))


def test_a_standby_answers_until_it_is_gone(server, standby, open_at):
    with open_at(server.uri, read_url=at(standby, server)) as rag:
        assert rag.ask(QUESTION, TENANT).answered and answering(rag)
        standby.stop(signal.SIGQUIT)
        assert rag.ask(QUESTION, TENANT).answered
        assert not answering(rag)


def test_an_ingest_is_seen_by_the_next_question_of_its_process(server, standby, open_at):
    """The standby stops replaying: the primary answers until it goes on."""
    with (
        open_at(server.uri, read_url=at(standby, server)) as rag,
        psycopg.connect(standby.uri, autocommit=True) as session,
    ):
        session.execute("SELECT pg_wal_replay_pause()")
        while session.execute("SELECT pg_get_wal_replay_pause_state()").fetchone() != ("paused",):
            rag.ingest([Document("tick", "", "One more sentence for the log.", "")], "ticks")
        rag.ingest([Document("walrus", "", "The walrus sleeps on the ice.", "")], TENANT)
        assert not answering(rag)
        found = rag.run(["keyword_hits"], question="walrus", tenant=TENANT)["keyword_hits"]
        assert [hit.chunk.document_id for hit in found] == ["walrus"]
        session.execute("SELECT pg_wal_replay_resume()")
        while not answering(rag):
            pass  # the standby catches up
        found = rag.run(["keyword_hits"], question="walrus", tenant=TENANT)["keyword_hits"]
        assert [hit.chunk.document_id for hit in found] == ["walrus"]
        rag.ingest([Document("walrus", "", "", "")], TENANT)


def port_of_the_answer(rag) -> int:
    """The port of the server that answers the next question."""
    with rag.database.for_one_question(TENANT).transaction() as transaction:
        ((port,),) = transaction.execute("SELECT current_setting('port')::int")
    return port


def test_questions_are_spread_over_standbys_and_go_on_when_one_is_gone(server, standby, open_at):
    with standby_of(server) as other:
        both = f"{at(standby, server)}; {at(other, server)}"
        with open_at(server.uri, read_url=both) as rag:
            ports = Counter(port_of_the_answer(rag) for _ in range(8))
            assert ports == {standby.port: 4, other.port: 4}
            other.stop(signal.SIGQUIT)
            for _ in range(8):
                answer = rag.ask(QUESTION, TENANT)
                assert answer.answered and "two years" in answer.text
                assert port_of_the_answer(rag) == standby.port
            standby.stop(signal.SIGQUIT)
            assert rag.ask(QUESTION, TENANT).answered
            assert port_of_the_answer(rag) == server.port


def test_all_statements_of_a_question_are_asked_at_one_server(server, standby, open_at):
    both = f"{at(standby, server)};{server.uri}"
    with open_at(server.uri, read_url=both) as rag:
        for _ in range(4):
            question = rag.database.for_one_question(TENANT)
            asked = set()
            for _ in range(3):
                with question.transaction() as transaction:
                    asked |= set(transaction.execute("SELECT pg_is_in_recovery()"))
            assert len(asked) == 1


def test_a_standby_that_is_too_far_behind_is_left_alone(server, standby, open_at):
    """Another process writes; the standby has received that, and replays nothing."""
    with (
        open_at(server.uri, read_url=at(standby, server), read_lag_s=0.001) as rag,
        open_at(server.uri) as writer,
        psycopg.connect(standby.uri, autocommit=True) as session,
    ):
        assert answering(rag)
        session.execute("SELECT pg_wal_replay_pause()")
        while session.execute("SELECT pg_get_wal_replay_pause_state()").fetchone() != ("paused",):
            writer.ingest([Document("tick", "", "One more sentence.", "")], "ticks")
        while answering(rag):  # how far it is behind is asked once a second
            writer.ingest([Document("tock", "", f"{id(object())} sentences.", "")], "ticks")
        session.execute("SELECT pg_wal_replay_resume()")
        while not answering(rag):
            pass  # it catches up


def test_a_failover_to_another_host_of_the_address_is_followed(server, standby, open_at):
    """The primary goes; the standby is promoted, and takes writes as well."""
    both = f"127.0.0.1:{server.port},127.0.0.1:{standby.port}"
    address = f"postgresql://owner:a-password@{both}/headrace"
    with open_at(address) as rag:
        assert rag.ask(QUESTION, TENANT).answered
        server.stop(signal.SIGQUIT)
        try:
            with psycopg.connect(standby.uri, autocommit=True) as session:
                session.execute("SELECT pg_promote(true)")
            assert rag.ask(QUESTION, TENANT).answered
            outcomes = rag.ingest([Document("seal", "", "The seal sleeps on sand.", "")], TENANT)
            assert [outcome.status for outcome in outcomes] == ["new"]
        finally:
            rag.database._connections.drop_idle()
            server.start()
