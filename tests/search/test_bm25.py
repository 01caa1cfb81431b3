"""The BM25 search on PostgreSQL: filters, and rankings while documents change."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from headrace import Document, Pipeline
from headrace.errors import SourceError
from headrace.ingest.storing import merge_segments, remove
from headrace.resources.postgres.tenant_database import Transaction
from headrace.search import bm25
from headrace.search.kept_chunks import FoundRows
from headrace.search.kept_postings import KeptPostings
from headrace.types import Hit, Statements, SubQuery
from support.hits import ids, of_sub_query
from support.postings import assert_as_worked_out

WORDS = [f"term{chr(97 + number % 26)}{chr(97 + number // 26)}" for number in range(60)]


def words(rng: random.Random) -> str:
    """Up to 40 words, of which the first of `WORDS` are the most frequent."""
    drawn = [rng.choice(WORDS[: rng.choice((3, 10, 60))]) for _ in range(rng.randint(1, 40))]
    return " ".join(drawn)


def walrus(number: int) -> Document:
    return Document(f"d{number}", "", f"walrus number{number}", "s")


def at_once(*work: Callable[[], None]) -> None:
    """Runs the functions in a thread each; raises the first of their errors."""
    errors: list[BaseException] = []

    def run(one: Callable[[], None]) -> None:
        try:
            one()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


# --------------------------------------------------------------- filters


@pytest.fixture
def kinds(rag: Pipeline, tenant: str) -> str:
    """A tenant with 100 documents: every tenth of the kind "rare"; its name."""
    documents = []
    for number in range(100):
        kind = "frequent" if number % 10 else "rare"
        text = f"Item {number} of the catalogue " + "x " * (number % 7)
        documents.append(Document(f"d{number}", "", text, "s", {"kind": kind}))
    rag.ingest(documents, tenant)
    return tenant


def is_rare(hit: Hit) -> bool:
    return int(hit.chunk.document_id[1:]) % 10 == 0


@pytest.mark.parametrize("few", [0, 20_000])
@pytest.mark.parametrize(("kind", "count"), [("rare", 10), ("frequent", 20)])
def test_filters_are_met_and_leave_as_many_hits_as_there_are(
    rag, kinds, monkeypatch, few, kind, count
):
    """Few chunks that meet them are named before; else the best are looked through."""
    monkeypatch.setattr(bm25, "_FEW", few)
    monkeypatch.setattr(bm25, "_LOOKED_THROUGH", 2)
    asked = {"question": "catalogue item", "tenant": kinds}
    every = rag.run(["keyword_hits"], candidate_count=200, **asked)["keyword_hits"]
    wanted = [hit for hit in of_sub_query(every) if is_rare(hit) == (kind == "rare")]
    found = rag.run(["keyword_hits"], filters={"kind": kind}, candidate_count=20, **asked)
    assert ids(of_sub_query(found["keyword_hits"])) == ids(wanted)[:count]


class Recorded:
    """A transaction for reading that keeps what it was asked for."""

    def __init__(self, reader: Statements):
        self._reader = reader
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    def query(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple]:
        self.asked.append((statement, parameters or {}))
        return self._reader.query(statement, parameters)


def test_a_chunk_that_several_queries_find_is_fetched_once(rag, tenant):
    rag.ingest([walrus(number) for number in range(5)], tenant)
    queries = [SubQuery("walrus"), SubQuery("walrus number3"), SubQuery("nothing here")]

    def search(reader: Statements) -> tuple[FoundRows, Recorded]:
        recorded = Recorded(reader)
        return bm25.search(recorded, queries, ["english"], [None] * 3, 4, tenant), recorded

    found, recorded = rag.database.for_tenant(tenant).read(search)
    every, best, none = found.rows
    assert [name for name, _ in recorded.asked] == ["keyword_postings", "found_chunks"]
    asked = recorded.asked[-1][1]["chunk_ids"].tolist()
    assert sorted({row[0] for row in (*every, *best)}) == asked and len(every) + len(best) == 8
    assert sorted(found.chunks) == asked and none == []
    assert found.chunks[best[0][0]].text == "walrus number3"
    assert all(score > 0 and 0 < coverage <= 1 for _, score, coverage in (*every, *best))


# --------------------------------------------------------------- while documents change


@pytest.fixture(params=(False, True), ids=("read", "kept"))
def kept(request, monkeypatch) -> None:
    """Lists are read each time, as short ones are, or all kept, with room for a few."""
    if request.param:
        monkeypatch.setattr(bm25, "LONG_BYTES", 6)
        monkeypatch.setattr(bm25, "_kept", KeptPostings(most_bytes=300))


@pytest.mark.parametrize("seed", range(3))
def test_after_any_changes_the_ranking_is_that_of_bm25_worked_out_from_the_stored_chunks(
    rag, tenant, seed, kept
):
    """Documents come, change and go, alone and in blocks; segments are merged."""
    rng = random.Random(seed)
    names = [f"d{number}" for number in range(30)]
    for _ in range(14):
        chosen = rng.sample(names, rng.choice((1, 1, 2, 12)))
        if rng.random() < 0.3:
            for name in chosen:
                remove(name, rag.database.for_tenant(tenant))
        else:
            rag.ingest([Document(name, "", words(rng), "s") for name in chosen], tenant)
        assert_as_worked_out(rag, tenant, words(rng))
    with rag.database.for_tenant(tenant).transaction() as transaction:
        live = transaction.execute("SELECT coalesce(sum(chunks - 2 * removed), 0) FROM segments")
        assert live == transaction.execute("SELECT count(*) FROM chunks")


def test_segments_stay_few_and_what_was_taken_back_leaves_them(rag, tenant):
    for version in range(40):
        rag.ingest([Document("d", "", f"walrus number{version} sleeps", "s")], tenant)
    with rag.database.for_tenant(tenant).transaction() as transaction:
        ((segments,),) = transaction.execute("SELECT count(*) FROM segments")
        ((size,),) = transaction.execute("SELECT sum(octet_length(entries)) FROM postings")
    assert segments < 24
    assert size < 6 * 3 * 24
    assert_as_worked_out(rag, tenant, "walrus number39 number7")


def test_a_word_of_a_removed_document_is_a_typo_again(rag, returns):
    rag.ingest([Document("w", "", "The warrantee clerk.", "s")], returns)
    database = rag.database.for_tenant(returns)
    asked = {"words": ["warrantee"], "languages": ["english"], "with_candidates": True}
    assert database.query("known_words", asked) == [("warrantee", None, 1)]
    remove("w", database)
    rows = database.query("known_words", asked)
    assert ("warrantee", None, 0) in rows
    assert "warrantee" not in {candidate for _, candidate, chunks in rows if chunks}


def test_readers_see_every_chunk_once_while_segments_are_merged_and_documents_change(
    rag, tenant, kept
):
    """One thread rewrites a document and merges; two ask meanwhile."""
    rag.ingest([walrus(number) for number in range(9)], tenant)
    each_once = Counter({f"d{number}": 1 for number in range(9)})
    finished = threading.Event()

    def change() -> None:
        try:
            for version in range(25):
                rag.ingest([Document("d0", "", f"walrus version {version}", "s")], tenant)
                merge_segments(rag.database.for_tenant(tenant))
        finally:
            finished.set()

    def ask() -> None:
        while not finished.is_set():
            hits = rag.run(["keyword_hits"], question="walrus", tenant=tenant)["keyword_hits"]
            assert Counter(hit.chunk.document_id for hit in hits) == each_once

    at_once(change, ask, ask)


def test_several_merges_at_once_lose_and_double_nothing(rag, tenant, monkeypatch):
    monkeypatch.setattr("headrace.ingest.storing.merge_segments", lambda *given: None)
    for number in range(20):
        rag.ingest([walrus(number)], tenant)
    at_once(*[lambda: merge_segments(rag.database.for_tenant(tenant))] * 4)
    assert_as_worked_out(rag, tenant, "walrus number3")
    with rag.database.for_tenant(tenant).transaction() as transaction:
        assert transaction.execute("SELECT count(*), sum(chunks) FROM segments") == [(1, 20)]


def test_a_document_that_postgresql_refuses_is_named_and_the_others_of_its_block_are_stored(
    rag, tenant, monkeypatch
):
    query = Transaction.query

    def refusing(self: Transaction, statement: str, parameters: Any = None) -> list[tuple]:
        if statement == "store_documents" and "d3" in parameters["document_ids"]:
            raise SourceError("PostgreSQL refuses it (store_documents): for once")
        return query(self, statement, parameters)

    monkeypatch.setattr(Transaction, "query", refusing)
    outcomes = rag.ingest([walrus(number) for number in range(6)], tenant)
    statuses = [outcome.status for outcome in outcomes]
    assert statuses == ["new", "new", "new", "failed", "new", "new"]
    assert "for once" in outcomes[3].reason
    assert_as_worked_out(rag, tenant, "walrus number3 number4")
