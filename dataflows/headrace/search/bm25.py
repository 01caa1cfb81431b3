"""The BM25 search: postings read, added up, and the best chunks fetched."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from headrace.search.postings import PostingsRow, unpacked
from headrace.search.scoring import Postings, best, covered, idf
from headrace.search.syntax import excluded_phrases
from headrace.text.terms import searched, spaced
from headrace.types import Statements, SubQuery

#: Up to this many chunks that meet the filters are named beforehand.
_FEW = 20_000
#: Above that, this many times more chunks are looked through at each attempt.
_LOOKED_THROUGH = 16
_PHRASE_CANDIDATES = 1_000
_ID_BYTES = 8


def search(
    reader: Statements,
    queries: Sequence[SubQuery],
    languages: Sequence[str],
    filters: Sequence[str | None],
    top_k: int,
) -> list[list[tuple]]:
    """The rows of `keyword_hits_bm25` for each query.

    They are the `top_k` chunks that meet the query's filters and have nothing that it
    excludes. Where the filters leave few chunks, the best of those are looked for.
    Where they leave many, the best of all are looked through, in ever larger numbers,
    until `top_k` of them meet the filters. Of the best 1,000, chunks with all of a
    query's phrases score more, as if the phrases were one rare word.

    Args:
        reader: everything it reads is of one moment (`TenantDatabase.read`).
        filters: one per query.
    """
    asked = {
        "queries": [searched(query.text) for query in queries],
        "languages": list(languages),
    }
    rows = reader.query("keyword_postings", asked)
    if not rows:
        return [[] for _ in queries]
    postings = unpacked([PostingsRow(*row) for row in rows])
    allowed = {conditions: _allowed(reader, conditions) for conditions in set(filters)}
    found = []
    for number, query in enumerate(queries):
        conditions = filters[number]
        of_query = _Query(reader, postings, number, query, list(languages), allowed[conditions])
        found.append(of_query.rows(conditions, top_k))
    return found


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

    def rows(self, filters: str | None, top_k: int) -> list[tuple]:
        asked = {
            "excluded": excluded_phrases(self.query),
            "languages": self.languages,
            "filters": filters if self.allowed is None else None,
            "top_k": top_k,
        }
        some_go = bool(asked["filters"] or self.query.excluded)
        count = top_k
        while True:
            count = count * _LOOKED_THROUGH if some_go else count
            chunk_ids, scores = self._best(count)
            asked["chunk_ids"] = chunk_ids
            asked["scores"] = scores
            asked["coverages"] = covered(self.postings, self.number, chunk_ids)
            rows = self.reader.query("keyword_hits_bm25", asked) if len(chunk_ids) else []
            if not some_go or len(rows) == top_k or len(chunk_ids) < count:
                return rows

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
