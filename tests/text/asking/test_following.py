"""What a question takes from those before it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.text.asking.following import following, topic_of


@pytest.mark.parametrize(
    ("before", "question", "asked"),
    [
        ("What is paid in Norway?", "And in Finland?", "What is paid in Finland?"),
        ("When was the Aurora built?", "And the Borealis?", "When was the Borealis built?"),
        ("How much does Weir cost?", "what about Turbine?", "How much does Turbine cost?"),
        ("What does PST-1042 mean?", "PST-1043?", "What does PST-1043 mean?"),
        ("How much rain fell in 2019?", "and in 2021?", "How much rain fell in 2021?"),
        ("How do I create an HNSW index?", "And for IVFFlat?", "How do I create an IVFFlat index?"),
        ("How many vacation days are there?", "And sick days?", "How many sick days are there?"),
        ("Was kostet es für Erwachsene?", "für Kinder?", "Was kostet es für Kinder?"),
        ("Wie lang ist das Sportbecken?", "Und das Lehrbecken?", "Wie lang ist das Lehrbecken?"),
        ("What may I take?", "in the cabin class?", "What may I take in the cabin class?"),
        ("Wann öffnet das Bad?", "Und an Feiertagen?", "Wann öffnet das Bad an Feiertagen?"),
        ("What is paid in Norway?", "ok, and in Finland?", "What is paid in Finland?"),
        ("What is paid in Norway?", "The same in Finland?", "What is paid in Finland?"),
        ("Was kostet das Bad?", "Und was ist mit der Sauna?", "Was kostet das Sauna?"),
        ("How long is leave for the primary one?", "For the other one?", None),
    ],
)
def test_a_fragment_asks_the_question_before_it_about_something_else(before, question, asked):
    found = following(question, [before])
    assert found.topic == ()
    assert found.asked == (asked or f"{before[:-1]} For the other one?")


def test_a_fragment_after_a_fragment_takes_its_place():
    asked = ["How do I create an HNSW index?", "How many dimensions can it have?", "with halfvec?"]
    found = following("and bit?", asked)
    assert found.asked == "How many dimensions can it have bit?"
    assert "HNSW" in found.topic


@pytest.mark.parametrize(
    "question",
    [
        "When was it built?",
        "Who is her captain?",
        "How long does that take?",
        "How often can I take one?",
        "Why?",
        "Wie lange dauert das?",
        "Wer leitet ihn?",
        "Was kostet eine Wartung davon?",
        "What should I do then?",
        "Which one is the cheapest?",
        "Gilt das auch für Rentner?",
    ],
)
def test_a_question_that_refers_back_is_itself_about_the_topic_before_it(question):
    found = following(question, ["Where is the Aurora?"])
    assert found.asked == question
    assert found.topic == ("Aurora",)
    assert found.text.casefold() == f"aurora {question.casefold()}"


@pytest.mark.parametrize(
    "question",
    [
        "How long does it take to get a refund of a ticket?",
        "Is it possible to bring two dogs on board?",
        "Are there any rules for bicycles on board?",
        "Wie hoch ist der Chlorgehalt im Becken?",
        "Können Sie mir den Preis für Kinder nennen?",
        "How are uniforms cleaned after a long winter?",
    ],
)
def test_a_question_that_stands_alone_takes_nothing(question):
    assert following(question, ["When was the Aurora built?"]).text == question


def test_a_topic_is_carried_over_several_turns_until_a_question_leans_on_none():
    asked = ["Where is the Aurora?", "Who is her captain?"]
    assert "Aurora" in following("Since when does he do that?", asked).topic
    changed = [*asked, "What does the ticket to the islands cost?"]
    assert "Aurora" not in following("Can it be refunded?", changed).topic


def test_a_pronoun_may_mean_whom_the_answer_named():
    asked = ["Who is captain of the Aurora?"]
    found = following("Since when does she sail?", asked, "Her captain is Ines Dahl. [1]")
    assert found.text == "captain Aurora Ines Dahl since when does she sail?"
    other = following("How long is it?", ["How old is the Aurora?"], "As old as Ines Dahl.")
    assert "Ines" not in other.text


def test_of_the_names_in_an_answer_the_first_four_are_taken():
    answer = "Ada Bell, Cleo Dorn, Eva Finn and Gil Hart wrote it."
    found = following("When was he born?", ["Who wrote it?"], answer)
    assert found.topic == ("Dorn", "Cleo", "Bell", "Ada", "wrote")


def test_an_and_at_the_beginning_is_left_out_after_a_topic():
    assert following("And what is on deck?", ["Where is the Aurora?"]).text == (
        "Aurora what is on deck?"
    )


def test_german_topics_are_the_nouns():
    asked = ["Was kostet der Schwimmkurs im Winter?"]
    assert following("Wer leitet ihn?", asked).topic == ("Winter", "Schwimmkurs")


def test_the_topic_of_some_questions_is_in_their_order():
    assert topic_of(["Where is the Aurora?", "Who is her captain?"]) == ["Aurora", "captain"]
    assert topic_of([]) == []


@given(st.lists(st.text(max_size=80), max_size=4), st.text(max_size=80))
def test_whatever_was_said_a_question_keeps_its_words(asked, question):
    found = following(question, asked)
    # Behind a topic, the first word has a small letter.
    last_word = question.lower().rstrip(" ?!.").split()[-1:]
    assert set(last_word) <= set(found.text.lower().rstrip(" ?!.").split()) or (
        found.asked != question
    )
