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
from support.parse_trees import ParseTrees, parameter_number, prepared
from support.routing import Routing

SQL = statements.folder()
PARTITIONS = sql.SQL((SQL / "scaling" / "partitions.sql").read_text())
CITUS = (SQL / "scaling" / "citus.sql").read_text()
#: Their tables are made by the programs that run them.
STATEMENTS = sorted(
    path.stem
    for path in SQL.rglob("*.sql")
    if path.parent.name not in ("migrations", "scaling")
    and path.stem not in ("encoder_index", "simulated_filter")
)
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


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_table_of_a_statement_is_bound_to_the_value_of_the_tenant(rag, admin, name):
    """That is what routes all of it to one machine or partition, joins included."""
    (tree,) = ParseTrees(admin).trees(prepared(rag, admin, name)) or [None]
    admin.execute("DEALLOCATE looked_at")
    if tree is not None and "%(tenant_id)s" in rag.database.text(name).decode():
        number = parameter_number(rag, name, "tenant_id")
        assert Routing(tree, number, distributed(admin)).unbound == []
    elif tree is not None:
        assert Routing(tree, "0", distributed(admin)).tables == []


@pytest.mark.parametrize(
    ("text", "unbound"),
    [
        ("SELECT text FROM chunks WHERE tenant_id = $1", []),
        ("SELECT text FROM chunks WHERE tenant_id = $1 OR chunk_id = 1", ["chunks"]),
        (
            "SELECT text FROM chunks JOIN embeddings USING (chunk_id) WHERE chunks.tenant_id = $1",
            ["embeddings"],
        ),
        (
            "SELECT text FROM chunks JOIN embeddings USING (tenant_id, chunk_id)"
            " WHERE tenant_id = $1",
            [],
        ),
        (
            "WITH known AS (SELECT tenant_id, word FROM words)"
            " SELECT word FROM known WHERE tenant_id = $1",
            [],
        ),
        ("WITH known AS (SELECT tenant_id, word FROM words) SELECT word, $1 FROM known", ["words"]),
        (
            "DELETE FROM words WHERE word IN (SELECT name FROM value_names WHERE tenant_id = $1)",
            ["words"],
        ),
        (
            "INSERT INTO definitions (tenant_id, document_id) SELECT $1, word FROM words",
            ["words"],
        ),
    ],
)
def test_a_table_that_is_not_bound_is_found(admin, text, unbound):
    (tree,) = ParseTrees(admin).trees(f"PREPARE looked_at (text) AS {text}")
    admin.execute("DEALLOCATE looked_at")
    assert Routing(tree, "1", distributed(admin)).unbound == unbound


def test_functions_read_rows_of_the_tenant_that_they_are_given(admin):
    """Citus runs them on the machine of the statement that calls them."""
    ours = """
        SELECT oid::regprocedure::text, pg_get_functiondef(oid),
               array_position(proargnames, 'tenant')::text
        FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND NOT prosecdef
          AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'sql')"""
    reading = 0
    for name, definition, number in admin.execute(ours).fetchall():
        with admin.transaction(force_rollback=True):
            trees = ParseTrees(admin).trees(definition)
        for tree in trees:
            routing = Routing(tree, number or "0", distributed(admin))
            assert routing.unbound == [], name
            reading += bool(routing.tables)
    assert reading >= 1


def distributed(admin: psycopg.Connection) -> dict[str, tuple[str, str]]:
    """The number of each tenants' table, its name and that of its column tenant_id."""
    rows = admin.execute(
        """SELECT attrelid::text, attrelid::regclass::text, attnum::text FROM pg_attribute
        WHERE attname = 'tenant_id' AND attrelid = ANY(%s::regclass[])""",
        [tenants_tables(admin)],
    )
    return {number: (name, attribute) for number, name, attribute in rows}


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
    known = rag.run(["tenant_facts"], tenant="walrus")["tenant_facts"].vectors
    assert largest <= known < 2 * largest
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
