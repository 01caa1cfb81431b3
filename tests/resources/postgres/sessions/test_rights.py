"""Logins with few rights, and what `doctor` says of them."""

import psycopg
import pytest

from headrace.commands.findings import database_findings
from headrace.errors import DatabaseError
from support import documentation as docs
from support.places import ROOT
from support.samples import RETURNS
from support.servers import QUESTION, TENANT

WRITING = "SELECT, INSERT, UPDATE, DELETE"


@pytest.fixture(scope="module")
def logins(server):
    """A login that may only read, one that may change rows, and one with no rights."""
    for login, rights in (("reader", "SELECT"), ("writer", WRITING), ("nobody", None)):
        server.execute(f"CREATE ROLE {login} LOGIN PASSWORD 'a-password'")
        if rights:
            server.execute(f"GRANT {rights} ON ALL TABLES IN SCHEMA public TO {login}")
    return server


def states(rag):
    return {finding.subject: finding.state for finding in database_findings(rag.database)}


def test_a_login_with_select_alone_answers_questions_and_cannot_ingest(logins, open_at):
    with open_at(logins.address("reader")) as rag:
        assert rag.ask(QUESTION, TENANT).answered
        with pytest.raises(DatabaseError, match="the login reader may not do this"):
            rag.ingest(RETURNS, "others")
        assert states(rag) == {"database login": "note", "database owner": "note"}


def test_a_login_that_may_change_rows_ingests(logins, open_at, caplog):
    with open_at(logins.address("writer"), exact_search_chunks=1) as rag:
        outcomes = rag.ingest(RETURNS, "written")
        assert [outcome.status for outcome in outcomes] == ["new"] * 3
        assert rag.ask(QUESTION, "written").answered
        assert states(rag) == {"database login": "ok", "database owner": "note"}
    assert "only the owner of the tables can build" in caplog.text


def test_a_login_without_rights_is_told_what_it_lacks(logins, open_at):
    with pytest.raises(DatabaseError, match="HEADRACE_ADMIN_URL"):
        open_at(logins.address("nobody"))


def test_the_documented_grants_are_enough_and_hold_for_later_tables(server, open_at):
    for block in docs.blocks(ROOT / "sql" / "README.md", "sql"):
        if "headrace_asks" in block.text:
            server.execute(block.text)
    with open_at(server.address("headrace_ingests"), admin_url=server.uri) as rag:
        assert {outcome.status for outcome in rag.ingest(RETURNS, "granted")} == {"new"}
        assert states(rag) == {"database login": "ok", "database owner": "ok"}
    with open_at(server.address("headrace_asks")) as rag:
        assert rag.ask(QUESTION, "granted").answered
    server.execute("CREATE TABLE later (number int)")
    rights = "SELECT has_table_privilege('headrace_{}', '{}', '{}')"
    with psycopg.connect(server.uri) as session:
        for login, table, right, is_granted in (
            ("asks", "later", "SELECT", True),
            ("asks", "later", "INSERT", False),
            ("ingests", "later", "DELETE", True),
            ("ingests", "encoders", "UPDATE", False),
        ):
            found = session.execute(rights.format(login, table, right).encode()).fetchone()
            assert found == (is_granted,), (login, table, right)


@pytest.mark.parametrize("attribute", ["BYPASSRLS", "SUPERUSER"])
def test_a_login_that_row_level_security_does_not_bind_is_refused(logins, open_at, attribute):
    """It would see every tenant's rows: as DATABASE_URL, or as HEADRACE_READ_URL."""
    logins.execute(f"CREATE ROLE unbound LOGIN {attribute} PASSWORD 'a-password'")
    try:
        unbound = logins.address("unbound")
        logins.execute(f"GRANT {WRITING} ON ALL TABLES IN SCHEMA public TO unbound")
        refusal = "row-level security does not bind the login unbound"
        with pytest.raises(DatabaseError, match=refusal):
            open_at(unbound, admin_url=logins.uri)
        with (
            open_at(logins.uri, read_url=unbound) as rag,
            pytest.raises(DatabaseError, match=refusal),
        ):
            rag.ask(QUESTION, TENANT)
    finally:
        logins.execute("DROP OWNED BY unbound; DROP ROLE unbound")


def test_a_login_that_is_not_let_in_is_said_to_be_refused_and_not_away(logins, open_at):
    with pytest.raises(DatabaseError, match="opens no session: .*password"):
        open_at(logins.address("reader", "another"))


def test_an_owner_that_is_no_superuser_owns_ingests_and_indexes(server, open_at):
    """As on every managed PostgreSQL: the extension is there, and CREATEROLE."""
    server.execute("CREATE ROLE boss LOGIN CREATEROLE NOSUPERUSER PASSWORD 'a-password'")
    server.execute("CREATE DATABASE bossy OWNER boss")
    server.execute("CREATE EXTENSION vector", dbname="bossy")
    with open_at(server.address("boss", dbname="bossy"), exact_search_chunks=1) as rag:
        rag.ingest(RETURNS, TENANT)
        assert rag.ask(QUESTION, TENANT).answered
        assert states(rag) == {"database login": "ok", "database owner": "ok"}
        with rag.database.for_tenant(TENANT).transaction() as transaction:
            found = "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'embeddings_hnsw%'"
            assert transaction.execute(found) == [(1,)]


def test_the_owner_s_address_is_apart_from_the_application_s(logins, open_at):
    with open_at(logins.address("writer"), admin_url=logins.uri) as rag:
        assert states(rag) == {"database login": "ok", "database owner": "ok"}
        assert rag.database.rights().login == "writer"
        assert rag.database.owner_rights().login == "owner"
