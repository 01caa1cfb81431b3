"""The moment of the switch, as processes of the old encoder see it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from headrace import Document
from headrace.errors import ModelError
from headrace.operations.encoder_migration import delete_encoder
from headrace.resources.models.encoders import BUNDLED
from headrace.resources.postgres.encoder_register import EncoderRegister
from support.half_encoder import HALF
from support.migrating import (
    QUESTION,
    migrate,
    opened,
    semantic_ids,
    settings_for,
    vectors,
)
from support.samples import RETURNS
from support.waiting import PATIENCE_S

LATE = Document("late", "", "Stored too late.", "s")
SWITCHED = f"switched to {HALF}.*HEADRACE_ENCODER={HALF}"


def test_processes_of_the_old_encoder_answer_until_finish_and_are_then_told_what_to_do(
    address, half
):
    with opened(address) as old:
        old.ingest(RETURNS, "t")
        before = semantic_ids(old, "t")
        migrate(address)
        assert semantic_ids(old, "t") == before and old.ask(QUESTION, "t").answered
        with pytest.raises(ModelError, match=SWITCHED):
            old.ingest([LATE], "t")
        with pytest.raises(ModelError, match=f"holds vectors of {HALF}.*HEADRACE_ENCODER={HALF}"):
            opened(address)
        assert delete_encoder(settings_for(address), "kept") == [BUNDLED]
        with pytest.raises(ModelError, match=SWITCHED):
            old.ask(QUESTION, "t")


def test_after_finish_the_new_encoder_alone_is_left(address, half):
    indexes = "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'embeddings_hnsw%'"
    with opened(address) as old:
        old.ingest(RETURNS, "t")
    migrate(address)
    delete_encoder(settings_for(address), "kept")
    with opened(address, HALF) as new:
        assert new.ask(QUESTION, "t").answered and vectors(new, "t").keys() == {2}
        new.ingest([LATE], "t")
        assert "late" in semantic_ids(new, "t")
    with psycopg.connect(address) as admin:
        assert admin.execute(indexes).fetchall() == [("embeddings_hnsw_2",)]


def test_no_question_fails_and_no_ranking_changes_while_threads_ask_through_the_switch(
    address, half
):
    stop = threading.Event()
    with opened(address) as old:
        old.ingest(RETURNS, "t")
        before = semantic_ids(old, "t")

        def ask() -> list[bool]:
            same = []
            while not stop.is_set():
                same.append(semantic_ids(old, "t") == before)
            return same

        with ThreadPoolExecutor(3) as pool:
            asking = [pool.submit(ask) for _ in range(3)]
            migrate(address)
            stop.set()
        for thread in asking:
            assert thread.result() and all(thread.result())


def test_an_ingest_that_meets_the_switch_waits_and_is_refused_whole(address, half):
    waiting = """
        SELECT count(*) FROM pg_locks
        WHERE relation = to_regclass('lock_encoder_writers') AND NOT granted"""
    with opened(address) as old, ThreadPoolExecutor(1) as pool:
        old.ingest(RETURNS, "t")
        migrate(address)
        # Both are complete now, and the old one is active: only the exchange is left.
        migrate(address, BUNDLED)
        with EncoderRegister(address) as register:
            with register.writers_waiting() as exchange:
                late = pool.submit(old.ingest, [LATE], "t")
                with psycopg.connect(address, autocommit=True) as admin:
                    wait_until(lambda: admin.execute(waiting).fetchone() != (0,))
                assert old.ask(QUESTION, "t").answered
                exchange(register.encoders()[1])
            with pytest.raises(ModelError, match=f"switched to {HALF}"):
                late.result(PATIENCE_S)
        facts = old.run(["tenant_facts"], tenant="t")["tenant_facts"]
        assert facts.documents == len(RETURNS)
        stored = vectors(old, "t")
        assert stored[1].keys() == stored[2].keys()


def wait_until(is_so) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)
