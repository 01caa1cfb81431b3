"""The BM25 search: postings read, added up, and the best chunks fetched."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from headrace.search.kept_chunks import FoundRows, with_chunks
from headrace.search.kept_postings import LONG_BYTES, KeptPostings
from headrace.search.postings import PostingsRow, unpacked
from headrace.search.scoring import Postings, best, covered, idf
from headrace.search.statements import excluded_phrases
from headrace.text.terms import searched, spaced
from headrace.types import Statements, SubQuery

#: If at most this many chunks meet the filters, their ids are read beforehand.
_FEW = 20_000
#: If more do, the best chunks are checked in growing numbers: at first this many times
#: the number asked for, then what the share that met the filters so far says is needed,
#: times the spare factor.
_LOOKED_THROUGH = 16
_SPARE = 1.5
_PHRASE_CANDIDATES = 1_000
_ID_BYTES = 8

_kept = KeptPostings()


def search(
    reader: Statements,
    queries: Sequence[SubQuery],
    languages: Sequence[str],
    filters: Sequence[str | None],
    top_k: int,
    version: str,
) -> FoundRows:
    """What the queries find.

    A query's hits are the `top_k` best chunks that meet its filters and have nothing
    that it excludes. If the filters leave few chunks, only those are scored. If they
    leave many, the best of all chunks are checked, in growing numbers, until `top_k` of
    them meet the filters. Among the best 1,000, chunks that have all phrases of a query
    score more, as if the phrases were one rare word.

    Args:
        reader: everything it reads is of one moment (`TenantDatabase.read`).
        filters: one per query.
        version: of the tenant's documents, as of `kept_chunks.with_chunks`.
    """
    asked = {
        "queries": [searched(query.searched_words) for query in queries],
        "languages": list(languages),
        "long_bytes": LONG_BYTES,
    }
    rows = [PostingsRow(*row) for row in reader.query("keyword_postings", asked)]
    if not rows:
        return FoundRows([[] for _ in queries], {})
    postings = unpacked(rows, _kept.lists(reader, rows))
    allowed = {conditions: _allowed(reader, conditions) for conditions in set(filters)}
    found = []
    for number, query in enumerate(queries):
        conditions = filters[number]
        of_query = _Query(reader, postings, number, query, list(languages), allowed[conditions])
        found.append(of_query.found(conditions, top_k))
    return with_chunks(reader, version, found)


class _Found(NamedTuple):
    """A chunk that a query found: a row of `keyword_hits_bm25`."""

    chunk_id: int
    score: float
    coverage: float


def _allowed(reader: Statements, filters: str | None) -> np.ndarray | None:
    """The chunks that meet the filters, if they are few; else None."""
    if filters is None:
        return None
    ((packed,),) = reader.query("filtered_chunk_ids", {"filters": filters, "count_limit": _FEW + 1})
    if len(packed) > _FEW * _ID_BYTES:
        return None
    return np.frombuffer(packed, ">i8").astype(np.int64)


@dataclass(frozen=True)
class _Query:
    """One query of a search."""

    reader: Statements
    postings: Postings
    number: int
    query: SubQuery
    languages: list[str]
    allowed: np.ndarray | None

    def found(self, filters: str | None, top_k: int) -> list[_Found]:
        filters = filters if self.allowed is None else None
        if filters is None and not self.query.excluded:
            return self._best_rows(top_k)
        count = top_k * _LOOKED_THROUGH
        while True:
            best_rows = self._best_rows(count)
            rows = self._met(best_rows, filters, top_k) if best_rows else []
            if len(rows) == top_k or len(best_rows) < count:
                return rows
            more = _SPARE * top_k / max(len(rows), 1)
            count = round(count * min(max(more, 2), _LOOKED_THROUGH))

    def _met(self, rows: Sequence[_Found], filters: str | None, top_k: int) -> list[_Found]:
        """The first of these rows that meet the filters and have nothing excluded."""
        chunk_ids, scores, coverages = map(np.array, zip(*rows, strict=True))
        asked = {
            "chunk_ids": chunk_ids,
            "scores": scores,
            "coverages": coverages,
            "excluded": excluded_phrases(self.query),
            "languages": self.languages,
            "filters": filters,
            "top_k": top_k,
        }
        return [_Found(*row) for row in self.reader.query("keyword_hits_bm25", asked)]

    def _best_rows(self, count: int) -> list[_Found]:
        chunk_ids, scores = self._best(count)
        coverages = covered(self.postings, self.number, chunk_ids)
        columns = chunk_ids.tolist(), scores.tolist(), coverages.tolist()
        return list(map(_Found, *columns))

    def _best(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The ids and scores of the `count` best chunks, phrases considered."""
        if not self.query.phrases:
            return best(self.postings, self.number, count, self.allowed)
        candidates = max(count, _PHRASE_CANDIDATES)
        chunk_ids, scores = best(self.postings, self.number, candidates, self.allowed)
        if len(chunk_ids):
            chunk_ids, scores = self._with_phrases(chunk_ids, scores)
        return chunk_ids[:count], scores[:count]

    def _with_phrases(
        self, chunk_ids: np.ndarray, scores: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The same chunks in their new order: those with the phrases score more."""
        asked = {
            "chunk_ids": chunk_ids,
            "phrases": [spaced(phrase) for phrase in self.query.phrases],
            "languages": self.languages,
        }
        having = [chunk_id for (chunk_id,) in self.reader.query("chunks_saying", asked)]
        scores = scores + idf(self.postings.chunks, len(having)) * np.isin(chunk_ids, having)
        order = np.lexsort((chunk_ids, -scores))
        return chunk_ids[order], scores[order]
