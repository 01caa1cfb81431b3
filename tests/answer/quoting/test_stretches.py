"""Where a stretch begins and ends: chances given, stretches worked out by hand."""

from headrace.answer.quoting.stretches import best_stretch
from headrace.answer.quoting.units import units_of
from headrace.types import Context, Passage, Sentence
from support.counters import Words


def stretch(texts: list[str], chances: list[float]) -> str:
    """The best stretch of one section, all of whose sentences have the word asked for."""
    sentences, start = [], 0
    for text in texts:
        sentences.append(Sentence(text, start, start + len(text), 1))
        start += len(text) + 1
    made = Context((Passage(1, "d", "T", "s.md", tuple(sentences)),), "", 0, 2000)
    chance_of = {(0, number): chance for number, chance in enumerate(chances)}
    words = {place: frozenset({"mill"}) for place in chance_of}
    best = best_stretch(units_of(made, Words(), 100), chance_of, words, {"mill": 1.0}, 100)
    return " ".join(texts[best.first : best.last]) if best else ""


def test_what_a_pronoun_speaks_of_is_quoted_with_it():
    texts = ["Ada Lind built the mill.", "She sold it in 1911.", "The gate is old."]
    assert stretch(texts, [0.0, 0.9, 0.0]) == "Ada Lind built the mill. She sold it in 1911."
    texts[1] = "The mill was sold in 1911."
    assert stretch(texts, [0.0, 0.9, 0.0]) == texts[1]


def test_a_pronoun_with_nothing_before_it_stands_alone():
    assert stretch(["She sold it in 1911.", "The gate is old."], [0.9, 0.0]) == (
        "She sold it in 1911."
    )


def test_an_announcement_is_quoted_alone_where_nothing_follows_it():
    last = ["The gate is old.", "In 1937 Ada Lind wrote:"]
    assert stretch(last, [0.0, 0.9]) == last[1]
    assert stretch([*last, "No mill is safe."], [0.0, 0.9, 0.0]) == " ".join(
        [last[1], "No mill is safe."]
    )
