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
    ("text", "expected"),
    [
        ("Welche Artikel hat Ada Lovelace geschrieben?", [("author", False)]),
        ("Berichte von Ada Lovelace", [("author", False)]),
        ("Artikel von Wired oder The Verge", [("source", False), ("source", False)]),
        ("Artikel, die nicht aus Wired sind", [("source", True)]),
        ("Was geschah laut Wired?", [("source", False)]),
        ("les rapports écrits par Ada Lovelace", [("author", False)]),
        ("Qu'a écrit Ada Lovelace ?", [("author", False)]),
        ("Les articles d'Ada Lovelace sur les moteurs", [("author", False)]),
        ("les articles de Wired ou de The Verge", [("source", False), ("source", False)]),
        ("tous les articles sauf ceux de Wired", [("source", True)]),
        ("Que se passe-t-il selon Wired ?", [("source", False)]),
        ("informes escritos por Ada Lovelace", [("author", False)]),
        ("¿Qué ha escrito Ada Lovelace?", [("author", False)]),
        ("¿Qué escribió Ada Lovelace?", [("author", False)]),
        ("artículos de Ada Lovelace sobre motores", [("author", False)]),
        ("noticias de Wired", [("source", False)]),
        ("todas las noticias excepto las de Wired", [("source", True)]),
        ("según Wired, ¿qué pasó?", [("source", False)]),
        ("la máquina de Ada Lovelace", []),
        ("la machine d'Ada Lovelace", []),
        ("Die Maschine der Ada Lovelace", []),
    ],
)
def test_authors_and_sources_are_asked_for_in_other_languages(text, expected):
    announced = [mention for mention in mentions_of(text, NAMES) if mention.announced]
    assert [(mention.field, mention.negated) for mention in announced] == expected


def test_a_german_noun_is_no_name():
    names = [known("source", "zeit"), known("product", "sport")]
    names = [name._replace(frequency=1e-4, is_telling=True) for name in names]
    for text in ("Was war in der Zeit?", "Wie viel Sport ist gut?"):
        assert not any(one.announced or one.named for one in mentions_of(text, names))
    (found,) = mentions_of("Was steht im Artikel der Zeit?", names)
    assert found.announced
    (found,) = mentions_of("How much Sport is good?", names)
    assert found.named


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


def thing(
    field: str, value: str, phrase: str = "", frequency: float = 1e-7, is_telling: bool = True
) -> KnownName:
    kind = "name" if phrase else "value"
    return KnownName(kind, phrase or value, field, value, False, 3, frequency, is_telling)


THINGS = [
    thing("company", "adobe"),
    thing("company", "coca-cola", "cocacola"),
    thing("company", "block", frequency=1e-4),
    thing("company", "jpmorgan chase", "jpmorgan"),
    thing("company", "general mills"),
    thing("company", "general mills", "general", frequency=1e-4),
    thing("company", "jpmorgan chase & co.", "morgan", is_telling=False),
    thing("product", "aquila 300"),
    thing("version", "2.1"),
    thing("status", "open", frequency=1e-4),
    thing("project", "pgvector", frequency=0.0),
    thing("tags", "python"),
    thing("file_type", "pdf"),
    thing("page", "ada lovelace"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What is the revenue of Adobe?", [("company", True)]),
        ("Adobe FY2018 revenue", [("company", True)]),
        ("Adobe's revenue", [("company", True)]),
        ("adobe revenue", [("company", False)]),
        ("Coca Cola and Coca-Cola", [("company", True), ("company", True)]),
        ("What does Block earn?", [("company", True)]),
        ("Block devices in Linux", []),
        ("which block of shares", []),
        ("Does JPMorgan grow?", [("company", True)]),
        ("General Motors grew", []),
        ("General Mills grew", [("company", True)]),
        ("Is it better than Adobe?", [("company", False)]),
        ("He was praised, but not by Adobe", []),
        ("What did Morgan say?", [("company", False)]),
        ("aquila 300 manual", [("product", False)]),
        ("fixed in 2.1", [("version", True)]),
        ("open tickets on login", [("status", False)]),
        ("How do I open tickets?", []),
        ("What was fixed in pgvector?", [("project", False)]),
        ("What did adobe earn?", []),
        ("Is Python required?", []),
        ("Who taught Ada Lovelace?", []),
        ("How do I export to PDF?", []),
    ],
)
def test_things_are_named_anywhere_if_the_words_can_be_nothing_else(text, expected):
    assert [(one.field, one.named) for one in mentions_of(text, THINGS)] == expected


def test_open_tickets_are_announced():
    (mention,) = mentions_of("open tickets on login", THINGS)
    assert mention.announced and mention.words == "open"


def test_a_name_in_two_fields_is_only_mentioned():
    names = [thing("customer", "adobe"), thing("vendor", "adobe")]
    (mention,) = mentions_of("the contract with Adobe", names)
    assert not mention.named


def test_a_field_called_after_one_who_acts_is_named_by_the_deed():
    names = [known("assignee", "ada lovelace"), known("reporter", "ada lovelace")]
    (mention,) = mentions_of("tickets assigned to Ada Lovelace", names)
    assert (mention.field, mention.announced) == ("assignee", True)
    (mention,) = mentions_of("tickets reported by Ada Lovelace", names)
    assert (mention.field, mention.announced) == ("reporter", True)


@given(st.text(max_size=80), st.sampled_from(["Wired", "Ada Lovelace", "not from The Verge"]))
def test_mentions_never_overlap_and_never_raise(text, name):
    found = mentions_of(f"{text} {name} {text}", NAMES)
    assert all(one.end <= other.start for one, other in zip(found, found[1:], strict=False))
