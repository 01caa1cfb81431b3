"""Whether a sentence has the kind of thing that a question asks for."""

import pytest

from headrace.text.answer_types import fits


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
    ],
)
def test_a_sentence_has_what_the_question_asks_for(question, sentence, has):
    assert fits(question, sentence) is has
