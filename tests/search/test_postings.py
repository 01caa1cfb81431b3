"""Postings as PostgreSQL keeps them: lengths, wide chunk ids, an older database."""

from collections.abc import Iterator

import numpy as np
import psycopg
import pytest

from headrace import Document, Pipeline
from headrace.ingest.storing import remove
from headrace.resources.postgres import migrations, statements
from headrace.search.postings import unpacked
from support.databases import empty_database
from support.postings import assert_as_worked_out, packed, row

MEAN_LENGTH = 2.0


@pytest.fixture
def address(rag: Pipeline) -> Iterator[str]:
    """An empty database on the tests' server."""
    with empty_database(rag.database.admin_uri, "words") as address:
        yield address


def length_read(code: int) -> float:
    """The length that the two bytes of a posting are taken for, from what it counts."""
    postings = unpacked([row(1, (7, 1, code))])
    (part,) = postings.parts[postings.pieces[0].counted]
    return (1 / part - 1 - 1.2 * 0.4) * MEAN_LENGTH / (1.2 * 0.6)


def test_a_chunks_length_is_exact_up_to_128_terms_and_within_3_percent_above(rag):
    written = "SELECT n, length_code(n) FROM generate_series(1, 65536) AS n"
    with psycopg.connect(rag.database.admin_uri, autocommit=True) as connection:
        lengths, codes = np.array(connection.execute(written).fetchall()).T
    read = np.array([length_read(code) for code in range(256)])[codes]
    assert read[:128].tolist() == pytest.approx(lengths[:128].tolist(), rel=1e-9)
    assert read.tolist() == pytest.approx(lengths.tolist(), rel=0.03)
    assert (np.diff(codes) >= 0).all()


def test_chunk_ids_far_apart_have_no_others_between_them():
    postings = unpacked([row(1, (7, 1, 2), (2**31, 1, 2)), row(2, (7, 1, 2))])
    assert list(postings.chunk_ids) == [7, 2**31]
    assert [piece.places.tolist() for piece in postings.pieces] == [[0, 1], [0]]


def test_postings_of_an_older_database_are_converted(address, monkeypatch):
    """Rows as 001 kept them, one per chunk and term, of two tenants; then migrated."""
    every = statements.migrations()
    with psycopg.connect(address, autocommit=True) as connection:
        monkeypatch.setattr(statements, "migrations", lambda: every[:1])
        migrations.migrate(connection)
        old_rows = (
            "('a', 1, 7, 2, 3), ('a', 1, 9, 1, 2), ('a', 2, 9, 1, 2), "
            f"('b', 1, 200000, 1, 1), ('b', 1, {2**32 + 5}, 300, 256)"
        )
        connection.execute(f"INSERT INTO postings VALUES {old_rows}".encode())
        monkeypatch.setattr(statements, "migrations", lambda: every)
        migrations.migrate(connection)
        rows = connection.execute(
            "SELECT tenant_id, term, part, chunks, entries FROM postings ORDER BY 1, 2, 3"
        ).fetchall()
        segments = connection.execute(
            "SELECT tenant_id, chunks, removed FROM segments ORDER BY 1"
        ).fetchall()
        (is_forced,) = connection.execute(
            "SELECT bool_and(relforcerowsecurity) FROM pg_class "
            "WHERE relname IN ('postings', 'segments')"
        ).fetchall()
    assert rows == [
        ("a", 1, 0, 2, packed((7, 2, 3), (9, 1, 2))),
        ("a", 2, 0, 1, packed((9, 1, 2))),
        ("b", 1, 0, 1, packed((200000, 1, 1))),
        ("b", 1, 1, 1, packed((5, 127, 142))),
    ]
    assert segments == [("a", 2, 0), ("b", 1, 0), ("b", 1, 0)]
    assert is_forced == (True,)


@pytest.fixture
def near_2_to_the_32nd(address: str) -> Iterator[Pipeline]:
    """A pipeline whose next chunk has an id just below 2**32."""
    choices = {"reranking": "off", "generation": "extractive", "connections": 2}
    with Pipeline.open(database_url=address, **choices) as rag:
        restart = f"ALTER TABLE chunks ALTER COLUMN chunk_id RESTART WITH {2**32 - 5}"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(restart.encode())
        yield rag


def test_chunks_on_both_sides_of_2_to_the_32nd_are_found_removed_and_merged(near_2_to_the_32nd):
    rag = near_2_to_the_32nd
    documents = []
    for number in range(10):
        text = f"walrus number{number} " + "ice " * number
        documents.append(Document(f"d{number}", "", text, "s"))
    rag.ingest(documents, "t")
    for number in range(1, 10, 2):
        remove(f"d{number}", rag.database.for_tenant("t"))
    assert_as_worked_out(rag, "t", "walrus number4 ice")
    hits = rag.run(["keyword_hits"], question="walrus", tenant="t")["keyword_hits"]
    chunk_ids = [hit.chunk_id for hit in hits]
    assert min(chunk_ids) < 2**32 <= max(chunk_ids)
    assert rag.database.for_tenant("t").query("contradictions") == []
