"""Search by meaning is complete under any filter: which way is taken, what its plan reads, and that as many hits come back as there are."""

import re
import uuid

import numpy as np
import pytest

from headrace.metadata.filters import filters_json, parse_filters
from headrace.search.retrieval import semantic_hits
from headrace.types import TenantFacts, QueryFilters, SubQuery

#: 3,000 documents of one chunk each, each with a random vector: too many to be scanned by the planner's choice, and made in a second.
BULK = """
INSERT INTO documents (tenant_id, document_id, title, source, text, language, metadata, content_hash)
SELECT '{tenant}', 'd' || n, '', 's', 'text', 'english', '{{}}', '\\x00' FROM generate_series(1, 3000) AS n;
INSERT INTO chunks (tenant_id, document_id, ordinal, start_at, end_at, text, content_hash, lexemes, length)
SELECT tenant_id, document_id, 0, 0, 4, 'text', '\\x00', '', 1 FROM documents WHERE tenant_id = '{tenant}';
INSERT INTO embeddings (tenant_id, chunk_id, encoder_id, embedding)
SELECT tenant_id, chunk_id, (SELECT min(encoder_id) FROM encoders),
       (SELECT array_agg(random() - 0.5 + 0 * n * c.chunk_id) FROM generate_series(1, 384) AS n)::real[]::halfvec
FROM chunks c WHERE tenant_id = '{tenant}';
INSERT INTO document_fields (tenant_id, field, folded, document_id, value, value_date, value_number)
SELECT '{tenant}', f.field, f.value, 'd' || n, f.value, f.value_date, f.value_number
FROM generate_series(1, 3000) AS n,
     LATERAL (VALUES ('tenth', CASE WHEN n % 10 = 0 THEN 'yes' ELSE 'no' END, NULL::date, NULL::float8),
                     ('price', n::text, NULL, n),
                     ('day', (date '2000-01-01' + n)::text, date '2000-01-01' + n, NULL)) AS f(field, value, value_date, value_number)
"""
FILTERS = {
    "=": ({"tenth": "yes"}, 300),
    "in": ({"tenth": ["yes", "maybe"]}, 300),
    "numbers": ({"price": {"from": 100, "before": 130}}, 30),
    "dates": ({"day": {"from": "2000-02-01", "before": "2000-03-01"}}, 29),
    "exists": ({"tenth": {"exists": True}}, 3000),
    "not =": ({"tenth": {"not": "no"}}, 300),
    "not numbers": ({"price": {"not": {"from": 26}}}, 25),
    "two": ({"price": {"before": 2001}, "tenth": "yes"}, 200),
    "two broad": ({"tenth": "no", "price": {"before": 2001}}, 1800),
    "narrow": ({"price": {"from": 7, "before": 12}}, 5),
    "none": ({"tenth": "perhaps"}, 0),
}


@pytest.fixture(scope="module")
def bulk(rag) -> str:
    tenant = f"bulk-{uuid.uuid4().hex[:8]}"
    with rag.database.for_tenant(tenant).transaction() as transaction:
        for statement in BULK.format(tenant=tenant).split(";\n"):
            transaction.execute(statement)
    rag.database.build_index()
    rag.database.tidy()  # else plans depend on whether the server has already counted these rows by itself
    return tenant


def asked(rag, filters) -> dict:
    given = {
        "filters": filters_json(parse_filters(filters)),
        "top_k": 20,
        "excluded": None,
        "languages": ["english"],
    }
    return {"query_embedding": rag.encoder.encode(["a question"])[0], **given}


def hits(rag, tenant: str, filters, limit: int) -> list:
    corpus = TenantFacts("v", 3000, 3000, ("english",), ("tenth", "price", "day"), ("day",), ("price",))
    given = {
        "sub_queries": [SubQuery("a question")],
        "query_embeddings": rag.encoder.encode(["a question"]),
    }
    given |= {"query_filters": QueryFilters(parse_filters(filters)), "tenant_facts": corpus}
    return semantic_hits(
        **given, database=rag.database, tenant=tenant, candidate_count=20, exact_search_chunks=limit
    )


