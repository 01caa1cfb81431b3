"""Keyword search over packed postings, beside BM25 worked out in Python from the stored chunks."""

import math
import random
import struct
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

from headrace import Document, Pipeline
from headrace.errors import SourceError
from headrace.ingest.storing import merge_segments, remove
from headrace.resources.postgres import migrations, statements
from headrace.resources.postgres.database import Transaction
from headrace.search import bm25
from headrace.search.bm25 import Postings, best, covered, unpacked
from headrace.types import SubQuery

WORDS = [f"term{chr(97 + number % 26)}{chr(97 + number // 26)}" for number in range(60)]


def packed(*postings: tuple[int, int, int]) -> bytes:
    """Entries of (chunk_id, frequency, length); a negative frequency takes back."""
    return b"".join(
        struct.pack(">IbB", chunk_id, frequency, length) for chunk_id, frequency, length in postings
    )


def text(rng: random.Random) -> str:
    """Words of which the first are the most frequent."""
    return " ".join(rng.choice(WORDS[: rng.choice((3, 10, 60))]) for _ in range(rng.randint(1, 40)))


def worked_out(rag: Pipeline, tenant: str, query: str) -> dict[int, float]:
    """BM25 (k1 1.2, b 0.6, k3 1.5, Lucene's idf) of every chunk that shares a word with the query, from the stored chunks' words."""
    with rag.database.for_tenant(tenant).transaction() as transaction:
        lengths = dict(transaction.execute("SELECT chunk_id, length FROM chunks"))
        rows = transaction.execute("""SELECT chunk_id, lexeme, frequency FROM chunks, unnest(lexemes), posted_terms(lexemes)
                                      WHERE term = hashtextextended(lexeme, 0)""")
        asked = transaction.execute(
            f"SELECT lexeme, cardinality(positions) FROM unnest(to_tsvector('english', '{query}'))"
        )
    found = Counter(lexeme for _, lexeme, _ in rows)
    mean = sum(lengths.values()) / max(len(lengths), 1)
    idf = {
        lexeme: math.log(1 + (len(lengths) - found[lexeme] + 0.5) / (found[lexeme] + 0.5))
        for lexeme, _ in asked
    }
    weights = {lexeme: 2.5 * count / (1.5 + count) * idf[lexeme] for lexeme, count in asked}
    scores: dict[int, float] = {}
    for chunk_id, lexeme, frequency in rows:
        if lexeme in weights:
            saturated = frequency / (frequency + 1.2 * (0.4 + 0.6 * lengths[chunk_id] / mean))
            scores[chunk_id] = scores.get(chunk_id, 0.0) + weights[lexeme] * saturated
    return scores


@contextmanager
def database_of_its_own(rag: Pipeline) -> Iterator[str]:
    """The address of an empty one on the tests' server."""
    name = f"words_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(rag.database.admin_uri, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            yield make_conninfo(rag.database.admin_uri, dbname=name)
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
            admin.execute(f"DROP ROLE IF EXISTS {name}_app")


def assert_as_worked_out(rag: Pipeline, tenant: str, query: str) -> None:
    expected = worked_out(rag, tenant, query)
    (rows,) = rag.database.for_tenant(tenant).read(lambda reader: bm25.search(reader, [SubQuery(query)], ["english"], [None], 1000)
    )
    assert [row[9] for row in rows] == pytest.approx(
        sorted(expected.values(), reverse=True), rel=1e-9
    )
    assert {row[0]: row[9] for row in rows} == pytest.approx(expected, rel=1e-9)


# ------------------------------------------------------------------------------------------------------------ in numpy


def test_postings_are_added_up_and_what_is_taken_back_counts_nowhere():
    rows = [
        (1, [1.0], 0, packed((7, 2, 3), (9, 1, 2)), 2, 3, 2.0),
        (1, [1.0], 0, packed((9, -1, 2)), -1, 3, 2.0),
        (2, [2.0], 0, packed((8, 1, 1)), 1, 3, 2.0),
    ]
    chunk_ids, scores = best(unpacked(rows), 0, 10)
    idf = math.log(1 + 2.5 / 1.5)
    assert chunk_ids.tolist() == [8, 7]
    assert scores.tolist() == pytest.approx(
        [2.5 * 2 / 3.5 * idf / (1 + 0.48 + 0.72 / 2), idf * 2 / (2 + 0.48 + 0.72 / 2 * 3)]
    )


