"""What the context's sentences are compared with."""

from collections.abc import Sequence

import numpy as np
import pytest

from headrace.answer.extraction import sentence_scores
from headrace.answer.reading import read_sentences
from headrace.types import SubQuery
from support.contexts import hit, packed
from support.quoting import Flat

QUERY = SubQuery("Why does it leak?")
PAGE = "The weir is old.\n\n## What drips?\n\nThe seal is worn.\n\n## Paint\n\nIt is red."


class Knowing(Flat):
    """An encoder for which "What drips?" means what is asked."""

    dimension = 2

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.encoded += texts
        rows = [(0.9, 0.19**0.5) if text == "What drips?" else (0.0, 1.0) for text in texts]
        return np.array(rows, np.float32)


@pytest.mark.parametrize(
    ("page", "title", "cosines"),
    [
        (PAGE, "Weir", [0, 0.9, 0]),
        ("The seal is worn.", "What drips?", [0.9]),
        (PAGE, "What drips?", [0.9, 0.9, 0]),
    ],
)
def test_a_heading_that_is_a_question_is_compared_or_else_such_a_title(page, title, cosines):
    encoder = Knowing()
    context = packed([hit(1, page, "d1", title=title)], question=QUERY.text)
    read = read_sentences(context, [QUERY], np.array([[1.0, 0.0]]), encoder)
    assert read.questions[:, 0] == pytest.approx(cosines)
    assert encoder.encoded[0] == "What drips?"
    assert encoder.encoded.count("What drips?") == 1


def test_a_section_gains_whose_heading_asks_alike():
    """What the cosine is above 0.3: 0.2, 0.7 and nothing."""
    context = packed([hit(1, PAGE, "d1", title="Weir")], question=QUERY.text)
    read = read_sentences(context, [QUERY], np.ones((1, 1)), Flat())
    gained = []
    for cosines in (np.array([[0.5], [1.0], [0.2]]), np.zeros((3, 1))):
        scored = sentence_scores(0.9, context, [QUERY], read._replace(questions=cosines), {})
        gained.append({one.sentence: one.best for one in scored})
    assert [gained[0][n] - gained[1][n] for n in range(3)] == pytest.approx([0.2, 0.7, 0])
