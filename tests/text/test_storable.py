"""Which texts PostgreSQL can store."""

import pytest

from headrace.text.storable import is_storable, storable


@pytest.mark.parametrize("text", ["", "ß 東 😀", "a\x01b\n"])
def test_text_can_be_stored_as_it_is(text):
    assert is_storable(text)
    assert storable(text) == text


@pytest.mark.parametrize("value", ["a\0b", "\ud800", "a\udfff", b"a", None, 1])
def test_nul_characters_lone_surrogates_and_what_is_no_text_cannot(value):
    assert not is_storable(value)


def test_each_character_that_cannot_be_stored_has_one_in_its_place():
    assert storable("a\0b\ud800\udc00c") == "a\ufffdb??c"
