"""Words that no document has: how far they are from what the sentences say."""

from typing import Any

import numpy as np
import pytest

from headrace.answer.signs.unlike import compounds_of, unlikeness
from headrace.types import ReadSentences

NOTHING = np.zeros((2, 1))


class Letters:
    """A fake tokenizer: two letters are a piece, and each mark is one."""

    def count_tokens(self, text: str) -> int:
        letters = sum(map(str.isalnum, text))
        return (letters + 1) // 2 + len(text) - letters


def unlike(question: str, unknown: list[str], *fits: list[float]) -> float:
    """By the fits of the question's pieces to each of the sentences compared."""
    read = ReadSentences(NOTHING, NOTHING, NOTHING, (np.array(fits),))
    encoder: Any = Letters()
    return unlikeness(question, unknown, read, 0, encoder)


def test_the_nearest_sentence_counts_with_the_mean_of_the_word_s_pieces():
    """ "any" and "dogs" have two pieces each, and the mark has one."""
    far, nearer = [0.9, 0.9, 0.1, 0.1, 0.9], [0.0, 0.0, 0.3, 0.5, 0.0]
    assert unlike("any dogs?", ["dogs"], far) == pytest.approx(0.6 - 0.1)
    assert unlike("any dogs?", ["dogs"], far, nearer) == pytest.approx(0.6 - 0.4)


def test_a_word_that_a_sentence_comes_near_is_not_missing():
    assert unlike("any dogs?", ["dogs"], [0.1, 0.1, 0.6, 0.7, 0.1]) == 0.0


def test_the_least_understood_word_counts():
    fits = [0.5, 0.5, 0.2, 0.2, 0.9]
    assert unlike("cats dogs?", ["cats", "dogs"], fits) == pytest.approx(0.4)


def test_in_a_long_question_a_word_says_less():
    words = "weir pump gate dams lake pond rain mill lock dogs"
    fits = [[0.0] * 20]
    assert unlike(words, ["dogs"], *fits) == pytest.approx(0.6 / 4)


def test_what_is_the_asker_s_own_is_not_missing():
    assert unlike("my dogs?", ["dogs"], [0.0] * 4) == 0.0
    assert unlike("of dogs?", ["dogs"], [0.0] * 4) == pytest.approx(0.6)


def test_a_german_compound_may_be_said_otherwise():
    question = "Welche Turbine hat das Kraftwerk?"
    pieces = [0.0] * (4 + 4 + 2 + 2 + 5 + 1)
    assert unlike(question, ["kraftwerk"], pieces) == 0.0


def test_nothing_is_said_of_pieces_that_are_not_counted_so():
    assert unlike("any dogs?", ["dogs"], [0.0] * 7) == 0.0
    assert unlike("any dogs?", [], [0.0] * 5) == 0.0
    read = ReadSentences(NOTHING, NOTHING, NOTHING)
    encoder: Any = Letters()
    assert unlikeness("any dogs?", ["dogs"], read, 0, encoder) == 0.0


def test_a_hyphenated_word_is_neither_a_code_nor_a_name():
    assert compounds_of("Is two-factor login, or two-factor mail, there?") == ["two-factor"]
    assert compounds_of("Use --dry-run on PST-10, pst-10, Reed-Solomon or a_b-c?") == []
