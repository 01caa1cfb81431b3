"""Text in the form in which it is stored."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headrace.ingest.readers import clean_text


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=())))
def test_cleaning_a_clean_text_changes_nothing(text):
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert clean.encode("utf-8") is not None
    assert not any(character < " " and character not in "\n\t" for character in clean)


@settings(deadline=None)
@given(st.text(st.sampled_from("xq \n\r\t\x00\x0b\x0c\x1f\x7fe\u0301\ud83d\ude00\ufeff")))
def test_cleaning_loses_no_visible_character(text):
    assert [c for c in clean_text(text) if c in "xq"] == [c for c in text if c in "xq"]
    assert clean_text(clean_text(text)) == clean_text(text)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("nul\x00 bell\x07 escape\x1b", "nul bell escape"),
        ("page one\x0cpage two\x0bline", "page one\npage two\nline"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("Donau\xaddampf\xadschiff", "Donaudampfschiff"),
        ("e\x00\u0301", "\u00e9"),
        ("lone \ud83d, paired \ud83d\ude00", "lone \ufffd, paired \U0001f600"),
        ("two  spaces \t and at the end  \n", "two  spaces \t and at the end  \n"),
    ],
)
def test_clean_text_is_what_postgresql_accepts(text, clean):
    assert clean_text(text) == clean
