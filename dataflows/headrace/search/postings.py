"""The postings of the terms of a few queries, unpacked from what PostgreSQL stores.

A posting says which chunk has the term, how often, and how long the chunk is
(sql/migrations/008_narrow_postings.sql). A negative one cancels a positive one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from headrace.search.scoring import K1, K3, B, Piece, Postings, idf

_POSTING = np.dtype([("chunk_id", ">u4"), ("counted", ">u2")])
#: Chunk ids are added up in an array over their whole range while that is at most this
#: many times larger than there are postings, or at most `_SMALL_RANGE`.
_SPARSE = 16
_SMALL_RANGE = 1 << 16
#: A posting's second byte is a chunk's length: exact up to here, then logarithmic.
_EXACT_LENGTHS = 128
_CODES_PER_OCTAVE = 14


class PostingsRow(NamedTuple):
    """A row of `keyword_postings`: one segment's postings of one term.

    Attributes:
        term: the term's id; several rows may have it.
        weights: how often each query has the term.
        part: the upper 32 bits of the chunk ids.
        packed: the postings, six bytes each; None where they are many.
        found: how many chunks of the segment have the term.
        chunks: how many chunks the tenant has.
        mean_length: of the tenant's chunks, in terms.
        level, segment, made_at: of the segment where the postings are many; no other
            segment ever has both its number and its time.
    """

    term: int
    weights: list[float]
    part: int
    packed: bytes | None
    found: int
    chunks: int
    mean_length: float
    level: int | None = None
    segment: int | None = None
    made_at: int | None = None


@dataclass(frozen=True)
class Unpacked:
    """Postings of one term, whose chunk ids have the same upper 32 bits.

    Attributes:
        ids: (n_postings,) uint32: the lower 32 bits.
        counted: (n_postings,) uint16: frequency and length.
        is_sorted: whether the ids ascend, each once.
    """

    ids: np.ndarray
    counted: np.ndarray
    is_sorted: bool = False

    @classmethod
    def of(cls, packed: Sequence[bytes]) -> "Unpacked":
        postings = np.frombuffer(b"".join(packed), _POSTING)
        return cls(postings["chunk_id"].astype(np.uint32), postings["counted"].astype(np.uint16))

    def told_sorted(self) -> "Unpacked":
        """The same, with `is_sorted` set by what the ids are."""
        return replace(self, is_sorted=bool((self.ids[1:] > self.ids[:-1]).all()))


@dataclass
class _Term:
    """All segments of one term."""

    weights: list[float]
    found: int = 0
    packed: dict[int, list[bytes]] = field(default_factory=dict)

    def add(self, row: PostingsRow) -> None:
        self.found += row.found
        self.weights = row.weights
        if row.packed is not None:
            self.packed.setdefault(row.part, []).append(row.packed)


#: Long lists of postings, by term and by the upper 32 bits of their chunk ids.
LongLists = Mapping[tuple[int, int], Unpacked]


def unpacked(rows: Sequence[PostingsRow], long: LongLists = MappingProxyType({})) -> Postings:
    """The postings of some terms, with the weights of BM25 (k1 1.2, b 0.6, k3 1.5).

    idf is Lucene's, ln(1 + (N - df + 0.5) / (df + 0.5)).

    Args:
        rows: one or more.
        long: the long lists, which the rows do not contain.
    """
    terms: dict[int, _Term] = {}
    for row in rows:
        terms.setdefault(row.term, _Term(row.weights)).add(row)
    lists = []
    for number, (term_id, term) in enumerate(terms.items()):
        for part, packed in term.packed.items():
            lists.append(_List(number, part, Unpacked.of(packed)))
        for (of_term, part), postings in long.items():
            if of_term == term_id:
                lists.append(_List(number, part, postings))
    repeated = np.array([term.weights for term in terms.values()])
    found = np.array([term.found for term in terms.values()])
    chunks = rows[0].chunks
    weights = idf(chunks, found)[:, None] * (K3 + 1) * repeated / (K3 + repeated)
    chunk_ids, pieces = _placed(lists)
    return Postings(chunk_ids, pieces, _saturated(rows[0].mean_length), weights, chunks)


class _List(NamedTuple):
    """Postings of one term.

    Attributes:
        term: its number among the terms.
    """

    term: int
    part: int
    postings: Unpacked

    @property
    def ends(self) -> tuple[int, int]:
        """The lowest and the highest chunk id."""
        ids = self.postings.ids
        low, high = (ids[0], ids[-1]) if self.postings.is_sorted else (ids.min(), ids.max())
        return (self.part << 32) + int(low), (self.part << 32) + int(high)

    def piece(self, places: np.ndarray | None = None, first: int = 0) -> Piece:
        """
        Args:
            first: the chunk id at place 0.
        """
        ids, counted, is_sorted = self.postings.ids, self.postings.counted, self.postings.is_sorted
        return Piece(self.term, ids, counted, places, (self.part << 32) - first, is_sorted)


def _placed(lists: Sequence[_List]) -> tuple[np.ndarray | range, list[Piece]]:
    """All chunk ids, ascending, and the postings with their places among these.

    A range has other ids between them.
    """
    sizes = [len(one.postings.ids) for one in lists]
    ends = [one.ends for one in lists]
    first = min(low for low, _ in ends)
    last = max(high for _, high in ends)
    if last - first < max(_SPARSE * sum(sizes), _SMALL_RANGE):
        return range(first, last + 1), [one.piece(first=first) for one in lists]
    ids = [one.postings.ids.astype(np.int64) + (one.part << 32) for one in lists]
    distinct, places = np.unique(np.concatenate(ids), return_inverse=True)
    by_list = np.split(places, np.cumsum(sizes)[:-1])
    pieces = [one.piece(of_list) for one, of_list in zip(lists, by_list, strict=True)]
    return distinct, pieces


@lru_cache(maxsize=16)
def _saturated(mean_length: float) -> np.ndarray:
    """What a term counts for in a chunk, by the two bytes of its posting.

    Returns:
        (65536,) float64, below 1; negative for a negative frequency.
    """
    frequencies = np.arange(256).astype(np.int8).astype(np.float64)[:, None]
    codes = np.arange(256)
    octaves = (codes - _EXACT_LENGTHS) / _CODES_PER_OCTAVE
    lengths = np.where(codes <= _EXACT_LENGTHS, codes, _EXACT_LENGTHS * 2.0**octaves)
    relative = lengths * (K1 * B / max(mean_length, 1e-9))
    return (frequencies / (np.abs(frequencies) + K1 * (1 - B) + relative)).ravel()
