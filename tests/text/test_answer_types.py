"""Whether a sentence has the kind of thing that a question asks for."""

import pytest

from headrace.text.answer_types import (
    asks_contents,
    asks_documents,
    asks_explanation,
    asks_list,
    fits,
    fits_place,
    tells_fault,
)


@pytest.mark.parametrize(
    ("question", "sentence", "has"),
    [
        ("When was the mill built?", "It was built in 1911.", True),
        ("When was the mill built?", "It is old.", False),
        ("How many wheels has it?", "It has two wheels.", True),
        ("How many wheels has it?", "It has wheels.", False),
        ("Who built it?", "It was built by Ida Quist.", True),
        ("Who built it?", "It was built by hand.", False),
        ("Who built it?", "Nobody knows. Old it is.", False),
        ("Wann wurde sie gebaut?", "Sie wurde im Mai gebaut.", True),
        ("Who succeeded Ida Quist?", "Then old Ida Quist left.", False),
        ("Who succeeded Ida Quist?", "Then old Ida Quist left it to Ole Lund.", True),
        ("How many wheels had it in 1911?", "In 1911 it had wheels.", False),
        ("How many wheels had it in 1911?", "In 1911 it had 19.", True),
        ("Wie viele Räder hat sie?", "Sie hat sieben Räder.", True),
        ("Why is it old?", "In 1911 Ida Quist had two.", False),
        ("In which year did it burn?", "It burned on the 3rd.", True),
        ("What is pandas?", "**pandas** is a Python package.", True),
        ("What is pandas?", "The code of pandas is hosted on GitHub.", False),
        ("What does MTCT mean?", "MTCT (mother-to-child transmission) refers to birth.", True),
        ("Was ist C++?", "C++ ist eine Sprache.", True),
        ("Who was Ada Lovelace?", "Ada Lovelace (1815-1852) was a mathematician.", True),
        ("who is the king?", "The king is old.", False),
        ("What is the cause of fire?", "The cause of fire is heat.", False),
        ("What is the population of Rome?", "Rome has 3 million.", True),
        ("What is the release date of 4.6?", "Version 4.6 (2026-08-11)", True),
        ("Which version dropped it?", "Version 4.6 dropped it.", True),
        ("Which version dropped it?", "Some 12 versions ago.", False),
        ("Which option keeps it?", "Use --keep for that.", True),
        ("Which option keeps it?", "There is a well-known option.", False),
        ("What do I type?", "Type `make`.", True),
        ("Does it run on a Mac?", "It only runs on Linux.", True),
        ("Does it run on a Mac?", "It was built on a Mac.", False),
        ("It fails. Is that right?", "That is not allowed.", True),
        ("Who painted Ida Quist?", "That is Ida Quist.", False),
        ("Who painted Ida Quist?", "It was Tom who painted Ida Quist.", True),
        ("How many of the 12 wheels turn?", "There are 12 wheels.", False),
        ("How many of the 12 wheels turn?", "Of the 12 wheels 2 turn.", True),
        ("Was ist da?", "Das ist nicht erlaubt.", False),
    ],
)
def test_a_sentence_has_what_the_question_asks_for(question, sentence, has):
    assert fits(question, sentence) is has


def test_a_heading_has_the_date_or_the_version_asked_for():
    assert fits_place("When did 2.4 come out?", "Release 2.4 (2031-05-06)")
    assert fits_place("Which version dropped it?", "Release 2.4")
    assert not fits_place("When did 2.4 come out?", "Details")
    assert not fits_place("Who wrote 2.4?", "Written by Ada Lind")


def test_how_and_why_ask_for_an_explanation_but_not_how_many():
    asked = ("How do I stop it?", "Why does it stop?", "What should we do?", "Wie stoppt man es?")
    assert all(map(asks_explanation, asked))
    others = ("How many stop?", "What stops it?", "Was ist es?", "When did it stop?")
    assert not any(map(asks_explanation, others))


def test_what_a_section_says_is_asked_of_all_of_it():
    for question in ("What is new in 2.4?", "What does clause 2.2 say?", "Was steht in § 3?"):
        assert asks_contents(question)
    for question in ("What did the policy say about rent?", "What is the news?", "Who is in?"):
        assert not asks_contents(question)


def test_a_verb_that_ends_like_a_plural_asks_for_no_list():
    assert asks_list("Which boats sail?") and asks_list("What red boats are there?")
    for question in ("What does PST mean?", "What was the cost?", "What is this?", "What has ink?"):
        assert not asks_list(question)


def test_what_somebody_wrote_is_a_document_whatever_it_is_called():
    assert asks_documents("Which ballads did Ada write?", "Ada")
    assert not asks_documents("Which boats did Ada build?", "Ada")
    assert not asks_documents("Which ballads did Ada write in winter?", "Ada")


def test_a_code_with_its_message_tells_a_fault():
    assert tells_fault("E-18: no flow")
    assert not tells_fault("Rule 18: what does it say?") and not tells_fault("Pumps: how many?")
