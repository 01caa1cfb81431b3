"""What a field's name says, and other names of its values."""

import pytest

from headrace.metadata.field_kinds import (
    first_names,
    is_part_of_name,
    kind_of,
    names_of,
    squeezed,
    surname,
)


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("source", "source"),
        ("authors", "person"),
        ("author_name", "person"),
        ("license", "licence"),
        ("lang", "language"),
        ("tags", "topic"),
        ("assigned_to", "handler"),
        ("fiscal_year", "period"),
        ("fiscal_quarter", "period"),
        ("month", "date"),
        ("published_at", "date"),
        ("year", "date"),
        ("file_type", "format"),
        ("doc_type", "other"),
        ("page", "title"),
        ("company_name", "other"),
        ("release", "version"),
        ("isbn", "other"),
    ],
)
def test_a_fields_name_says_what_it_holds(field, kind):
    assert kind_of(field) == kind


def test_a_person_is_also_called_by_the_last_name_alone_or_with_initials():
    names = {"pooch", "u pooch", "u w pooch", "u.w pooch", "pooch u w"}
    assert names_of("authors", "pooch, u. w.") == names
    assert {"thacher", "h thacher", "h c thacher"} < names_of("authors", "thacher jr., h. c.")


def test_a_source_is_also_called_without_additions_and_endings():
    assert "business line" in names_of("source", "business line | markets")
    assert "techcrunch" in names_of("source", "https://www.techcrunch.com/")
    assert names_of("source", "reuters") == {"reuters"}


def test_other_values_are_called_only_what_they_are():
    assert names_of("license", "mit") == set()


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("Adobe Inc.", {"adobe"}),
        ("JPMorgan Chase & Co.", {"jpmorgan chase", "jpmorgan", "jpm"}),
        ("Johnson & Johnson", {"johnson and johnson", "j&j", "jnj"}),
        ("American Express", {"american", "amex", "americanexpress"}),
        ("Advanced Micro Devices, Inc.", {"amd", "advanced micro devices"}),
        ("Coca-Cola", {"cocacola"}),
        ("v2.4.1", {"2.4.1"}),
        ("10-K", {"10k"}),
    ],
)
def test_things_are_called_by_shorter_names(value, names):
    assert names <= names_of("company", value.lower(), value)


def test_a_version_has_its_mark_or_not():
    assert "v2.4" in names_of("version", "2.4") and "2.4" in names_of("version", "version 2.4")


def test_numbers_and_addresses_have_no_other_names():
    assert names_of("size", "300") == set()
    assert "https" not in names_of("url", "https://example.com/a/b")


def test_the_first_of_several_words_is_a_part_of_a_name():
    assert is_part_of_name("activision", "activision blizzard")
    assert not is_part_of_name("adobe", "adobe inc.")
    assert not is_part_of_name("at&t", "at&t inc.")


def test_letters_and_digits_are_left_of_a_squeezed_phrase():
    assert squeezed("j.p. morgan") == "jpmorgan" and squeezed("10-k") == "10k"
    assert squeezed("2.4.1") == "2.4.1"


def test_names_are_read_in_either_order():
    assert surname("pooch, u. w.") == "pooch" and surname("sammy davis jr.") == "davis"
    assert first_names("ada lovelace") == ["ada"]


def test_a_sentence_has_no_shorter_name():
    assert "song" not in names_of("notes", "the song became a gold record .")
    assert names_of("notes", "the song is very old.") == {"song is very old"}
    assert "adobe" in names_of("company", "adobe inc.")
    assert "bank" in names_of("company", "bank of new york mellon corp.")
