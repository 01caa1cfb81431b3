"""From what a search found to hits."""

from headrace.search.kept_chunks import FoundRows
from headrace.types import Arm, Hit


def hits_of(arm: Arm, found: FoundRows) -> list[Hit]:
    """The hits of one search: those of the first sub-query, then those of the next."""
    hits = []
    for number, rows in enumerate(found.rows):
        for rank, row in enumerate(rows, start=1):
            chunk_id, score, *coverage = row
            hits.append(Hit(found.chunks[chunk_id], score, rank, arm, number, (), *coverage))
    return hits