@pytest.mark.parametrize("name", FILTERS)
def test_twenty_asked_are_twenty_returned_by_either_way_whenever_there_are_twenty(rag, bulk, name):
    filters, matching = FILTERS[name]
    exact, index = hits(rag, bulk, filters, 20_000), hits(rag, bulk, filters, 0)
    assert len(exact) == len(index) == min(20, matching)
    assert len({hit.chunk_id for hit in exact} & {hit.chunk_id for hit in index}) >= 0.8 * len(
        exact
    )
    assert [hit.score for hit in exact] == sorted((hit.score for hit in exact), reverse=True)


@pytest.mark.parametrize("name", FILTERS)
def test_chunks_in_question_are_counted_up_to_the_limit(rag, bulk, name):
    filters, matching = FILTERS[name]
    for limit in (1, 50, 5000):
        ((documents, chunks),) = rag.database.for_tenant(bulk).query("filtered_chunks",
            {"filters": asked(rag, filters)["filters"], "count_limit": limit},
        )
        assert documents == chunks == min(matching, limit)


def test_chunks_in_question_are_estimated_from_documents_spread_over_all_that_meet_the_filter(
    rag, bulk
):
    """Every third document of 300 has 5 chunks more, so there are 800 chunks; 200 documents are looked at."""
    with rag.database.for_tenant(bulk).transaction() as transaction:
        transaction.execute(f"""
            INSERT INTO chunks (tenant_id, document_id, ordinal, start_at, end_at, text, content_hash, lexemes, length)
            SELECT '{bulk}', 'd' || n * 30, m, 0, 4, 'text', '\\x01', '', 1 FROM generate_series(1, 100) AS n, generate_series(1, 5) AS m""")
        values = {"filters": asked(rag, {"tenth": "yes"})["filters"], "count_limit": 5000}
        ((documents, chunks),) = transaction.query("filtered_chunks", values)
        transaction.execute("DELETE FROM chunks WHERE ordinal > 0")
    assert documents == 300 and 550 < chunks < 1050


class Recorded:
    """A database that notes the statements asked for, and may make the index come back short."""

    fingerprint = "recorded"

    def __init__(self, database, short: int | None = None):
        self._database, self._short, self.asked = database, short, []

    def query(self, tenant, statement, parameters=None):
        self.asked.append(statement)
        return self._database.for_tenant(tenant).query(statement, parameters)

    def query_each(self, tenant, statement, parameters):
        self.asked.append(f"{statement} x {len(parameters)}")
        rows = self._database.for_tenant(tenant).query_each(statement, parameters)
        return [rows[0][: self._short], *rows[1:]] if statement == "semantic_hits_index" else rows


@pytest.mark.parametrize(
    ("filters", "limit", "expected"),
    [
        ({}, 3000, ["semantic_hits_exact x 2"]),
        ({}, 2999, ["semantic_hits_index x 2"]),
        ({"tenth": "yes"}, 3000, ["semantic_hits_exact x 2"]),
        ({"tenth": "yes"}, 300, ["filtered_chunks", "semantic_hits_exact x 2"]),
        ({"tenth": "yes"}, 299, ["filtered_chunks", "semantic_hits_index x 2"]),
    ],
)
def test_the_number_of_chunks_in_question_decides_and_they_are_counted_only_where_it_could_matter(
    rag, bulk, filters, limit, expected
):
    database = Recorded(rag.database)
    assert len(routed(rag, database, bulk, filters, limit)) == 40 and database.asked == expected


def test_a_stream_that_the_index_leaves_short_is_searched_exactly_and_no_other(rag, bulk):
    database = Recorded(rag.database, short=7)
    found = routed(rag, database, bulk, {"tenth": "yes"}, 0)
    assert database.asked == [
        "filtered_chunks",
        "semantic_hits_index x 2",
        "semantic_hits_exact x 1",
    ]
    assert [(hit.stream, hit.rank) for hit in found] == [
        (f"semantic {n}", rank) for n in (0, 1) for rank in range(1, 21)
    ]


