"""What is shown where there is no answer."""

import numpy as np

from headrace.answer.nearest import nearest_places
from headrace.types import Context, Passage, ReadSentences, Sentence


def context(*texts: str, gap: int = 1) -> Context:
    """A passage of these sentences, with so many characters between two of them."""
    sentences, start = [], 0
    for text in texts:
        sentences.append(Sentence(text, start, start + len(text), 1))
        start += len(text) + gap
    return Context((Passage(1, "d", "Weir", "weir.md", tuple(sentences)),), "", 9, 100)


def places(text: Context, *nearest: float) -> list[tuple[int, int]]:
    """The places by (first, last), for the cosine of each sentence."""
    found = np.array(nearest)[:, None]
    return [
        (one.first, one.last) for one in nearest_places(text, ReadSentences(found, found, found))
    ]


def test_a_sentence_comes_with_up_to_two_that_follow_it():
    text = context("Open it:", "`weir open`", "Wait.", "Close it.")
    assert places(text, 0.9, 0.1, 0.0, 0.2) == [(0, 3), (3, 4)]
    (first, *_) = nearest_places(text, ReadSentences(*[np.array([[0.9], [0.1], [0], [0]])] * 3))
    assert first.quote == "Open it: `weir open` Wait."


def test_no_sentence_is_shown_twice():
    text = context("One.", "Two.", "Three.", "Four.")
    assert places(text, 0.1, 0.9, 0.2, 0.0) == [(1, 4), (0, 1)]


def test_there_are_three_places_at_most_none_of_them_long():
    text = context(*["word " * 70] * 5)
    assert places(text, 0.1, 0.2, 0.3, 0.4, 0.5) == [(4, 5), (3, 4), (2, 3)]


def test_what_stands_elsewhere_does_not_follow():
    assert places(context("One.", "Two.", gap=90), 0.9, 0.1) == [(0, 1), (1, 2)]


def test_without_sentences_there_is_nothing():
    unread = ReadSentences(*[np.zeros((0, 0))] * 3)
    assert nearest_places(Context((), "", 0, 0), unread) == ()
