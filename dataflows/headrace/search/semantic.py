"""The semantic search: chunks by the meaning of their text."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from hamilton.function_modifiers import tag

from headrace.search.crossing import moved
from headrace.search.kept_chunks import with_chunks
from headrace.search.routing import candidates, most_compared
from headrace.search.statements import conditions, hits_of
from headrace.text.terms import read_syntax
from headrace.types import (
    Courtesy,
    Encoder,
    Hit,
    QueryFilters,
    SubQuery,
    TenantDatabase,
    TenantFacts,
    encoded_queries,
)

_NO_COURTESY = Courtesy()


@tag(stage="semantic search", runs="aside")
def question_embedding(
    searched_query: str, encoder: Encoder, courtesy: Courtesy = _NO_COURTESY
) -> dict[str, np.ndarray]:
    """The vector of the question as asked, by its text.

    It is computed while the database looks up the question's words: whatever these
    mean, the question as asked is one of the sub-queries.

    Returns:
        One vector, (encoder.dimension,) float32, norm 1; none for a greeting or thanks.
    """
    if courtesy.kind:
        return {}
    text = read_syntax(searched_query).text
    return {text: encoded_queries(encoder, [text])[0]}


@tag(stage="semantic search", runs="concurrently")
def query_embeddings(
    sub_queries: list[SubQuery],
    encoder: Encoder,
    question_embedding: Mapping[str, np.ndarray] | None = None,
) -> np.ndarray:
    """The vectors of the sub-queries, in order.

    Those of a question in a language that no document is in are moved to the documents'
    (`crossing.moved`).

    Args:
        question_embedding: vectors that are there already, by their texts.
    Returns:
        (n_sub_queries, encoder.dimension) float32, rows of norm 1. The encoder is
        called once for all others, with each text once.
    """
    if not sub_queries:
        return np.empty((0, encoder.dimension), np.float32)
    texts = [sub_query.text for sub_query in sub_queries]
    vectors = dict(question_embedding or {})
    missing = [text for text in dict.fromkeys(texts) if text not in vectors]
    if missing:
        vectors |= zip(missing, encoded_queries(encoder, missing), strict=True)
    found = np.array([vectors[text] for text in texts], np.float32)
    return moved(found, encoder, sub_queries[0].crossing)


@tag(stage="semantic search", runs="concurrently")
def semantic_hits(
    sub_queries: list[SubQuery],
    query_embeddings: np.ndarray,
    query_filters: QueryFilters,
    tenant_facts: TenantFacts,
    database: TenantDatabase,
    candidate_count: int = 100,
    exact_search_chunks: int = 3_000,
    hnsw_ef_search: int = 0,
) -> list[Hit]:
    """The chunks nearest in meaning to each sub-query, by cosine similarity.

    If the filters leave few chunks of the tenant, every one is compared: up to
    `exact_search_chunks`, or more if the HNSW index holds many others
    (`routing.most_compared`). Without an index, every chunk is compared too; the first
    ingest beyond that limit builds it. Otherwise the index is searched. If it returns
    fewer than `candidate_count` rows, every chunk is compared after all. So
    `candidate_count` hits come back whenever there are as many.

    Args:
        hnsw_ef_search: candidates that a search of the index keeps; 0: by its size.
    Returns:
        The hits of each sub-query one after the other, best first, scores in [-1, 1],
        ties by chunk_id.
    """
    searches = []
    for query, embedding in zip(sub_queries, query_embeddings, strict=True):
        search = {
            "query_embedding": embedding,
            **conditions(query, query_filters, tenant_facts),
            "top_k": candidate_count,
        }
        searches.append(search)
    limit = most_compared(exact_search_chunks, tenant_facts.chunks, tenant_facts.vectors)
    is_exact = {}
    for filters in {search["filters"] for search in searches}:
        is_exact[filters] = _is_exact(filters, tenant_facts, database, limit)
    kept = candidates(hnsw_ef_search, candidate_count, tenant_facts.vectors)
    rows = _found(searches, is_exact, database, kept)
    return hits_of("semantic", with_chunks(database, tenant_facts.version, rows))


def _found(
    searches: list[dict[str, Any]],
    is_exact: Mapping[str | None, bool],
    database: TenantDatabase,
    kept: int,
) -> list[list[tuple]]:
    """The rows of each search; by exact search if the index returned too few.

    Args:
        kept: candidates that a search of the index keeps.
    """
    exact = [number for number, search in enumerate(searches) if is_exact[search["filters"]]]
    by_index = [number for number in range(len(searches)) if number not in exact]
    found: dict[int, list[tuple]] = {}

    def run(asked_of: TenantDatabase, statement: str, numbers: Iterable[int]) -> None:
        asked = {number: searches[number] for number in numbers}
        if asked:
            rows = asked_of.query_each(statement, asked.values())
            found.update(zip(asked, rows, strict=True))

    run(database, "semantic_hits_exact", exact)
    run(database.with_candidates(kept), "semantic_hits_index", by_index)
    short = [number for number in by_index if len(found[number]) < searches[number]["top_k"]]
    run(database, "semantic_hits_exact", short)
    return [found[number] for number in range(len(searches))]


def _is_exact(
    filters: str | None, facts: TenantFacts, database: TenantDatabase, limit: int
) -> bool:
    """Whether a search under these filters compares every chunk that they leave.

    It does up to about `limit` chunks, and whenever there is no index.
    """
    if not facts.indexed or facts.chunks <= limit:
        return True
    if filters is None:
        return False
    counted = {"filters": filters, "count_limit": limit + 1}
    ((_, chunks),) = database.query("filtered_chunks", counted)
    return chunks <= limit