def test_coverage_is_the_share_of_the_querys_terms_by_idf_squared_and_not_of_what_was_taken_back():
    rows = [
        (1, [1.0], 0, packed((7, 2, 3), (9, 1, 2)), 2, 3, 2.0),
        (1, [1.0], 0, packed((9, -1, 2)), -1, 3, 2.0),
        (2, [1.0], 0, packed((7, 5, 3), (8, 1, 1)), 2, 3, 2.0),
        (3, [0.0], 0, packed((8, 1, 1)), 1, 3, 2.0),
    ]
    rare, common = math.log(1 + 2.5 / 1.5) ** 2, math.log(1 + 1.5 / 2.5) ** 2
    shares = covered(unpacked(rows), 0, np.array([8, 7, 9]))
    assert shares.tolist() == pytest.approx([common / (rare + common), 1.0, 0.0])


def test_hits_say_how_many_of_the_questions_words_they_have(rag, tenant):
    texts = {
        "both": "The walrus sleeps on a floe.",
        "one": "The walrus eats.",
        "none": "A harbour.",
    }
    rag.ingest([Document(name, "", text, name) for name, text in texts.items()], tenant)
    hits = {
        hit.chunk.document_id: hit
        for hit in rag.run(["keyword_hits"], question="walrus floe", tenant=tenant)["keyword_hits"]
    }
    floe, walrus = math.log(1 + 2.5 / 1.5) ** 2, math.log(1 + 1.5 / 2.5) ** 2
    assert {name: hit.coverage for name, hit in hits.items()} == pytest.approx(
        {"both": 1.0, "one": walrus / (walrus + floe)}
    )


def sorted_sums(
    postings: Postings, count: int, allowed: np.ndarray | None = None
) -> list[tuple[int, float]]:
    """Every posting added up in a dictionary, and all of the chunks sorted."""
    scores: dict[int, float] = {}
    for (weight,), places, parts in zip(
        postings.weights, postings.places, postings.parts, strict=True
    ):
        for chunk_id, part in zip(postings.chunk_ids[places].tolist(), parts.tolist(), strict=True):
            scores[chunk_id] = scores.get(chunk_id, 0.0) + weight * part
    ranked = sorted((-score, chunk_id) for chunk_id, score in scores.items() if score > 1e-10)
    return [
        (chunk_id, -score) for score, chunk_id in ranked if allowed is None or chunk_id in allowed
    ][:count]


@pytest.mark.parametrize("spread", [1, 1_000_000])
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.sampled_from((1, 10, 100)),
    frequent=st.integers(0, 3),
    few=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_the_best_are_those_of_sorting_all_ties_by_chunk_id(spread, seed, count, frequent, few):
    """Rare terms and very frequent ones, many equal scores, some chunks taken back."""
    rng = np.random.default_rng(seed)
    sizes = [*rng.integers(1, 400, rng.integers(1, 4)), *rng.integers(3_000, 8_000, frequent)]
    rows = []
    for term, size in enumerate(sizes):
        postings = [
            (int(chunk) * spread + 5, 1 + int(chunk) % 3, 10 + int(chunk) % 4)
            for chunk in rng.choice(8_000, size, replace=False)
        ]
        taken_back = [
            (chunk_id, -frequency, length)
            for chunk_id, frequency, length in postings
            if chunk_id % 9 == 0
        ]
        for part in {chunk_id >> 32 for chunk_id, _, _ in postings}:
            of_part = [
                (chunk_id & 0xFFFFFFFF, *rest)
                for chunk_id, *rest in [*postings, *taken_back]
                if chunk_id >> 32 == part
            ]
            rows.append(
                (
                    term,
                    [1.0],
                    part,
                    packed(*of_part),
                    sum(np.sign(frequency) for _, frequency, _ in of_part),
                    8_000,
                    11.5,
                )
            )
    allowed = rng.choice(8_000, 500) * spread + 5 if few else None
    chunk_ids, scores = best(unpacked(rows), 0, count, allowed)
    expected = sorted_sums(unpacked(rows), count, allowed)
    assert scores.tolist() == pytest.approx([score for _, score in expected], rel=1e-9)
    assert chunk_ids.tolist() == [chunk_id for chunk_id, _ in expected]


# ------------------------------------------------------------------------------------------------- real PostgreSQL


@pytest.mark.parametrize("seed", range(3))
def test_after_any_changes_the_ranking_is_that_of_bm25_worked_out_from_the_stored_chunks(
    rag, tenant, seed
):
    """Documents come, change and go, alone and in blocks, and segments are merged as it happens."""
    rng = random.Random(seed)
    ids = [f"d{number}" for number in range(30)]
    for _ in range(14):
        chosen = rng.sample(ids, rng.choice((1, 1, 2, 12)))
        if rng.random() < 0.3:
            for document_id in chosen:
                remove(document_id, rag.database, tenant)
        else:
            rag.ingest(
                [Document(document_id, "", text(rng), "s") for document_id in chosen], tenant
            )
        assert_as_worked_out(rag, tenant, text(rng))
    with rag.database.for_tenant(tenant).transaction() as transaction:
        live = transaction.execute("SELECT coalesce(sum(chunks - 2 * removed), 0) FROM segments")
        assert live == transaction.execute("SELECT count(*) FROM chunks")


