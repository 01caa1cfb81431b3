"""Past one table and past one machine: what partitions and Citus need of the schema.

It is read from the catalog; partitions are also made.
"""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from headrace import Document, Pipeline
from headrace.resources.postgres import statements
from headrace.resources.postgres.tenants import logins
from support.databases import empty_database, semantic_values

SQL = statements.folder()
PARTITIONS = sql.SQL((SQL / "scaling" / "partitions.sql").read_text())
CITUS = (SQL / "scaling" / "citus.sql").read_text()
TENANTS_TABLES = """
    SELECT c.oid::regclass::text
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND c.relnamespace = 'public'::regnamespace"""
KEYS = """
    SELECT i.indexrelid::regclass::text, i.indisprimary,
           array_agg(a.attname::text ORDER BY k.place)
    FROM pg_index i
    CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(attnum, place)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE i.indrelid = %s::regclass AND i.indisunique AND k.place <= i.indnkeyatts
    GROUP BY i.indexrelid, i.indisprimary"""
FOREIGN_KEYS = """
    SELECT f.conname::text, f.confrelid::regclass::text,
           ARRAY(SELECT (own.attname::text, other.attname::text)::text
                 FROM unnest(f.conkey, f.confkey) AS k(own, other)
                 JOIN pg_attribute own
                   ON own.attrelid = f.conrelid AND own.attnum = k.own
                 JOIN pg_attribute other
                   ON other.attrelid = f.confrelid AND other.attnum = k.other)
    FROM pg_constraint f
    WHERE f.conrelid = %s::regclass AND f.contype = 'f' AND f.conparentid = 0"""


def tenants_tables(connection: psycopg.Connection) -> list[str]:
    return [name for (name,) in connection.execute(TENANTS_TABLES)]


def test_every_unique_key_of_a_tenants_table_begins_with_the_tenant(admin):
    for table in tenants_tables(admin):
        keys = admin.execute(KEYS, [table]).fetchall()
        assert any(is_primary for _, is_primary, _ in keys), table
        assert all(columns[0] == "tenant_id" for _, _, columns in keys), (table, keys)


def test_every_foreign_key_of_a_tenants_table_stays_within_the_tenant_or_names_a_reference_table(
    admin,
):
    distributed = tenants_tables(admin)
    for table in distributed:
        for name, other, columns in admin.execute(FOREIGN_KEYS, [table]).fetchall():
            if other in distributed:
                assert "(tenant_id,tenant_id)" in columns, name
            else:
                assert f"create_reference_table('{other}')" in CITUS, name


def test_no_other_table_has_a_foreign_key_to_a_tenants_table(admin):
    every = """
        SELECT relname FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"""
    distributed = tenants_tables(admin)
    for (table,) in admin.execute(every).fetchall():
        if table not in distributed:
            others = [other for _, other, _ in admin.execute(FOREIGN_KEYS, [table])]
            assert not set(others) & set(distributed), table


def test_the_column_of_the_tenant_is_of_one_type_and_collation(admin):
    """Citus splits the tables of one group alike."""
    kinds = """
        SELECT DISTINCT format_type(a.atttypid, a.atttypmod), a.attcollation
        FROM pg_attribute a
        WHERE a.attname = 'tenant_id' AND a.attrelid = ANY(%s::regclass[])"""
    ((kind, _),) = admin.execute(kinds, [tenants_tables(admin)]).fetchall()
    assert kind == "text"


def test_rows_of_tenants_are_numbered_by_bigint(admin):
    """Citus gives each machine a range of an identity: only bigint has room."""
    identities = """
        SELECT DISTINCT format_type(a.atttypid, a.atttypmod)
        FROM pg_attribute a
        WHERE a.attidentity <> '' AND a.attrelid = ANY(%s::regclass[])"""
    assert admin.execute(identities, [tenants_tables(admin)]).fetchall() == [("bigint",)]


def test_every_statement_on_tenants_rows_gives_the_tenant_by_value(admin):
    """That is what routes it to one partition or machine."""
    tables = tenants_tables(admin)
    for path in sorted(SQL.rglob("*.sql")):
        if path.parent.name in ("migrations", "scaling") or path.stem == "encoder_index":
            continue
        text = statements.statement(path.stem)
        on_one_line = text.replace("\n", " ")
        if any(f" {table}" in on_one_line for table in tables):
            assert "%(tenant_id)s" in text, path.name


# -------------------------------------------------------------------------- partitions


@pytest.fixture
def partitioned(rag: Pipeline, data_dir) -> Iterator[Pipeline]:
    """A pipeline on a split database.

    Two tenants were stored, and a login was made, before its tables were split.
    """
    with empty_database(rag.database.admin_uri, "split") as address:
        choices = {
            "data_dir": data_dir,
            "database_url": address,
            "reranking": "off",
            "generation": "extractive",
        }
        with Pipeline.open(**choices) as split:
            for tenant in ("walrus", "seal"):
                split.ingest(sleepers(tenant), tenant)
            # The tests' database has the index too: the two are compared.
            for database in (split.database, rag.database):
                database.build_index()
        with psycopg.connect(address, autocommit=True) as connection:
            logins.create_login(connection, "split_reader", "seal")
            connection.execute(PARTITIONS)
        with Pipeline.open(**choices) as split:
            yield split
        with psycopg.connect(address, autocommit=True) as connection:
            logins.drop_login(connection, "split_reader")


