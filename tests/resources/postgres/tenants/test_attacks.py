"""What a login of one tenant might try, to learn of the others or to stop them."""

import uuid

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from headrace import Document
from headrace.resources.postgres.statements import filled
from headrace.resources.postgres.tenants import blockers, logins, views
from support.databases import connected, documents_of

#: In a value, a title and a text of the other tenant.
SECRET = "xylophone"
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


ESCAPES = (
    "SET headrace.tenant = '{other}'",
    "SET headrace.every_tenant = 'on'",
    "SET SESSION headrace.tenant TO DEFAULT",
    "RESET headrace.tenant",
    "RESET ALL",
    "DISCARD ALL",
    "SELECT set_config('headrace.tenant', '{other}', false)",
    "RESET ROLE",
    "SET ROLE NONE",
    "RESET SESSION AUTHORIZATION",
    "PREPARE mine AS SELECT * FROM documents; SET headrace.tenant = '{other}'",
    "SET row_security = on",
    "SET row_security = off",
)


def test_whatever_it_sets_it_sees_its_own_tenant_and_no_other(reader, returns, other):
    for escape in ESCAPES:
        reader.execute(filled(escape, {"other": other}))
        for table in TABLES:
            found = {tenant for (tenant,) in reader.execute(f"SELECT tenant_id FROM {table}")}
            assert found <= {returns}, (escape, table)
        assert reader.execute("SELECT count(*) FROM documents").fetchone() == (3,), escape


REFUSED = (
    "SET ROLE {owner}",
    "SET ROLE {application}",
    "SET SESSION AUTHORIZATION {owner}",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "ALTER TABLE public.documents DISABLE ROW LEVEL SECURITY",
    "ALTER VIEW documents RENAME TO mine",
    "CREATE OR REPLACE FUNCTION rows_of_glossary() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE POLICY mine ON public.documents USING (true)",
    "CREATE VIEW {me}.mine AS SELECT * FROM documents",
    "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "TRUNCATE public.documents",
    "INSERT INTO glossary VALUES ('{other}', 'a', 'b')",
    "DELETE FROM documents",
    "UPDATE documents SET title = ''",
    "LOCK TABLE documents",
    "LOCK TABLE public.documents IN ACCESS SHARE MODE",
    "LOCK TABLE lock_index IN ACCESS SHARE MODE",
    "SELECT * FROM lock_encoder_writers",
    "SELECT * FROM public.documents",
    "SELECT * FROM public.embeddings",
    "SELECT * FROM tenant_logins",
    "SELECT * FROM schema_migrations",
    "SELECT public.login_tenant()",
    "SELECT nextval('chunks_chunk_id_seq')",
    "SELECT last_value FROM chunks_chunk_id_seq",
    "SELECT * FROM pg_statistic",
    "SELECT rolpassword FROM pg_authid",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_try_advisory_xact_lock_shared(1, 2)",
    "SELECT lo_create(0)",
    "SELECT lo_from_bytea(0, 'a')",
    "CREATE TEMPORARY TABLE mine ()",
    "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE ROLE another",
    "COPY documents TO PROGRAM 'cat'",
)


@pytest.mark.parametrize("refused", REFUSED)
def test_what_would_give_it_more_or_stop_others_is_refused(
    reader, admin, rag, role, other, refused
):
    names = {
        "owner": admin.info.user,
        "application": conninfo_to_dict(rag.database.uri)["user"],
        "me": role,
        "other": other,
    }
    with pytest.raises(psycopg.errors.InsufficientPrivilege), reader.transaction():
        reader.execute(filled(refused, names))


def test_it_is_granted_nothing_beside_its_own_schema(admin, role):
    """Whatever the kind: tables, sequences, functions, schemas, the database."""
    granted = """
        SELECT 'table', oid::regclass::text FROM pg_class, aclexplode(relacl)
        WHERE grantee = %(role)s::regrole AND relnamespace <> to_regnamespace(%(role)s::text)
        UNION ALL
        SELECT 'function', oid::regprocedure::text FROM pg_proc, aclexplode(proacl)
        WHERE grantee = %(role)s::regrole AND pronamespace <> to_regnamespace(%(role)s::text)
        UNION ALL
        SELECT 'schema', nspname FROM pg_namespace, aclexplode(nspacl)
        WHERE grantee = %(role)s::regrole AND nspname <> %(role)s::text
        UNION ALL
        SELECT 'database', datname FROM pg_database, aclexplode(datacl)
        WHERE grantee = %(role)s::regrole
        UNION ALL
        SELECT 'member of', roleid::regrole::text FROM pg_auth_members
        WHERE member = %(role)s::regrole"""
    assert admin.execute(granted, {"role": role}).fetchall() == []
    public = """
        SELECT oid::regclass::text FROM pg_class, aclexplode(relacl)
        WHERE grantee = 0 AND relnamespace = 'public'::regnamespace"""
    assert admin.execute(public).fetchall() == []


