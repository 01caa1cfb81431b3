"""Past one table and past one machine: what partitions and Citus need of the schema, read from the catalog, and partitions for real."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from headrace import Document, Pipeline
from headrace.resources.postgres import statements, tenant_logins

SQL = statements.folder()
TENANTS_TABLES = """
    SELECT c.oid::regclass::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace"""
KEYS = """
    SELECT i.indexrelid::regclass::text, i.indisprimary, array_agg(a.attname::text ORDER BY k.place)
    FROM pg_index i
    CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(attnum, place)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE i.indrelid = %s::regclass AND i.indisunique AND k.place <= i.indnkeyatts
    GROUP BY i.indexrelid, i.indisprimary"""
FOREIGN_KEYS = """
    SELECT f.conname::text, f.confrelid::regclass::text,
           ARRAY(SELECT (own.attname::text, other.attname::text)::text
                 FROM unnest(f.conkey, f.confkey) AS k(own, other)
                 JOIN pg_attribute own ON own.attrelid = f.conrelid AND own.attnum = k.own
                 JOIN pg_attribute other ON other.attrelid = f.confrelid AND other.attnum = k.other)
    FROM pg_constraint f WHERE f.conrelid = %s::regclass AND f.contype = 'f' AND f.conparentid = 0"""


@pytest.fixture
def admin(rag: Pipeline) -> Iterator[psycopg.Connection]:
    with psycopg.connect(rag.database.admin_uri, autocommit=True) as connection:
        yield connection


def tenants_tables(connection: psycopg.Connection) -> list[str]:
    return [name for (name,) in connection.execute(TENANTS_TABLES)]


def test_every_unique_key_of_a_tenants_table_begins_with_the_tenant(admin):
    for table in tenants_tables(admin):
        keys = admin.execute(KEYS, [table]).fetchall()
        assert any(primary for _, primary, _ in keys), table
        assert all(columns[0] == "tenant_id" for _, _, columns in keys), (table, keys)


def test_every_foreign_key_stays_within_a_tenant_or_names_a_reference_table(admin):
    distributed = tenants_tables(admin)
    for table in distributed:
        for name, other, columns in admin.execute(FOREIGN_KEYS, [table]).fetchall():
            assert (
                "(tenant_id,tenant_id)" in columns
                if other in distributed
                else f"create_reference_table('{other}')" in citus()
            ), name
    for (table,) in admin.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    ).fetchall():
        if table not in distributed:
            assert all(
                other not in distributed
                for _, other, _ in admin.execute(FOREIGN_KEYS, [table]).fetchall()
            ), table


def test_rows_of_tenants_are_numbered_by_bigint_and_tenants_named_alike(admin):
    """Citus hands each machine a range of an identity, which only bigint has room for; tables of one group are split by one type and collation."""
    columns = admin.execute(
        """
        SELECT DISTINCT format_type(a.atttypid, a.atttypmod), a.attcollation FROM pg_attribute a
        WHERE a.attname = 'tenant_id' AND a.attrelid = ANY(%s::regclass[])""",
        [tenants_tables(admin)],
    ).fetchall()
    assert len(columns) == 1 and columns[0][0] == "text"
    numbered = admin.execute(
        """
        SELECT DISTINCT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a WHERE a.attidentity <> '' AND a.attrelid = ANY(%s::regclass[])""",
        [tenants_tables(admin)],
    ).fetchall()
    assert numbered == [("bigint",)]


def citus() -> str:
    return (SQL / "scaling" / "citus.sql").read_text()


def test_every_statement_on_tenants_rows_names_the_tenant(admin):
    """A statement that reaches rows of a tenant compares or gives tenant_id by value, which is what routes it to one partition or machine."""
    for path in sorted(SQL.rglob("*.sql")):
        if path.stem[:3].isdigit() or path.stem in ("partitions", "citus", "encoder_index"):
            continue
        text = statements.statement(path.stem)
        used = [table for table in tenants_tables(admin) if f" {table}" in text.replace("\n", " ")]
        assert not used or "%(tenant_id)s" in text, path.name


# ---------------------------------------------------------------------------------------------------------- partitions


@pytest.fixture
def partitioned(rag: Pipeline, admin, data_dir) -> Iterator[Pipeline]:
    """Two tenants stored and a login made before the tables are split; the pipeline after."""
    admin.execute("CREATE DATABASE split")
    address = make_conninfo(admin.info.dsn, dbname="split")
    settings = {
        "data_dir": data_dir,
        "database_url": address,
        "reranking": "off",
        "generation": "extractive",
    }
    with Pipeline.open(**settings) as split:
        for tenant in ("walrus", "seal"):
            split.ingest(
                [
                    Document(
                        f"{tenant}-{i}",
                        "",
                        f"The {tenant} number {i} sleeps on ice.",
                        "s",
                        {"kind": tenant},
                    )
                    for i in range(30)
                ],
                tenant,
            )
        for database in (split.database, rag.database):
            database.build_index()
    with psycopg.connect(address, autocommit=True) as connection:
        tenant_logins.create_login(connection, "split_reader", "seal")
        connection.execute(psycopg.sql.SQL((SQL / "scaling" / "partitions.sql").read_text()))
    with Pipeline.open(**settings) as split:
        yield split
    with psycopg.connect(address, autocommit=True) as connection:
        tenant_logins.drop_login(connection, "split_reader")
    admin.execute("DROP DATABASE split WITH (FORCE)")
    admin.execute("DROP ROLE split_app")


def test_a_database_is_partitioned_with_what_it_holds_and_goes_on_as_before(partitioned, admin):
    """One test for all of it: making the database takes longer than asking it."""
    rag = partitioned
    with psycopg.connect(rag.database.admin_uri, autocommit=True) as connection:
        whole = dict(
            admin.execute(
                "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            ).fetchall()
        )
        _the_same_keys_indexes_policies_and_grants(connection, admin, whole)
        _row_level_security_is_forced_on_partitions(connection)
        connection.execute(
            psycopg.sql.SQL((SQL / "scaling" / "partitions.sql").read_text())
        )  # again: nothing left to do
    answer = rag.ask("Where does walrus number 7 sleep?", "walrus")
    assert answer.answered and answer.citations[0].document_id == "walrus-7"
    rag.ingest(
        [Document("walrus-7", "", "The walrus number 7 sleeps on sand.", "s", {"kind": "walrus"})],
        "walrus",
    )
    rag.ingest([Document("new", "", "A walrus that is new sleeps nowhere.", "s")], "walrus")
    hits = rag.run(["semantic_hits", "keyword_hits"], question="walrus 7 sand", tenant="walrus")
    assert (
        hits["keyword_hits"][0].chunk.document_id == "walrus-7"
        and "sand" in hits["keyword_hits"][0].chunk.text
    )
    assert len(hits["semantic_hits"]) == 31 and "seal" not in repr(hits)
    _one_partition_is_opened(rag)
    with psycopg.connect(
        make_conninfo(rag.database.admin_uri, user="split_reader"), autocommit=True
    ) as reader:
        assert reader.execute("SELECT DISTINCT tenant_id FROM chunks").fetchall() == [("seal",)]
        reader.execute("SET headrace.tenant = 'walrus'")
        assert reader.execute("SELECT count(*) FROM chunks").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("SELECT * FROM chunks_0")


def _the_same_keys_indexes_policies_and_grants(connection, admin, whole) -> None:
    described = """
        SELECT 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conparentid = 0 AND conrelid = ANY(%(tables)s::regclass[]) AND contype <> 'n'
        UNION ALL
        SELECT 'index', tablename::text, indexname::text, replace(indexdef, ' ON ONLY ', ' ON ') FROM pg_indexes
        WHERE tablename::text = ANY(%(names)s)
        UNION ALL
        SELECT 'policy', tablename::text, policyname::text, qual FROM pg_policies
        WHERE tablename::text = ANY(%(names)s) AND permissive = 'PERMISSIVE'
        UNION ALL
        SELECT 'trigger', tgrelid::regclass::text, tgname::text, '' FROM pg_trigger
        WHERE NOT tgisinternal AND tgrelid = ANY(%(tables)s::regclass[])
        UNION ALL
        SELECT 'grant', c.relname::text, g.privilege_type, '' FROM pg_class c, aclexplode(c.relacl) AS g
        WHERE c.relname::text = ANY(%(names)s) AND pg_get_userbyid(g.grantee) LIKE '%%\\_app'"""
    tables = {"tables": tenants_tables(admin), "names": tenants_tables(admin)}
    assert set(connection.execute(described, tables)) == set(admin.execute(described, tables))
    assert (
        connection.execute("SELECT count(*) FROM pg_class WHERE relkind = 'p'").fetchone()[0] >= 2
        and "p" not in whole.values()
    )


def _row_level_security_is_forced_on_partitions(connection) -> None:
    rows = connection.execute("""
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity, c.relacl IS NULL OR NOT c.relispartition FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace""").fetchall()
    assert sum("_" in name for name, _, _ in rows) >= 32 and all(
        forced and ungranted for _, forced, ungranted in rows
    )


def _one_partition_is_opened(rag: Pipeline) -> None:
    values = {
        "query_embedding": rag.encoder.encode(["walrus"])[0],
        "filters": None,
        "top_k": 10,
        "excluded": None,
        "languages": ["english"],
    }
    with rag.database.transaction("walrus") as transaction:
        plans = [
            transaction.explain(name, values)
            for name in ("semantic_hits_exact", "semantic_hits_index")
        ]
        transaction.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
        )
        by_index = transaction.explain("semantic_hits_index", values)
    for plan in plans:
        assert (
            len(
                {
                    word
                    for word in plan.split()
                    if word.startswith("embeddings_") and word.removeprefix("embeddings_").isdigit()
                }
            )
            == 1
        )
    assert "hnsw" in by_index or "embedding_idx" in by_index or "halfvec_idx" in by_index, by_index
