"""What search statements take of a sub-query, and the hits that their rows are."""

import json

from headrace.search.kept_chunks import FoundRows
from headrace.search.statements import conditions, hits_of
from headrace.types import Filter, Hit, QueryFilters, SubQuery, TenantFacts
from support.hits import chunk

CHUNKS = {1: chunk(1), 2: chunk(2)}


def test_hits_say_their_search_their_sub_query_and_their_rank():
    rows = [[(1, 0.9), (2, 0.8)], [], [(2, 0.7)]]
    assert hits_of("semantic", FoundRows(rows, CHUNKS)) == [
        Hit(CHUNKS[1], 0.9, 1, "semantic", 0),
        Hit(CHUNKS[2], 0.8, 2, "semantic", 0),
        Hit(CHUNKS[2], 0.7, 1, "semantic", 2),
    ]


def test_a_row_of_bm25_also_has_its_coverage():
    (hit,) = hits_of("keyword", FoundRows([[(1, 3.5, 0.25)]], CHUNKS))
    assert hit == Hit(CHUNKS[1], 3.5, 1, "keyword", 0, coverage=0.25)


def test_no_rows_are_no_hits():
    assert hits_of("keyword", FoundRows([], {})) == [] == hits_of("keyword", FoundRows([[]], {}))


def test_a_statement_takes_the_filters_of_all_sub_queries_and_of_its_own():
    applied, own = Filter("author", "in", ("ada",)), Filter("year", "in", ("2024",))
    query = SubQuery("RRF", excluded=("snake_case",), filters=(own,))
    facts = TenantFacts("1", 2, 3, ("english", "german"), ())
    asked = conditions(query, QueryFilters((applied,)), facts)
    assert list(asked) == ["filters", "excluded", "languages"]
    assert [one["field"] for one in json.loads(asked["filters"])] == ["author", "year"]
    assert asked["excluded"] == ["snake case"]
    assert asked["languages"] == ["english", "german"]


def test_without_conditions_a_statement_takes_none():
    asked = conditions(SubQuery("RRF"), QueryFilters(), TenantFacts("1", 2, 3, (), ()))
    assert asked == {"filters": None, "excluded": None, "languages": []}
