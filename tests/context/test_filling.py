"""What fills the budget that the hits leave, and how much each hit is worth."""

import pytest

from headrace.context.filling import pool, relevances
from headrace.context.packing import context__evidence
from headrace.types import Context, Hit, SubQuery
from support.contexts import hit, packed, reasons, texts
from support.counters import Words
from support.hits import ids


def scored(chunk_id: int, score: float, document: str = "", ordinal: int = 0) -> Hit:
    """A hit whose chunk begins 1,000 characters after the one before it."""
    one = hit(chunk_id, f"Text {chunk_id} stands here.", document, ordinal, 1000 * ordinal)
    return one._replace(score=score)


def test_what_the_hits_leave_of_the_budget_goes_to_the_next_hits():
    ranked = [hit(1, "One is."), hit(2, "Two is."), hit(3, "Three is."), hit(4, "Four is.")]
    made = packed(ranked[:1], ranked=ranked)
    assert texts(made) == ["One is.", "Two is."]
    assert made.dropped == ()


def test_for_each_hit_one_more_is_looked_at():
    ranked = [scored(number, 1 / number) for number in range(1, 10)]
    assert ids(pool(ranked[:2], ranked)[0]) == [1, 2, 3, 4]


def test_what_stands_beside_one_of_the_best_three_goes_before_better_hits():
    ranked = [scored(1, 1.0, "d", 5), scored(2, 0.9), scored(3, 0.8), scored(4, 0.7, "e", 5)]
    ranked += [scored(number, 0.6) for number in range(5, 12)]
    ranked += [scored(12, 0.1, "e", 6), scored(13, 0.1, "d", 7), scored(14, 0.1, "d", 6)]
    assert ids(pool(ranked[:1], ranked)[0]) == [1, 14]
    assert ids(pool(ranked[:4], ranked)[0]) == [*range(1, 8), 14]


def test_what_stands_beside_one_of_the_best_three_is_worth_seven_tenths_of_it():
    hits = [scored(1, 2.0, "d", 5), scored(2, 1.6, "e", 5), scored(3, 1.5, "f", 5)]
    hits += [scored(4, 1.0, "g", 5), scored(5, 0.2, "e", 4), scored(6, 0.2, "g", 4)]
    assert relevances(hits) == pytest.approx([1.0, 0.8, 0.75, 0.5, 0.7 * 0.8, 0.1])


def test_a_hit_is_never_worth_more_than_one_before_it():
    assert relevances([scored(1, 1.0), scored(2, 0.5), scored(3, 0.9)]).tolist() == [1, 0.5, 0.5]
    assert relevances([scored(1, -1.0), scored(2, 0.5)]).tolist() == [0, 0]
    assert relevances([]).tolist() == []


def test_a_hit_that_fills_does_not_lower_those_after_it():
    """It has its place in the ranking, not the one in which it was chosen."""
    ranked = [scored(1, 1.0, "d", 5), scored(2, 0.9), scored(3, 0.8), scored(4, 0.1, "d", 6)]
    assert ids(pool(ranked[:2], ranked)[0]) == [1, 2, 3, 4]


def test_what_stands_beside_a_hit_joins_it_and_all_else_that_fills_comes_last():
    ranked = [hit(1, "One is here.", "d", 0, 0), hit(2, "Two is here.")]
    ranked += [hit(3, "Three is here."), hit(4, "Four is here.", "d", 1, 20)]
    made = packed(ranked[:2], ranked=ranked)
    assert texts(made) == ["One is here. Four is here.", "Two is here.", "Three is here."]
    assert made.filling == 1
    assert texts(made.of_hits) == ["One is here. Four is here.", "Two is here."]
    assert made.text.startswith(f"{made.of_hits.text}\n\n[3] ")


def test_hits_that_fit_are_there_whole_however_good_what_fills_is():
    dull = hit(1, "It rained all day. Nobody came.")
    ranked = [dull, hit(2, "The mill is old. The mill is red.")]
    made = packed(ranked[:1], 14, "mill", ranked)
    assert texts(made) == ["It rained all day. Nobody came."]
    made = packed(ranked[:1], 17, "mill", ranked)
    assert texts(made) == ["It rained all day. Nobody came.", "The mill is old."]


def test_the_context_has_no_more_tokens_than_so_many_full_chunks():
    ranked = [hit(number, f"Chunk {number} has five words.") for number in range(1, 9)]
    made = made_of(ranked, answer_passages=4, chunk_tokens=10)
    assert 30 <= made.tokens <= 40 == made.budget
    assert made_of(ranked, answer_passages=5, chunk_tokens=10).budget == 50
    assert made_of(ranked, answer_passages=500, chunk_tokens=10).budget == 2000


def made_of(ranked: list[Hit], answer_passages: int, chunk_tokens: int) -> Context:
    given = {"answer_passages": answer_passages, "chunk_tokens": chunk_tokens}
    return context__evidence(ranked[:4], ranked, [SubQuery("")], Words(), 2000, "keep", **given)


def test_what_was_only_to_fill_is_not_among_the_dropped_unless_it_was_cut():
    text = "It was late. The mill stood still."
    first = hit(1, "Where is the mill? Nobody knows where it is.")
    ranked = [first, hit(2, text)._replace(score=0.5)]
    assert reasons(packed(ranked[:1], 14, "mill", ranked)) == {}
    assert reasons(packed(ranked[:1], 19, "mill", ranked)) == {2: "cut to 1 of its 2 sentences"}
