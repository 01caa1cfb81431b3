"""One ranking from two searches: scores by hand, and what must always hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.search.fusion import fused_hits__convex, fused_hits__rrf
from headrace.search.weighing import semantic_share
from headrace.types import UNSCALED, Arm, Found, Hit, SubQuery
from support.hits import chunk, ids, ranking, scored, scores_by_id

PARTS = [SubQuery("question"), SubQuery("part", weight=0.5)]
#: For each sub-query the ids of the chunks found, best first.
rankings = st.lists(st.lists(st.integers(1, 30), unique=True, max_size=20), min_size=1, max_size=5)


def hits_of(arm: Arm, chunk_ids: list[list[int]]) -> list[Hit]:
    hits = []
    for number, of_sub_query in enumerate(chunk_ids):
        hits += ranking(arm, number, *of_sub_query)
    return hits


def assert_every_chunk_once_in_order(fused: list[Hit], *searches: list[Hit]) -> None:
    """Best first, ties by chunk id, ranks from 1."""
    found = set()
    for hits in searches:
        found.update(ids(hits))
    assert sorted(ids(fused)) == sorted(found)
    order = [(-hit.score, hit.chunk_id) for hit in fused]
    assert order == sorted(order) and len(set(order)) == len(order)
    assert [hit.rank for hit in fused] == list(range(1, len(fused) + 1))


# --------------------------------------------------------------- by ranks


def test_a_chunk_found_by_both_rankings_comes_first():
    hits = fused_hits__rrf(ranking("semantic", 0, 1, 2), ranking("keyword", 0, 2, 3))
    assert ids(hits) == [2, 1, 3]
    assert [round(hit.score, 4) for hit in hits] == [0.0325, 0.0164, 0.0161]


def test_a_fused_hit_says_where_it_was_found():
    hits = fused_hits__rrf(ranking("semantic", 0, 1, 2), ranking("keyword", 0, 2, 3))
    assert hits[0].found_by == (Found("semantic", 0, 2), Found("keyword", 0, 1))
    assert list(map(str, hits[0].found_by)) == ["semantic 0 #2", "keyword 0 #1"]
    assert (hits[0].arm, hits[0].sub_query) == ("fused", None)


def test_a_search_without_hits_leaves_the_other_as_it_is():
    assert ids(fused_hits__rrf(ranking("semantic", 0, 5, 4), [])) == [5, 4]
    assert fused_hits__rrf([], []) == []


@given(rankings, rankings, st.integers(1, 100))
def test_rank_fusion_holds_every_chunk_once_in_order_and_never_below_one_it_dominates(
    semantic, keyword, rrf_k
):
    searches = hits_of("semantic", semantic), hits_of("keyword", keyword)
    hits = fused_hits__rrf(*searches, rrf_k=rrf_k)
    assert_every_chunk_once_in_order(hits, *searches)
    for hit in hits:
        assert hit.score == pytest.approx(sum(1 / (rrf_k + place.rank) for place in hit.found_by))


def test_rank_fusion_counts_sub_queries_by_their_weights():
    semantic = ranking("semantic", 0, 1) + ranking("semantic", 1, 2)
    hits = fused_hits__rrf(semantic, [], sub_queries=PARTS)
    assert [(hit.chunk_id, hit.score) for hit in hits] == [(1, 1 / 61), (2, 0.5 / 61)]


# --------------------------------------------------------------- by scores


def test_convex_fusion_adds_scores_brought_to_one():
    semantic = scored("semantic", 0, {1: 0.8, 2: 0.4})
    keyword = scored("keyword", 0, {2: 6.0, 3: 3.0})
    hits = fused_hits__convex(semantic, keyword, semantic_weight=0.5)
    assert [(hit.chunk_id, hit.score) for hit in hits] == [(2, 0.75), (1, 0.5), (3, 0.25)]
    assert hits[0].found_by == (Found("semantic", 0, 2), Found("keyword", 0, 1))


COVERING = [
    Hit(chunk(2), 6.0, 1, "keyword", 0, coverage=0.5),
    Hit(chunk(3), 5.7, 2, "keyword", 0, coverage=1.0),
]


def test_convex_fusion_counts_how_many_of_its_words_a_chunk_has():
    semantic = scored("semantic", 0, {1: 0.8, 2: 0.4})
    hits = fused_hits__convex(semantic, COVERING, semantic_weight=0.5, coverage_weight=0.2)
    expected = {2: 0.75 + 0.5 * 0.2 * 0.5, 3: 0.475 + 0.5 * 0.2, 1: 0.5}
    assert scores_by_id(hits) == pytest.approx(expected)
    assert ids(fused_hits__convex([], COVERING, coverage_weight=0.2)) == [3, 2]
    assert ids(fused_hits__convex([], COVERING, coverage_weight=0)) == [2, 3]


def test_only_the_leading_sub_querys_coverage_counts():
    parts = [SubQuery("part", weight=0.5), SubQuery("question")]
    hits = fused_hits__convex([], COVERING, coverage_weight=0.2, sub_queries=parts)
    assert ids(hits) == [2, 3]


def test_convex_fusion_gives_what_a_search_stopped_short_of_most_of_its_last_score():
    semantic = scored("semantic", 0, {1: 0.8, 2: 0.6})
    keyword = scored("keyword", 0, {3: 4.0})
    hits = fused_hits__convex(semantic, keyword, semantic_weight=0.5, candidate_count=2)
    assert scores_by_id(hits) == pytest.approx({1: 0.5, 2: 0.375, 3: 0.5 + 0.7 * 0.375})


def test_convex_fusion_adds_up_sub_queries_by_their_weights():
    semantic = scored("semantic", 0, {1: 0.8, 2: 0.4}) + scored("semantic", 1, {2: 0.9, 3: 0.45})
    hits = fused_hits__convex(semantic, [], semantic_weight=1, sub_queries=PARTS)
    assert [(hit.chunk_id, hit.score) for hit in hits] == [(1, 1.0), (2, 0.5 + 0.5), (3, 0.25)]


def test_convex_fusion_does_without_a_search_and_without_good_scores():
    semantic = scored("semantic", 0, {5: 0.8, 4: 0.4})
    hits = fused_hits__convex(semantic, [], semantic_weight=0.5)
    assert [(hit.chunk_id, hit.score) for hit in hits] == [(5, 0.5), (4, 0.25)]
    assert fused_hits__convex([], []) == []
    negative = fused_hits__convex(scored("semantic", 0, {1: -0.1, 2: -0.2}), [])
    assert [hit.score for hit in negative] == [0.0, 0.0]


def test_the_weight_of_one_search_alone_stays_as_it_is():
    semantic, keyword = scored("semantic", 0, {5: 0.1}), scored("keyword", 0, {7: 3.0})
    assert scores_by_id(fused_hits__convex(semantic, keyword, 1.0)) == {5: 1.0, 7: 0.0}


def test_fusion_is_the_same_wherever_the_cosines_of_an_encoder_lie():
    keyword = scored("keyword", 0, {2: 6.0, 3: 3.0})
    low = scored("semantic", 0, {1: 0.8, 2: 0.4, 4: -0.2})
    high = scored("semantic", 0, {1: 0.94, 2: 0.82, 4: 0.64})
    expected = scores_by_id(fused_hits__convex(low, keyword, candidate_count=3))
    found = fused_hits__convex(high, keyword, candidate_count=3, cosine_scale=(0.7, 1.0))
    assert scores_by_id(found) == pytest.approx(expected, abs=0.001)


def test_what_counts_as_nothing_of_a_cosine_gives_next_to_nothing():
    semantic, keyword = scored("semantic", 0, {5: 0.69}), scored("keyword", 0, {7: 3.0})
    hits = fused_hits__convex(semantic, keyword, 0.5, cosine_scale=(0.7, 1.0))
    assert scores_by_id(hits) == pytest.approx({5: 0.0, 7: 0.5}, abs=0.001)


@pytest.mark.parametrize("best", [0.72, 0.69])
def test_cosines_that_count_as_nothing_keep_their_order(best):
    semantic = scored("semantic", 0, {9: best, 7: 0.68, 8: 0.67, 1: 0.66})
    hits = fused_hits__convex(semantic, [], cosine_scale=(0.7, 1.0))
    assert [hit.chunk_id for hit in hits] == [9, 7, 8, 1]
    assert all(hit.score >= 0 for hit in hits)


@given(rankings, rankings, st.floats(0, 1))
def test_convex_fusion_holds_every_chunk_once_in_order(semantic, keyword, semantic_weight):
    searches = hits_of("semantic", semantic), hits_of("keyword", keyword)
    hits = fused_hits__convex(*searches, semantic_weight=semantic_weight)
    assert_every_chunk_once_in_order(hits, *searches)
    if len(semantic) == len(keyword) == 1:
        assert all(-1e-9 <= hit.score <= 1 + 1e-9 for hit in hits)


def test_a_sub_query_s_keyword_hits_count_as_much_as_it_says():
    semantic = scored("semantic", 0, {1: 0.8, 2: 0.4})
    keyword = scored("keyword", 0, {3: 6.0})
    little = [SubQuery("question", keyword_weight=0.25)]
    half = {"semantic_weight": 0.5, "coverage_weight": 0}
    fused = fused_hits__convex(semantic, keyword, sub_queries=little, **half)
    assert scores_by_id(fused) == pytest.approx({1: 0.5, 2: 0.25, 3: 0.125})
    by_rank = fused_hits__rrf(semantic, keyword, sub_queries=little)
    assert scores_by_id(by_rank)[3] == pytest.approx(0.25 / 61)


# --------------------------------------------------------------- what a search counts


def falling(arm: Arm, best: float, last: float, first_id: int = 1) -> list[Hit]:
    """Twenty hits whose scores fall evenly."""
    steps = [best + (last - best) * place / 19 for place in range(20)]
    return scored(arm, 0, {first_id + place: score for place, score in enumerate(steps)})


def first_of(semantic: list[Hit], keyword: list[Hit], **settings) -> int:
    return ids(fused_hits__convex(semantic, keyword, 0.5, **settings))[0]


def test_a_search_that_tells_chunks_apart_counts_more():
    keyword = falling("keyword", 8.0, 2.0, first_id=101)
    assert first_of(falling("semantic", 0.8, 0.2), keyword) == 1
    assert first_of(falling("semantic", 0.8, 0.7), keyword) == 101
    alike = falling("keyword", 8.0, 7.5, first_id=101)
    assert first_of(falling("semantic", 0.8, 0.7), alike) == 1


def test_a_search_with_few_hits_counts_as_usual():
    semantic = falling("semantic", 0.8, 0.79)[:9]
    keyword = falling("keyword", 8.0, 7.9, first_id=101)[:9]
    hits = fused_hits__convex(semantic, keyword, 0.5)
    assert scores_by_id(hits)[1] == scores_by_id(hits)[101] == 0.5


def test_the_distance_counts_on_the_scale_of_the_encoder():
    keyword = falling("keyword", 8.0, 2.0, first_id=101)
    low, high = falling("semantic", 0.8, 0.2), falling("semantic", 0.94, 0.76)
    expected = scores_by_id(fused_hits__convex(low, keyword))
    found = fused_hits__convex(high, keyword, cosine_scale=(0.7, 1.0))
    # A thousandth of the weight keeps the order below the scale's zero.
    assert scores_by_id(found) == pytest.approx(expected, abs=0.001)


scores = st.lists(st.floats(0.01, 1), min_size=1, max_size=70).map(
    lambda found: sorted(found, reverse=True)
)


@given(scores, scores, st.floats(0, 1))
def test_both_searches_share_what_there_is_and_neither_is_lost(cosines, bm25, weight):
    share = semantic_share(cosines, bm25, weight, UNSCALED)
    assert 0 <= share <= 1
    assert (share == 0, share == 1) == (weight == 0, weight == 1) or 0 < weight < 1
    if len(cosines) < 10 > len(bm25):
        assert share == pytest.approx(weight)


@given(scores, st.floats(0.05, 0.95), st.floats(0.1, 1))
def test_the_more_cosines_differ_the_more_they_count(bm25, weight, part):
    wide = [1.0, *[0.2] * 20]
    narrow = [1.0, *[1 - 0.8 * part] * 20]
    shares = [semantic_share(cosines, bm25, weight, UNSCALED) for cosines in (narrow, wide)]
    assert shares[0] <= shares[1] + 1e-12


# --------------------------------------------------------------- named titles


def titled_hit(chunk_id: int, title: str) -> Hit:
    return Hit(chunk(chunk_id)._replace(title=title), 0.5, chunk_id, "semantic", 0)


def test_a_document_that_the_question_names_comes_before_its_equals():
    semantic = [titled_hit(1, "Heat pumps"), titled_hit(2, "Refund policies"), titled_hit(3, "")]
    asked = [SubQuery("What does the refund policy say of heat?")]
    hits = fused_hits__convex(semantic, [], 0.5, 0.8, sub_queries=asked)
    expected = {2: 0.5 + 0.375 * 0.8 * 0.5, 1: 0.5 + 0.375 * 0.8 * 0.5 / 4, 3: 0.5}
    assert scores_by_id(hits) == pytest.approx(expected)
    assert ids(hits) == [2, 1, 3]
    without = fused_hits__convex(semantic, [], 0.5, 0, sub_queries=asked)
    assert set(scores_by_id(without).values()) == {0.5}


def test_a_title_is_named_in_any_script():
    semantic = [titled_hit(1, "退货"), titled_hit(2, "保修条款")]
    hits = fused_hits__convex(semantic, [], 0.5, sub_queries=[SubQuery("保修条款是什么")])
    assert ids(hits) == [2, 1]
