"""What PostgreSQL keeps under the terms of a few queries, unpacked.

A posting says which chunk has the term, how often, and how long the chunk is
(sql/migrations/008_narrow_postings.sql). A negative one takes its positive twin back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from headrace.search.scoring import K1, K3, B, Postings, idf

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
        packed: the postings, six bytes each.
        found: how many chunks of the segment have the term.
        chunks: how many chunks the tenant has.
        mean_length: of the tenant's chunks, in terms.
    """

    term: int
    weights: list[float]
    part: int
    packed: bytes
    found: int
    chunks: int
    mean_length: float


@dataclass
class _Term:
    """All segments of one term."""

    weights: list[float]
    found: int = 0
    packed: dict[int, list[bytes]] = field(default_factory=dict)

    def add(self, row: PostingsRow) -> None:
        self.found += row.found
        self.weights = row.weights
        self.packed.setdefault(row.part, []).append(row.packed)


def unpacked(rows: Sequence[PostingsRow]) -> Postings:
    """The postings of some terms, with the weights of BM25 (k1 1.2, b 0.6, k3 1.5).

    idf is Lucene's, ln(1 + (N - df + 0.5) / (df + 0.5)).

    Args:
        rows: one or more.
    """
    terms: dict[int, _Term] = {}
    for row in rows:
        terms.setdefault(row.term, _Term(row.weights)).add(row)
    saturated = _saturated(rows[0].mean_length)
    chunk_ids = []
    parts = []
    for term in terms.values():
        of_term = {}
        for part, packed in term.packed.items():
            of_term[part] = np.frombuffer(b"".join(packed), _POSTING)
        chunk_ids.append(
            _joined(
                [ids["chunk_id"].astype(np.int64) + (part << 32) for part, ids in of_term.items()]
            )
        )
        parts.append(_joined([saturated[ids["counted"]] for ids in of_term.values()]))
    repeated = np.array([term.weights for term in terms.values()])
    found = np.array([term.found for term in terms.values()])
    chunks = rows[0].chunks
    weights = idf(chunks, found)[:, None] * (K3 + 1) * repeated / (K3 + repeated)
    distinct, places = _placed(chunk_ids)
    return Postings(distinct, places, parts, weights, chunks)


def _placed(lists: list[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """The distinct ids of some lists, ascending, and where the ids of each list are.

    There may be other ids between them.
    """
    sizes = [len(ids) for ids in lists]
    first = min(int(ids.min()) for ids in lists)
    last = max(int(ids.max()) for ids in lists)
    if last - first < max(_SPARSE * sum(sizes), _SMALL_RANGE):
        return np.arange(first, last + 1), [ids - first for ids in lists]
    distinct, places = np.unique(np.concatenate(lists), return_inverse=True)
    return distinct, np.split(places, np.cumsum(sizes)[:-1])


def _joined(arrays: list[np.ndarray]) -> np.ndarray:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


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
