"""A login of one tenant, and what it might try."""

import json
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from headrace import Document, Pipeline
from headrace.errors import SettingsError
from headrace.resources.postgres import tenant_logins
from headrace.resources.postgres.statements import filled

SECRET = "xylophone"


@pytest.fixture
def other(rag: Pipeline, tenant: str) -> str:
    """Another tenant, with a document that nobody else may see; its name."""
    name = f"{tenant}-other"
    text = f"The vault opens with the word {SECRET}."
    rag.ingest([Document("secret", "Vault", text, "b.txt", {"label": SECRET})], name)
    return name


@pytest.fixture
def role(admin, tenant) -> Iterator[str]:
    name = f"reader_{uuid.uuid4().hex[:8]}"
    tenant_logins.create_login(admin, name, tenant)
    yield name
    if any(login.role == name for login in tenant_logins.logins(admin)):
        tenant_logins.drop_login(admin, name)


@pytest.fixture
def reader(rag, admin, returns, other, role) -> Iterator[psycopg.Connection]:
    """A connection as the login of the tenant that holds `returns`."""
    address = make_conninfo(rag.database.admin_uri, user=role)
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


def documents_of(rag: Pipeline, tenant: str) -> int:
    return rag.run(["tenant_facts"], tenant=tenant)["tenant_facts"].documents


def tables(connection: psycopg.Connection) -> list[str]:
    return tenant_logins._tables(connection)


def test_a_login_sees_its_tenants_rows_without_setting_anything(reader, returns):
    assert reader.execute("SELECT DISTINCT tenant_id FROM documents").fetchall() == [(returns,)]
    assert reader.execute("SELECT count(*) FROM documents").fetchone() == (3,)


ESCAPES = (
    "SET headrace.tenant = '{other}'",
    "SET SESSION headrace.tenant TO DEFAULT",
    "RESET headrace.tenant",
    "RESET ALL",
    "DISCARD ALL",
    "SELECT set_config('headrace.tenant', '{other}', false)",
    "RESET ROLE",
    "SET ROLE NONE",
    "RESET SESSION AUTHORIZATION",
    "SET search_path = pg_catalog, public",
    "PREPARE mine AS SELECT * FROM documents; SET headrace.tenant = '{other}'",
    "SET row_security = on",
)


def test_whatever_it_sets_it_sees_no_other_tenant(reader, returns, other):
    for escape in ESCAPES:
        reader.execute(filled(escape, {"other": other}))
        for table in tables(reader):
            found = {tenant for (tenant,) in reader.execute(f"SELECT tenant_id FROM {table}")}
            assert found <= {returns}, (escape, table)


REFUSED = (
    "SET ROLE {owner}",
    "SET ROLE {application}",
    "SET SESSION AUTHORIZATION {owner}",
    "SET LOCAL row_security = off; SELECT * FROM documents",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "ALTER TABLE documents DISABLE ROW LEVEL SECURITY",
    "DROP POLICY login_{me} ON documents",
    "CREATE POLICY mine ON documents USING (true)",
    "CREATE VIEW public.mine AS SELECT * FROM documents",
    "TRUNCATE documents",
    "INSERT INTO glossary VALUES ('{other}', 'a', 'b')",
    "DELETE FROM documents",
    "UPDATE documents SET title = ''",
    "LOCK TABLE documents",
    "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "SELECT * FROM schema_migrations",
    "CREATE ROLE another",
    "SELECT rolpassword FROM pg_authid",
    "SELECT pg_read_file('postgresql.conf')",
    "COPY documents TO PROGRAM 'cat'",
)


def test_what_would_give_it_more_is_refused(reader, admin, rag, role, other):
    names = {
        "owner": admin.info.user,
        "application": psycopg.conninfo.conninfo_to_dict(rag.database.uri)["user"],
        "me": role,
        "other": other,
    }
    for refused in REFUSED:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), reader.transaction():
            reader.execute(filled(refused, names))


def test_prepared_statements_follow_the_login_and_not_the_setting(reader, returns, other):
    reader.execute("PREPARE all_documents AS SELECT tenant_id FROM documents")
    for _ in range(8):  # beyond where PostgreSQL keeps a plan
        reader.execute(f"SET headrace.tenant = '{other}'")
        assert reader.execute("EXECUTE all_documents").fetchall() == []
        reader.execute(f"SET headrace.tenant = '{returns}'")
        assert set(reader.execute("EXECUTE all_documents").fetchall()) == {(returns,)}


def test_functions_and_temporary_views_of_its_own_see_no_more(reader, other):
    reader.execute(f"SET headrace.tenant = '{other}'")
    reader.execute("CREATE TEMPORARY VIEW peep AS SELECT * FROM documents")
    assert reader.execute("SELECT count(*) FROM peep").fetchone() == (0,)
    reader.execute("""
        CREATE FUNCTION pg_temp.peep() RETURNS bigint LANGUAGE sql
        AS 'SELECT count(*) FROM chunks'""")
    assert reader.execute("SELECT pg_temp.peep()").fetchone() == (0,)
    wanted = {"number": 1, "field": "label", "kind": "in", "negated": False, "values": [SECRET]}
    filtered = "SELECT count(*) FROM filtered_documents(%s, %s)"
    assert reader.execute(filtered, [other, json.dumps([wanted])]).fetchone() == (0,)
    with reader.cursor().copy("COPY (SELECT * FROM documents) TO STDOUT") as copied:
        assert b"".join(copied) == b""


