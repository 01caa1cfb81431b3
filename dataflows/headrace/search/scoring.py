"""BM25 from postings.

Every posting of a query's terms is added up, so the scores are those of the formula,
and nothing is left out.
"""

from dataclasses import dataclass

import numpy as np

#: Chunks are of about one size, so their length says less than a document's does: 0.75
#: is usual for `B`. A word that a question repeats counts less each time (`K3`).
#: DECISIONS.md, "BM25".
K1 = 1.2
B = 0.6
K3 = 1.5
#: Scores are sums in which what is taken back cancels. Rounding leaves far less than
#: this, and any match scores far more.
_NOTHING = 1e-10
_BLOCK = 64


@dataclass(frozen=True)
class Postings:
    """The postings of some terms.

    Attributes:
        chunk_ids: (n_chunks,) int64, ascending: all chunks with one of the terms,
            perhaps with others between them.
        places: per term, (n_postings,) int64: where its chunks are in `chunk_ids`.
        parts: per term, (n_postings,) float64: what it counts for in each of them,
            frequency and length considered. Below 1; negative for a posting that takes
            back.
        weights: (n_terms, n_queries) float64: idf times what the term counts for in the
            query, 1 where it is there once.
        chunks: how many chunks the tenant has.
    """

    chunk_ids: np.ndarray
    places: list[np.ndarray]
    parts: list[np.ndarray]
    weights: np.ndarray
    chunks: int


def idf(chunks: int, found: np.ndarray | int) -> np.ndarray:
    """The inverse document frequency of what `found` chunks have, as in Lucene."""
    return np.log(1 + np.maximum(chunks - found + 0.5, 0) / (found + 0.5))


def best(
    postings: Postings, query: int, count: int, allowed: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The chunks that score highest for a query, and their scores.

    Args:
        query: its index.
        count: how many chunks; fewer come back if fewer have a term of the query.
        allowed: the only chunk ids to consider; None: all.
    Returns:
        Chunk ids (int64) and scores (float64), best first, ties by chunk_id.
    """
    scores = np.zeros(len(postings.chunk_ids))
    weights = postings.weights[:, query]
    for weight, places, parts in zip(weights, postings.places, postings.parts, strict=True):
        if weight:
            np.add.at(scores, places, weight * parts)
    if allowed is not None:
        scores = np.where(np.isin(postings.chunk_ids, allowed), scores, 0)
    kept = np.flatnonzero(scores >= max(_least(scores, count), _NOTHING))
    order = kept[np.lexsort((kept, -scores[kept]))][:count]
    return postings.chunk_ids[order], scores[order]


def covered(postings: Postings, query: int, chunk_ids: np.ndarray) -> np.ndarray:
    """The share of a query's terms that each of these chunks has.

    A term counts by its weight squared: rare ones more, as in the cosine of tf-idf
    vectors, where query and text both bring their idf.

    Returns:
        (n_chunks,) float64, 0 to 1.
    """
    asked = np.searchsorted(postings.chunk_ids, chunk_ids)
    order = np.argsort(asked)
    is_asked = np.zeros(len(postings.chunk_ids), bool)
    is_asked[asked] = True
    weights = postings.weights[:, query] ** 2
    shares = np.zeros(len(chunk_ids))
    for weight, places, parts in zip(weights, postings.places, postings.parts, strict=True):
        if weight:
            found = np.flatnonzero(is_asked[places])
            rows = order[np.searchsorted(asked, places[found], sorter=order)]
            np.add.at(shares, rows, weight * np.sign(parts[found]))
    return np.clip(shares / max(weights.sum(), _NOTHING), 0, 1)


def _least(scores: np.ndarray, count: int) -> float:
    """A score that at least `count` of the scores reach.

    It is the `count`-th of the best of each 64: sorting all of them would take longer.
    """
    blocks = len(scores) // _BLOCK
    if blocks < count:
        return 0.0
    highest = scores[: blocks * _BLOCK].reshape(_BLOCK, blocks).max(axis=0)
    return float(np.partition(highest, -count)[-count])
