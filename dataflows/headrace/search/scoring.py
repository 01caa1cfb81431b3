"""BM25 from postings.

The scores of the best chunks are those of the formula, with every posting of a query's
terms added up. Not every posting is looked at for that: once the rare terms are added
up, no chunk that has only frequent ones can be among the best, so frequent terms are
added up for the others alone.
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
#: With fewer postings, adding all of them up takes less time than choosing.
_FEW = 30_000
#: Looking a chunk up among sorted ids takes as long as passing over so many.
_LOOKED_UP = 30
#: The chunks of a term that has so many times more of them than are asked for say how
#: much the best score at least.
_LEADING = 4


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
            `counted`. Below 1; negative for a posting that takes back.
        weights: (n_terms, n_queries) float64: idf times what the term counts for in the
            query, 1 where it is there once.
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
        """Where these chunks are, in the same order; those that are nowhere left out."""
        if isinstance(self.chunk_ids, range):
            places = chunk_ids - self.chunk_ids.start
            return places[(places >= 0) & (places < len(self.chunk_ids))]
        places = np.searchsorted(self.chunk_ids, chunk_ids)
        places[places == len(self.chunk_ids)] = 0
        return places[self.chunk_ids[places] == chunk_ids]

    def by_term(self) -> list[list[Piece]]:
        """The pieces of each term."""
        terms: list[list[Piece]] = [[] for _ in self.weights]
        for piece in self.pieces:
            terms[piece.term].append(piece)
        return terms


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
    Source: Turtle & Flood, "Query evaluation: strategies and optimizations", 1995
        (MaxScore).
    """
    summed = _Sums(postings, postings.weights[:, query], count)
    if allowed is None:
        kept = summed.add_rare()
    else:
        kept = np.unique(postings.places_of(allowed))
    kept = summed.add_left(kept)
    scores = summed.scores[kept]
    order = np.lexsort((kept, -scores))[:count]
    return postings.ids(kept[order]), scores[order]


class _Sums:
    """The scores of a query, as far as they are added up.

    A term adds less than its weight to any chunk. So a chunk is out as soon as what it
    has, and the weights of the terms that are left, are less than what `count` others
    have already.

    Attributes:
        scores: (n_places,) float64.
    """

    def __init__(self, postings: Postings, weights: np.ndarray, count: int):
        self.scores = np.zeros(len(postings.chunk_ids))
        self._parts = postings.parts
        self._weights = weights
        self._count = count
        self._terms = postings.by_term()
        sizes = [sum(map(len, pieces)) for pieces in self._terms]
        rare_first = np.argsort(sizes, kind="stable").tolist()
        self._left = [term for term in rare_first if weights[term]]
        self._is_many = sum(sizes) >= _FEW

    def add_rare(self) -> np.ndarray:
        """Adds terms to all chunks, the rarest first, until only some can be the best.

        Returns:
            The places of those, ascending.
        """
        leading = self._leading()
        least = 0.0
        while self._left:
            for piece in self._terms[self._left.pop(0)]:
                self._add(piece, piece.places, piece.counted)
            if self._left and len(leading):
                least = _highest(self.scores[leading], self._count) - self._most_left()
                if least > _NOTHING:
                    break
        if not self._left:
            least = _least(self.scores, self._count)
        return np.flatnonzero(self.scores >= max(least - _NOTHING, _NOTHING))

    def add_left(self, kept: np.ndarray) -> np.ndarray:
        """Adds the terms that are left to some chunks.

        Args:
            kept: their places, ascending.
        Returns:
            The places of those that may be the best, ascending, with scores above 0.
        """
        is_kept = np.zeros(len(self.scores) if self._left else 0, bool)
        is_kept[kept if self._left else []] = True
        while self._left:
            for piece in self._terms[self._left.pop(0)]:
                found = piece.among(kept, is_kept)
                self._add(piece, piece.places_at(found), piece.counted[found])
            scores = self.scores[kept]
            is_out = scores < _highest(scores, self._count) - self._most_left() - _NOTHING
            is_kept[kept[is_out]] = False
            kept = kept[~is_out]
        return kept[self.scores[kept] >= _NOTHING]

    def _add(self, piece: Piece, places: np.ndarray, counted: np.ndarray) -> None:
        np.add.at(self.scores, places, self._weights[piece.term] * self._parts[counted])

    def _most_left(self) -> float:
        """What the terms that are left may add to a chunk, at most."""
        return float(self._weights[self._left].sum())

    def _leading(self) -> np.ndarray:
        """The places of some of the rarest postings that are enough.

        None if adding all up is faster. They are of one term, so a chunk is there once,
        or scores nothing: what is taken back is there twice.
        """
        for term in self._left if self._is_many else []:
            longest = max(self._terms[term], key=len)
            if len(longest) >= _LEADING * self._count:
                return longest.places
        return np.empty(0, np.int64)


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


def _highest(scores: np.ndarray, count: int) -> float:
    """The `count`-th highest score; 0 where there are fewer."""
    if len(scores) < count:
        return 0.0
    return float(np.partition(scores, -count)[-count])


def _least(scores: np.ndarray, count: int) -> float:
    """A score that at least `count` of the scores reach.

    It is the `count`-th of the best of each 64: sorting all of them would take longer.
    """
    blocks = len(scores) // _BLOCK
    if blocks < count:
        return 0.0
    return _highest(scores[: blocks * _BLOCK].reshape(_BLOCK, blocks).max(axis=0), count)
