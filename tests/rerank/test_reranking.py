import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import ModelError
from headrace.rerank.reranking import ranked_hits, rerank_scores__cross_encoder, reranked_hits
from headrace.types import Chunk, Hit, RerankScores, SubQuery

ORIGINAL = [SubQuery("question")]


def hits(*scores: float, found_by: dict[int, tuple] | None = None) -> list[Hit]:
    """Fused hits with chunk ids 1, 2, ...; best first."""
    return [
        Hit(
            Chunk(i, f"d{i}", "Title", "s", f"text {i}", 0, 6),
            score,
            i,
            "fused",
            (found_by or {}).get(i, (("semantic 0", i),)),
        )
        for i, score in enumerate(scores, start=1)
    ]


class Reranker:
    """A fake that knows the logit of each text."""

    name = "fake"

    def __init__(self, logits: dict[str, float]):
        self.logits, self.read = logits, []

    def score(self, question, texts, deadline_s=None):
        self.read += texts
        return np.array([self.logits.get(text, np.nan) for text in texts], np.float32)


def test_the_reranker_reads_the_title_and_the_text_of_the_first_hits():
    reranker = Reranker({"Title\ntext 1": 2.0, "Title\ntext 2": -1.0})
    scores = rerank_scores__cross_encoder(hits(0.3, 0.2, 0.1), "question", reranker, rerank_count=2)
    assert reranker.read == ["Title\ntext 1", "Title\ntext 2"] and scores == RerankScores(
        (2.0, -1.0)
    )


def test_what_the_deadline_left_unread_is_said():
    scores = rerank_scores__cross_encoder(
        hits(0.3, 0.2, 0.1), "q", Reranker({"Title\ntext 1": 2.0}), rerank_deadline_s=0.1
    )
    assert (
        scores.logits == (2.0, None, None)
        and scores.note == "rerank: 2 of 3 hits not scored within 100 ms"
    )


def test_without_weights_nothing_is_scored_and_the_note_says_so():
    class Missing:
        name = "none"

        def score(self, question, texts, deadline_s=None):
            raise ModelError("no weights for none")

    scores = rerank_scores__cross_encoder(hits(0.3, 0.2), "q", Missing())
    assert (
        scores.logits == (None, None)
        and scores.note == "rerank: not reranked, the fused order stands: no weights for none"
    )


def test_no_hits_need_no_reranker():
    assert rerank_scores__cross_encoder([], "q", Reranker({})) == RerankScores(())


def test_weight_1_is_the_rerankers_order_and_weight_0_the_fused_one():
    fused, scores = hits(0.3, 0.2, 0.1), RerankScores((-2.0, 0.0, 3.0))
    assert [hit.chunk_id for hit in ranked_hits(fused, scores, rerank_weight=1.0)] == [3, 2, 1]
    assert [hit.chunk_id for hit in ranked_hits(fused, scores, rerank_weight=0.0)] == [1, 2, 3]


def test_the_blend_is_that_worked_out_by_hand():
    best = ranked_hits(hits(0.3, 0.2, 0.1), RerankScores((-2.0, 0.0, 3.0)), rerank_weight=0.5)
    low, middle, high = (1 / (1 + np.exp(-logit)) for logit in (-2.0, 0.0, 3.0))
    expected = {
        1: 0.5 * 0 + 0.5 * 1,
        2: 0.5 * (middle - low) / (high - low) + 0.5 * 0.5,
        3: 0.5 * 1 + 0.5 * 0,
    }
    assert {hit.chunk_id: pytest.approx(hit.score) for hit in best} == expected


def test_unscored_hits_follow_in_fused_order():
    best = ranked_hits(
        hits(0.4, 0.3, 0.2, 0.1), RerankScores((-1.0, 5.0, None, None)), rerank_weight=1.0
    )
    assert [(hit.chunk_id, hit.stream) for hit in best] == [
        (2, "reranked"),
        (1, "reranked"),
        (3, "fused"),
        (4, "fused"),
    ]


def test_a_sub_questions_own_best_hit_keeps_a_seat():
    found_by = {4: (("semantic 1", 1), ("keyword 1", 1))}
    fused = hits(0.4, 0.3, 0.2, 0.1, found_by=found_by)
    queries = [SubQuery("a and b"), SubQuery("a", "sub-question")]
    assert [hit.chunk_id for hit in reranked_hits(fused, queries, answer_passages=2)] == [1, 4]
    assert [hit.chunk_id for hit in reranked_hits(fused, ORIGINAL, answer_passages=2)] == [1, 2]


@given(
    st.lists(st.one_of(st.none(), st.floats(-8, 8)), max_size=25),
    st.floats(0, 1),
    st.integers(1, 10),
)
def test_reranking_only_reorders_and_cuts(logits, weight, most):
    fused = hits(*[1 / (60 + i) for i in range(25)])
    ranked = ranked_hits(fused, RerankScores(tuple(logits)), weight)
    assert sorted(hit.chunk_id for hit in ranked) == sorted(hit.chunk_id for hit in fused)
    best = reranked_hits(ranked, ORIGINAL, most)
    assert len(best) == min(most, 25) == len({hit.chunk_id for hit in best})
    assert [hit.rank for hit in best] == list(range(1, len(best) + 1))
    assert all(hit.chunk in [other.chunk for other in fused] for hit in best)
