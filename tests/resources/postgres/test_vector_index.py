"""The vector index is built after the rows, once, and kept from then on.

Searches are complete with it and without.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest

from headrace import Document, Pipeline
from headrace.commands import main
from headrace.commands.ingest_progress import IngestProgress
from headrace.errors import DatabaseError
from headrace.resources.postgres.database import PostgresDatabase
from headrace.resources.postgres.tenant_database import Transaction
from headrace.resources.postgres.vector_index import VectorIndex, locked, try_locked
from support.databases import semantic_values
from support.places import SQL
from support.waiting import PATIENCE_S

INDEX = VectorIndex(1, 384)
#: Tenants of more chunks than this are searched by the index in these tests.
LIMIT = 40


@pytest.fixture
def small(address) -> Iterator[Pipeline]:
    """A pipeline on an empty database, with the limit of these tests."""
    with opened(address) as pipeline:
        yield pipeline


@pytest.fixture
def admin(address, small) -> Iterator[psycopg.Connection]:
    """A connection as the superuser of the server, to the database of `small`."""
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


def opened(address: str) -> Pipeline:
    return Pipeline.open(
        database_url=address,
        reranking="off",
        generation="extractive",
        exact_search_chunks=LIMIT,
        connections=4,
    )


def documents(first: int, count: int) -> list[Document]:
    made = []
    for number in range(first, first + count):
        text = f"Walrus number {number} sleeps on ice floe {number * 7}."
        made.append(Document(f"d{number}", "", text, "s"))
    return made


def indexes(connection: psycopg.Connection) -> dict[str, tuple[int, bool]]:
    """Number and validity of each HNSW index, by name."""
    rows = connection.execute("""
        SELECT c.relname, c.oid::int, i.indisvalid
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_am a ON a.oid = c.relam
        WHERE a.amname = 'hnsw'""")
    return {name: (number, is_valid) for name, number, is_valid in rows}


def validities(connection: psycopg.Connection) -> list[bool]:
    """Whether each HNSW index is whole."""
    return [is_valid for _, is_valid in indexes(connection).values()]


def without_other_plans(transaction: Transaction) -> None:
    for setting in ("enable_seqscan", "enable_bitmapscan", "enable_sort"):
        transaction.execute(f"SET LOCAL {setting} = off")


def found(rag: Pipeline, tenant: str = "t") -> tuple[bool, list[int]]:
    """Whether searches see an index; the chunks that are found, best first."""
    nodes = ["tenant_facts", "semantic_hits"]
    values = rag.run(nodes, question="Which walrus sleeps on floe 42?", tenant=tenant)
    chunks = [hit.chunk.chunk_id for hit in values["semantic_hits"]]
    return values["tenant_facts"].indexed, chunks


def test_there_is_none_up_to_the_limit_and_the_search_is_complete(small, admin):
    small.ingest(documents(0, LIMIT), "t")
    small.ingest(documents(0, LIMIT), "another")
    indexed, chunks = found(small)
    assert not indexes(admin) and not indexed and len(chunks) == LIMIT


def test_the_ingest_that_goes_beyond_the_limit_builds_it_and_tells_how_far_it_is(small, admin):
    told: list[tuple[str, int, int]] = []
    small.ingest(documents(0, LIMIT + 1), "t", on_progress=lambda *how_far: told.append(how_far))
    assert list(indexes(admin)) == ["embeddings_hnsw_1"] and validities(admin) == [True]
    assert told[-1] == ("building the vector index", 100, 100)
    values = semantic_values(small.encoder, "floe 42")
    with small.database.for_tenant("t").transaction() as transaction:
        without_other_plans(transaction)
        plan = transaction.explain("semantic_hits_index", values)
    assert "Index Scan using embeddings_hnsw_1" in plan


def test_the_same_is_found_before_and_after_and_later_ingests_keep_the_index(small, admin, address):
    choices = {"reranking": "off", "generation": "extractive", "connections": 4}
    with Pipeline.open(database_url=address, **choices) as patient:
        patient.ingest(documents(0, LIMIT + 20), "t")
    assert not indexes(admin)
    indexed, before = found(small)
    small.ingest(documents(0, 1), "t")  # unchanged: it only finds that the index is due
    made = indexes(admin)
    indexed_now, after = found(small)
    assert (indexed, indexed_now) == (False, True)
    assert len(before) == LIMIT + 20 and before == after
    told: list[tuple] = []
    small.ingest(documents(100, 20), "t", on_progress=lambda *how_far: told.append(how_far))
    assert indexes(admin) == made
    assert not [what for what, _, _ in told if "index" in what]
    values = semantic_values(small.encoder, "walrus", top_k=100)
    with small.database.for_tenant("t").transaction() as transaction:
        without_other_plans(transaction)
        assert len(transaction.query("semantic_hits_index", values)) == LIMIT + 40


def test_a_small_part_of_all_vectors_needs_no_index_and_is_compared(small, admin, address):
    choices = {"reranking": "off", "generation": "extractive", "connections": 4}
    with Pipeline.open(database_url=address, **choices) as patient:
        patient.ingest(documents(0, 120), "another")
    small.ingest(documents(0, 1), "t")
    admin.execute("ANALYZE embeddings")
    facts = small.run(["tenant_facts"], tenant="t")["tenant_facts"]
    assert (facts.vectors, facts.chunks) == (128, 1)  # of 121 the next power of two
    small.ingest(documents(1, LIMIT), "t")  # 41 * 41 < 40 * 128
    assert not indexes(admin)
    small.ingest(documents(1 + LIMIT, LIMIT), "t")  # 81 * 81 > 40 * 128
    assert validities(admin) == [True]


def test_an_index_that_an_interrupted_build_left_is_not_searched_and_the_next_ingest_builds_it(
    small, admin, address
):
    small.ingest(documents(0, LIMIT), "t")
    with psycopg.connect(address) as writer, psycopg.connect(address, autocommit=True) as builder:
        writer.execute("LOCK TABLE embeddings IN ROW EXCLUSIVE MODE")
        builder.execute("SET statement_timeout = '50ms'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            INDEX.build(builder, address)
    ((broken, valid),) = indexes(admin).values()
    assert not valid and found(small)[0] is False
    small.ingest(documents(LIMIT, 1), "t")
    ((second, valid),) = indexes(admin).values()
    assert valid and second != broken and found(small)[0] is True


def test_two_ingests_that_both_find_it_due_build_it_once_and_neither_fails(
    small, admin, address, monkeypatch
):
    meeting = Barrier(2, timeout=PATIENCE_S)
    built = []
    find_due = PostgresDatabase.build_index
    build = VectorIndex._build_one

    def meet_and_find_due(*given):
        meeting.wait()
        find_due(*given)

    def count_and_build(*given):
        built.append(given)
        build(*given)

    monkeypatch.setattr(PostgresDatabase, "build_index", meet_and_find_due)
    monkeypatch.setattr(VectorIndex, "_build_one", count_and_build)
    with opened(address) as other, ThreadPoolExecutor(2) as threads:
        first = threads.submit(small.ingest, documents(0, LIMIT + 5), "a")
        second = threads.submit(other.ingest, documents(0, LIMIT + 5), "b")
        for ingest in (first, second):
            assert {outcome.status for outcome in ingest.result()} == {"new"}
    assert len(built) == 1 and validities(admin) == [True]
    assert len(found(small, "a")[1]) == len(found(small, "b")[1]) == LIMIT + 5


def test_an_ingest_leaves_a_build_to_whoever_is_at_it_and_says_so(small, admin, address, caplog):
    with psycopg.connect(address, autocommit=True) as builder, locked(builder):
        small.ingest(documents(0, LIMIT + 1), "t")
        assert not indexes(admin) and len(found(small)[1]) == LIMIT + 1
    assert "the vector index was not built: another process is building it" in caplog.text
    small.ingest([], "t")
    assert len(indexes(admin)) == 1


def test_the_lock_is_given_back_before_its_connection_closes(small, address):
    with (
        psycopg.connect(address, autocommit=True) as first,
        psycopg.connect(address, autocommit=True) as second,
    ):
        with try_locked(first) as held, try_locked(second) as refused:
            assert held and not refused
        with try_locked(second) as held:
            assert held


def test_a_bulk_load_sets_the_index_aside_and_builds_it_again_after_the_rows(small, admin):
    seen = []
    told = []
    small.ingest(documents(0, LIMIT + 1), "t")
    before = indexes(admin)
    small.ingest(
        documents(100, LIMIT),
        "t",
        bulk=True,
        on_progress=lambda *how_far: told.append(how_far),
        on_outcome=lambda outcome: seen.append((len(indexes(admin)), *found(small))),
    )
    assert {(count, indexed) for count, indexed, _ in seen} == {(0, False)}
    assert len(seen[-1][2]) == 2 * LIMIT + 1
    ((number, valid),) = indexes(admin).values()
    assert valid and number not in {made for made, _ in before.values()}
    assert told[-1] == ("building the vector index", 100, 100)
    assert len(found(small)[1]) == 2 * LIMIT + 1


def test_a_bulk_load_of_a_small_tenant_leaves_the_index_if_there_was_one(small, admin):
    small.ingest(documents(0, 3), "small", bulk=True)
    assert not indexes(admin)
    small.ingest(documents(0, LIMIT + 1), "large")
    small.ingest(documents(3, 3), "small", bulk=True)
    assert validities(admin) == [True]


def test_no_other_ingest_builds_the_index_in_the_middle_of_a_bulk_load(small, admin):
    small.ingest(documents(0, LIMIT + 1), "t")
    with small.database.bulk_load() as bulk_load:
        small.ingest(documents(0, LIMIT + 2), "another")
        assert bulk_load.was_dropped and not indexes(admin)
        bulk_load.build_index()
    assert len(indexes(admin)) == 1


def test_a_bulk_load_holds_the_lock_from_the_drop_until_the_index_is_built(
    small, admin, address, monkeypatch
):
    small.ingest(documents(0, LIMIT + 1), "t")
    refused = []

    def watched_build(*given):
        with psycopg.connect(address, autocommit=True) as other, try_locked(other) as held:
            refused.append(not held)
        return build(*given)

    build = VectorIndex._build_one
    monkeypatch.setattr(VectorIndex, "_build_one", watched_build)
    monkeypatch.setattr(
        PostgresDatabase,
        "build_index",
        lambda *given: pytest.fail("the lock was taken a second time"),
    )
    small.ingest(documents(100, 3), "t", bulk=True)
    assert refused == [True] and validities(admin) == [True]


def test_a_bulk_load_that_fails_says_that_the_index_is_gone_and_the_next_ingest_builds_it(
    small, admin
):
    def broken():
        yield documents(100, 1)[0]
        raise ValueError("the source broke")

    small.ingest(documents(0, LIMIT + 1), "t")
    with pytest.raises(ValueError, match="the source broke") as caught:
        small.ingest(broken(), "t", bulk=True)
    assert not indexes(admin)
    assert "until the next ingest builds it" in "".join(caught.value.__notes__)
    small.ingest([], "t")
    assert validities(admin) == [True]


def test_a_bulk_load_beside_a_build_is_an_error_before_anything_is_stored(small, admin, address):
    with (
        psycopg.connect(address, autocommit=True) as builder,
        locked(builder),
        pytest.raises(DatabaseError, match="leave out --bulk"),
    ):
        small.ingest(documents(0, 3), "t", bulk=True)
    assert not found(small)[1]


REFUSED = """
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {condition} THEN RAISE EXCEPTION 'no room' USING ERRCODE = '{code}'; END IF;
END $$;
CREATE EVENT TRIGGER refused ON ddl_command_start WHEN TAG IN ('CREATE INDEX')
EXECUTE FUNCTION refuse()
"""


def test_where_processes_cannot_share_memory_one_builds_it_alone(small, admin, caplog):
    several = "current_setting('max_parallel_maintenance_workers') <> '0'"
    admin.execute(REFUSED.format(condition=several, code="53100"))
    small.ingest(documents(0, LIMIT + 1), "t")
    assert validities(admin) == [True]
    assert "one process builds the vector index, not several" in caplog.text


def test_a_build_that_fails_says_what_is_stored_and_the_next_ingest_tries_again(small, admin):
    admin.execute(REFUSED.format(condition="true", code="42501"))
    said = r"all is stored, but .* no room\n(.*\n)*.*the next ingest tries again"
    with pytest.raises(DatabaseError, match=said):
        small.ingest(documents(0, LIMIT + 1), "t")
    assert len(found(small)[1]) == LIMIT + 1
    admin.execute("DROP EVENT TRIGGER refused")
    small.ingest(documents(0, LIMIT + 1), "t")
    assert validities(admin) == [True]


def test_a_build_that_fails_half_way_leaves_nothing_on_the_disk(small, admin, monkeypatch):
    """PostgreSQL itself keeps what `CREATE INDEX CONCURRENTLY` could not finish."""
    twice = b"CREATE UNIQUE INDEX CONCURRENTLY embeddings_hnsw_1 ON embeddings (encoder_id)"
    monkeypatch.setattr(VectorIndex, "_creation", lambda *given, **options: twice)
    with pytest.raises(DatabaseError, match="building the vector index failed"):
        small.ingest(documents(0, LIMIT + 1), "t")
    assert admin.execute("SELECT to_regclass('embeddings_hnsw_1')").fetchone() == (None,)


def test_a_table_in_partitions_gets_one_for_each_and_no_second_one(small, admin):
    small.ingest(documents(0, 3), "t")
    admin.execute((SQL / "scaling" / "partitions.sql").read_text())
    told: list[str] = []
    small.ingest(
        documents(0, LIMIT + 1), "t", on_progress=lambda what, done, total: told.append(what)
    )
    made = indexes(admin)
    assert len(made) == 17 and all(validities(admin))
    assert told[-1] == "building the vector index (16 of 16)"
    small.database.build_index()
    assert indexes(admin) == made and found(small)[0] is True


def test_an_index_that_partitions_took_over_is_left_as_it_is(small, admin):
    small.ingest(documents(0, LIMIT + 1), "t")
    admin.execute((SQL / "scaling" / "partitions.sql").read_text())
    made = indexes(admin)
    small.ingest(documents(0, LIMIT + 2), "t")
    small.database.build_index()
    assert len(made) == 17 and indexes(admin) == made


def test_the_command_shows_how_far_the_build_is(small, admin, address, monkeypatch, tmp_path):
    told: list[str] = []
    monkeypatch.setenv("DATABASE_URL", address)
    monkeypatch.setattr(IngestProgress, "note", lambda self, what, *how_far: told.append(what))
    (tmp_path / "walrus.md").write_text("# Walrus\n\nIt sleeps on ice.\n\n# Seal\n\nIt swims.")
    assert main(["ingest", str(tmp_path), "--tenant", "t", "--set", "exact_search_chunks=0"]) == 0
    assert told[-1] == "building the vector index" and len(indexes(admin)) == 1
    made = indexes(admin)
    assert main(["ingest", str(tmp_path), "--tenant", "t", "--bulk"]) == 0
    assert len(indexes(admin)) == 1 and indexes(admin) != made
