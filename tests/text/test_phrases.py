"""The phrases of a question that may be names."""

from headrace.text.phrases import phrases_of


def test_a_phrase_has_its_places_and_no_possessive_ending():
    assert phrases_of("Reuters' report") == {
        "reuters": [(0, 7)],
        "reuters report": [(0, 15)],
        "report": [(9, 15)],
    }


def test_no_phrase_begins_or_ends_with_a_function_word():
    assert list(phrases_of("the bank of Oslo")) == ["bank", "bank of oslo", "oslo"]
    assert list(phrases_of("not the bank")) == ["bank"]


def test_a_function_word_in_capitals_may_be_a_name():
    assert "it" in phrases_of("Does IT help us?")
    assert "it" not in phrases_of("Does it help us?")
