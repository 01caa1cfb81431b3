"""A real PgBouncer in transaction mode between Headrace and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from configparser import ConfigParser

import pytest
from psycopg.conninfo import make_conninfo

from headrace.errors import DatabaseError
from headrace.resources.postgres.migrations import application_password
from support import documentation as docs
from support.places import ROOT
from support.samples import RETURNS
from support.servers import PASSWORD, PGBOUNCER, QUESTION, TENANT, pooler_of

pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="PgBouncer is not installed")


@pytest.fixture(scope="module")
def pooled(server):
    """The address of the database through a pooler, with four sessions at the server."""
    password = application_password(server.uri, "headrace_app")
    with pooler_of(server, {"owner": PASSWORD, "headrace_app": password}) as port:
        yield server.uri.replace(str(server.port), str(port))


def test_a_pooler_is_noticed_and_questions_and_ingests_pass_it(pooled, open_at):
    """Eight threads over four sessions, each of two tenants in turn."""
    with open_at(pooled) as rag:
        assert rag.database.is_pooled
        rag.ingest([*RETURNS[:1]], "only-one")

        def ask(number: int) -> tuple[str, int]:
            tenant = (TENANT, "only-one")[number % 2]
            hits = rag.run(["fused_hits"], question=QUESTION, tenant=tenant)["fused_hits"]
            return tenant, len({hit.chunk.document_id for hit in hits})

        with ThreadPoolExecutor(8) as threads:
            found = set(threads.map(ask, range(200)))
        assert found == {(TENANT, 3), ("only-one", 1)}


def test_what_needs_a_session_asks_for_a_direct_address(pooled, open_at, server):
    with open_at(pooled) as rag:
        with pytest.raises(DatabaseError, match="HEADRACE_ADMIN_URL"), rag.database.bulk_load():
            raise AssertionError("a bulk load began")
        with pytest.raises(DatabaseError, match="direct address"), rag.database.session():
            raise AssertionError("a session began")
    with open_at(pooled, admin_url=server.uri) as rag, rag.database.bulk_load():
        pass


def test_an_index_that_is_due_is_said_where_it_cannot_be_built(pooled, open_at, caplog):
    with open_at(pooled, exact_search_chunks=1) as rag:
        assert {outcome.status for outcome in rag.ingest(RETURNS, "due")} == {"new"}
    assert "HEADRACE_ADMIN_URL" in caplog.text and "all is stored" in caplog.text


def test_a_database_that_is_not_migrated_asks_for_a_direct_address(server, open_at, pooled):
    server.execute("ALTER TABLE schema_migrations RENAME TO elsewhere")
    try:
        with pytest.raises(DatabaseError, match="HEADRACE_ADMIN_URL"):
            open_at(pooled)
    finally:
        server.execute("ALTER TABLE elsewhere RENAME TO schema_migrations")


def test_nothing_is_set_for_a_session_and_nothing_stays_prepared(pooled, open_at):
    prepared = "SELECT count(*) FROM pg_prepared_statements"
    with open_at(pooled) as rag:
        for _ in range(8):
            rag.ask(QUESTION, TENANT)
        with rag.database.for_tenant(TENANT).transaction() as transaction:
            assert transaction.execute(prepared) == [(0,)]
        from headrace.resources.postgres.sessions.allowance import Allowance

        with rag.database._connections.lent(Allowance(5, "patience"), "looking") as session:
            ((tenant,),) = session.execute("SELECT current_setting('headrace.tenant', true)")
            assert not tenant


def test_a_pooler_configured_as_documented_lets_the_documented_logins_in(server, open_at):
    page = ROOT / "sql" / "README.md"
    for block in docs.blocks(page, "sql"):
        if "headrace_ingests" in block.text or "get_auth" in block.text:
            server.execute(block.text)
    (documented,) = docs.blocks(page, "ini")
    configuration = ConfigParser(interpolation=None)
    configuration.read_string(documented.text)
    choices = dict(configuration["pgbouncer"])
    del choices["auth_file"]  # which pooler_of writes
    with pooler_of(server, {"pgbouncer": PASSWORD}, **choices) as port:
        at_pooler = make_conninfo(server.address("headrace_ingests"), port=port)
        with open_at(at_pooler, admin_url=server.uri) as rag:
            assert rag.database.is_pooled and rag.database.rights().login == "headrace_ingests"
            assert {outcome.status for outcome in rag.ingest(RETURNS, "documented")} == {"new"}
            assert rag.ask(QUESTION, "documented").answered
        # The owner's login stands for the application's.
        with open_at(make_conninfo(server.uri, port=port), admin_url=server.uri) as rag:
            assert rag.ask(QUESTION, "documented").answered
            assert rag.database.rights().login == "headrace_app"
