"""No tenant sees or changes the rows of another one, whatever is asked."""

import psycopg
import pytest

from headrace import Document, Pipeline
from headrace.errors import DatabaseError
from headrace.metadata.filters import filters_json
from headrace.resources.postgres import statements
from headrace.resources.postgres.sessions.allowance import Allowance
from headrace.types import Filter, TenantDatabase

SECRET = "The vault of tenant B opens with the word zylophorm."
#: A value for every parameter of the statements below.
ANY_VALUES = {
    "query": "zylophorm vault",
    "languages": ["english"],
    "filters": None,
    "top_k": 100,
    "document_ids": ["secret"],
    "starts": [0],
    "ends": [40],
    "words": ["zylophrm", "xylophone"],
    "short_forms": ["XV"],
    "language": "",
    "phrases": ["secret value", "b"],
    "count_limit": 1000,
    "root": "b.txt",
    "document_id": "secret",
    "field": "label",
    "queries": ["zylophorm vault"],
    "excluded": ["nothing"],
    "with_candidates": True,
    "patterns": ["%"],
    "known_version": None,
    "long_bytes": 1_000,
}
READING = (
    "tenant_facts",
    "keyword_postings",
    "long_postings",
    "keyword_hits_bm25",
    "found_chunks",
    "keyword_hits_ts_rank",
    "semantic_hits_exact",
    "semantic_hits_index",
    "stored_hashes",
    "stored_chunks",
    "stored_sources",
    "stored_spans",
    "document_metadata",
    "known_words",
    "known_names",
    "field_coverage",
    "lock_document",
    "facet_fields",
    "facet_values",
    "near_names",
    "newest_date",
    "spoken_of",
)
TABLES = (
    "documents",
    "chunks",
    "embeddings",
    "postings",
    "segments",
    "words",
    "spellings",
    "document_fields",
    "glossary",
    "definitions",
)


@pytest.fixture
def secret_of_b(rag: Pipeline, tenant: str) -> str:
    """A tenant whose document, filter value and short form nobody else may see."""
    other = f"{tenant}-b"
    metadata = {"label": ["secret value", "2021-03-04"], "author": "secret value"}
    text = f"{SECRET} Xylophone vault (XV)."
    rag.ingest([Document("secret", "Vault", text, "b.txt", metadata)], other)
    rag.store_glossary([("XV", "zylophorm vault")], other)
    return other


def documents_of(rag: Pipeline, tenant: str) -> int:
    return rag.run(["tenant_facts"], tenant=tenant)["tenant_facts"].documents


def test_the_database_of_a_tenant_is_what_nodes_are_given(rag, tenant):
    database = rag.database.for_tenant(tenant)
    assert isinstance(database, TenantDatabase) and database.tenant == tenant


def test_a_tenants_fingerprint_says_where_it_is_and_what_it_is_asked_with(rag, tenant):
    fingerprint = rag.database.for_tenant(tenant).fingerprint
    assert "dbname=headrace" in fingerprint and "jit=off" in fingerprint
    assert fingerprint.endswith(f":{tenant}:{statements.fingerprint()}:1")


def test_no_statement_can_be_run_without_a_tenant(rag):
    for name in ("query", "query_each", "read", "transaction"):
        assert not hasattr(rag.database, name)


def test_nothing_of_b_is_visible_to_a_through_any_node(rag, returns, secret_of_b):
    question = 'What opens the zylophorn vault XV with label "secret value"?'
    variables = rag.driver.list_available_variables()
    nodes = [variable.name for variable in variables if not variable.is_external_input]
    seen = repr(rag.run(nodes, question=question, tenant=returns))
    assert SECRET not in seen and "b.txt" not in seen
    assert "zylophorm" not in seen.lower()


def lists_of_postings(database: TenantDatabase) -> dict[str, list[int]]:
    """Which lists `long_postings` would be asked for, to have all of a tenant's."""
    every = "SELECT term, level, segment, part FROM postings"
    with database.transaction() as transaction:
        rows = transaction.execute(every)
    columns = ("terms", "levels", "segments", "parts")
    return dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True))


@pytest.mark.parametrize("statement", READING)
def test_nothing_of_b_is_visible_to_a_through_any_statement(rag, returns, secret_of_b, statement):
    tenant_b = rag.database.for_tenant(secret_of_b)
    stored = tenant_b.query("stored_chunks", {"document_ids": ["secret"]})
    chunk_ids = [row[1] for row in stored]
    values = {
        **ANY_VALUES,
        "query_embedding": rag.encoder.encode(["zylophorm vault"])[0],
        "chunk_ids": chunk_ids,
        "scores": [1.0] * len(chunk_ids),
        "coverages": [1.0] * len(chunk_ids),
        **lists_of_postings(tenant_b),
    }
    if statement == "spoken_of":
        values["filters"] = filters_json([Filter("label", "exists")])
    as_a = repr(rag.database.for_tenant(returns).query(statement, values)).lower()
    assert "zylophorm" not in as_a and "secret" not in as_a and "b.txt" not in as_a
    # The same call as B does find something.
    assert repr(tenant_b.query(statement, values)).lower() != as_a


