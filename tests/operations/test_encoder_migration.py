"""Changing the encoder: questions are answered all the way through, and vectors of two encoders are never compared."""

import json
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from headrace import Document, Pipeline, load_settings
from headrace.commands import main
from headrace.errors import ModelError
from headrace.operations import encoder_migration
from headrace.operations.encoder_migration import (
    EncoderMigration,
    delete_encoder,
    encoder_progress,
    previous_encoder,
)
from headrace.resources.models.encoders import BUNDLED
from headrace.resources.postgres.encoder_register import EncoderRegister
from support.half_encoder import HALF, HalfEncoder
from support.places import SCRIPTS, SQL
from support.samples import RETURNS

QUESTION = "How long does the warranty last?"
DEADLINE_S = 60


@pytest.fixture
def half(rag, monkeypatch) -> HalfEncoder:
    """The second encoder, loaded wherever its name is given; blocks of two chunks, so that a few documents take several."""
    half = HalfEncoder(rag.encoder)
    loaded = {HALF: half, BUNDLED: rag.encoder}
    for module in ("pipeline", "operations.encoder_migration"):
        monkeypatch.setattr(
            f"headrace.{module}.load_encoder", lambda name, threads, cache_dir: loaded[name]
        )
    monkeypatch.setattr(encoder_migration, "_BLOCK_CHUNKS", 2)
    return half


@pytest.fixture
def address(rag) -> Iterator[str]:
    """An empty database of its own on the tests' server."""
    name = f"migration_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(rag.database.admin_uri, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield make_conninfo(rag.database.admin_uri, dbname=name)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        admin.execute(f"DROP ROLE IF EXISTS {name}_app")


def settings_for(address: str, encoder: str = BUNDLED):
    return load_settings(
        database_url=address,
        encoder=encoder,
        reranking="off",
        generation="extractive",
        connections=4,
    )


def opened(address: str, encoder: str = BUNDLED) -> Pipeline:
    return Pipeline.open(settings_for(address, encoder))


def migrate(address: str, name: str = HALF, **options) -> int:
    with EncoderMigration(settings_for(address), name, **options) as migration:
        return migration.run()


def semantic_ids(rag: Pipeline, tenant: str, question: str = QUESTION) -> list[str]:
    return [
        hit.chunk.document_id
        for hit in rag.run(["semantic_hits"], question=question, tenant=tenant)["semantic_hits"]
    ]


def vectors(rag: Pipeline, tenant: str) -> dict[int, dict[str, np.ndarray]]:
    """Per encoder id, the stored vector of each chunk text."""
    with rag.database.transaction(tenant) as transaction:
        rows = transaction.execute(
            "SELECT encoder_id, text, embedding::text FROM embeddings JOIN chunks USING (tenant_id, chunk_id)"
        )
    stored: dict[int, dict[str, np.ndarray]] = {}
    for encoder_id, text, vector in rows:
        stored.setdefault(encoder_id, {})[text] = np.array(json.loads(vector), np.float32)
    return stored


def roles(address: str) -> dict[str, str]:
    return {
        progress.encoder.name: progress.encoder.role
        for progress in encoder_progress(settings_for(address))
    }


# --------------------------------------------------------------------------------------------------------- going there


def test_questions_are_answered_all_the_way_through_and_every_vector_is_of_the_new_encoder_at_the_end(
    address, half
):
    """Documents are added, changed and removed between the first blocks of the migration."""
    with opened(address) as old:
        old.ingest(RETURNS, "a")
        old.ingest(
            [
                Document(f"d{i}", f"Number {i}", f"Walrus number {i} sleeps on ice.", "s")
                for i in range(6)
            ],
            "b",
        )
        before, asked = semantic_ids(old, "a"), []

        def report(what: str, done: int, total: int) -> None:
            asked.append(semantic_ids(old, "a") == before)
            if len(asked) > 4:
                return
            assert old.ask(QUESTION, "a").answered
            old.ingest(
                [
                    Document(f"new{done}", "", f"Seal {done} swims.", "s"),
                    Document("d0", "", f"Walrus zero, version {done}.", "s"),
                ],
                "b",
            )
            old._execute_ingestion("removed_documents", vanished_ids=["d5"], tenant="b")

        migrate(address, report=report)
        assert (
            len(asked) >= 5 and all(asked) and roles(address) == {BUNDLED: "kept", HALF: "active"}
        )
    with opened(address, HALF) as new:
        assert new.ask(QUESTION, "a").answered
        for tenant in "ab":
            stored = vectors(new, tenant)
            assert {
                encoder_id: len(next(iter(rows.values()))) for encoder_id, rows in stored.items()
            } == {1: 384, 2: 192}
            assert stored[1].keys() == stored[2].keys()
            assert len(semantic_ids(new, tenant)) == len(stored[2])


