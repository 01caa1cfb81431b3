"""Rows of the search statements as hits."""

from headrace.search.rows import hits_of
from headrace.types import Hit
from support.hits import chunk


def test_hits_say_their_search_their_sub_query_and_their_rank():
    first, second = chunk(1), chunk(2)
    rows = [[(*first, 0.9), (*second, 0.8)], [], [(*second, 0.7)]]
    assert hits_of("semantic", rows) == [
        Hit(first, 0.9, 1, "semantic", 0),
        Hit(second, 0.8, 2, "semantic", 0),
        Hit(second, 0.7, 1, "semantic", 2),
    ]


def test_a_row_of_bm25_also_has_its_coverage():
    (hit,) = hits_of("keyword", [[(*chunk(1), 3.5, 0.25)]])
    assert hit == Hit(chunk(1), 3.5, 1, "keyword", 0, coverage=0.25)


def test_no_rows_are_no_hits():
    assert hits_of("keyword", []) == [] == hits_of("keyword", [[], []])
