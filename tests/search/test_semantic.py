"""The search by meaning: its hits, which way is taken, and that none are missing."""

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any

import numpy as np
import pytest

from headrace import Document, Pipeline
from headrace.metadata.filters import parse_filters
from headrace.search.semantic import query_embeddings, question_embedding, semantic_hits
from headrace.types import Hit, QueryFilters, SubQuery, TenantDatabase, TenantFacts
from support.filters import FILTERS, asked
from support.hits import ids, of_sub_query

CATALOGUE = "Item number {} of the catalogue"
#: Of the tenant `bulk`.
FACTS = TenantFacts(
    version="v",
    documents=3000,
    chunks=3000,
    languages=("english",),
    fields=("tenth", "price", "day"),
    date_fields=("day",),
    number_fields=("price",),
)


class Recorded:
    """A tenant's database that notes the statements asked for, but for chunks' texts.

    Args:
        short: how many hits the index gives for the first sub-query; None: all.
    """

    fingerprint = "recorded"

    def __init__(self, database: TenantDatabase, short: int | None = None):
        self._database = database
        self._short = short
        self.tenant = database.tenant
        self.asked: list[str] = []
        self.read = database.read
        self.transaction = database.transaction

    def with_candidates(self, count: int) -> "Recorded":
        same = copy(self)
        same._database = self._database.with_candidates(count)
        return same

    def query(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple]:
        if statement != "found_chunks":
            self.asked.append(statement)
        return self._database.query(statement, parameters)

    def query_each(
        self, statement: str, parameters: Iterable[Mapping[str, Any]]
    ) -> list[list[tuple]]:
        given = list(parameters)
        self.asked.append(f"{statement} x {len(given)}")
        rows = self._database.query_each(statement, given)
        return [rows[0][: self._short], *rows[1:]] if statement == "semantic_hits_index" else rows


def searched(
    rag: Pipeline, database: TenantDatabase, filters: dict[str, Any], limit: int, *texts: str
) -> list[Hit]:
    """Twenty hits for each text, exact up to `limit` chunks."""
    return semantic_hits(
        [SubQuery(text) for text in texts],
        rag.encoder.encode(texts),
        QueryFilters(parse_filters(filters)),
        FACTS,
        database,
        candidate_count=20,
        exact_search_chunks=limit,
        hnsw_ef_search=600,
    )


# --------------------------------------------------------------- as a function


class CountingEncoder:
    """Gives each text its length as a vector, and keeps what it was given."""

    name = "counting"
    dimension = 1
    max_tokens = 10
    tokenizer = None

    def __init__(self) -> None:
        self.encoded: list[list[str]] = []

    def encode(self, texts: Iterable[str]) -> np.ndarray:
        self.encoded.append(list(texts))
        return np.array([[len(text)] for text in texts], np.float32)

    def count_tokens(self, text: str) -> int:
        return len(text)


def test_all_sub_queries_are_encoded_in_one_call_each_text_once():
    encoder = CountingEncoder()
    vectors = query_embeddings([SubQuery(text) for text in ("one", "three", "one")], encoder)
    assert vectors.tolist() == [[3], [5], [3]]
    assert encoder.encoded == [["one", "three"]]


def test_what_is_encoded_already_is_not_encoded_again():
    encoder = CountingEncoder()
    known = question_embedding('the "whole" question -not', encoder)
    texts = ("one", *known, "three")
    vectors = query_embeddings([SubQuery(text) for text in texts], encoder, known)
    assert vectors.tolist() == [[len(text)] for text in texts]
    assert encoder.encoded == [list(known), ["one", "three"]]
    assert query_embeddings([SubQuery(*known)], encoder, known).shape == (1, 1)
    assert len(encoder.encoded) == 2


def test_the_question_as_asked_is_encoded_as_it_is_searched_for(rag, returns):
    asked = 'How do I "return an item" -gift'
    nodes = ["question_embedding", "sub_queries"]
    values = rag.run(nodes, question=asked, tenant=returns)
    assert list(values["question_embedding"]) == [values["sub_queries"][0].text]


# --------------------------------------------------------------- its hits


def test_hits_carry_what_their_document_says_at_their_place(rag, returns):
    hits = rag.run(["semantic_hits"], question="refund", tenant=returns)["semantic_hits"]
    assert hits
    for hit in hits:
        place = {
            "document_ids": [hit.chunk.document_id],
            "starts": [hit.chunk.start],
            "ends": [hit.chunk.end],
        }
        ((_, stored, _, _),) = rag.database.for_tenant(returns).query("stored_spans", place)
        assert stored == hit.chunk.text


def test_semantic_hits_are_those_of_exact_search_in_numpy(rag, returns):
    nodes = ["semantic_hits", "query_embeddings"]
    values = rag.run(nodes, question="battery fault", tenant=returns)
    texts = [f"{hit.chunk.title}\n{hit.chunk.text}" for hit in values["semantic_hits"]]
    cosines = rag.encoder.encode(texts) @ values["query_embeddings"][0]
    assert list(cosines) == sorted(cosines, reverse=True)
    scores = [hit.score for hit in values["semantic_hits"]]
    assert scores == pytest.approx(cosines, abs=2e-3)  # halfvec keeps 11 bits


def test_a_question_of_stop_words_has_no_keyword_hits_and_still_finds_by_meaning(rag, returns):
    nodes = ["keyword_hits", "semantic_hits", "fused_hits"]
    values = rag.run(nodes, question="what is it for and how", tenant=returns)
    assert values["keyword_hits"] == []
    assert len(values["fused_hits"]) == len(values["semantic_hits"]) == 3


