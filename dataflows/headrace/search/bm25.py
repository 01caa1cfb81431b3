"""BM25 over packed postings: what PostgreSQL keeps under the terms of a few queries, added up.

A posting says which chunk, how often, and how long the chunk is (sql/008_narrow_postings.sql); a negative one takes its positive twin back. Every
posting of a query's terms is read and added up, so the scores are those of the formula and nothing is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from headrace.text.terms import searched, spaced
from headrace.types import SubQuery

#: Chunks are of one size, more or less, so their length says less than a document's does: 0.75 is usual for `_B`. On 17 collections nDCG@10
#: is 0.8056 with 0.6 and 0.8032 with 0.75. `_K3`: a word that a question repeats counts less each time (0.8067).
_K1, _B, _K3 = 1.2, 0.6, 1.5
_POSTING = np.dtype(
    [("chunk_id", ">u4"), ("counted", ">u2")]
)  # counted: frequency and length, a byte each
#: Scores are sums in which what is taken back cancels; what rounding leaves of that is far below, and the least score of a match far above.
_NOTHING = 1e-10
#: Scores are added up in an array over the whole range of chunk ids while that is not much larger than there are postings.
_SPARSE, _SMALL_RANGE = 16, 1 << 16
_EXACT_LENGTHS, _CODES_AN_OCTAVE = 128, 14  # how a posting says a chunk's length
#: Up to so many chunks that meet the filters are named beforehand; above that, so many times more hits are looked through at each attempt.
_FEW = 20_000
_LOOKED_THROUGH = 16
_PHRASE_CANDIDATES = 1_000


@dataclass(frozen=True)
class Postings:
    """The postings of some terms.

    Attributes:
        chunk_ids: (n_chunks,) int64, ascending: all chunks with one of the terms, maybe with others between them.
        places: of each term (n_postings,) int64, where in `chunk_ids` its chunks are.
        parts: of each term (n_postings,) float64, what it counts for in each of them, frequency and length considered: below 1; negative for
            a posting that takes back.
        weights: (n_terms, n_queries) float64, idf times what the term counts for in the query, 1 where it is there once.
        chunks: how many the tenant has.
    """

    chunk_ids: np.ndarray
    places: list[np.ndarray]
    parts: list[np.ndarray]
    weights: np.ndarray
    chunks: int


def search(
    reader: Any,
    queries: Sequence[SubQuery],
    languages: Sequence[str],
    filters: Sequence[str | None],
    top_k: int,
) -> list[list[tuple]]:
    """For each query the rows of `keyword_hits_bm25`: the top_k chunks that meet its filters and have nothing excluded, best first.

    Where the filters leave few chunks, the best among those are looked for; where they leave many, the best of all are looked through, in
    ever larger numbers, until top_k meet the filters. Of the best 1,000, chunks that have a query's phrases score more, as if the phrases
    were one rare word of the query.

    Args:
        reader: reads all of one moment (`Database.read`).
        filters: one for each query.
    """
    rows = reader.query(
        "keyword_postings",
        {"queries": [searched(query.text) for query in queries], "languages": list(languages)},
    )
    if not rows:
        return [[] for _ in queries]
    postings, allowed = (
        unpacked(rows),
        {conditions: _allowed(reader, conditions) for conditions in set(filters)},
    )
    return [
        _fetched(
            reader,
            postings,
            (number, query),
            list(languages),
            allowed[conditions],
            conditions,
            top_k,
        )
        for number, (query, conditions) in enumerate(zip(queries, filters, strict=True))
    ]


def _allowed(reader: Any, filters: str | None) -> np.ndarray | None:
    """The chunks that meet the filters, where they are few; None where they are many, or there are no filters."""
    if filters is None:
        return None
    ((packed,),) = reader.query("filtered_chunk_ids", {"filters": filters, "count_limit": _FEW + 1})
    return np.frombuffer(packed, ">i8").astype(np.int64) if len(packed) <= _FEW * 8 else None


def _fetched(
    reader: Any,
    postings: "Postings",
    numbered: tuple[int, SubQuery],
    languages: list[str],
    allowed: np.ndarray | None,
    filters: str | None,
    top_k: int,
) -> list[tuple]:
    number, query = numbered
    asked = {
        "excluded": excluded_phrases(query),
        "languages": languages,
        "filters": filters if allowed is None else None,
        "top_k": top_k,
    }
    looser, count = bool(asked["filters"] or query.excluded), top_k
    while True:
        count = count * _LOOKED_THROUGH if looser else count
        chunk_ids, scores = best(
            postings, number, max(count, _PHRASE_CANDIDATES) if query.phrases else count, allowed
        )
        if query.phrases and len(chunk_ids):
            chunk_ids, scores = _with_phrases(
                reader, query, languages, postings.chunks, chunk_ids, scores
            )
        chunk_ids, scores = chunk_ids[:count], scores[:count]
        asked |= {
            "chunk_ids": chunk_ids,
            "scores": scores,
            "coverages": covered(postings, number, chunk_ids),
        }
        rows = reader.query("keyword_hits_bm25", asked) if len(chunk_ids) else []
        if not looser or len(rows) == top_k or len(chunk_ids) < count:
            return rows


def _with_phrases(
    reader: Any,
    query: SubQuery,
    languages: list[str],
    chunks: int,
    chunk_ids: np.ndarray,
    scores: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """The same chunks in their new order, those with the query's phrases having the idf of these more."""
    phrases = [spaced(phrase) for phrase in query.phrases]
    rows = reader.query(
        "chunks_saying", {"chunk_ids": chunk_ids, "phrases": phrases, "languages": languages}
    )
    scores = scores + _idf(chunks, len(rows)) * np.isin(
        chunk_ids, [chunk_id for (chunk_id,) in rows]
    )
    order = np.lexsort((chunk_ids, -scores))
    return chunk_ids[order], scores[order]


