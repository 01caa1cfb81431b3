"""The application's login is mended when the database is opened."""

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from headrace import Document, Pipeline
from headrace.resources.postgres import application_login, migrations


def application_of(address: str) -> str:
    return f"{conninfo_to_dict(address)['dbname']}_app"


def opened(address: str) -> Pipeline:
    return Pipeline.open(database_url=address, reranking="off", generation="extractive")


def test_a_login_that_was_dropped_is_made_again_with_its_rights(address):
    text = "The walrus sleeps on ice."
    with opened(address) as rag:
        rag.ingest([Document("a", "", text, "a.txt")], "walrus")
    role = application_of(address)
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
    with opened(address) as rag:
        assert rag.ask("Where does the walrus sleep?", "walrus").answered
        (outcome,) = rag.ingest([Document("b", "", "The seal too.", "b.txt")], "walrus")
        assert outcome.status == "new"
    with psycopg.connect(address, autocommit=True) as admin:
        lacking = """
            SELECT c.relname FROM pg_class c
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
            WHERE c.relkind = 'r' AND NOT has_table_privilege(%s, c.oid, 'UPDATE')"""
        assert admin.execute(lacking, [role]).fetchall() == []


@pytest.mark.parametrize("can_log_in", [True, False])
def test_the_password_is_given_again_only_when_the_login_cannot_use_it(
    address, can_log_in, monkeypatch
):
    """The tests' server asks for no password, so whether it is refused is given here."""
    verifier = "SELECT rolpassword FROM pg_authid WHERE rolname = %s"
    role = application_of(address)
    with psycopg.connect(make_conninfo(address, password="old"), autocommit=True) as admin:
        migrations.migrate(admin)
        ((before,),) = admin.execute(verifier, [role]).fetchall()
    monkeypatch.setattr(application_login, "_can_log_in", lambda *given: can_log_in)
    with psycopg.connect(make_conninfo(address, password="new"), autocommit=True) as admin:
        migrations.migrate(admin)
        ((after,),) = admin.execute(verifier, [role]).fetchall()
    assert (before == after) is can_log_in and after.startswith("SCRAM-SHA-256$")