def test_estimates_are_the_same_whatever_others_store(reader, admin, rag, other):
    """EXPLAIN knows values that are frequent, and how rows are spread, of all tenants."""
    asked = [
        f"SELECT * FROM {table} WHERE {condition}"
        for table, condition in (
            ("document_fields", f"folded < '{SECRET}z' AND folded > '{SECRET[:-1]}'"),
            ("document_fields", f"folded = '{SECRET}'"),
            ("document_fields", f"tenant_id = '{other}'"),
            ("documents", "title = 'Vault'"),
            ("documents", f"tenant_id = '{other}'"),
            ("documents", "metadata @> '{}'"),
            ("chunks", f"text LIKE 'The vault opens with the word {SECRET}%%'"),
            ("chunks", "chunk_id > 5"),
            ("definitions", "short_form = 'XV'"),
            ("words", f"word = '{SECRET}'"),
            ("tenant_statistics", "documents = 20"),
            ("embeddings", "chunk_id > 5 ORDER BY embedding <=> embedding LIMIT 5"),
        )
    ]
    admin.execute("ANALYZE")
    before = [reader.execute(f"EXPLAIN {text}").fetchall() for text in asked]
    more = [Document(f"m{n}", "Vault", "More.", "b", {"label": f"{SECRET}{n}"}) for n in range(300)]
    rag.ingest(more, other)
    admin.execute("ANALYZE")
    assert [reader.execute(f"EXPLAIN {text}").fetchall() for text in asked] == before
    assert "Function Scan" in repr(before[0]) and "Index" not in repr(before)


def test_prepared_statements_follow_the_login_and_not_the_setting(reader, returns, other):
    reader.execute("PREPARE all_documents AS SELECT DISTINCT tenant_id FROM documents")
    for named in [other, returns] * 4:  # beyond where PostgreSQL keeps a plan
        reader.execute(f"SET headrace.tenant = '{named}'")
        assert reader.execute("EXECUTE all_documents").fetchall() == [(returns,)]


def test_no_condition_is_asked_about_rows_it_may_not_see(reader, other):
    """Otherwise an error that quotes a value would leak it."""
    asked = "SELECT count(*) FROM filtered_documents(%s, '[]')"
    assert reader.execute(asked, [other]).fetchone() == (0,)
    with pytest.raises(psycopg.errors.InvalidTextRepresentation) as failed:
        reader.execute("SELECT count(*) FROM chunks WHERE text::integer = 1")
    assert SECRET not in str(failed.value)


def test_other_sessions_and_statistics_tell_it_nothing(reader, admin):
    admin.execute("ANALYZE documents, chunks, document_fields")
    for view in ("pg_stats", "pg_stats_ext", "pg_stat_activity", "pg_prepared_statements"):
        assert SECRET not in repr(reader.execute(f"SELECT * FROM {view}").fetchall()), view


def test_no_catalog_names_another_tenant(reader, admin, other):
    logins.create_login(admin, "others_login", other)
    catalogs = "pg_policy", "pg_db_role_setting", "pg_proc", "pg_views", "pg_constraint"
    for catalog in (*catalogs, "pg_settings", "pg_description", "pg_shdescription"):
        assert other not in repr(reader.execute(f"SELECT * FROM {catalog}").fetchall()), catalog
    logins.drop_login(admin, "others_login")


def test_what_runs_with_its_owners_rights_is_known_and_finds_names_safely(admin, role, reader):
    """Names are looked up in PostgreSQL's schema first, and temporary ones last."""
    functions = """
        SELECT proname, proconfig FROM pg_proc
        WHERE prosecdef AND pronamespace = ANY (%s::regnamespace[])"""
    found = dict(admin.execute(functions, [["public", role]]).fetchall())
    expected = {f"rows_of_{table}" for table in (*TABLES, "encoders")}
    ours = {"login_tenant", "change_as_tenant", "refuse_commands_of_logins"}
    arguments = {"service_token": "''", "has_service_tokens": ""}
    assert found.keys() == expected | ours | arguments.keys()
    for name, settings in found.items():
        (path,) = settings
        assert path.startswith("search_path=pg_catalog, ") and path.endswith("pg_temp"), name
    for name in arguments:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute(f"SELECT public.{name}({arguments[name]})")