@pytest.fixture
def catalogue(rag: Pipeline, tenant: str) -> str:
    """A tenant with 60 documents, of even and of odd kind by turns; its name."""
    documents = []
    for number in range(60):
        kind = "odd" if number % 2 else "even"
        document = Document(f"d{number}", "", CATALOGUE.format(number), "s", {"kind": kind})
        documents.append(document)
    rag.ingest(documents, tenant)
    rag.database.build_index()
    return tenant


@pytest.mark.parametrize("exact_search_chunks", [20_000, 0])
@pytest.mark.parametrize("filters", [{}, {"kind": "even"}])
def test_the_index_and_exact_search_return_as_many_as_asked_when_as_many_exist(
    rag, catalogue, exact_search_chunks, filters
):
    values = rag.run(
        ["semantic_hits"],
        question="catalogue item",
        tenant=catalogue,
        filters=filters,
        candidate_count=20,
        exact_search_chunks=exact_search_chunks,
    )
    hits = of_sub_query(values["semantic_hits"])
    assert len(hits) == 20
    assert not filters or all(int(hit.chunk.document_id[1:]) % 2 == 0 for hit in hits)


# --------------------------------------------------------------- by which way


@pytest.mark.parametrize("name", FILTERS)
def test_twenty_asked_are_twenty_returned_by_either_way_whenever_there_are_twenty(rag, bulk, name):
    filters, matching = FILTERS[name]
    database = rag.database.for_tenant(bulk)
    exact = searched(rag, database, filters, 20_000, "a question")
    index = searched(rag, database, filters, 0, "a question")
    assert len(exact) == len(index) == min(20, matching)
    # Of vectors drawn at random, an index that many tenants share finds no more for sure.
    assert len(set(ids(exact)) & set(ids(index))) >= 0.5 * len(exact)
    scores = [hit.score for hit in exact]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("filters", "limit", "expected"),
    [
        ({}, 3000, ["semantic_hits_exact x 2"]),
        ({}, 2999, ["semantic_hits_index x 2"]),
        ({"tenth": "yes"}, 3000, ["semantic_hits_exact x 2"]),
        # A walk meets ten chunks for one that meets the filter: 300 * 300 / 3000 = 30.
        ({"tenth": "yes"}, 30, ["filtered_chunks", "semantic_hits_exact x 2"]),
        ({"tenth": "yes"}, 29, ["filtered_chunks", "semantic_hits_index x 2"]),
    ],
)
def test_the_number_of_chunks_in_question_decides_and_they_are_counted_only_where_it_matters(
    rag, bulk, filters, limit, expected
):
    database = Recorded(rag.database.for_tenant(bulk))
    assert len(searched(rag, database, filters, limit, "a question", "another")) == 40
    assert database.asked == expected


def test_without_an_index_every_chunk_is_compared(rag, bulk):
    database = Recorded(rag.database.for_tenant(bulk))
    facts = TenantFacts("v", 3000, 3000, ("english",), (), indexed=False)
    vectors = rag.encoder.encode(["a question"])
    hits = semantic_hits([SubQuery("a question")], vectors, QueryFilters(), facts, database, 20, 0)
    assert len(hits) == 20 and database.asked == ["semantic_hits_exact x 1"]


def test_a_sub_query_that_the_index_leaves_short_is_searched_exactly_and_no_other(rag, bulk):
    database = Recorded(rag.database.for_tenant(bulk), short=7)
    hits = searched(rag, database, {"tenth": "yes"}, 0, "a question", "another")
    assert database.asked == [
        "filtered_chunks",
        "semantic_hits_index x 2",
        "semantic_hits_exact x 1",
    ]
    for number in (0, 1):
        of_one = of_sub_query(hits, number)
        assert [hit.rank for hit in of_one] == list(range(1, 21))
        assert {hit.arm for hit in of_one} == {"semantic"}


@pytest.mark.parametrize("name", FILTERS)
def test_chunks_in_question_are_counted_up_to_the_limit(rag, bulk, name):
    filters, matching = FILTERS[name]
    conditions = {"filters": asked(rag, filters)["filters"]}
    for limit in (1, 50, 5000):
        counted = {**conditions, "count_limit": limit}
        ((documents, chunks),) = rag.database.for_tenant(bulk).query("filtered_chunks", counted)
        assert documents == chunks == min(matching, limit)


#: Every third of the 300 documents of a filter gets five chunks more.
MORE_CHUNKS = """
INSERT INTO chunks
    (tenant_id, document_id, ordinal, start_at, end_at, text, content_hash, lexemes, length)
SELECT '{tenant}', 'd' || n * 30, m, 0, 4, 'text', '\\x01', '', 1
FROM generate_series(1, 100) AS n, generate_series(1, 5) AS m
"""


def test_chunks_in_question_are_estimated_from_documents_spread_over_all_that_meet_the_filter(
    rag, bulk
):
    """There are 800 chunks; 200 of the 300 documents are looked at."""
    with rag.database.for_tenant(bulk).transaction() as transaction:
        transaction.execute(MORE_CHUNKS.format(tenant=bulk))
        counted = {"filters": asked(rag, {"tenth": "yes"})["filters"], "count_limit": 5000}
        ((documents, chunks),) = transaction.query("filtered_chunks", counted)
        transaction.execute("DELETE FROM chunks WHERE ordinal > 0")
    assert documents == 300 and 550 < chunks < 1050
