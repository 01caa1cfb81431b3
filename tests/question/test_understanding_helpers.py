"""The helpers of understanding, each with answers worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.metadata.field_kinds import first_names, kind_of, names_of, surname
from headrace.question.likelihood import likeliest, likeliest_first
from headrace.question.mentions import announced_names, mentions_of
from headrace.resources.models.word_lists import GeneralWords
from headrace.text.phrases import content_words, phrases_of, tokens_of
from headrace.text.slips import slip_cost
from headrace.types import KnownName, Spelling

words = st.text(st.characters(codec="utf-8", categories=["Ll"]), max_size=12)

# -------------------------------------------------------------------------------------------------------------- slips


def test_easy_slips_cost_less():
    assert slip_cost("wether", "wether") == 0
    assert slip_cost("comittee", "committee") < slip_cost(
        "comwittee", "committee"
    )  # a double letter left out
    assert slip_cost("definately", "definitely") < slip_cost(
        "definxtely", "definitely"
    )  # one vowel for another
    assert slip_cost("retrun", "return") < 2 * slip_cost("retun", "return")  # a swap is one slip


@given(words, words)
def test_a_slip_costs_nothing_only_where_nothing_slipped(typed, meant):
    assert (slip_cost(typed, meant) == 0) == (typed == meant)


# --------------------------------------------------------------------------------------------------------- likelihood


def test_the_tenants_own_words_go_before_general_ones():
    own, general = (
        Spelling("warantee", "warranted", 0, 1e-6),
        Spelling("warantee", "warrantee", 40, 0.0),
    )
    assert likeliest_first([own, general], 100)[0] is general
    assert likeliest([own, general], 100) is general


def test_what_is_too_far_from_any_word_is_nobodys_typo():
    assert likeliest([Spelling("xyzzyx", "syzygy", 5, 0.0)], 100) is None
    assert likeliest([], 100) is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("recieve", "receive"), ("xonstitution", "constitution"), ("wharehouse", "warehouse")],
)
def test_general_words_near_a_typo_are_found_whatever_letter_is_wrong(typed, meant):
    assert meant in GeneralWords().near(typed, ["english"], 2)


def test_languages_without_a_list_have_no_words():
    assert GeneralWords().near("recieve", ["klingon"], 2) == []
    assert (
        GeneralWords().frequency("the", ["klingon"])
        == 0
        < GeneralWords().frequency("the", ["english"])
    )


# ------------------------------------------------------------------------------------------------------------ phrases


def test_phrases_have_their_places_and_no_function_words_at_their_ends():
    text = "Who wrote for the Daily Planet?"
    found = phrases_of(text)
    assert [text[start:end] for start, end in found["daily planet"]] == ["Daily Planet"]
    assert "the daily" not in found and "wrote for the daily" in found


def test_possessives_and_capitals():
    assert "reuters" in phrases_of("Reuters' report") and "wired" in phrases_of("Wired's view")
    assert "it" not in phrases_of("does it run") and "it" in phrases_of("the IT department")
    assert content_words("what is a Ferry") == ["ferry"] and tokens_of("C++, v1.2.") == [
        "c++",
        "v1.2",
    ]


@given(st.text(max_size=80))
def test_every_phrase_stands_where_it_says(text):
    for places in phrases_of(text).values():
        assert all(0 <= start < end <= len(text) for start, end in places)


# ------------------------------------------------------------------------------------------------------------- fields


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


def test_values_have_other_names():
    assert names_of("authors", "pooch, u. w.") == {
        "pooch",
        "u pooch",
        "u w pooch",
        "u.w pooch",
        "pooch u w",
    }
    assert "business line" in names_of("source", "business line | markets")
    assert "techcrunch" in names_of("source", "https://www.techcrunch.com/")
    assert names_of("source", "reuters") == {"reuters"} and names_of("license", "mit") == set()
    assert {"thacher", "h thacher", "h c thacher"} < names_of(
        "authors", "thacher jr., h. c."
    ) and surname("sammy davis jr.") == "davis"
    assert surname("pooch, u. w.") == "pooch" and first_names("ada lovelace") == ["ada"]


# ----------------------------------------------------------------------------------------------------------- mentions


def known(field: str, value: str, phrase: str = "") -> KnownName:
    return KnownName("name" if phrase else "value", phrase or value, field, value, False, 3)


NAMES = [
    known("source", "wired"),
    known("source", "the verge", "verge"),
    known("author", "ada lovelace"),
    known("author", "lovelace, b.", "lovelace"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What does Wired say about rent?", [("source", True, False)]),
        ("Articles not from Wired", [("source", True, True)]),
        ("Reports that aren't from Wired", [("source", True, True)]),
        ("He was praised, but not by Wired", []),
        ("articles by ada lovelace", [("author", True, False)]),
        ("What has Ada Lovelace written?", [("author", True, False)]),
        ("Lovelace's papers on engines", [("author", True, False)]),
        ("Lovelace's engines", []),
        ("Which wired headphones?", []),
        ("articles from Wired or The Verge", [("source", True, False), ("source", True, False)]),
    ],
)
def test_mentions_are_told_by_the_words_around_them(text, expected):
    found = [
        (mention.field, mention.announced, mention.negated) for mention in mentions_of(text, NAMES)
    ]
    assert [mention for mention in found if mention[1]] == expected


def test_a_name_that_is_only_near_one_has_to_be_announced_and_is_no_more_than_mentioned():
    near = [KnownName("near name", "lovlace", "author", "ada lovelace", False, 3)]
    for text, expected in (
        ("Papers by Lovlace on engines", 1),
        ("Does Lovlace use engines?", 0),
        ("Papers not by Lovlace", 0),
    ):
        found = mentions_of(text, near)
        assert len(found) == expected and not any(mention.announced for mention in found)


def test_announced_names_are_those_behind_by_and_from_written_with_capitals():
    assert announced_names('articles by Ada Lovlace or from "The Verg" about cars by hand') == [
        ["ada lovlace", "ada"],
        ["verg"],
    ]


@given(st.text(max_size=80), st.sampled_from(["Wired", "Ada Lovelace", "not from The Verge"]))
def test_mentions_never_overlap_and_never_raise(text, name):
    found = mentions_of(f"{text} {name} {text}", NAMES)
    assert all(one.end <= other.start for one, other in zip(found, found[1:], strict=False))
