"""Which sentences belong together."""

import pytest

from headrace.answer.quoting.units import continues
from headrace.types import Sentence


def sentence(text: str, start: int, heading: str = "Keys", lead: str = "") -> Sentence:
    return Sentence(text, start, start + len(text), 1, headings=(heading,), lead=lead)


@pytest.mark.parametrize(
    ("gap", "expected"), [("\n\n", True), ("\n\n    ", True), ("\n" * 20, False)]
)
def test_a_paragraph_that_is_indented_after_a_blank_line_continues_what_stands_before(
    gap, expected
):
    text = f'??? question "What is a key?"{gap}It opens a door.'
    first = sentence('??? question "What is a key?"', 0)
    answer = sentence("It opens a door.", text.index("It opens"))
    assert continues(first, answer) == expected
    elsewhere = sentence("It opens a door.", text.index("It opens"), heading="Doors")
    assert not continues(first, elsewhere)