def test_segments_stay_few_and_what_was_taken_back_leaves_them(rag, tenant):
    for version in range(40):
        rag.ingest([Document("d", "", f"walrus number{version} sleeps", "s")], tenant)
    with rag.database.for_tenant(tenant).transaction() as transaction:
        assert transaction.execute("SELECT count(*) FROM segments")[0][0] < 24
        assert (
            transaction.execute("SELECT sum(octet_length(entries)) FROM postings")[0][0]
            < 6 * 3 * 24
        )
    assert_as_worked_out(rag, tenant, "walrus number39 number7")


def test_a_word_of_a_removed_document_is_a_typo_again(rag, returns):
    rag.ingest([Document("w", "", "The warrantee clerk.", "s")], returns)
    asked = {"words": ["warrantee"], "languages": ["english"], "with_candidates": True}
    assert rag.database.for_tenant(returns).query("known_words", asked) == [("warrantee", None, 1)]
    remove("w", rag.database, returns)
    rows = rag.database.for_tenant(returns).query("known_words", asked)
    assert ("warrantee", None, 0) in rows and "warrantee" not in {
        candidate for _, candidate, chunks in rows if chunks
    }


@pytest.mark.parametrize("few", [0, 20_000])
def test_filters_are_met_and_leave_as_many_hits_as_there_are(rag, tenant, monkeypatch, few):
    """Few chunks that meet the filters are named beforehand; of many, the best hits are looked through."""
    monkeypatch.setattr(bm25, "_FEW", few)
    monkeypatch.setattr(bm25, "_LOOKED_THROUGH", 2)
    kinds = ["rare" if number % 10 == 0 else "frequent" for number in range(100)]
    rag.ingest(
        [
            Document(
                f"d{i}", "", f"Item {i} of the catalogue " + "x " * (i % 7), "s", {"kind": kind}
            )
            for i, kind in enumerate(kinds)
        ],
        tenant,
    )
    for kind, count in (("rare", 10), ("frequent", 20)):
        found = rag.run(
            ["keyword_hits"],
            question="catalogue item",
            tenant=tenant,
            filters={"kind": kind},
            candidate_count=20,
        )["keyword_hits"]
        first = [hit for hit in found if hit.stream == "keyword 0"]
        assert len(first) == count and all(
            kinds[int(hit.chunk.document_id[1:])] == kind for hit in first
        )
        every = [
            hit.chunk_id
            for hit in rag.run(
                ["keyword_hits"], question="catalogue item", tenant=tenant, candidate_count=200
            )["keyword_hits"]
            if hit.stream == "keyword 0" and kinds[int(hit.chunk.document_id[1:])] == kind
        ]
        assert [hit.chunk_id for hit in first] == every[:count]


