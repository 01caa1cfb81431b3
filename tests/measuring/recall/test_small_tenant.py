"""A small tenant beside a large one."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from headrace import Document, Pipeline
from headrace.measuring.recall.searches import TenantSearches

_MANY = """
INSERT INTO embeddings (tenant_id, chunk_id, encoder_id, embedding)
SELECT 'large', 1000 + n, encoder_id, embedding
FROM embeddings, generate_series(1, 20000) AS n
WHERE chunk_id = 1"""


@pytest.fixture
def beside(rag: Pipeline, data_dir) -> Iterator[Pipeline]:
    """A database where one tenant has 3 chunks and another 20,000."""
    with psycopg.connect(rag.database.admin_uri, autocommit=True) as admin:
        admin.execute("CREATE DATABASE beside")
        address = make_conninfo(admin.info.dsn, dbname="beside")
        choices = {"reranking": "off", "generation": "extractive"}
        with Pipeline.open(data_dir=data_dir, database_url=address, **choices) as pipeline:
            texts = [f"The walrus number {number} sleeps." for number in range(3)]
            pipeline.ingest([Document(text, "", text, "s") for text in texts], "small")
            with psycopg.connect(address, autocommit=True) as connection:
                # No keys are checked: these rows are only there to be many.
                connection.execute("SET session_replication_role = replica")
                connection.execute(_MANY)
                connection.execute("ANALYZE embeddings")
            yield pipeline
        admin.execute("DROP DATABASE beside WITH (FORCE)")
        admin.execute("DROP ROLE beside_app")


def test_a_small_tenant_beside_a_large_one_is_searched_exactly_along_its_own_key(beside):
    searches = TenantSearches(beside, "small")
    (question,) = beside.encoder.encode(["walrus"])
    database = beside.database.for_tenant("small")
    found = searches.search(database, question, ())
    assert found.statements == ("semantic_hits_exact",) and len(found.scores) == 3
    values = {
        "query_embedding": question,
        "filters": None,
        "top_k": 20,
        "excluded": None,
        "languages": ["english"],
    }
    with database.transaction() as transaction:
        plan = transaction.explain("semantic_hits_exact", values)
    assert "embeddings_pkey" in plan
    assert "Index Cond: ((tenant_id = 'small'::text)" in plan
    assert "Seq Scan on embeddings" not in plan
