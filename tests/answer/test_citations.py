"""Citations: verified against the stored document, numbered, and what has none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.answer.citations import CitedAnswer
from headrace.text.sentences import sentence_spans
from headrace.types import (
    Citation,
    CitationEvent,
    CitedText,
    Context,
    Note,
    Passage,
    Sentence,
    SentenceRange,
    TextEvent,
    Unsupported,
)
from support.warranty import FAULTS, TEXT, TWO_YEARS, begun, database, two_years


def places(citations: list[Citation]) -> list[tuple[int, int]]:
    return [(citation.start, citation.end) for citation in citations]


def test_a_citation_that_stands_in_the_document_is_numbered_and_marked():
    answer = begun()
    answer.add_part(two_years())
    assert answer.text == "Two years. [1]"
    assert answer.citations == [
        Citation(
            number=1,
            document_id="d",
            title="Warranty",
            source="d.txt",
            chunk_id=1,
            start=0,
            end=29,
            page=None,
            quote=TEXT[0:29],
        )
    ]


@pytest.mark.parametrize("between", ["", " ", "\n"])
def test_several_sentences_are_one_citation_whatever_white_space_is_between_them(between):
    answer = begun()
    claim = SentenceRange(0, 0, 2, TEXT[0:29] + between + TEXT[30:47])
    answer.add_part(CitedText("Text", (claim,)))
    assert places(answer.citations) == [(0, 47)]
    assert answer.citations[0].quote == TEXT[0:47]


@pytest.mark.parametrize(("gap", "expected"), [(3, [(0, 12)]), (4, [(0, 4), (8, 13)])])
def test_sentences_further_than_three_characters_apart_are_citations_of_their_own(gap, expected):
    text = f"One.{' ' * gap}Four."
    far = 4 + gap
    sentences = (Sentence("One.", 0, 4, 1), Sentence("Four.", far, far + 5, 2))
    made = Context((Passage(1, "d", "T", "s", sentences),), "", 10, 2000)
    answer = CitedAnswer(made, database(text))
    answer.add_part(CitedText("Text", (SentenceRange(0, 0, 2, "One. Four."),)))
    assert places(answer.citations) == expected and not answer.refused


def test_the_same_place_cited_twice_keeps_its_number():
    answer = begun()
    for _ in range(2):
        answer.add_part(two_years("Claim"))
    assert answer.text == "Claim [1] Claim [1]"
    assert len(answer.citations) == 1


@pytest.mark.parametrize(
    "claim",
    [
        SentenceRange(1, 0, 1, TEXT[0:29]),
        SentenceRange(-1, 0, 1, TEXT[0:29]),
        SentenceRange(0, 0, 9, TEXT),
        SentenceRange(0, 2, 1, ""),
        SentenceRange(0, 0, 1, "The warranty lasts ten years."),
    ],
)
def test_a_citation_that_points_nowhere_or_quotes_what_is_not_there_is_left_out_and_counted(claim):
    answer = begun()
    answer.add_part(CitedText("Claim.", (claim,)))
    assert answer.text == "Claim."
    assert answer.citations == []
    text = "1 citation could not be verified and left out"
    assert answer.notes() == [Note("generate", text, is_passing=True)]


def test_a_document_that_changed_meanwhile_is_not_quoted():
    answer = begun(TEXT.replace("two", "ten"))
    answer.add_part(two_years("Claim."))
    assert answer.citations == [] and answer.refused == 1


def test_a_listener_hears_each_citation_once_before_its_mark():
    heard = []
    answer = begun(listener=heard.append)
    answer.add_part(two_years("One."))
    answer.add_part(two_years("Two."))
    (citation,) = answer.citations
    assert heard == [
        TextEvent("One."),
        CitationEvent(citation),
        TextEvent(" [1]"),
        TextEvent(" Two."),
        TextEvent(" [1]"),
    ]


# --------------------------------------------------------------- what has no citation


def test_sentences_that_no_citation_supports_are_named():
    """Cited are the first two, and a part of the one on faults.

    Not supported: what lost its citation, and what never had one. An announcement (":")
    says nothing.
    """
    answer = begun()
    for part in (
        CitedText("The papers say:\n\n"),
        CitedText("It lasts two years. Not one.", (TWO_YEARS,)),
        CitedText(" Ten, in fact.", (SentenceRange(7, 0, 1, ""),)),
        CitedText(" As to faults, "),
        CitedText("they are covered", (FAULTS,)),
        CitedText(". Ask us. "),
        CitedText("Two!", (TWO_YEARS,)),
    ):
        answer.add_text(part.text)
        answer.add_citations(part.ranges)
    assert answer.text == (
        "The papers say:\n\nIt lasts two years. Not one. [1] Ten, in fact. "
        "As to faults, they are covered [2]. Ask us. Two! [1]"
    )
    reason = "no citation supports it"
    expected = Unsupported("Ten, in fact.", reason), Unsupported("Ask us.", reason)
    assert answer.unsupported() == expected


def statements(text: str) -> list[str]:
    """The sentences of a text that say something."""
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    said = [sentence for sentence in sentences if re.search(r"\w", sentence)]
    return [sentence for sentence in said if sentence[-1] != ":"]


pieces = st.sampled_from(
    ["It lasts two years.", " Not one", " day.", "\n\nAsk us! ", "", " ", "Why: ", "3.", "[1]"]
) | st.text(max_size=12)


@given(st.lists(st.tuples(pieces, st.booleans()), max_size=8))
def test_what_is_named_as_unsupported_stands_in_the_answer_and_in_no_cited_part(parts):
    answer = begun()
    for text, is_cited in parts:
        answer.add_text(text)
        answer.add_citations([TWO_YEARS] if is_cited else [])
    uncited = [one for one in answer.unsupported() if one.reason == "no citation supports it"]
    assert all(one.sentence in answer.text for one in answer.unsupported())
    cited = [text for text, is_cited in parts if is_cited]
    if len(cited) == len(parts):
        assert uncited == []
    if not cited:
        assert len(uncited) == len(statements(answer.text))