def excluded_phrases(query: SubQuery) -> list[str] | None:
    """What a query excludes, as the statements take it."""
    return [spaced(phrase) for phrase in query.excluded] or None


def unpacked(rows: Sequence[tuple]) -> Postings:
    """What `keyword_postings` returned, with the weights of BM25 (k1 1.2, b 0.6, k3 1.5), idf as in Lucene: ln(1 + (N - df + 0.5) / (df + 0.5)).

    Args:
        rows: (term, weights, part, entries, found, chunks, mean_length), one or more; a term may have several.
    """
    *_, chunks, mean_length = rows[0]
    entries: dict[int, dict[int, list[bytes]]] = {}
    found: dict[int, int] = {}
    counts: dict[int, list[float]] = {}
    for term, weights, part, packed, in_segment, *_ in rows:
        entries.setdefault(term, {}).setdefault(part, []).append(packed)
        found[term] = found.get(term, 0) + in_segment
        counts[term] = weights
    repeated = np.array(list(counts.values()))
    values = [
        {part: np.frombuffer(b"".join(packed), _POSTING) for part, packed in by_part.items()}
        for by_part in entries.values()
    ]
    saturated = _saturated(mean_length)
    return Postings(
        *_placed(
            [
                _joined(
                    [
                        of_part["chunk_id"].astype(np.int64) + (part << 32)
                        for part, of_part in of_term.items()
                    ]
                )
                for of_term in values
            ]
        ),
        parts=[
            _joined([saturated[of_part["counted"]] for of_part in of_term.values()])
            for of_term in values
        ],
        weights=_idf(chunks, np.array(list(found.values())))[:, None]
        * (_K3 + 1)
        * repeated
        / (_K3 + repeated),
        chunks=chunks,
    )


def _placed(lists: list[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """The distinct ids of some lists, in ascending order, maybe with others between them, and where the ids of each list are."""
    sizes = [len(ids) for ids in lists]
    first, last = min(int(ids.min()) for ids in lists), max(int(ids.max()) for ids in lists)
    if last - first < max(_SPARSE * sum(sizes), _SMALL_RANGE):
        return np.arange(first, last + 1), [ids - first for ids in lists]
    distinct, places = np.unique(np.concatenate(lists), return_inverse=True)
    return distinct, np.split(places, np.cumsum(sizes)[:-1])


def _idf(chunks: int, found: Any) -> Any:
    """Of what `found` of the chunks have."""
    return np.log(1 + np.maximum(chunks - found + 0.5, 0) / (found + 0.5))


def _joined(arrays: list[np.ndarray]) -> np.ndarray:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


@lru_cache(maxsize=16)
def _saturated(mean_length: float) -> np.ndarray:
    """(65536,) float64: what a term counts for in a chunk, by the two bytes of a posting that say how often it is there and how long the chunk is."""
    frequencies, codes = np.arange(256).astype(np.int8).astype(np.float64)[:, None], np.arange(256)
    lengths = np.where(
        codes <= _EXACT_LENGTHS,
        codes,
        _EXACT_LENGTHS * 2.0 ** ((codes - _EXACT_LENGTHS) / _CODES_AN_OCTAVE),
    )
    return (
        frequencies
        / (np.abs(frequencies) + _K1 * (1 - _B) + _K1 * _B / max(mean_length, 1e-9) * lengths)
    ).ravel()


def best(
    postings: Postings, query: int, count: int, allowed: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The `count` chunks that score highest for a query, fewer if fewer hold a term of it, and their scores; best first, ties by chunk_id.

    Args:
        allowed: the only chunks to consider; None: all.
    """
    scores = np.zeros(len(postings.chunk_ids))
    for weight, places, parts in zip(
        postings.weights[:, query], postings.places, postings.parts, strict=True
    ):
        if weight:
            np.add.at(scores, places, weight * parts)
    if allowed is not None:
        scores = np.where(np.isin(postings.chunk_ids, allowed), scores, 0)
    kept = np.flatnonzero(scores >= max(_least(scores, count), _NOTHING))
    order = kept[np.lexsort((kept, -scores[kept]))][:count]
    return postings.chunk_ids[order], scores[order]


def covered(postings: Postings, query: int, chunk_ids: np.ndarray) -> np.ndarray:
    """(n_chunks,) float64, 0 to 1: the share of the query's terms that each of these chunks has, a term counting by its weight squared:
    rare ones more, as in the cosine of tf-idf vectors, where query and text both bring their idf.
    """
    asked = np.searchsorted(postings.chunk_ids, chunk_ids)
    order, sought = np.argsort(asked), np.zeros(len(postings.chunk_ids), bool)
    sought[asked] = True
    weights, shares = postings.weights[:, query] ** 2, np.zeros(len(chunk_ids))
    for weight, places, parts in zip(weights, postings.places, postings.parts, strict=True):
        if weight:
            found = np.flatnonzero(sought[places])
            np.add.at(
                shares,
                order[np.searchsorted(asked, places[found], sorter=order)],
                weight * np.sign(parts[found]),
            )
    return np.clip(shares / max(weights.sum(), _NOTHING), 0, 1)


def _least(scores: np.ndarray, count: int) -> float:
    """A score that at least `count` of the scores reach: of the best of each 64, the `count`-th. Sorting all would take longer."""
    blocks = len(scores) // 64
    if blocks < count:
        return 0.0
    return np.partition(scores[: blocks * 64].reshape(64, blocks).max(axis=0), -count)[-count]
