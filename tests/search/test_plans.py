"""What PostgreSQL's plans read, for the login that row-level security binds."""

import re

import numpy as np
import pytest

from headrace import Document
from headrace.metadata.filters import filters_json, parse_filters
from support.databases import semantic_values
from support.filters import FILTERS, asked

#: Leave the planner no way but an index in order.
ONLY_INDEX_ORDER = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
)


@pytest.mark.parametrize(
    ("name", "looked_up"),
    [
        # The values come with the field or after it, as the planner thinks fit.
        ("=", {"field = c.field"}),
        ("dates", {"field = c.field", "value_date >= c.low_date", "value_date < c.high_date"}),
        (
            "numbers",
            {"field = c.field", "value_number >= c.low_number", "value_number < c.high_number"},
        ),
    ],
)
@pytest.mark.parametrize("statement", ["filtered_chunks", "semantic_hits_exact"])
def test_filters_are_looked_up_whole_in_an_index(rag, bulk, statement, name, looked_up):
    values = {**asked(rag, FILTERS[name][0]), "count_limit": 100}
    with rag.database.for_tenant(bulk).transaction() as transaction:
        plan = transaction.explain(statement, values)
    wanted = looked_up | {f"tenant_id = '{bulk}'::text"}
    lines = [line for line in plan.split("\n") if "Index Cond: " in line]
    assert any(wanted <= set(re.findall(r"\(([^()]+)\)", line)) for line in lines)
    assert "Seq Scan on document_fields" not in plan and "Seq Scan on chunks" not in plan


def test_exact_search_under_a_filter_reads_only_what_meets_it(rag, bulk):
    with rag.database.for_tenant(bulk).transaction() as transaction:
        plan = transaction.explain("semantic_hits_exact", asked(rag, {"tenth": "yes"}))
    lines = plan.splitlines()
    (walked,) = [number for number, line in enumerate(lines) if "embeddings_pkey" in line]
    assert "Index Cond: " in lines[walked + 1] and "chunk_id = ANY" in lines[walked + 1]
    assert "Seq Scan" not in plan and "hnsw" not in plan


def test_without_a_filter_nothing_of_filters_is_in_the_plan(rag, bulk):
    with rag.database.for_tenant(bulk).transaction() as transaction:
        plan = transaction.explain("semantic_hits_exact", asked(rag, {}))
    assert not [part for part in ("filtered", "document_fields", "hnsw") if part in plan]


def test_the_index_walk_looks_filters_up_document_by_document(rag, bulk):
    """The planner's figures decide by which index of the fields."""
    values = asked(rag, {"tenth": "yes", "price": {"not": {"from": 9}}})
    with rag.database.for_tenant(bulk).transaction() as transaction:
        transaction.execute(ONLY_INDEX_ORDER)
        plan = transaction.explain("semantic_hits_index", values)
    assert "embeddings_hnsw_" in plan and "(tenant_id = '" in plan
    assert "SubPlan" in plan and "Seq Scan" not in plan


def test_the_index_statement_walks_the_hnsw_index_and_the_exact_one_cannot(rag, tenant):
    documents = []
    for number in range(40):
        text = f"Item number {number} of the catalogue"
        documents.append(Document(f"d{number}", "", text, "s"))
    rag.ingest(documents, tenant)
    rag.database.build_index()
    values = semantic_values(rag.encoder, "catalogue")
    with rag.database.for_tenant(tenant).transaction() as transaction:
        transaction.execute(ONLY_INDEX_ORDER)
        index = transaction.explain("semantic_hits_index", values)
        exact = transaction.explain("semantic_hits_exact", values)
    assert "embeddings_hnsw_1" in index and "embeddings_hnsw_1" not in exact


def test_titles_are_looked_up_in_their_index(rag, bulk):
    values = {
        "names": ["amable quist"],
        "query_embedding": np.zeros(384, np.float32),
        "filters": None,
        "excluded": None,
        "languages": ["english"],
    }
    with rag.database.for_tenant(bulk).transaction() as transaction:
        transaction.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        plan = transaction.explain("linked_hits", values)
    assert "documents_title" in plan and "Seq Scan" not in plan


def test_facets_are_counted_index_only(rag, bulk):
    with rag.database.for_tenant(bulk).transaction() as transaction:
        fields = transaction.explain("facet_fields", {"count_limit": 10})
        values = transaction.explain("facet_values", {"count_limit": 10, "field": "price"})
    for plan in (fields, values):
        assert "Index Only Scan using document_fields_pkey" in plan
        assert "Seq Scan" not in plan
    assert "document_fields_date" in fields and "document_fields_number" in fields


def test_of_two_broad_filters_the_narrower_one_is_walked_along(rag, bulk):
    """By price come 1,500 documents; by the other, 2,700: as d1, d1001, d1002."""
    filters = filters_json(parse_filters({"tenth": "no", "price": {"before": 1501}}))
    walked = f"SELECT filtered_documents('{bulk}', '{filters}') LIMIT 3"
    with rag.database.for_tenant(bulk).transaction() as transaction:
        assert transaction.execute(walked) == [("d1",), ("d2",), ("d3",)]


def test_vectors_of_the_bulk_are_all_different(rag, bulk):
    with rag.database.for_tenant(bulk).transaction() as transaction:
        rows = transaction.execute("SELECT embedding::text FROM embeddings")
    assert len(np.unique([row[0] for row in rows])) == 3000
