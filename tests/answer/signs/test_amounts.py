"""Amounts that are asked for: what is counted, and whether a sentence tells it."""

import pytest

from headrace.answer.signs.amounts import PRICE, untold_amount
from headrace.types import Context, Passage, Sentence


def untold(question: str, *texts: str, lead: str = "") -> str:
    sentences = tuple(Sentence(text, 0, len(text), 1, lead=lead) for text in texts)
    passage = Passage(1, "d", "Weir", "s", sentences)
    return untold_amount(question, Context((passage,), "\n".join(texts), 9, 100))


@pytest.mark.parametrize(
    "told",
    [
        "A weir has 12 steel gates.",
        "A weir has twelve gates.",
        "There are several gates.",
        "The number of gates is 12.",
        "A weir may have any number of open gates.",
    ],
)
def test_a_sentence_tells_how_many(told):
    assert untold("How many gates does a weir have?", told) == ""


def test_a_thing_is_counted_under_a_longer_name():
    question = "How many hosts are kept at most?"
    assert untold(question, "It keeps no more than the last 900 hostnames.", "A host is old.") == ""
    assert untold(question, "It keeps no more than 900 ghosts.", "A host is old.") == "hosts"


@pytest.mark.parametrize(
    "beside",
    [
        "The gates of a weir are opened in spring.",
        "In 12 rivers, weirs have lost their old gates to rust.",
        "A weir has 12 pumps. Its gates are old.",
    ],
)
def test_a_number_of_something_else_does_not_tell_it(beside):
    assert untold("How many gates does a weir have?", beside) == "gates"


def test_a_number_of_the_question_does_not_tell_it():
    question = "How many pumps does a weir with 12 gates need?"
    assert untold(question, "A weir with 12 gates and pumps is old.") == "pumps"


def test_a_thing_that_is_not_spoken_of_may_have_another_name():
    assert untold("How many gates does a weir have?", "It has 12 sluices.") == ""


@pytest.mark.parametrize("question", ["How many gates may one weir have at most?", "What limit?"])
def test_a_limit_is_told_by_a_number_with_a_word_of_limits(question):
    is_asked = "gates" in question
    assert untold(question, "We built a weir with 12 gates.") == ("gates" if is_asked else "")
    assert untold(question, "A weir has up to 12 gates.") == ""
    assert untold(question, "There is no limit on the number of gates.") == ""


def test_a_row_of_a_table_tells_a_limit():
    question = "What is the maximum number of gates?"
    assert untold(question, "| gates | 12 |", lead="| thing | max |") == ""


def test_a_number_in_the_column_of_the_thing_tells_how_many():
    question, lead = "How many beds does room 202 have?", "| Room | Beds | Price |"
    assert untold(question, "| 202 | 3 | 120 |", lead=lead) == ""
    assert untold(question, "| 202 | soft | 120 |", lead=lead) == "beds"


def test_a_length_of_time_may_be_told_in_another_unit():
    question = "How many days does a permit last?"
    assert untold(question, "A permit of days long gone lasted 2 years.") == ""


@pytest.mark.parametrize("question", ["How many people work there?", "How many times is it read?"])
def test_what_goes_by_many_names_is_not_looked_for(question):
    assert untold(question, "People work there at times.") == ""


@pytest.mark.parametrize(
    "told", ["A permit costs 9 coins.", "Permits: $9 a year.", "A permit is free of charge."]
)
def test_a_price_is_told_by_money_or_by_a_number_behind_a_word_of_paying(told):
    assert untold("What does a permit cost?", told, "Weirs are old.", "Gates are new.") == ""


@pytest.mark.parametrize("beside", ["A permit needs 9 days.", "A pump costs 9 coins."])
def test_what_another_thing_costs_is_no_price_of_it(beside):
    others = ("Permits are old.", "Weirs are old.", "Gates are new.", "Rain.")
    assert untold("What does a permit cost?", beside, *others) == PRICE


@pytest.mark.parametrize("question", ["Where are the gates?", "What does it do at no cost?"])
def test_nothing_is_missed_where_no_amount_is_asked_for(question):
    assert untold(question, "The gates are there.") == ""
