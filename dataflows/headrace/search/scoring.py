"""BM25 from postings.

Every posting of a query's terms is added up, so the scores are those of the formula,
and nothing is left out (DECISIONS.md, "postings of frequent words").
"""

from dataclasses import dataclass

import numpy as np

#: Chunks are of about one size, so their length says less than a document's does: 0.75
#: is usual for `B`. A word that a question repeats counts less each time (`K3`).
#: DECISIONS.md, "BM25".
K1 = 1.2
B = 0.6
K3 = 1.5
#: Negative postings cancel positive ones in the sums. Rounding leaves far less than
#: this, and any match scores far more.
_NOTHING = 1e-10
_BLOCK = 64
#: With fewer blocks, looking at every score is faster than choosing among the blocks.
_FEW_BLOCKS = 1_000
#: Looking a chunk up among sorted ids takes as long as passing over this many.
_LOOKED_UP = 30


class Piece:
    """Some of a term's postings.

    Attributes:
        term: which of the terms.
        counted: (n_postings,) uint16: frequency in the chunk and its length.
    """

    def __init__(
        self,
        term: int,
        ids: np.ndarray,
        counted: np.ndarray,
        places: np.ndarray | None = None,
        shift: int = 0,
        is_sorted: bool = False,
    ):
        """
        Args:
            ids: (n_postings,) unsigned or int64, of chunks.
            places: (n_postings,) int64: where they are among all; by default
                `ids` + `shift`.
            is_sorted: whether `ids` ascend, each once.
        """
        self.term = term
        self.counted = counted
        self._ids = ids
        self._places = places
        self._shift = shift
        self._is_sorted = is_sorted and places is None

    def __len__(self) -> int:
        return len(self.counted)

    @property
    def places(self) -> np.ndarray:
        """(n_postings,) int64: where the chunks are among those of all terms."""
        if self._places is None:
            self._places = self._ids.astype(np.int64) + self._shift
        return self._places

    def places_at(self, found: np.ndarray) -> np.ndarray:
        """The places of some of the postings."""
        if self._places is None:
            return self._ids[found].astype(np.int64) + self._shift
        return self._places[found]

    def among(self, places: np.ndarray, is_there: np.ndarray) -> np.ndarray:
        """Which of the postings are of chunks at some places.

        Args:
            places: these places, ascending.
            is_there: (n_places,) bool: whether a place is one of them.
        """
        if not self._is_sorted or len(places) * _LOOKED_UP > len(self):
            return np.flatnonzero(is_there[self.places])
        wanted = places - self._shift
        limits = np.iinfo(self._ids.dtype)
        wanted = wanted[(wanted >= limits.min) & (wanted <= limits.max)].astype(self._ids.dtype)
        found = np.searchsorted(self._ids, wanted)
        found[found == len(self)] = 0
        return found[self._ids[found] == wanted]


@dataclass(frozen=True)
class Postings:
    """The postings of some terms.

    Attributes:
        chunk_ids: ascending: all chunks with one of the terms, as (n_chunks,) int64, or
            as a range that has others between them.
        pieces: those of all terms, in any order.
        parts: (65536,) float64: what a term counts for in a chunk, by a posting's
            `counted`. Below 1; negative for a negative posting.
        weights: (n_terms, n_queries) float64: idf times what the term counts for in the
            query, which is 1 for a term that is there once.
        chunks: how many chunks the tenant has.
    """

    chunk_ids: np.ndarray | range
    pieces: list[Piece]
    parts: np.ndarray
    weights: np.ndarray
    chunks: int

    def ids(self, places: np.ndarray) -> np.ndarray:
        """The chunk ids (int64) at these places."""
        if isinstance(self.chunk_ids, range):
            return places + self.chunk_ids.start
        return self.chunk_ids[places]

    def places_of(self, chunk_ids: np.ndarray) -> np.ndarray:
        """Where these chunks are, in the same order; unknown ones are left out."""
        if isinstance(self.chunk_ids, range):
            places = chunk_ids - self.chunk_ids.start
            return places[(places >= 0) & (places < len(self.chunk_ids))]
        places = np.searchsorted(self.chunk_ids, chunk_ids)
        places[places == len(self.chunk_ids)] = 0
        return places[self.chunk_ids[places] == chunk_ids]


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
    for piece in postings.pieces:
        if weights[piece.term]:
            np.add.at(scores, piece.places, weights[piece.term] * postings.parts[piece.counted])
    if allowed is None:
        kept = _highest(scores, count)
    else:
        kept = np.unique(postings.places_of(allowed))
        kept = kept[scores[kept] >= _NOTHING]
    order = kept[np.lexsort((kept, -scores[kept]))][:count]
    return postings.ids(order), scores[order]


def covered(postings: Postings, query: int, chunk_ids: np.ndarray) -> np.ndarray:
    """The share of a query's terms that each of these chunks has.

    A term counts by its weight squared: rare ones more, as in the cosine of tf-idf
    vectors, where query and text both bring their idf.

    Returns:
        (n_chunks,) float64, 0 to 1.
    """
    asked = postings.places_of(chunk_ids)
    order = np.argsort(asked)
    ascending = asked[order]
    is_asked = np.zeros(len(postings.chunk_ids), bool)
    is_asked[asked] = True
    weights = postings.weights[:, query] ** 2
    shares = np.zeros(len(chunk_ids))
    for piece in postings.pieces:
        weight = weights[piece.term]
        if weight:
            found = piece.among(ascending, is_asked)
            rows = order[np.searchsorted(ascending, piece.places_at(found))]
            np.add.at(shares, rows, weight * np.sign(postings.parts[piece.counted[found]]))
    return np.clip(shares / max(weights.sum(), _NOTHING), 0, 1)


def _highest(scores: np.ndarray, count: int) -> np.ndarray:
    """The places of the `count` highest scores, and perhaps of some more; never of 0.

    Sorting all scores would take longer. The scores are taken in columns of 64. The
    `count`-th highest of the columns' maxima is reached by at least `count` scores, and
    only in columns whose maximum reaches it.
    """
    blocks = len(scores) // _BLOCK
    if blocks < count:
        return np.flatnonzero(scores >= _NOTHING)
    in_blocks = scores[: blocks * _BLOCK].reshape(_BLOCK, blocks)
    highest = in_blocks.max(axis=0)
    least = max(float(np.partition(highest, -count)[-count]), _NOTHING)
    if blocks < _FEW_BLOCKS:
        return np.flatnonzero(scores >= least)
    reaching = np.flatnonzero(highest >= least)
    rows, columns = np.nonzero(in_blocks[:, reaching] >= least)
    behind = blocks * _BLOCK
    last = behind + np.flatnonzero(scores[behind:] >= least)
    return np.concatenate([rows * blocks + reaching[columns], last])
