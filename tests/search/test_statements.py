"""What a search found as hits."""

from headrace.search.kept_chunks import FoundRows
from headrace.search.rows import hits_of
from headrace.types import Hit
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