LONG_TITLE = "A very long title that goes on and on about everything in the world " * 8
DOCUMENTS = [
    RETURNS[0],
    Document("long", LONG_TITLE, "Walruses sleep on ice. " * 50, "s"),
    Document("only title", "Walruses sleep", "Walruses sleep", "s"),
    Document("no title", "", "Penguins walk.", "s"),
]


def test_migrated_vectors_are_those_of_a_first_ingest_with_the_new_encoder(address, half):
    with opened(address) as old:
        old.ingest(DOCUMENTS, "t")
    migrate(address)
    with opened(address, HALF) as new:
        new.ingest(DOCUMENTS, "anew")
        migrated, anew = vectors(new, "t")[2], vectors(new, "anew")[2]
    assert migrated.keys() == anew.keys() and len(anew) > len(DOCUMENTS)
    assert min(float(migrated[text] @ anew[text]) for text in anew) > 0.999


def test_hits_have_the_cosines_of_their_own_encoder_before_and_after(address, half, rag):
    with opened(address) as old:
        old.ingest(RETURNS, "t")
        migrate(address)
        with opened(address, HALF) as new:
            for pipeline, encoder in ((old, rag.encoder), (new, half)):
                hits = pipeline.run(["semantic_hits"], question=QUESTION, tenant="t")[
                    "semantic_hits"
                ]
                texts = [f"{hit.chunk.title}\n{hit.chunk.text}" for hit in hits]
                cosines = encoder.encode(texts) @ encoder.encode([QUESTION])[0]
                assert [hit.score for hit in hits] == pytest.approx(cosines.tolist(), abs=5e-3)


def test_both_ways_of_semantic_search_find_the_same_after_the_change(address, half):
    with opened(address) as old:
        old.ingest(
            [
                Document(f"d{i}", "", f"Walrus number {i} sleeps on ice floe {i * 7}.", "s")
                for i in range(24)
            ],
            "t",
        )
    migrate(address)
    with opened(address, HALF) as new, new.database.transaction("t") as transaction:
        values = {
            "query_embedding": half.encode(["floe 42"])[0],
            "filters": None,
            "top_k": 10,
            "excluded": None,
            "languages": ["english"],
        }
        transaction.execute("SET LOCAL enable_seqscan = off")
        plan = transaction.explain("semantic_hits_index", values)
        exact, index = (
            [row[0] for row in new.database.query("t", f"semantic_hits_{way}", values)]
            for way in ("exact", "index")
        )
    assert exact == index and "embeddings_hnsw_2" in plan


# ----------------------------------------------------------------------------------------------------- cut off, gone on


def test_a_run_that_fails_goes_on_where_it_was(address, half):
    with opened(address) as old:
        old.ingest([Document(f"d{i}", "", f"Walrus number {i}.", "s") for i in range(10)], "t")

        def fail(what: str, done: int, total: int) -> None:
            if done == 6:
                raise InterruptedError

        with pytest.raises(InterruptedError):
            migrate(address, report=fail)
        assert (
            roles(address) == {BUNDLED: "active", HALF: "filling"}
            and len(semantic_ids(old, "t")) == 10
        )
        half.encoded.clear()
        assert migrate(address) == 4 and len(half.encoded) == 4
        assert roles(address) == {BUNDLED: "kept", HALF: "active"}


