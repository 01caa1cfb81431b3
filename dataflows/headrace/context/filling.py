"""The hits that the context is made of, and how relevant each is.

The first hits seldom fill the budget: a chunk of documentation is often a short
section. What is left goes to the next hits, and to neighbours of the best ones.
"""

from collections.abc import Sequence

import numpy as np

from headrace.context.repetition import distinct
from headrace.types import Chunk, Dropped, Hit

#: Candidates for each hit that goes on to the context (DECISIONS.md, "filling").
_LOOKED_AT = 2
#: A chunk beside one of this many best hits probably belongs to what that hit says.
_BEST_HITS = 3
#: The least relevance of such a chunk, as a share of that hit's.
_BESIDE_SHARE = 0.7


def pool(
    hits: Sequence[Hit], ranked_hits: Sequence[Hit], replace_repeated: bool = True
) -> tuple[list[Hit], list[Dropped]]:
    """The candidates for the context, best first, and the hits dropped as repeated.

    There are twice as many candidates as `hits`. The further ones are, first, chunks
    beside one of the best three hits, then the next of `ranked_hits`.

    Args:
        hits: those that go on to the context, best first.
        ranked_hits: all hits, best first; `hits` may be among them.
        replace_repeated: drop hits that only repeat a better one; the next candidate
            takes their place.
    """
    given = {hit.chunk.chunk_id for hit in hits}
    others = [hit for hit in ranked_hits if hit.chunk.chunk_id not in given]
    count = _LOOKED_AT * len(hits)
    beside = _beside(hits[:_BEST_HITS], others)
    first = {hit.chunk.chunk_id for hit in beside}
    looked_at = [*hits, *beside]
    for hit in others:
        if hit.chunk.chunk_id not in first:
            looked_at.append(hit)
    kept, dropped = looked_at[:count], []
    if replace_repeated:
        kept, dropped = distinct(looked_at, count)
    if beside:
        places = {hit.chunk.chunk_id: place for place, hit in enumerate([*hits, *others])}
        kept = sorted(kept, key=lambda hit: places[hit.chunk.chunk_id])
    return kept, [drop for drop in dropped if drop.chunk_id in given]


def _beside(best: Sequence[Hit], others: Sequence[Hit]) -> list[Hit]:
    """Those of other hits that are neighbours of one of the best."""
    documents = {hit.chunk.document_id for hit in best}
    same = [hit for hit in others if hit.chunk.document_id in documents]
    return [hit for hit in same if any(is_beside(hit.chunk, one.chunk) for one in best)]


def relevances(hits: Sequence[Hit]) -> np.ndarray:
    """How relevant each hit is, as a share of the best one.

    A hit's relevance is its score divided by the best score, and never above that of
    the hit before it. A chunk beside one of the best three hits has at least 0.7 of
    that hit's relevance.

    Args:
        hits: best first; a score of 0 or less says that nothing is known of a hit.
    Returns:
        (n_hits,) float64, 0 to 1.
    """
    if not hits:
        return np.empty(0)
    scores = np.array([max(hit.score, 0.0) for hit in hits])
    found = np.clip(np.minimum.accumulate(scores / max(scores[0], 1e-9)), 0.0, 1.0)
    beside = found.copy()
    for best, relevance in zip(hits[:_BEST_HITS], found, strict=False):
        for number, hit in enumerate(hits):
            if is_beside(hit.chunk, best.chunk):
                beside[number] = max(beside[number], _BESIDE_SHARE * relevance)
    return beside


def is_beside(one: Chunk, other: Chunk) -> bool:
    """Whether two chunks of a document overlap or follow each other."""
    if one.document_id != other.document_id:
        return False
    overlap = one.start < other.end and other.start < one.end
    return abs(one.ordinal - other.ordinal) <= 1 or overlap
