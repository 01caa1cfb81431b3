"""The sentences that answer: kinds of answers, scores and quotes by hand, what must always hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.answer.extraction import quotes, sentence_scores
from headrace.text.answer_types import fits
from headrace.types import Context, Passage, ScoredSentence, Sentence, SubQuery


class Words:
    """Counts words."""

    def count(self, text: str) -> int:
        return len(text.split())


class Flat:
    """An encoder for which all texts are alike."""

    def encode(self, texts):
        return np.ones((len(texts), 1), np.float32)


def context(*passages: list[str]) -> Context:
    made = tuple(
        Passage(
            number,
            f"d{number}",
            "T",
            "s",
            tuple(Sentence(text, 0, len(text), number) for text in sentences),
        )
        for number, sentences in enumerate(passages, start=1)
    )
    return Context(made, "", 0, 2000)


def quoted(
    made: Context, *scored: ScoredSentence, roles: tuple[str, ...] = ("original",)
) -> list[str]:
    ranked = sorted(scored, key=lambda sentence: -sentence.best)
    return [
        part.text for part in quotes([SubQuery("q", role) for role in roles], made, ranked, Words())
    ]


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


def test_a_sentence_scores_its_cosine_its_words_and_its_kind():
    """Of two sentences one has "built" (the question's only word of its own that any has) and a year."""
    made = context(["It was finally built in 1911.", "Nobody says anything else here."])
    scored = sentence_scores(0.9, made, [SubQuery("When was it built?")], np.ones((1, 1)), Flat())
    assert [(s.sentence, round(s.scores[0], 6)) for s in scored] == [(0, 1.9), (1, 1.0)]


def test_quotes_stand_in_reading_order_earlier_passages_first_and_weak_ones_stay_out():
    made = context(
        ["Alpha beta one.", "Gamma delta two."], ["Epsilon zeta three."], ["Eta theta four."]
    )
    scored = [
        ScoredSentence(0, 1, (1.0,)),
        ScoredSentence(0, 0, (0.9,)),
        ScoredSentence(1, 0, (0.55,)),
        ScoredSentence(2, 0, (0.75,)),
    ]
    assert quoted(made, *scored) == ["Alpha beta one.", "Gamma delta two.", "Eta theta four."]


def test_three_sentences_of_120_tokens_together_and_the_first_whatever_its_length():
    long = [" ".join(f"{name}{number}" for number in range(70)) for name in "abc"]
    made = context([*long, "Short it is."])
    scored = [ScoredSentence(0, number, (1.0 - number / 100,)) for number in range(4)]
    assert quoted(made, *scored) == [long[0], "Short it is."]
    assert quoted(context([" ".join(["word"] * 200)]), ScoredSentence(0, 0, (1.0,))) == [
        " ".join(["word"] * 200)
    ]


def test_what_only_repeats_is_not_quoted_twice():
    made = context(["The mill was built in 1911.", "In 1911 the mill was built."])
    assert quoted(made, ScoredSentence(0, 0, (1.0,)), ScoredSentence(0, 1, (0.99,))) == [
        "The mill was built in 1911."
    ]


def test_each_sub_question_gets_its_best_sentence():
    made = context(["Alpha one two.", "Beta three four.", "Gamma five six.", "Delta seven eight."])
    scored = [
        ScoredSentence(0, number, scores)
        for number, scores in enumerate([(0, 1.9, 0), (0, 1.8, 0), (0, 1.7, 0), (0, 0, 0.7)])
    ]
    assert quoted(made, *scored, roles=("original", "sub-question", "sub-question")) == [
        "Alpha one two.",
        "Beta three four.",
        "Delta seven eight.",
    ]


@given(
    st.lists(
        st.lists(st.text(min_size=1, max_size=200), min_size=1, max_size=4), min_size=1, max_size=4
    ),
    st.data(),
)
def test_quotes_are_verbatim_in_order_and_bounded(bodies, data):
    made = context(*bodies)
    places = [(p, s) for p, body in enumerate(bodies) for s in range(len(body))]
    scored = [ScoredSentence(*place, (data.draw(st.floats(-2, 2)),)) for place in places]
    found = quotes(
        [SubQuery("q")], made, sorted(scored, key=lambda sentence: -sentence.best), Words()
    )
    spots = [(part.ranges[0].passage, part.ranges[0].first) for part in found]
    assert 1 <= len(found) <= 3 and spots == sorted(set(spots))
    assert all(
        part.text == bodies[p][s] == part.ranges[0].quote
        for part, (p, s) in zip(found, spots, strict=True)
    )
    assert len(found) == 1 or sum(Words().count(part.text) for part in found) <= 120


def test_nothing_compared_is_nothing_quoted():
    assert quotes([SubQuery("q")], context(["A."]), [], Words()) == []
