"""A second look by a model: what it reads, what it says, and how its scores count."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import MissingWeights
from headrace.rerank.blending import blended
from headrace.rerank.reranking import (
    ranked_hits,
    rerank_scores__cross_encoder,
    rerank_scores__late_interaction,
    rerank_scores__off,
    reranked_hits,
)
from headrace.types import Found, Hit, Note, RerankScores, SubQuery
from support.hits import chunk, found, ids, scores_by_id

ORIGINAL = [SubQuery("question")]


def hits(*scores: float) -> list[Hit]:
    """Fused hits with chunk ids 1, 2 and so on; best first."""
    made = []
    for number, score in enumerate(scores, start=1):
        one = chunk(number, f"text {number}", title="Title")
        made.append(Hit(one, score, number, "fused", None, found("semantic", 0, number)))
    return made


class Reranker:
    """A fake that knows the logit of each text."""

    name = "fake"

    def __init__(self, logits: dict[str, float]):
        self.logits = logits
        self.read: list[str] = []

    def score(
        self, question: str, texts: Sequence[str], deadline_s: float | None = None
    ) -> np.ndarray:
        self.read += texts
        return np.array([self.logits.get(text, np.nan) for text in texts], np.float32)


class Missing:
    """A reranker without weights."""

    name = "none"

    def score(
        self, question: str, texts: Sequence[str], deadline_s: float | None = None
    ) -> np.ndarray:
        raise MissingWeights("no weights for none")


by_a_model = pytest.mark.parametrize(
    "rerank_scores", [rerank_scores__cross_encoder, rerank_scores__late_interaction]
)


# --------------------------------------------------------------- scores


@by_a_model
def test_the_reranker_reads_the_title_and_the_text_of_the_first_hits(rerank_scores):
    reranker = Reranker({"Title\ntext 1": 2.0, "Title\ntext 2": -1.0})
    scores = rerank_scores(hits(0.3, 0.2, 0.1), ORIGINAL, reranker, rerank_count=2)
    assert reranker.read == ["Title\ntext 1", "Title\ntext 2"]
    assert scores == RerankScores((2.0, -1.0))


@by_a_model
def test_what_the_deadline_left_unread_is_said(rerank_scores):
    reranker = Reranker({"Title\ntext 1": 2.0})
    scores = rerank_scores(hits(0.3, 0.2, 0.1), ORIGINAL, reranker, rerank_deadline_s=0.1)
    assert scores.logits == (2.0, None, None)
    note = Note("rerank", "2 of 3 hits not scored within 100 ms", is_passing=True)
    assert scores.note == note


@by_a_model
def test_without_weights_nothing_is_scored_and_the_note_says_so(rerank_scores):
    scores = rerank_scores(hits(0.3, 0.2), ORIGINAL, Missing())
    assert scores.logits == (None, None)
    assert scores.note is not None and scores.note.is_passing
    assert scores.note.is_standing
    assert str(scores.note) == "rerank: not reranked, the fused order stands: no weights for none"


@by_a_model
def test_no_hits_need_no_reranker(rerank_scores):
    assert rerank_scores([], ORIGINAL, Missing()) == RerankScores(())


def test_without_reranking_there_are_no_scores():
    assert rerank_scores__off() == RerankScores(())


# --------------------------------------------------------------- both orders as one


def test_without_scores_the_hits_stay_as_they_are():
    fused = hits(0.3, 0.2)
    assert ranked_hits(fused, RerankScores(())) is fused
    assert ranked_hits(fused, RerankScores((None, None))) is fused


def test_weight_1_is_the_rerankers_order_and_weight_0_the_fused_one():
    fused, scores = hits(0.3, 0.2, 0.1), RerankScores((-2.0, 0.0, 3.0))
    assert ids(ranked_hits(fused, scores, rerank_weight=1.0)) == [3, 2, 1]
    assert ids(ranked_hits(fused, scores, rerank_weight=0.0)) == [1, 2, 3]


def test_the_blend_is_that_worked_out_by_hand():
    ranked = ranked_hits(hits(0.3, 0.2, 0.1), RerankScores((-2.0, 0.0, 3.0)), rerank_weight=0.5)
    low, middle, high = (1 / (1 + np.exp(-logit)) for logit in (-2.0, 0.0, 3.0))
    expected = {
        1: 0.5 * 0 + 0.5 * 1,
        2: 0.5 * (middle - low) / (high - low) + 0.5 * 0.5,
        3: 0.5 * 1 + 0.5 * 0,
    }
    assert scores_by_id(ranked) == pytest.approx(expected)


def test_unscored_hits_follow_in_fused_order():
    scores = RerankScores((-1.0, 5.0, None, None))
    ranked = ranked_hits(hits(0.4, 0.3, 0.2, 0.1), scores, rerank_weight=1.0)
    assert ids(ranked) == [2, 1, 3, 4]
    assert [hit.arm for hit in ranked] == ["reranked", "reranked", "fused", "fused"]
    assert [hit.rank for hit in ranked] == [1, 2, 3, 4]


def test_a_reranked_hit_still_says_where_it_was_found():
    ranked = blended(hits(0.3, 0.2), [0.0, 1.0], 1.0)
    assert [hit.found_by for hit in ranked] == [found("semantic", 0, 2), found("semantic", 0, 1)]


def test_scores_that_are_all_equal_leave_the_fused_order():
    assert ids(blended(hits(0.3, 0.2, 0.1), [1.0, 1.0, 1.0], 1.0)) == [1, 2, 3]


# --------------------------------------------------------------- seats


def test_a_sub_questions_own_best_hit_keeps_a_seat():
    found_by = (Found("semantic", 1, 1), Found("keyword", 1, 1))
    *first, last = hits(0.4, 0.3, 0.2, 0.1)
    ranked = [*first, last._replace(found_by=found_by)]
    queries = [SubQuery("a and b"), SubQuery("a", "sub-question")]
    assert ids(reranked_hits(ranked, queries, answer_passages=2)) == [1, 4]
    assert ids(reranked_hits(ranked, ORIGINAL, answer_passages=2)) == [1, 2]


@given(
    st.lists(st.one_of(st.none(), st.floats(-8, 8)), max_size=25),
    st.floats(0, 1),
    st.integers(1, 10),
)
def test_reranking_only_reorders_and_cuts(logits, weight, most):
    fused = hits(*[1 / (60 + number) for number in range(25)])
    ranked = ranked_hits(fused, RerankScores(tuple(logits)), weight)
    assert sorted(ids(ranked)) == sorted(ids(fused))
    best = reranked_hits(ranked, ORIGINAL, most)
    assert len(best) == min(most, 25) == len(set(ids(best)))
    assert [hit.rank for hit in best] == list(range(1, len(best) + 1))
    assert {hit.chunk for hit in best} <= {hit.chunk for hit in fused}