def test_readers_see_every_chunk_once_while_segments_are_merged_and_documents_change(rag, tenant):
    """One thread rewrites a document and merges; others ask meanwhile, and always find each document exactly once."""
    rag.ingest(
        [Document(f"d{number}", "", f"walrus number {number}", "s") for number in range(9)], tenant
    )
    finished = threading.Event()
    wrong: list[object] = []

    def change() -> None:
        try:
            for version in range(25):
                rag.ingest([Document("d0", "", f"walrus version {version}", "s")], tenant)
                merge_segments(rag.database, tenant)
        except BaseException as error:
            wrong.append(error)
        finally:
            finished.set()

    def ask() -> None:
        try:
            while not finished.is_set():
                hits = rag.run(["keyword_hits"], question="walrus", tenant=tenant)["keyword_hits"]
                found = Counter(hit.chunk.document_id for hit in hits)
                if found != Counter({f"d{number}": 1 for number in range(9)}):
                    wrong.append(found)
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=work) for work in (change, ask, ask)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_two_merges_at_once_lose_and_double_nothing(rag, tenant, monkeypatch):
    monkeypatch.setattr("headrace.ingest.storing.merge_segments", lambda *given: None)
    for number in range(20):
        rag.ingest([Document(f"d{number}", "", f"walrus number{number}", "s")], tenant)
    threads = [
        threading.Thread(target=merge_segments, args=(rag.database, tenant)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_as_worked_out(rag, tenant, "walrus number3")
    with rag.database.for_tenant(tenant).transaction() as transaction:
        assert transaction.execute("SELECT count(*), sum(chunks) FROM segments") == [(1, 20)]


def test_a_document_that_postgresql_refuses_is_named_and_the_others_of_its_block_are_stored(
    rag, tenant, monkeypatch
):
    query = Transaction.query

    def refusing(self, statement, parameters=None):
        if statement == "store_documents" and "d3" in parameters["document_ids"]:
            raise SourceError("PostgreSQL refuses it (store_documents): for once")
        return query(self, statement, parameters)

    monkeypatch.setattr(Transaction, "query", refusing)
    outcomes = rag.ingest(
        [Document(f"d{number}", "", f"walrus number{number}", "s") for number in range(6)], tenant
    )
    assert [outcome.status for outcome in outcomes] == ["new", "new", "new", "failed", "new", "new"]
    assert "for once" in outcomes[3].reason
    assert_as_worked_out(rag, tenant, "walrus number3 number4")


def test_postings_of_an_older_database_are_converted(rag, monkeypatch):
    """Rows as 001 kept them, one per chunk and term, of two tenants; then migrated."""
    every, first = statements.migrations(), statements.migrations()[:1]
    with database_of_its_own(rag) as uri, psycopg.connect(uri, autocommit=True) as connection:
        monkeypatch.setattr(statements, "migrations", lambda: first)
        migrations.migrate(connection)
        connection.execute(
            "INSERT INTO postings VALUES ('a', 1, 7, 2, 3), ('a', 1, 9, 1, 2), ('a', 2, 9, 1, 2)"
        )
        connection.execute(
            f"INSERT INTO postings VALUES ('b', 1, 200000, 1, 1), ('b', 1, {2**32 + 5}, 300, 256)"
        )
        monkeypatch.setattr(statements, "migrations", lambda: every)
        migrations.migrate(connection)
        rows = connection.execute(
            "SELECT tenant_id, term, part, chunks, entries FROM postings ORDER BY 1, 2, 3"
        ).fetchall()
        segments = connection.execute(
            "SELECT tenant_id, chunks, removed FROM segments ORDER BY 1"
        ).fetchall()
        forced = connection.execute(
            "SELECT bool_and(relforcerowsecurity) FROM pg_class WHERE relname IN ('postings', 'segments')"
        ).fetchone()
    assert rows == [
        ("a", 1, 0, 2, packed((7, 2, 3), (9, 1, 2))),
        ("a", 2, 0, 1, packed((9, 1, 2))),
        ("b", 1, 0, 1, packed((200000, 1, 1))),
        ("b", 1, 1, 1, packed((5, 127, 142))),
    ]
    assert segments == [("a", 2, 0), ("b", 1, 0), ("b", 1, 0)] and forced == (True,)


def test_chunks_on_both_sides_of_2_to_the_32nd_are_found_removed_and_merged(rag):
    with (
        database_of_its_own(rag) as uri,
        Pipeline.open(
            database_url=uri, reranking="off", generation="extractive", connections=2
        ) as other,
    ):
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute(f"ALTER TABLE chunks ALTER COLUMN chunk_id RESTART WITH {2**32 - 5}")
        other.ingest(
            [
                Document(f"d{number}", "", f"walrus number{number} " + "ice " * number, "s")
                for number in range(10)
            ],
            "t",
        )
        for number in range(1, 10, 2):
            remove(f"d{number}", other.database, "t")
        assert_as_worked_out(other, "t", "walrus number4 ice")
        (first, *_, last) = [
            hit.chunk.chunk_id
            for hit in other.run(["keyword_hits"], question="walrus", tenant="t")["keyword_hits"]
        ]
        assert min(first, last) < 2**32 <= max(first, last)
        assert other.database.for_tenant("t").query("contradictions") == []


def test_a_chunks_length_is_exact_up_to_128_terms_and_within_3_percent_above(rag):
    with psycopg.connect(rag.database.admin_uri, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT n, length_code(n) FROM generate_series(1, 65536) AS n"
        ).fetchall()
    lengths, codes = np.array(rows).T
    mean_length = 100.0
    kept = (
        (1 / bm25._saturated(mean_length)[256 + codes] - 1 - 1.2 * 0.4) * mean_length / (1.2 * 0.6)
    )
    assert kept[:128].tolist() == pytest.approx(lengths[:128].tolist(), rel=1e-9)
    assert (
        kept.tolist() == pytest.approx(lengths.tolist(), rel=0.03) and (np.diff(codes) >= 0).all()
    )
