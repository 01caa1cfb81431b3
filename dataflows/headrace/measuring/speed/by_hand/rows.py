"""Rows of the search statements, read by position: no object is made of any."""

from typing import Any

Row = tuple[Any, ...]
#: Rows with their scores, best first. A row's own score is what its search gave it.
Ranking = list[tuple[Row, float]]

#: Where the columns of a row are; the first ten are those of `Chunk`.
ID = 0
DOCUMENT = 1
TITLE = 2
TEXT = 4
CHUNK = slice(10)
SCORE = 10
#: Only rows of BM25 have a coverage, the share of the query's words in the chunk.
COVERAGE = 11


def by_score(rows: dict[int, Row], scores: dict[int, float]) -> Ranking:
    """The rows of some chunks with their scores, best first, ties by chunk id."""
    order = sorted(scores, key=lambda chunk_id: (-scores[chunk_id], chunk_id))
    return [(rows[chunk_id], scores[chunk_id]) for chunk_id in order]
