"""Changing the encoder of databases that differ, what is refused, and the command."""

import signal
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from headrace import Document
from headrace.commands import main
from headrace.errors import ModelError
from headrace.operations.encoder_migration import delete_encoder
from headrace.resources.models.encoders import BUNDLED
from support.half_encoder import HALF
from support.migrating import migrate, opened, roles, semantic_ids, settings_for
from support.places import SQL
from support.samples import RETURNS

TENANTS = ("a", "b", "c")


def test_vectors_in_partitions_are_changed_and_deleted_like_others(address, half):
    indexes = """
        SELECT count(*), bool_and(indisvalid) FROM pg_index
        WHERE indexrelid::regclass::text LIKE 'embeddings%hnsw%\\_2'"""
    with opened(address) as old, psycopg.connect(address, autocommit=True) as admin:
        old.ingest(RETURNS, "t")
        admin.execute((SQL / "scaling" / "partitions.sql").read_text())
        migrate(address)
        assert admin.execute(indexes).fetchone() == (17, True)
        with opened(address, HALF) as new:
            assert len(semantic_ids(new, "t")) == 3
        migrate(address, BUNDLED)
        delete_encoder(settings_for(address), "kept")
        assert admin.execute(indexes).fetchone() == (0, None)
        assert len(semantic_ids(old, "t")) == 3


@pytest.fixture
def plain_owner(rag) -> Iterator[str]:
    """A database whose owner row-level security binds, as on most servers."""
    name = f"plain_{uuid.uuid4().hex[:8]}"
    inside = make_conninfo(rag.database.admin_uri, dbname=name)
    with psycopg.connect(rag.database.admin_uri, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {name} LOGIN NOSUPERUSER")
        admin.execute(f"CREATE DATABASE {name} OWNER {name}")
        with psycopg.connect(inside, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION vector")
        yield make_conninfo(inside, user=name)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        admin.execute(f"DROP ROLE {name}")


def test_all_tenants_are_changed_by_a_bound_owner_and_stay_apart(plain_owner, half):
    with opened(plain_owner) as old:
        for tenant in TENANTS:
            text = f"The secret word of {tenant} is xylophone{tenant}."
            old.ingest([Document("secret", "", text, "s")], tenant)
    migrate(plain_owner)
    with opened(plain_owner, HALF) as new:
        for tenant in TENANTS:
            asked = {"question": "What is the secret word?", "tenant": tenant}
            (hit,) = new.run(["semantic_hits"], **asked)["semantic_hits"]
            assert f"xylophone{tenant}" in hit.chunk.text
    assert delete_encoder(settings_for(plain_owner), "kept") == [BUNDLED]


def test_after_a_change_row_level_security_is_forced_again(plain_owner, half):
    tables = ("tenant_statistics", "embeddings", "chunks")
    is_forced = "SELECT relforcerowsecurity FROM pg_class WHERE relname = %s"
    with opened(plain_owner) as old:
        old.ingest(RETURNS, "t")
    migrate(plain_owner)
    with psycopg.connect(plain_owner) as owner:
        for table in tables:
            assert owner.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
            assert owner.execute(is_forced, [table]).fetchone() == (True,), table


def test_an_encoder_that_reads_less_than_the_chunks_hold_is_refused_before_anything_is_written(
    address, half
):
    half.max_tokens = 32
    refusal = r"reads 32 word pieces, a chunk of long has \d+.*HEADRACE_CHUNK_TOKENS=32.*--cut"
    with opened(address) as old:
        old.ingest([Document("long", "Title", "Walruses sleep on ice. " * 60, "s")], "t")
    with pytest.raises(ModelError, match=refusal):
        migrate(address)
    assert roles(address) == {BUNDLED: "active"}
    assert migrate(address, cut_long_chunks=True) >= 2


def test_what_cannot_be_changed_now_is_said_with_what_to_do(address, half):
    with pytest.raises(ModelError, match="HEADRACE_ENCODER=half-minilm and ingest"):
        migrate(address)
    with opened(address) as old:
        old.ingest(RETURNS, "t")
    with pytest.raises(ModelError, match="already is the encoder"):
        migrate(address, BUNDLED)
    migrate(address)
    with pytest.raises(ModelError, match=r"migrate-encoder --rollback.*still kept"):
        opened(address)
    half.name = "third"
    with pytest.raises(ModelError, match=r"still kept.*--finish"):
        migrate(address)


def test_the_command_changes_reports_goes_back_and_finishes(address, half, monkeypatch, capfd):
    def run(*arguments: str) -> tuple[int, str]:
        capfd.readouterr()
        return main(["migrate-encoder", *arguments]), capfd.readouterr().out

    monkeypatch.setenv("DATABASE_URL", address)
    handler = signal.getsignal(signal.SIGTERM)
    with opened(address) as old:
        old.ingest(RETURNS, "t")
    try:
        code, out = run(HALF)
        assert code == 0 and "3 vectors written; the encoder is now half-minilm" in out
        assert f"HEADRACE_ENCODER={HALF}" in out
        code, out = run("--status")
        shown = [line.split()[:3] for line in out.splitlines()[1:]]
        assert code == 0 and shown == [[BUNDLED, "384", "kept"], [HALF, "192", "active"]]
        assert f"0 vectors written; the encoder is now {BUNDLED}" in run("--rollback")[1]
        assert run("--finish") == (0, f"deleted: {HALF}\n")
        assert run("--rollback")[0] == 2
    finally:
        signal.signal(signal.SIGTERM, handler)