def routed(rag, database, tenant: str, filters, limit: int) -> list:
    corpus = TenantFacts("v", 3000, 3000, ("english",), ("tenth",))
    vectors = rag.encoder.encode(["a question", "another"])
    return semantic_hits(
        [SubQuery("a question")] * len(vectors),
        vectors,
        QueryFilters(parse_filters(filters)),
        corpus,
        database,
        tenant,
        20,
        limit,
    )


# -------------------------------------------------------------------------- plans, as the login that row-level security binds


@pytest.mark.parametrize(
    ("name", "looked_up"),
    [
        (
            "=",
            {"field = c.field"},
        ),  # the values with it, or after it, as the planner thinks there are few or many
        ("dates", {"field = c.field", "value_date >= c.low_date", "value_date < c.high_date"}),
        (
            "numbers",
            {"field = c.field", "value_number >= c.low_number", "value_number < c.high_number"},
        ),
    ],
)
@pytest.mark.parametrize("statement", ["filtered_chunks", "semantic_hits_exact"])
def test_filters_are_looked_up_whole_in_an_index(rag, bulk, statement, name, looked_up):
    with rag.database.for_tenant(bulk).transaction() as transaction:
        plan = transaction.explain(statement, {**asked(rag, FILTERS[name][0]), "count_limit": 100})
    conditions = [
        set(re.findall(r"\(([^()]+)\)", line))
        for line in plan.split("\n")
        if "Index Cond: " in line
    ]
    assert any(looked_up | {f"tenant_id = '{bulk}'::text"} <= condition for condition in conditions)
    assert "Seq Scan on document_fields" not in plan and "Seq Scan on chunks" not in plan


def test_exact_search_under_a_filter_reads_only_what_meets_it(rag, bulk):
    with rag.database.for_tenant(bulk).transaction() as transaction:
        plan = transaction.explain("semantic_hits_exact", asked(rag, {"tenth": "yes"}))
        whole = transaction.explain("semantic_hits_exact", asked(rag, {}))
    assert (
        "chunk_id = ANY"
        in plan.partition("embeddings_pkey on embeddings")[2].partition("\n")[2].partition("\n")[0]
    )
    assert "Seq Scan" not in plan and "hnsw" not in plan + whole
    assert (
        "filtered" not in whole and "document_fields" not in whole
    )  # and without one, nothing of filters is in the plan


def test_the_index_walk_looks_filters_up_document_by_document(rag, bulk):
    with rag.database.for_tenant(bulk).transaction() as transaction:
        transaction.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
        )
        plan = transaction.explain(
            "semantic_hits_index", asked(rag, {"tenth": "yes", "price": {"not": {"from": 9}}})
        )
    assert "embeddings_hnsw_" in plan and "(tenant_id = '" in plan
    assert (
        "SubPlan" in plan and "Seq Scan" not in plan
    )  # candidate by candidate; by which index of the fields, the planner's figures decide


def test_vectors_of_the_bulk_are_all_different(rag, bulk):
    with rag.database.for_tenant(bulk).transaction() as transaction:
        rows = transaction.execute("SELECT embedding::text FROM embeddings")
    assert len(np.unique([row[0] for row in rows])) == 3000


def test_facets_are_counted_index_only(rag, bulk):
    with rag.database.for_tenant(bulk).transaction() as transaction:
        fields = transaction.explain("facet_fields", {"count_limit": 10})
        values = transaction.explain("facet_values", {"count_limit": 10, "field": "price"})
    assert (
        "Index Only Scan using document_fields_pkey" in fields
        and "Index Only Scan using document_fields_pkey" in values
    )
    assert (
        "document_fields_date" in fields
        and "document_fields_number" in fields
        and "Seq Scan" not in fields + values
    )


def test_of_two_broad_filters_the_narrower_one_is_walked_along(rag, bulk):
    filters = filters_json(parse_filters({"tenth": "no", "price": {"before": 1501}}))
    with rag.database.for_tenant(bulk).transaction() as transaction:
        found = transaction.execute(f"SELECT filtered_documents('{bulk}', '{filters}') LIMIT 3")
    assert found == [
        ("d1",),
        ("d2",),
        ("d3",),
    ]  # by price: 1,500 documents; by the other, 2,700, they would come as d1, d1001, d1002
