"""What every search statement takes of a sub-query, and the hits that its rows are."""

from typing import Any

from headrace.metadata.filters import filters_of
from headrace.search.kept_chunks import FoundRows
from headrace.text.terms import spaced
from headrace.types import Arm, Hit, QueryFilters, SubQuery, TenantFacts


def conditions(
    query: SubQuery, query_filters: QueryFilters, tenant_facts: TenantFacts
) -> dict[str, Any]:
    """The parameters that say which chunks a sub-query may find."""
    return {
        "filters": filters_of(query, query_filters),
        "excluded": excluded_phrases(query),
        "languages": list(tenant_facts.languages),
    }


def excluded_phrases(query: SubQuery) -> list[str] | None:
    """The words and phrases that no hit may have; None for none."""
    return [spaced(phrase) for phrase in query.excluded] or None


def hits_of(arm: Arm, found: FoundRows) -> list[Hit]:
    """The hits of one search: those of the first sub-query, then those of the next."""
    hits = []
    for number, rows in enumerate(found.rows):
        for rank, row in enumerate(rows, start=1):
            chunk_id, score, *coverage = row
            hits.append(Hit(found.chunks[chunk_id], score, rank, arm, number, (), *coverage))
    return hits
