"""The values of metadata that questions mention."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.question.mentions import announced_names, mentions_of
from headrace.types import KnownName


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
        ("What does Wired say about rent?", [("source", False)]),
        ("Articles not from Wired", [("source", True)]),
        ("Reports that aren't from Wired", [("source", True)]),
        ("He was praised, but not by Wired", []),
        ("articles by ada lovelace", [("author", False)]),
        ("What has Ada Lovelace written?", [("author", False)]),
        ("Lovelace's papers on engines", [("author", False)]),
        ("Lovelace's engines", []),
        ("Which wired headphones?", []),
        ("articles from Wired or The Verge", [("source", False), ("source", False)]),
    ],
)
def test_the_words_around_a_name_say_whether_its_documents_are_wanted(text, expected):
    announced = [mention for mention in mentions_of(text, NAMES) if mention.announced]
    assert [(mention.field, mention.negated) for mention in announced] == expected


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Papers by Lovlace on engines", 1),
        ("Does Lovlace use engines?", 0),
        ("Papers not by Lovlace", 0),
    ],
)
def test_a_word_near_a_name_has_to_be_announced_and_is_only_a_mention(text, count):
    near = [KnownName("near name", "lovlace", "author", "ada lovelace", False, 3)]
    found = mentions_of(text, near)
    assert len(found) == count and not any(mention.announced for mention in found)


def test_announced_names_are_those_behind_by_and_from_written_with_capitals():
    text = 'articles by Ada Lovlace or from "The Verg" about cars by hand'
    assert announced_names(text) == [["ada lovlace", "ada"], ["verg"]]


@given(st.text(max_size=80), st.sampled_from(["Wired", "Ada Lovelace", "not from The Verge"]))
def test_mentions_never_overlap_and_never_raise(text, name):
    found = mentions_of(f"{text} {name} {text}", NAMES)
    assert all(one.end <= other.start for one, other in zip(found, found[1:], strict=False))
