"""The search by words."""

from hamilton.function_modifiers import config, tag

from headrace.metadata.filters import filters_of
from headrace.search import bm25
from headrace.search.kept_chunks import with_chunks
from headrace.search.statements import conditions, hits_of
from headrace.text.terms import searched
from headrace.types import Hit, QueryFilters, SubQuery, TenantDatabase, TenantFacts


@config.when(keyword="bm25")
@tag(stage="keyword search", runs="concurrently")
def keyword_hits__bm25(
    sub_queries: list[SubQuery],
    query_filters: QueryFilters,
    tenant_facts: TenantFacts,
    database: TenantDatabase,
    candidate_count: int = 100,
) -> list[Hit]:
    """The chunks that share words with each sub-query, ranked by BM25.

    Any word may match; rare words count more. Words are stemmed, and stop words left
    out, for each language of the tenant's documents. A quoted phrase counts like one
    rare word, and no hit has what a sub-query excludes. The postings of all
    sub-queries' words are read at once and added up here. The best chunks are then
    fetched from the same snapshot.

    Returns:
        The hits of each sub-query one after the other, best first, scores above 0, ties
        by chunk_id.
    Source: Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and
        Beyond", 2009; k1 1.2, b 0.6, k3 1.5.
    """
    if not sub_queries:
        return []
    filters = [filters_of(query, query_filters) for query in sub_queries]
    asked = (sub_queries, tenant_facts.languages, filters, candidate_count, tenant_facts.version)
    return hits_of("keyword", database.read(lambda reader: bm25.search(reader, *asked)))


@config.when(keyword="ts_rank")
@tag(stage="keyword search", runs="concurrently")
def keyword_hits__ts_rank(
    sub_queries: list[SubQuery],
    query_filters: QueryFilters,
    tenant_facts: TenantFacts,
    database: TenantDatabase,
    candidate_count: int = 100,
) -> list[Hit]:
    """The chunks that share words with each sub-query, ranked by PostgreSQL's ts_rank.

    This is the usual recipe, kept to compare with. Any word may match.

    Returns:
        As the other variant.
    """
    searches = []
    for query in sub_queries:
        search = {
            "query": searched(query.searched_words),
            **conditions(query, query_filters, tenant_facts),
            "top_k": candidate_count,
        }
        searches.append(search)
    rows = database.query_each("keyword_hits_ts_rank", searches)
    return hits_of("keyword", with_chunks(database, tenant_facts.version, rows))