MALFORMED = (
    "INSERT INTO embeddings (chunk_id, encoder_id, embedding) SELECT chunk_id, 1, '[1,2,3]' "
    "FROM chunks",
    "UPDATE embeddings SET embedding = '[1,2,3]'",
    "UPDATE embeddings SET embedding = array_fill(0::real, ARRAY[384])::halfvec",
    "UPDATE embeddings SET encoder_id = 99",
    "UPDATE chunks SET end_at = 1000000",
    "UPDATE chunks SET start_at = -5",
    "UPDATE chunks SET ordinal = -1",
    "UPDATE chunks SET length = -1",
    "UPDATE chunks SET page = -1",
    "UPDATE chunks SET document_id = 'none'",
    "UPDATE documents SET language = 'klingon'",
    "UPDATE documents SET metadata = '[1]'",
    "UPDATE documents SET metadata = (repeat('{\"a\":', 66) || '1' || repeat('}', 66))::jsonb",
    "UPDATE document_fields SET value_number = 'NaN'",
    "UPDATE document_fields SET value_number = '-infinity'",
    "UPDATE document_fields SET value_date = 'infinity'",
    "UPDATE document_fields SET value_date = '12000-01-01'",
    "UPDATE chunks SET length = 2000000000",
    "UPDATE documents SET tenant_id = ''",
)
WORKED_OUT = ("postings", "segments", "words", "spellings", "value_names", "tenant_statistics")


def test_rows_that_could_not_be_answered_from_are_refused(rag, writer, returns):
    for malformed in MALFORMED:
        with pytest.raises(psycopg.Error) as refused:
            writer.execute(malformed)
        assert refused.value.sqlstate in ("23514", "23505", "23503", "42501"), malformed
    for table in WORKED_OUT:
        for change in (f"DELETE FROM {table}", f"INSERT INTO {table} DEFAULT VALUES"):
            with pytest.raises(psycopg.Error):
                writer.execute(change)
    assert rag.ask("How long does the warranty last?", returns).answered


def test_a_writers_lock_stops_nobody_else(rag, admin, writer, other, returns, tenant):
    """A lock on a view of its own is no lock on the table."""
    writer.execute("BEGIN")
    for table in TABLES:
        mode = "ACCESS EXCLUSIVE" if table in views._WRITABLE else "ACCESS SHARE"
        writer.execute(f"LOCK TABLE {table} IN {mode} MODE")
    writer.execute("UPDATE documents SET title = 'x'")
    writer.execute("SELECT * FROM documents FOR UPDATE")
    asked = rag.ask("What opens the vault?", other)
    rag.ingest([Document("late", "", "The vault is open on Sundays.", "s")], other)
    assert asked.answered and documents_of(rag, other) == 21
    neighbour = f"neighbour_{uuid.uuid4().hex[:8]}"
    logins.create_login(admin, neighbour, other)
    with connected(rag, neighbour) as connection:
        assert connection.execute("SELECT count(*) FROM documents").fetchone() == (21,)
    logins.drop_login(admin, neighbour)
    writer.execute("ROLLBACK")


COMMANDS = (
    "CREATE RULE mine AS ON INSERT TO public.documents DO INSTEAD NOTHING",
    "CREATE TRIGGER mine AFTER INSERT ON public.documents EXECUTE FUNCTION check_held(1)",
    "CREATE POLICY mine ON public.documents USING (true)",
    "COMMENT ON TABLE public.documents IS 'mine'",
    "ALTER TABLE public.documents ADD COLUMN mine int",
)


def test_a_command_that_is_refused_does_not_wait_for_a_lock_first(rag, writer, role, other):
    """CREATE RULE would, and every question would wait behind it."""
    writer.execute("BEGIN; UPDATE documents SET title = 'x'")
    with connected(rag, role) as second:
        second.execute("SET lock_timeout = '20s'")
        for command in COMMANDS:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                second.execute(command)
    writer.execute("ROLLBACK")


def test_an_open_transaction_of_a_login_is_ended_when_it_holds_up_the_owner(
    rag, admin, reader, monkeypatch, caplog
):
    """What it can hold up: changes of the schema, index builds, exchanges of encoders."""
    monkeypatch.setattr("headrace.resources.postgres.tenants.blockers.PATIENCE_S", 0)
    with psycopg.connect(rag.database.admin_uri) as owner:
        reader.execute("BEGIN; SET idle_in_transaction_session_timeout = 0")
        reader.execute("SELECT count(*) FROM documents")
        with blockers.unblocked(owner):
            owner.execute("SET lock_timeout = '60s'")
            owner.execute("LOCK TABLE documents IN ACCESS EXCLUSIVE MODE")
        owner.rollback()
    assert "which held up others" in caplog.text
    with pytest.raises(psycopg.OperationalError):
        reader.execute("SELECT 1")