@pytest.mark.parametrize(
    "forged",
    [
        "' OR tenant_id <> '",
        "%",
        "tenant-%",
        "*",
        "'; SET headrace.tenant = 'x",
        "{b}' --",
        "{B}",
        " {b}",
        "{b} ",
        "{b}\n",
    ],
)
def test_a_forged_tenant_sees_nothing(rag, secret_of_b, forged):
    forged = forged.replace("{b}", secret_of_b).replace("{B}", secret_of_b.upper())
    nodes = ["tenant_facts", "fused_hits"]
    values = rag.run(nodes, question="zylophorm vault", tenant=forged)
    assert values["tenant_facts"].documents == 0 and values["fused_hits"] == []


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE documents; --",
        "') OR TRUE --",
        "$1 %(tenant_id)s {encoder_id} %s",
        "\\'; SELECT pg_sleep(9)",
        "zylophorm:*|a&!b",
    ],
)
def test_sql_in_any_text_is_only_text(rag, secret_of_b, tenant, text):
    metadata = {"label": text, text[:20]: "x"}
    rag.ingest([Document(text, text, f"{text} walrus", text, metadata)], tenant)
    rag.store_glossary([(text, text)], tenant)
    asked = {"question": f"walrus {text}", "filters": {"label": text}}
    hits = rag.run(["fused_hits"], tenant=tenant, **asked)["fused_hits"]
    assert [hit.chunk.document_id for hit in hits] == [text]
    assert documents_of(rag, secret_of_b) == 1


def test_a_session_without_a_tenant_sees_and_writes_nothing(rag, secret_of_b):
    refusals = psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation
    with rag.database._connections.lent(Allowance(5, "patience"), "looking") as connection:
        for table in TABLES:
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
        # '' is what the setting becomes when a transaction that set it is over.
        for tenant in ("", "anyone"):
            with pytest.raises(refusals):
                connection.execute("INSERT INTO glossary VALUES (%s, 'a', 'b')", [tenant])


def test_a_connection_that_served_b_serves_a_without_a_trace_of_it(data_dir, returns, secret_of_b):
    """Two connections, and prepared statements: psycopg prepares after five runs."""
    choices = {"data_dir": data_dir, "reranking": "off", "generation": "extractive"}
    asked = {"question": "zylophorm vault"}
    with Pipeline.open(connections=2, **choices) as rag:
        for _ in range(8):
            assert rag.run(["fused_hits"], tenant=secret_of_b, **asked)["fused_hits"]
            assert "zylophorm" not in repr(rag.run(["fused_hits"], tenant=returns, **asked))


def test_a_cannot_write_into_b(rag, returns, secret_of_b):
    tenant_a = rag.database.for_tenant(returns)
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        tenant_a.transaction() as transaction,
    ):
        transaction.execute(f"INSERT INTO glossary VALUES ('{secret_of_b}', 'a', 'b')")
    with tenant_a.transaction() as transaction:
        transaction.execute(f"DELETE FROM documents WHERE tenant_id = '{secret_of_b}'")
    assert documents_of(rag, secret_of_b) == 1


def test_a_document_id_of_one_tenant_is_free_for_another(rag, returns, secret_of_b):
    rag.ingest([Document("secret", "", "My own secret.", "a.txt")], returns)
    assert rag.run(["keyword_hits"], question="zylophorm", tenant=secret_of_b)["keyword_hits"]


def test_queries_run_as_a_login_that_row_level_security_binds(rag, admin):
    rights = "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = %s"
    with rag.database._connections.lent(Allowance(5, "patience"), "looking") as connection:
        (role,) = connection.execute("SELECT session_user").fetchone()
    assert admin.execute(rights, [role]).fetchone() == (False, False, False)


def test_every_table_of_tenants_forces_row_level_security_and_its_key_starts_with_the_tenant(
    admin,
):
    rows = admin.execute("""
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
               (SELECT a.attname FROM pg_index i
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
                WHERE i.indrelid = c.oid AND i.indisprimary)
        FROM pg_class c
        JOIN pg_attribute t ON t.attrelid = c.oid AND t.attname = 'tenant_id'
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace""").fetchall()
    assert len(rows) == 15
    for table, is_forced, first_column in rows:
        assert is_forced and first_column == "tenant_id", table
