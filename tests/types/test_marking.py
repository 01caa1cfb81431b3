"""Places marked in their text, and what a ranking moved, for notebooks."""

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from headrace import Moves
from headrace.types import Citation, MarkedText
from support.hits import ranking

TEXT = "The seal swims. <b>It</b> eats fish. " + "It sleeps. " * 100 + "The walrus sings."
CITATION = Citation(1, "a", "Seals", "a.md", 7, 0, 15, None, "The seal swims.")


def marked(*spans: tuple[int, int]) -> str:
    places = [replace(CITATION, start=start, end=end) for start, end in spans]
    return MarkedText.of("Seals", TEXT, places)._repr_html_()


def test_a_quote_is_marked_in_its_surroundings_and_all_is_escaped():
    end = len(TEXT)
    shown = marked((0, 15), (end - 17, end))
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", shown) == ["The seal swims.", "The walrus sings."]
    assert "&lt;b&gt;It&lt;/b&gt; eats fish." in shown and "<b>It" not in shown
    assert shown.count("…") == 1 and shown.count("It sleeps.") < 60


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 60)), max_size=8))
def test_exactly_the_given_characters_are_marked(given_spans):
    spans = [(start, start + length) for start, length in given_spans]
    text = "".join(chr(0x4E00 + number) for number in range(160))
    places = [replace(CITATION, start=start, end=end) for start, end in spans]
    shown = MarkedText.of("", text, places)._repr_html_()
    characters = {text[place] for start, end in spans for place in range(start, end)}
    # Each once, and in the order of the text.
    marks = re.findall(r"<mark[^>]*>(.*?)</mark>", shown)
    assert "".join(marks) == "".join(sorted(characters))


def test_a_line_leads_from_each_old_place_to_its_new():
    moves = Moves(ranking("fused", 0, 1, 2), ranking("fused", 0, 3, 1), most=3)
    ranks = {hit.chunk_id: (old, new) for old, new, hit in moves.rows()}
    assert ranks == {1: (1, 2), 2: (2, None), 3: (None, 1)}
    shown = moves._repr_html_()
    assert shown.count("<line") == 1 and shown.count("font-weight:bold") == 2 + 2
