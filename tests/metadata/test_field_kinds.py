"""What a field's name says, and other names of its values."""

import pytest

from headrace.metadata.field_kinds import first_names, kind_of, names_of, surname


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("source", "source"),
        ("authors", "person"),
        ("author_name", "person"),
        ("license", "licence"),
        ("lang", "language"),
        ("tags", "topic"),
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


def test_names_are_read_in_either_order():
    assert surname("pooch, u. w.") == "pooch" and surname("sammy davis jr.") == "davis"
    assert first_names("ada lovelace") == ["ada"]
