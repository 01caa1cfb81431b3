"""How rerankers keep a deadline, checked by hand on a clock that stands still."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.resources.models import pacing
from support.model_parts import Clock, scored
from support.waiting import PATIENCE_S


class LengthReranker(pacing.PacedScorer[str]):
    """Takes a second per character of a text, and scores it by its length."""

    def __init__(self, clock: Clock):
        super().__init__("length", workers=1)
        self.clock = clock

    def _pieces(self, question, texts):
        return enumerate(texts)

    def _logits(self, piece):
        self.clock.now += len(piece)
        return np.array([len(piece)], np.float32)


@pytest.mark.parametrize(
    ("deadline_s", "expected"),
    [
        (None, [2, 2, 5, 1]),
        (100, [2, 2, 5, 1]),
        (4.6, [2, 2]),
        (4.4, [2]),
        (0.1, [2]),
        (0, []),
        (-1, []),
    ],
)
def test_no_text_is_begun_that_would_end_past_the_deadline(clock, deadline_s, expected):
    """After "aa" a letter takes a second. With the reserve "bb" may take 2.5 s.

    A deadline of 4.4 s does not leave that much.
    """
    assert scored(LengthReranker(clock), ["aa", "bb", "ccccc", "d"], deadline_s) == expected


def test_after_a_text_that_takes_too_long_none_is_scored_even_if_it_would_fit(clock):
    assert scored(LengthReranker(clock), ["aa", "bbbbbbbbb", "c"], 5) == [2]


def test_a_later_call_knows_the_pace_of_the_earlier_ones(clock):
    reranker = LengthReranker(clock)
    assert scored(reranker, ["aa"], 0.1) == [2]
    assert scored(reranker, ["aa"], 2.4) == []
    assert scored(reranker, ["aa"], 2.6) == [2]


def test_a_moment_when_the_machine_stood_still_is_forgotten(clock):
    """After a text that took 100 s the next one is expected to take 125 s.

    After 46 calls that score nothing, 50 s are expected; then a text is tried.
    """
    reranker = LengthReranker(clock)
    reranker._pace.record(1, 100)
    calls = [len(scored(reranker, ["a"], 50)) for _ in range(60)]
    assert calls == [0] * 46 + [1] * 14


def test_what_does_not_fit_for_one_thread_ends_the_work_of_all(clock):
    pace = pacing.Pace()
    turns = pacing.Turns(enumerate(["aa", "bbbbbbbbb", "c"]), 5, pace)
    assert next(turns) == (0, "aa")
    pace.record(2, 2.0)
    assert next(turns, "none") == next(turns, "none") == "none"


@given(st.lists(st.integers(1, 9), max_size=12), st.floats(0, 60))
def test_only_the_first_text_can_overshoot_the_deadline(lengths, deadline_s):
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock()
        patch.setattr(pacing, "monotonic", clock)
        scores = scored(LengthReranker(clock), ["x" * length for length in lengths], deadline_s)
    assert scores == lengths[: len(scores)]
    assert clock.now <= max(deadline_s, lengths[0] if lengths else 0)


class StuckReranker(LengthReranker):
    """Holds its only thread until released."""

    def __init__(self):
        super().__init__(Clock())
        self.begun = Event()
        self.release = Event()

    def _logits(self, piece):
        self.begun.set()
        self.release.wait(PATIENCE_S)
        return super()._logits(piece)


def test_a_call_behind_another_returns_at_its_deadline():
    reranker = StuckReranker()
    with ThreadPoolExecutor(1) as callers:
        first = callers.submit(reranker.score, "question", ["a"])
        assert reranker.begun.wait(PATIENCE_S)
        assert scored(reranker, ["b", "c"], 0.01) == []
        assert not first.done()
        reranker.release.set()
        assert first.result().tolist() == [1]


def test_an_error_while_scoring_reaches_the_caller(clock, monkeypatch):
    reranker = LengthReranker(clock)
    monkeypatch.setattr(reranker, "_logits", lambda piece: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        reranker.score("question", ["a"])