def test_kill_9_leaves_the_old_encoder_serving_and_the_next_run_finishes(address, half):
    with opened(address) as old:
        old.ingest([Document(f"d{i}", "", f"Walrus number {i}.", "s") for i in range(10)], "t")
        command = [sys.executable, str(SCRIPTS / "killed_migration.py"), address]
        assert subprocess.run(command, timeout=DEADLINE_S).returncode == -signal.SIGKILL
        assert len(semantic_ids(old, "t")) == 10
        written = wait_for(
            lambda: unless(ModelError, lambda: migrate(address))
        )  # the server needs a moment to see that the process is gone
        assert written == 6
    with opened(address, HALF) as new:
        assert len(semantic_ids(new, "t")) == 10


def test_an_index_that_a_killed_run_left_invalid_is_made_anew(address, half):
    """PostgreSQL leaves such an index when building it beside writers is broken off."""
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('embeddings_hnsw_2')"
    with opened(address) as old, psycopg.connect(address, autocommit=True) as admin:
        old.ingest(RETURNS, "t")
        with pytest.raises(InterruptedError):
            migrate(address, report=raising)
        with psycopg.connect(address) as writer, EncoderRegister(address) as register:
            writer.execute("LOCK TABLE embeddings IN ROW EXCLUSIVE MODE")
            register._connection.execute("SET statement_timeout = '50ms'")
            with pytest.raises(psycopg.errors.QueryCanceled):
                register.build_index(register.encoders()[1])
        assert admin.execute(valid).fetchone() == (False,)
        migrate(address)
        assert admin.execute(valid).fetchone() == (True,)


def test_vectors_in_partitions_are_changed_and_deleted_like_others(address, half):
    indexes = "SELECT count(*), bool_and(indisvalid) FROM pg_index WHERE indexrelid::regclass::text LIKE 'embeddings%%hnsw%%' || %s"
    with opened(address) as old:
        old.ingest(RETURNS, "t")
        with psycopg.connect(address, autocommit=True) as admin:
            admin.execute((SQL / "scaling" / "partitions.sql").read_text())
            migrate(address)
            assert admin.execute(indexes, ["_2"]).fetchone() == (17, True)
            with opened(address, HALF) as new:
                assert len(semantic_ids(new, "t")) == 3
            migrate(address, BUNDLED)
            delete_encoder(settings_for(address), "kept")
            assert (
                admin.execute(indexes, ["_2"]).fetchone() == (0, None)
                and len(semantic_ids(old, "t")) == 3
            )


def test_two_changes_at_once_are_refused(address, half):
    with opened(address) as old:
        old.ingest(RETURNS, "t")
        with EncoderRegister(address), pytest.raises(ModelError, match="another process"):
            migrate(address)


# ---------------------------------------------------------------------------------------------------------- the switch


def test_processes_of_the_old_encoder_answer_until_finish_and_are_then_told_what_to_do(
    address, half
):
    with opened(address) as old:
        old.ingest(RETURNS, "t")
        before = semantic_ids(old, "t")
        migrate(address)
        assert semantic_ids(old, "t") == before and old.ask(QUESTION, "t").answered
        with pytest.raises(ModelError, match=f"switched to {HALF}.*HEADRACE_ENCODER={HALF}"):
            old.ingest([Document("late", "", "Stored too late.", "s")], "t")
        with pytest.raises(ModelError, match=f"holds vectors of {HALF}.*HEADRACE_ENCODER={HALF}"):
            opened(address)
        assert delete_encoder(settings_for(address), "kept") == [BUNDLED]
        with pytest.raises(ModelError, match=f"switched to {HALF}.*HEADRACE_ENCODER={HALF}"):
            old.ask(QUESTION, "t")
    with opened(address, HALF) as new:
        assert new.ask(QUESTION, "t").answered and vectors(new, "t").keys() == {2}
        new.ingest([Document("late", "", "Stored in time.", "s")], "t")
        assert "late" in semantic_ids(new, "t")
    with psycopg.connect(address) as admin:
        assert admin.execute(
            "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'embeddings_hnsw%'"
        ).fetchall() == [("embeddings_hnsw_2",)]


