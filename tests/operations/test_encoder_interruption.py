"""A change of encoder that was interrupted continues where it stopped."""

import signal
import subprocess
import sys
import time

import psycopg
import pytest

from headrace.errors import DatabaseLost, ModelError
from headrace.resources.models.encoders import BUNDLED
from headrace.resources.postgres.encoder_register import EncoderRegister
from support.half_encoder import HALF
from support.migrating import (
    migrate,
    opened,
    roles,
    semantic_ids,
    stop_at_once,
    walruses,
)
from support.places import SCRIPTS
from support.samples import RETURNS
from support.waiting import PATIENCE_S


def test_a_run_that_fails_is_continued_where_it_was(address, half):
    def fail(what: str, done: int, total: int) -> None:
        if done == 6:
            raise InterruptedError

    with opened(address) as old:
        old.ingest(walruses(10), "t")
        with pytest.raises(InterruptedError):
            migrate(address, report=fail)
        assert roles(address) == {BUNDLED: "active", HALF: "filling"}
        assert len(semantic_ids(old, "t")) == 10
        half.encoded.clear()
        assert migrate(address) == 4 and len(half.encoded) == 4
    assert roles(address) == {BUNDLED: "kept", HALF: "active"}


def test_kill_9_leaves_the_old_encoder_serving_and_the_next_run_finishes(address, half):
    with opened(address) as old:
        old.ingest(walruses(10), "t")
        command = [sys.executable, str(SCRIPTS / "killed_migration.py"), address]
        assert subprocess.run(command, timeout=PATIENCE_S).returncode == -signal.SIGKILL
        assert len(semantic_ids(old, "t")) == 10
        assert migrate_when_possible(address) == 6
    with opened(address, HALF) as new:
        assert len(semantic_ids(new, "t")) == 10


def migrate_when_possible(address: str) -> int:
    """The server needs a moment to see that a process that held the lock is gone."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return migrate(address)
        except ModelError:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_an_index_that_an_interrupted_build_left_is_built_again(address, half):
    """PostgreSQL leaves an invalid one when a build beside writers is interrupted."""
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('embeddings_hnsw_2')"
    with opened(address) as old, psycopg.connect(address, autocommit=True) as admin:
        old.ingest(RETURNS, "t")
        with pytest.raises(InterruptedError):
            migrate(address, report=stop_at_once)
        with psycopg.connect(address) as writer, EncoderRegister(address) as register:
            writer.execute("LOCK TABLE embeddings IN ROW EXCLUSIVE MODE")
            register._connection.execute("SET statement_timeout = '50ms'")
            with pytest.raises(psycopg.errors.QueryCanceled):
                register.build_index(register.encoders()[1])
        assert admin.execute(valid).fetchone() == (False,)
        migrate(address)
        assert admin.execute(valid).fetchone() == (True,)


def test_two_changes_at_once_are_refused(address, half):
    with opened(address) as old:
        old.ingest(RETURNS, "t")
        with EncoderRegister(address), pytest.raises(ModelError, match="another process"):
            migrate(address)


def test_a_session_that_is_ended_meanwhile_is_an_error_of_ours(address, half):
    with opened(address) as old, psycopg.connect(address, autocommit=True) as admin:
        old.ingest(RETURNS, "t")
        with (
            pytest.raises(DatabaseLost, match="changing the encoder failed"),
            EncoderRegister(address) as register,
        ):
            process = register._connection.info.backend_pid
            admin.execute("SELECT pg_terminate_backend(%s, 30000)", [process])
            register.encoders()
