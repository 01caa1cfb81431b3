"""Titles folded for the search, and the names that a text mentions."""

from hypothesis import given
from hypothesis import strategies as st

from headrace.text.titles import folded_title, names_in, titled


def test_a_title_stands_on_a_line_before_the_text():
    assert titled("Title", "Text.") == "Title\nText."
    assert titled("", "Text.") == "Text."


def test_a_title_is_folded_without_what_tells_it_from_others():
    assert folded_title("Heat  (1995 film)") == "heat"
    assert folded_title("(Untitled)") == ""
    assert len(folded_title("x" * 500)) == 200


def test_names_begin_and_end_like_a_name_and_do_not_cross_a_sentence():
    found = names_in("It was made by Amable Quist of Oslo. Quist's wife died")
    assert {"amable quist", "quist", "oslo", "amable quist of oslo"} <= set(found)
    assert "oslo. quist" not in found or found["amable quist"] < found["quist"]
    assert not {"made", "by amable", "quist of"} & set(found)
    assert found["amable quist"] == 15


@given(st.text(max_size=300))
def test_names_stand_where_they_are_said_to(text):
    for name, place in names_in(text).items():
        assert 0 <= place < len(text)
        assert text[place].isupper() or text[place].isdigit()
        assert len(name) >= 3