def test_no_question_fails_and_no_ranking_changes_while_threads_ask_through_the_switch(
    address, half
):
    with opened(address) as old:
        old.ingest(RETURNS, "t")
        before, stop = semantic_ids(old, "t"), threading.Event()

        def ask() -> list[bool]:
            same = []
            while not stop.is_set():
                same.append(semantic_ids(old, "t") == before)
            return same

        with ThreadPoolExecutor(3) as pool:
            asking = [pool.submit(ask) for _ in range(3)]
            migrate(address)
            stop.set()
        assert all(all(future.result()) and future.result() for future in asking)


def test_an_ingest_that_meets_the_switch_waits_and_is_refused_whole(address, half):
    with opened(address) as old, ThreadPoolExecutor(1) as pool:
        old.ingest(RETURNS, "t")
        migrate(address)
        migrate(
            address, BUNDLED
        )  # both are complete, and the old one is active: only the exchange is left
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        with (
            EncoderRegister(address) as register,
            psycopg.connect(address, autocommit=True) as admin,
        ):
            with register.writers_waiting() as exchange:
                late = pool.submit(old.ingest, [Document("late", "", "Stored too late.", "s")], "t")
                wait_for(lambda: admin.execute(waiting).fetchone()[0])
                assert old.ask(QUESTION, "t").answered
                exchange(register.encoders()[1])
            with pytest.raises(ModelError, match=f"switched to {HALF}"):
                late.result(DEADLINE_S)
        assert old.run(["corpus"], tenant="t")["corpus"].documents == len(RETURNS)
        assert set(vectors(old, "t")[1]) == set(vectors(old, "t")[2])


# ---------------------------------------------------------------------------------------------------------------- back


def test_rollback_fills_in_what_was_stored_since_and_questions_go_on(address, half):
    with opened(address) as old:
        old.ingest(RETURNS, "t")
        migrate(address)
        with opened(address, HALF) as new:
            new.ingest(
                [
                    Document("late", "", "The walrus sleeps on ice.", "s"),
                    Document("refunds", "", "No refunds any more.", "s"),
                ],
                "t",
            )
            assert previous_encoder(settings_for(address)) == BUNDLED
            assert migrate(address, BUNDLED) == 2
            assert "late" in semantic_ids(new, "t")
        assert roles(address) == {BUNDLED: "active", HALF: "kept"}
        assert sorted(semantic_ids(old, "t")) == ["late", "ranking", "refunds", "warranty"]
        old.ingest([Document("later", "", "The old process may store again.", "s")], "t")
        assert "later" in semantic_ids(old, "t")


def test_there_is_no_way_back_after_finish(address, half):
    with opened(address) as old:
        old.ingest(RETURNS, "t")
    migrate(address)
    delete_encoder(settings_for(address), "kept")
    with pytest.raises(ModelError, match="nothing to go back to"):
        previous_encoder(settings_for(address))


def test_a_change_that_is_given_up_leaves_nothing(address, half):
    with opened(address) as old:
        old.ingest([Document(f"d{i}", "", f"Walrus number {i}.", "s") for i in range(6)], "t")
        with pytest.raises(InterruptedError):
            migrate(address, report=raising)
        assert delete_encoder(settings_for(address), "filling") == [HALF]
        assert roles(address) == {BUNDLED: "active"} and vectors(old, "t").keys() == {1}


def raising(what: str, done: int, total: int) -> None:
    raise InterruptedError


# ------------------------------------------------------------------------------------------------------------- refusals


def test_an_encoder_that_reads_less_than_the_chunks_hold_is_refused_before_anything_is_written(
    address, half
):
    half.max_tokens = 32
    with opened(address) as old:
        old.ingest([Document("long", "Title", "Walruses sleep on ice. " * 60, "s")], "t")
    with pytest.raises(
        ModelError,
        match=r"reads 32 word pieces, a chunk of long has \d+.*HEADRACE_CHUNK_TOKENS=32.*--cut",
    ):
        migrate(address)
    assert roles(address) == {BUNDLED: "active"}
    assert migrate(address, cut_long_chunks=True) >= 2


