"""Packed postings, and BM25 worked out in Python from the stored chunks."""

import math
import struct
from collections import Counter
from typing import NamedTuple

import pytest

from headrace import Pipeline
from headrace.search import bm25
from headrace.search.postings import PostingsRow
from headrace.types import SubQuery, TenantDatabase

_FREQUENCIES = """
SELECT chunk_id, lexeme, frequency
FROM chunks, unnest(lexemes), posted_terms(lexemes)
WHERE term = hashtextextended(lexeme, 0)
"""


class Posting(NamedTuple):
    """An entry of a term; a negative frequency takes a positive one back."""

    chunk_id: int
    frequency: int
    length: int


def packed(*postings: Posting | tuple[int, int, int]) -> bytes:
    """The entries as PostgreSQL keeps them, six bytes each."""
    return b"".join(struct.pack(">IbB", *posting) for posting in postings)


def merge_all(database: TenantDatabase) -> None:
    """Merge all of a tenant's segments into one."""
    every = "SELECT array_agg(DISTINCT level), array_agg(segment) FROM segments"
    with database.transaction() as transaction:
        ((levels, segments),) = transaction.execute(every)
        transaction.query("merge_segments", {"levels": levels, "segments": segments})


def row(
    term: int, *postings: tuple[int, int, int], found: int | None = None, weight: float = 1.0
) -> PostingsRow:
    """A term's postings in a tenant of three chunks, two terms long on average.

    Args:
        found: how many chunks have the term; by default one per posting.
        weight: how often the one query has it.
    """
    count = len(postings) if found is None else found
    return PostingsRow(term, [weight], 0, packed(*postings), count, 3, 2.0)


def idf(chunks: int, found: int) -> float:
    """Lucene's."""
    return math.log(1 + (chunks - found + 0.5) / (found + 0.5))


def worked_out(rag: Pipeline, tenant: str, query: str) -> dict[int, float]:
    """BM25 (k1 1.2, b 0.6, k3 1.5) of every chunk that shares a word with the query."""
    asked = f"SELECT lexeme, cardinality(positions) FROM unnest(to_tsvector('english', '{query}'))"
    with rag.database.for_tenant(tenant).transaction() as transaction:
        lengths = dict(transaction.execute("SELECT chunk_id, length FROM chunks"))
        frequencies = transaction.execute(_FREQUENCIES)
        in_query = transaction.execute(asked)
    found = Counter(lexeme for _, lexeme, _ in frequencies)
    mean = sum(lengths.values()) / max(len(lengths), 1)
    weights = {}
    for lexeme, count in in_query:
        weights[lexeme] = 2.5 * count / (1.5 + count) * idf(len(lengths), found[lexeme])
    scores: Counter[int] = Counter()
    for chunk_id, lexeme, frequency in frequencies:
        if lexeme in weights:
            length = 0.4 + 0.6 * lengths[chunk_id] / mean
            scores[chunk_id] += weights[lexeme] * frequency / (frequency + 1.2 * length)
    return dict(scores)


def assert_as_worked_out(rag: Pipeline, tenant: str, query: str) -> None:
    """The search's ranking and scores are those worked out from the stored chunks."""
    expected = worked_out(rag, tenant, query)
    found = rag.database.for_tenant(tenant).read(
        lambda reader: bm25.search(reader, [SubQuery(query)], ["english"], [None], 1000, tenant)
    )
    scores = {chunk_id: score for chunk_id, score, _ in found.rows[0]}
    assert list(scores.values()) == pytest.approx(sorted(expected.values(), reverse=True), rel=1e-9)
    assert scores == pytest.approx(expected, rel=1e-9) and scores.keys() == found.chunks.keys()
