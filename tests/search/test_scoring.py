"""BM25 from postings: scores and coverage by hand, the best as if all were sorted."""

import struct
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headrace.search import scoring
from headrace.search.postings import PostingsRow, Unpacked, unpacked
from headrace.search.scoring import Postings, best, covered
from support.postings import Posting, idf, packed, row

CHUNKS = 8_000


def test_postings_are_added_up_and_what_is_taken_back_counts_nowhere():
    rows = [
        row(1, (7, 2, 3), (9, 1, 2)),
        row(1, (9, -1, 2), found=-1),
        row(2, (8, 1, 1), weight=2.0),
    ]
    chunk_ids, scores = best(unpacked(rows), 0, 10)
    assert chunk_ids.tolist() == [8, 7]
    twice = 2.5 * 2 / 3.5
    rare = idf(3, 1)
    short = 1 + 1.2 * (0.4 + 0.6 * 1 / 2)
    long = 2 + 1.2 * (0.4 + 0.6 * 3 / 2)
    assert scores.tolist() == pytest.approx([twice * rare / short, rare * 2 / long])


def test_coverage_is_the_share_of_the_querys_terms_by_idf_squared_without_what_was_taken_back():
    rows = [
        row(1, (7, 2, 3), (9, 1, 2)),
        row(1, (9, -1, 2), found=-1),
        row(2, (7, 5, 3), (8, 1, 1)),
        row(3, (8, 1, 1), weight=0.0),
    ]
    rare, common = idf(3, 1) ** 2, idf(3, 2) ** 2
    shares = covered(unpacked(rows), 0, np.array([8, 7, 9]))
    assert shares.tolist() == pytest.approx([common / (rare + common), 1.0, 0.0])


def test_each_query_counts_its_own_terms():
    postings = [
        PostingsRow(1, [1.0, 0.0], 0, packed((7, 1, 2)), 1, 3, 2.0),
        PostingsRow(2, [0.0, 1.0], 0, packed((8, 1, 2)), 1, 3, 2.0),
    ]
    found = [best(unpacked(postings), query, 10)[0].tolist() for query in (0, 1)]
    assert found == [[7], [8]]


def sorted_sums(
    postings: Postings, count: int, allowed: np.ndarray | None = None
) -> list[tuple[int, float]]:
    """Every posting added up in a dictionary, and all of the chunks sorted."""
    scores: Counter[int] = Counter()
    for piece in postings.pieces:
        weight = float(postings.weights[piece.term, 0])
        chunk_ids = postings.ids(piece.places).tolist()
        parts = postings.parts[piece.counted].tolist()
        for chunk_id, part in zip(chunk_ids, parts, strict=True):
            scores[chunk_id] += weight * part
    ranked = sorted(scores, key=lambda chunk_id: (-scores[chunk_id], chunk_id))
    kept = []
    for chunk_id in ranked:
        if scores[chunk_id] > 1e-10 and (allowed is None or chunk_id in allowed):
            kept.append((chunk_id, scores[chunk_id]))
    return kept[:count]


def term_rows(rng: np.random.Generator, term: int, size: int, spread: int) -> list[PostingsRow]:
    """A term of `size` chunks, every ninth taken back; ids `spread` apart."""
    by_part: dict[int, list[Posting]] = {}
    for chunk in rng.choice(CHUNKS, size, replace=False).tolist():
        chunk_id = chunk * spread + 5
        posting = Posting(chunk_id & 0xFFFFFFFF, 1 + chunk % 3, 10 + chunk % 4)
        of_part = by_part.setdefault(chunk_id >> 32, [])
        of_part.append(posting)
        if chunk_id % 9 == 0:
            of_part.append(posting._replace(frequency=-posting.frequency))
    rows = []
    for part, of_part in by_part.items():
        found = sum(1 if posting.frequency > 0 else -1 for posting in of_part)
        rows.append(PostingsRow(term, [1.0], part, packed(*of_part), found, CHUNKS, 11.5))
    return rows


def kept_lists(rows: list[PostingsRow]) -> dict[tuple[int, int], Unpacked]:
    """The rows' postings as they are kept in memory, each list sorted."""
    lists = {}
    for one in rows:
        ids_first = sorted(struct.iter_unpack(">IbB", one.packed or b""))
        again = packed(*(Posting(*posting) for posting in ids_first))
        lists[one.term, one.part] = Unpacked.of([again]).told_sorted()
    return lists


@pytest.mark.parametrize("few_blocks", [0, 1_000])
@pytest.mark.parametrize("spread", [1, 1_000_000])
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.sampled_from((1, 10, 100)),
    frequent=st.integers(0, 3),
    few=st.booleans(),
    kept=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_the_best_are_those_of_sorting_all_ties_by_chunk_id(
    spread, few_blocks, seed, count, frequent, few, kept
):
    """Rare and very frequent terms, many equal scores, some chunks taken back."""
    rng = np.random.default_rng(seed)
    sizes = [*rng.integers(1, 400, rng.integers(1, 4)), *rng.integers(3_000, CHUNKS, frequent)]
    rows = []
    for term, size in enumerate(sizes):
        rows += term_rows(rng, term, size, spread)
    allowed = rng.choice(CHUNKS, 500) * spread + 5 if few else None
    postings = unpacked(rows)
    if kept:
        without = [one._replace(packed=None) for one in rows]
        postings = unpacked(without, kept_lists(rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring, "_FEW_BLOCKS", few_blocks)
        chunk_ids, scores = best(postings, 0, count, allowed)
    expected = sorted_sums(unpacked(rows), count, allowed)
    assert scores.tolist() == pytest.approx([score for _, score in expected], rel=1e-9)
    assert chunk_ids.tolist() == [chunk_id for chunk_id, _ in expected]
    shares = covered(postings, 0, chunk_ids)
    assert shares.tolist() == pytest.approx(covered(unpacked(rows), 0, chunk_ids).tolist())