def test_what_cannot_be_changed_now_is_said_with_what_to_do(address, half, rag):
    with pytest.raises(ModelError, match="HEADRACE_ENCODER=half-minilm and ingest"):
        migrate(address)
    with opened(address) as old:
        old.ingest(RETURNS, "t")
    with pytest.raises(ModelError, match="already is the encoder"):
        migrate(address, BUNDLED)
    migrate(address)
    half.name = "third"
    with pytest.raises(ModelError, match=r"still kept.*--finish"):
        migrate(address)


# -------------------------------------------------------------------------------------------------------------- tenants


@pytest.fixture
def plain_owner(rag) -> Iterator[str]:
    """A database whose owner is a login that row-level security binds, as on most servers."""
    name = f"plain_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(rag.database.admin_uri, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {name} LOGIN NOSUPERUSER")
        admin.execute(f"CREATE DATABASE {name} OWNER {name}")
        with psycopg.connect(
            make_conninfo(rag.database.admin_uri, dbname=name), autocommit=True
        ) as inside:
            inside.execute("CREATE EXTENSION vector")
        yield make_conninfo(rag.database.admin_uri, dbname=name, user=name)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        admin.execute(f"DROP ROLE {name}")


def test_all_tenants_are_changed_by_an_owner_that_row_level_security_binds_and_stay_apart(
    plain_owner, half
):
    with opened(plain_owner) as old:
        for tenant in ("a", "b", "c"):
            old.ingest(
                [Document("secret", "", f"The secret word of {tenant} is xylophone{tenant}.", "s")],
                tenant,
            )
    migrate(plain_owner)
    with opened(plain_owner, HALF) as new:
        for tenant in ("a", "b", "c"):
            (hit,) = new.run(["semantic_hits"], question="What is the secret word?", tenant=tenant)[
                "semantic_hits"
            ]
            assert f"xylophone{tenant}" in hit.chunk.text
        with new.database._connection() as connection:
            seen = [
                connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("tenant_statistics", "embeddings", "chunks")
            ]
            forced = "SELECT bool_and(relforcerowsecurity) FROM pg_class WHERE relname IN ('tenant_statistics', 'embeddings', 'chunks')"
            assert seen == [0, 0, 0] and connection.execute(forced).fetchone() == (True,)
    assert delete_encoder(settings_for(plain_owner), "kept") == [BUNDLED]


# -------------------------------------------------------------------------------------------------------- the command


def test_the_command_changes_reports_goes_back_and_finishes(address, half, monkeypatch, capfd):
    monkeypatch.setenv("DATABASE_URL", address)
    handler = signal.getsignal(signal.SIGTERM)
    with opened(address) as old:
        old.ingest(RETURNS, "t")

    def run(*arguments: str) -> tuple[int, str]:
        capfd.readouterr()
        return main(["migrate-encoder", *arguments]), capfd.readouterr().out

    try:
        code, out = run(HALF)
        assert (
            code == 0
            and "3 vectors written; the encoder is now half-minilm" in out
            and f"HEADRACE_ENCODER={HALF}" in out
        )
        code, out = run("--status")
        assert code == 0 and [line.split()[:3] for line in out.splitlines()[1:]] == [
            [BUNDLED, "384", "kept"],
            [HALF, "192", "active"],
        ]
        assert f"0 vectors written; the encoder is now {BUNDLED}" in run("--rollback")[1]
        assert run("--finish") == (0, f"deleted: {HALF}\n")
        assert run("--rollback")[0] == 2
    finally:
        signal.signal(signal.SIGTERM, handler)


def wait_for(found: Callable):
    """What `found` returns once it is true."""
    deadline = time.monotonic() + DEADLINE_S
    while not (value := found()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return value


def unless(error: type[Exception], do: Callable):
    try:
        return do()
    except error:
        return None


def test_the_second_encoder_of_these_tests_is_a_real_one(rag):
    half = HalfEncoder(rag.encoder)
    vectors = half.encode(["The warranty lasts two years.", QUESTION, "Penguins walk."])
    assert vectors.shape == (3, 192) and vectors[1] @ vectors[0] > vectors[1] @ vectors[2]