def sleepers(animal: str) -> list[Document]:
    documents = []
    for number in range(30):
        text = f"The {animal} number {number} sleeps on ice."
        documents.append(Document(f"{animal}-{number}", "", text, "s", {"kind": animal}))
    return documents


def test_a_database_is_partitioned_with_what_it_holds_and_works_as_before(partitioned, admin):
    """One test for all of it: making the database takes longer than asking it."""
    with psycopg.connect(partitioned.database.admin_uri, autocommit=True) as connection:
        check_definitions_are_the_same(connection, admin)
        check_partitions_are_bound_and_not_granted(connection)
        connection.execute(PARTITIONS)  # again: nothing is left to do
    check_questions_and_ingests_work(partitioned)
    check_one_partition_is_opened(partitioned)
    check_the_login_sees_its_tenant(partitioned)


def check_definitions_are_the_same(split: psycopg.Connection, whole: psycopg.Connection) -> None:
    """Compare keys, indexes, policies, triggers and grants, split and whole."""
    described = """
        SELECT 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid)
        FROM pg_constraint
        WHERE conparentid = 0 AND conrelid = ANY(%(tables)s::regclass[]) AND contype <> 'n'
        UNION ALL
        SELECT 'index', tablename::text, indexname::text, replace(indexdef, ' ON ONLY ', ' ON ')
        FROM pg_indexes WHERE tablename::text = ANY(%(names)s)
        UNION ALL
        SELECT 'policy', tablename::text, policyname::text, qual
        FROM pg_policies
        WHERE tablename::text = ANY(%(names)s) AND permissive = 'PERMISSIVE'
        UNION ALL
        SELECT 'trigger', tgrelid::regclass::text, tgname::text, ''
        FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = ANY(%(tables)s::regclass[])
        UNION ALL
        SELECT 'grant', c.relname::text, g.privilege_type, ''
        FROM pg_class c, aclexplode(c.relacl) AS g
        WHERE c.relname::text = ANY(%(names)s)
          AND pg_get_userbyid(g.grantee) LIKE '%%\\_app'"""
    tables = {"tables": tenants_tables(whole), "names": tenants_tables(whole)}
    assert set(split.execute(described, tables)) == set(whole.execute(described, tables))
    partitioned = "SELECT count(*) FROM pg_class WHERE relkind = 'p'"
    assert split.execute(partitioned).fetchone()[0] >= 2
    assert whole.execute(partitioned).fetchone() == (0,)


def check_partitions_are_bound_and_not_granted(connection: psycopg.Connection) -> None:
    rows = connection.execute("""
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
               c.relacl IS NULL OR NOT c.relispartition
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace""").fetchall()
    assert sum("_" in name for name, _, _ in rows) >= 32
    for name, is_forced, is_ungranted in rows:
        assert is_forced and is_ungranted, name


def check_questions_and_ingests_work(rag: Pipeline) -> None:
    answer = rag.ask("Where does walrus number 7 sleep?", "walrus")
    assert answer.answered and answer.citations[0].document_id == "walrus-7"
    changed = "The walrus number 7 sleeps on sand."
    rag.ingest([Document("walrus-7", "", changed, "s", {"kind": "walrus"})], "walrus")
    rag.ingest([Document("new", "", "A walrus that is new sleeps nowhere.", "s")], "walrus")
    nodes = ["semantic_hits", "keyword_hits"]
    hits = rag.run(nodes, question="walrus 7 sand", tenant="walrus")
    with psycopg.connect(rag.database.admin_uri, autocommit=True) as connection:
        connection.execute("ANALYZE embeddings")
        counted = connection.execute("SELECT count(*) FROM embeddings GROUP BY tableoid")
        largest = max(count for (count,) in counted)
    assert rag.run(["tenant_facts"], tenant="walrus")["tenant_facts"].vectors == largest
    best = hits["keyword_hits"][0].chunk
    assert best.document_id == "walrus-7" and "sand" in best.text
    # Of these, 30 are also found by the query that prefers walruses by their metadata.
    assert len({hit.chunk_id for hit in hits["semantic_hits"]}) == 31
    assert "seal" not in repr(hits)


def check_one_partition_is_opened(rag: Pipeline) -> None:
    values = semantic_values(rag.encoder, "walrus")
    with rag.database.for_tenant("walrus").transaction() as transaction:
        plans = [
            transaction.explain("semantic_hits_exact", values),
            transaction.explain("semantic_hits_index", values),
        ]
        transaction.execute("SET LOCAL enable_seqscan = off")
        transaction.execute("SET LOCAL enable_bitmapscan = off")
        transaction.execute("SET LOCAL enable_sort = off")
        by_index = transaction.explain("semantic_hits_index", values)
    for plan in plans:
        assert len({word for word in plan.split() if is_partition(word)}) == 1
    assert "hnsw" in by_index or "embedding_idx" in by_index or "halfvec_idx" in by_index


def is_partition(name: str) -> bool:
    return name.startswith("embeddings_") and name.removeprefix("embeddings_").isdigit()


def check_the_login_sees_its_tenant(rag: Pipeline) -> None:
    address = make_conninfo(rag.database.admin_uri, user="split_reader")
    with psycopg.connect(address, autocommit=True) as reader:
        assert reader.execute("SELECT DISTINCT tenant_id FROM chunks").fetchall() == [("seal",)]
        reader.execute("SET headrace.tenant = 'walrus'")
        assert reader.execute("SELECT DISTINCT tenant_id FROM chunks").fetchall() == [("seal",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("SELECT * FROM chunks_0")
