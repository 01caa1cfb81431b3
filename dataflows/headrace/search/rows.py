"""From rows of the search statements to hits."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from headrace.types import Arm, Chunk, Hit

_CHUNK_COLUMNS = len(Chunk._fields)


class HitRow(NamedTuple):
    """A row of a search statement: the columns of `Chunk`, then its score.

    Only BM25 has a coverage.
    """

    chunk_id: int
    document_id: str
    title: str
    source: str
    text: str
    start: int
    end: int
    ordinal: int
    page: int | None
    above: str
    score: float
    coverage: float = 0.0


def hits_of(arm: Arm, rows_by_sub_query: Iterable[Sequence[tuple]]) -> list[Hit]:
    """The hits of one search: those of the first sub-query, then those of the next."""
    hits = []
    for number, rows in enumerate(rows_by_sub_query):
        for rank, row in enumerate(rows, start=1):
            chunk = Chunk._make(row[:_CHUNK_COLUMNS])
            score, *coverage = row[_CHUNK_COLUMNS:]
            hits.append(Hit(chunk, score, rank, arm, number, (), *coverage))
    return hits
