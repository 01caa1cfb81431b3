"""A login of one tenant: what it sees and may change, and how it is made and dropped."""

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from headrace.errors import DatabaseError, SettingsError
from headrace.resources.postgres.tenants import logins
from support.databases import connected, documents_of

TABLES = (
    "documents",
    "chunks",
    "embeddings",
    "postings",
    "segments",
    "words",
    "spellings",
    "value_names",
    "tenant_statistics",
    "document_fields",
    "glossary",
    "definitions",
)


def test_a_login_sees_its_tenants_rows_without_setting_anything(reader, returns):
    assert reader.execute("SELECT DISTINCT tenant_id FROM documents").fetchall() == [(returns,)]
    assert reader.execute("SELECT count(*) FROM documents").fetchone() == (3,)


def test_it_sees_all_that_its_tenant_has(rag, reader, returns):
    rag.store_glossary([("RMA", "return merchandise authorization")], returns)
    with rag.database.for_tenant(returns).transaction() as transaction:
        for table in TABLES:
            rows = f"SELECT stored::text FROM {table} AS stored ORDER BY 1"
            assert reader.execute(rows).fetchall() == transaction.execute(rows), table
    assert reader.execute("SELECT encoder_id FROM encoders").fetchall() == [(1,)]


def test_a_writer_changes_its_own_rows_and_no_others(rag, writer, returns, other):
    insert = "INSERT INTO glossary VALUES (%s, 'RRF', 'reciprocal rank fusion')"
    assert writer.execute(insert, [returns]).rowcount == 1
    writer.execute(f"SET headrace.tenant = '{other}'")
    for refused in (insert, "UPDATE glossary SET tenant_id = %s"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="its own tenant"):
            writer.execute(refused, [other])
    changed = writer.execute("UPDATE documents SET title = 'x' RETURNING tenant_id").fetchall()
    assert changed == [(returns,)] * 3
    assert writer.execute("DELETE FROM documents WHERE document_id <> 'none'").rowcount == 3
    assert writer.execute("DELETE FROM documents").rowcount == 0
    assert documents_of(rag, other) == 20 and rag.ask("What opens the vault?", other).answered


def test_a_writer_is_given_what_postgresql_fills_in(writer):
    stored = writer.execute("""
        INSERT INTO documents (document_id, title, source, text, language, metadata, content_hash)
        VALUES ('mine', 't', 's', 'some text', 'english', '{}', '')
        ON CONFLICT DO NOTHING RETURNING stored_at = now(), folded_title""").fetchall()
    chunk = """
        INSERT INTO chunks (document_id, ordinal, start_at, end_at, text, content_hash, lexemes,
                            length)
        VALUES ('mine', 0, 0, 9, 'some text', '', '', 2) RETURNING chunk_id"""
    ((first,),) = writer.execute(chunk).fetchall()
    ((second,),) = writer.execute(chunk).fetchall()
    assert stored == [(True, "")] and second > first


def test_its_connections_are_few_and_its_sessions_begin_with_limits(rag, admin, role):
    limit = "SELECT rolconnlimit FROM pg_roles WHERE rolname = %s"
    assert admin.execute(limit, [role]).fetchone() == (logins.CONNECTIONS,)
    with connected(rag, role) as reader:
        assert reader.execute("SHOW statement_timeout").fetchone() == ("5min",)
        assert reader.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("1min",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("SET temp_file_limit = -1")
        assert reader.execute("SHOW temp_file_limit").fetchone() == ("10GB",)


def test_a_login_can_be_made_again_listed_and_dropped(rag, admin, role, tenant):
    def found():
        return {login.role: login for login in logins.logins(admin)}

    assert found()[role] == logins.TenantLogin(role, tenant, writes=False)
    assert logins.create_login(admin, role, tenant, writes=True) is None
    assert found()[role].writes
    assert logins.create_login(admin, role, tenant) is None
    with connected(rag, role) as reader, pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute("DELETE FROM documents")
    with pytest.raises(SettingsError, match="is tenant"):
        logins.create_login(admin, role, "another")
    with connected(rag, role) as reader:
        logins.drop_login(admin, role)
        with pytest.raises(psycopg.OperationalError):
            reader.execute("SELECT 1")
    left = "SELECT to_regrole(%(role)s::text), to_regnamespace(%(role)s::text)"
    assert role not in found() and admin.execute(left, {"role": role}).fetchone() == (None, None)


def test_a_login_that_was_given_objects_of_its_own_can_be_dropped(admin, role):
    admin.execute(
        f"GRANT SELECT ON documents TO {role}; CREATE SCHEMA s_{role} AUTHORIZATION {role}"
    )
    logins.drop_login(admin, role)
    assert admin.execute("SELECT to_regrole(%s)", [role]).fetchone() == (None,)


def test_no_login_is_made_where_it_could_make_functions_for_the_application(admin, tenant):
    admin.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    try:
        with pytest.raises(DatabaseError, match="functions in the schema public"):
            logins.create_login(admin, "hijacker", tenant)
    finally:
        admin.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    assert admin.execute("SELECT to_regrole('hijacker')").fetchone() == (None,)


@pytest.mark.parametrize("name", ["Postgres", "a-b", "a b", "", "pg'; DROP ROLE x", "x" * 51])
def test_a_name_that_cannot_be_a_login_is_refused(admin, tenant, name):
    with pytest.raises(SettingsError, match="a login is lower case letters"):
        logins.create_login(admin, name, tenant)


def test_a_role_that_is_something_else_is_left_alone(admin, rag, tenant):
    application = conninfo_to_dict(rag.database.uri)["user"]
    for taken in (str(application), admin.info.user):
        with pytest.raises(SettingsError, match="already, which is not a tenant's login"):
            logins.create_login(admin, taken, tenant)


def test_a_tenants_name_is_only_a_name(admin, rag, returns, other):
    forged = f"{returns}' OR tenant_id = '{other}"
    logins.create_login(admin, "forged_login", forged)
    with connected(rag, "forged_login") as connection:
        assert connection.execute("SELECT count(*) FROM documents").fetchone() == (0,)
    logins.drop_login(admin, "forged_login")


def test_passwords_are_kept_as_verifiers_and_made_up_when_none_is_given(admin, role, tenant):
    stored = "SELECT rolpassword FROM pg_authid WHERE rolname = %s"
    before = admin.execute(stored, [role]).fetchone()[0]
    assert before.startswith("SCRAM-SHA-256$")
    assert logins.create_login(admin, role, tenant, password="open sesame") == "open sesame"
    assert admin.execute(stored, [role]).fetchone()[0] not in (before, None)


def test_the_application_sees_what_it_saw(rag, reader, returns, other):
    assert rag.ask("How long does the warranty last?", returns).answered
    assert documents_of(rag, other) == 20
