"""Which sentences are worth their tokens: values and choices by hand."""

import numpy as np
import pytest

from headrace.context.selection import Place, chosen, ranked, sentence_values


def header_of_two(piece: int, opened: set[int]) -> int:
    """Every chunk's first sentence costs two tokens more."""
    return 2


def test_a_sentences_value_is_its_words_its_neighbours_and_its_chunk():
    """The second chunk is half as good.

    Of three sentences one has "tide" (weight ln 2.5), and two have "mill" (ln 2).
    """
    tide, mill = np.log(1 + 3 / 2), np.log(1 + 3 / 3)
    shares = np.array([tide, mill]) / (tide + mill)
    values = sentence_values(
        [["the tide", "a mill"], ["one mill"]], np.array([1.0, 0.5]), ["tide mill"]
    )
    assert values[0] == pytest.approx(0.5 + shares + 0.25 * shares[::-1])
    assert values[1] == pytest.approx([0.25 * (0.5 + shares[1])])


def test_no_chunks_have_no_values():
    assert sentence_values([], np.empty(0), ["z"]) == []


def test_what_does_not_fit_is_passed_over_and_a_header_is_paid_once():
    places = ranked([np.array([3.0, 1.0]), np.array([2.0])])
    assert places == [Place(0, 0), Place(1, 0), Place(0, 1)]
    tokens = [[5, 4], [9]]
    assert chosen(places, tokens, header_of_two, 11) == [Place(0, 0), Place(0, 1)]
    assert chosen(places, tokens, header_of_two, 18) == [Place(0, 0), Place(1, 0)]
