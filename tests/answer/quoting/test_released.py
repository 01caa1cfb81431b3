"""Notes of releases, and questions on them."""

import pytest

from headrace.answer.quoting.places import places_of
from headrace.answer.quoting.released import of_releases
from headrace.types import Context, Passage, Sentence

HEADINGS = ("0.8.0 (2024-10-30)", "v2.3", "Version 1.2 - unreleased", "2.0rc1 (May 3, 2025)")


def places(*headings: str, title: str = "Guide"):
    sentences = []
    for number, heading in enumerate(headings):
        sentences.append(Sentence("It is so.", number, number + 9, 1, None, (heading,)))
    passage = Passage(1, "d", title, "guide.md", tuple(sentences))
    return places_of(Context((passage,), "", 0, 2000), {})


def test_headings_that_are_versions_stand_over_notes_of_releases():
    told = of_releases(places(*HEADINGS), "Which servers are supported?")
    assert told.tolist() == [True] * len(HEADINGS)


def test_other_headings_do_not():
    others = ("Install 2.3", "2.3 Installing it", "3", "2024-10-30", "Usage")
    assert not of_releases(places(*others), "Which servers are supported?").any()


def test_a_document_of_that_name_has_notes_of_releases():
    made = places("Features", title="Release Notes")
    assert of_releases(made, "Which servers are supported?").all()


@pytest.mark.parametrize(
    "question",
    ["What is new in it?", "Since when is it so?", "What did 0.8 bring?", "Was it fixed?"],
)
def test_a_question_on_releases_is_answered_from_them(question):
    assert not of_releases(places(*HEADINGS), question).any()