def test_no_condition_is_asked_about_rows_it_may_not_see(reader, other):
    """Otherwise a cheap function that tells its argument would leak it.

    So would an error that quotes a value.
    """
    told: list[str] = []
    reader.add_notice_handler(lambda notice: told.append(notice.message_primary))
    reader.execute("""
        CREATE FUNCTION pg_temp.tell(text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql
        AS $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$""")
    reader.execute("SELECT count(*) FROM chunks WHERE pg_temp.tell(text)")
    assert told and not any(SECRET in text for text in told)
    reader.execute(f"SET headrace.tenant = '{other}'")
    assert reader.execute("SELECT count(*) FROM chunks WHERE text::integer = 1").fetchone() == (0,)


def test_statistics_and_other_sessions_tell_it_nothing(reader, admin):
    admin.execute("ANALYZE documents, chunks, document_fields")
    for view in ("pg_stats", "pg_stats_ext", "pg_stat_activity", "pg_prepared_statements"):
        assert SECRET not in repr(reader.execute(f"SELECT * FROM {view}").fetchall()), view


def test_nothing_of_the_schema_runs_with_its_owners_rights(admin):
    """Neither functions nor views: they would see what their owner sees."""
    functions = """
        SELECT proname FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prosecdef"""
    views = """
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')"""
    assert admin.execute(functions).fetchall() == admin.execute(views).fetchall() == []


def test_a_writer_changes_its_own_rows_and_no_others(rag, admin, role, returns, other):
    tenant_logins.create_login(admin, role, returns, writes=True)
    address = make_conninfo(rag.database.admin_uri, user=role)
    insert = "INSERT INTO glossary VALUES (%s, 'RRF', 'reciprocal rank fusion')"
    with psycopg.connect(address, autocommit=True) as writer:
        assert writer.execute(insert, [returns]).rowcount == 1
        writer.execute(f"SET headrace.tenant = '{other}'")
        assert writer.execute("UPDATE documents SET title = 'x'").rowcount == 0
        assert writer.execute("DELETE FROM documents").rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            writer.execute(insert, [other])
    assert documents_of(rag, other) == 1


def test_its_searches_are_planned_like_the_applications(rag, reader, admin, returns):
    """The policy's constant adds no scan: the key that starts with tenant_id serves."""
    admin.execute("ANALYZE embeddings")
    values = {
        "tenant_id": f"'{returns}'",
        "query_embedding": "(SELECT embedding FROM embeddings LIMIT 1)",
        "filters": "NULL",
        "top_k": "5",
        "excluded": "NULL",
        "languages": "'{}'",
    }
    text = rag.database.text("semantic_hits_exact").decode()
    text = filled(text.replace("%(", "{").replace(")s", "}"), values)
    with reader.transaction():
        reader.execute("SET LOCAL enable_seqscan = off")
        plan = "\n".join(line for (line,) in reader.execute(f"EXPLAIN {text}"))
    assert "embeddings_pkey" in plan and f"tenant_id = '{returns}'" in plan
    assert "Seq Scan" not in plan
    assert len(reader.execute(text).fetchall()) == 3


def test_a_login_can_be_made_again_listed_and_dropped(admin, role, tenant):
    def found():
        return {login.role: login for login in tenant_logins.logins(admin)}

    assert found()[role] == tenant_logins.TenantLogin(role, tenant, writes=False)
    # As if a migration had replaced the table.
    admin.execute(f"DROP POLICY login_{role} ON glossary; REVOKE ALL ON glossary FROM {role}")
    assert found()[role].missing == ("glossary",)
    assert tenant_logins.create_login(admin, role, tenant) is None
    assert found()[role].missing == ()
    with pytest.raises(SettingsError, match="is tenant"):
        tenant_logins.create_login(admin, role, "another")
    tenant_logins.drop_login(admin, role)
    left = admin.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    assert role not in found() and left is None


@pytest.mark.parametrize("name", ["Postgres", "a-b", "a b", "", "pg'; DROP ROLE x", "x" * 51])
def test_a_name_that_cannot_be_a_login_is_refused(admin, tenant, name):
    with pytest.raises(SettingsError, match="a login is lower case letters"):
        tenant_logins.create_login(admin, name, tenant)


def test_a_role_that_is_something_else_is_left_alone(admin, rag, tenant):
    application = psycopg.conninfo.conninfo_to_dict(rag.database.uri)["user"]
    for taken in (application, admin.info.user):
        with pytest.raises(SettingsError, match="already, which is not a tenant's login"):
            tenant_logins.create_login(admin, taken, tenant)


def test_a_tenants_name_is_only_a_name(admin, rag, returns, other):
    forged = f"{returns}' OR tenant_id = '{other}"
    tenant_logins.create_login(admin, "forged_login", forged)
    address = make_conninfo(rag.database.admin_uri, user="forged_login")
    with psycopg.connect(address, autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM documents").fetchone() == (0,)
    tenant_logins.drop_login(admin, "forged_login")


def test_passwords_are_kept_as_verifiers_and_made_up_when_none_is_given(admin, role, tenant):
    stored = "SELECT rolpassword FROM pg_authid WHERE rolname = %s"
    before = admin.execute(stored, [role]).fetchone()[0]
    assert before.startswith("SCRAM-SHA-256$")
    assert tenant_logins.create_login(admin, role, tenant, password="open sesame") == "open sesame"
    assert admin.execute(stored, [role]).fetchone()[0] not in (before, None)


def test_the_application_sees_what_it_saw(rag, reader, returns, other):
    assert rag.ask("How long does the warranty last?", returns).answered
    assert documents_of(rag, other) == 1
