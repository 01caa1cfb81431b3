"""The question cleaned, and made to stand alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import QuestionError
from headrace.question.conversation import (
    normalized_query,
    standalone_query__llm,
    standalone_query__rules,
)
from headrace.types import Change, Note, QuestionAnalysis, RewrittenQuery

HISTORY = ["Who wrote Hamlet?", "Shakespeare [1]"]


def test_control_and_zero_width_characters_go_and_white_space_folds():
    assert normalized_query("What\u200b is\x00  RRF?\n\tReally") == "What is RRF? Really"


def test_a_question_is_normalised_to_nfc():
    assert normalized_query("u\u0308ber") == "über"


@pytest.mark.parametrize("question", ["", "  ", "?!…", "\u200b\u200b", "\x00"])
def test_a_question_without_a_word_is_refused(question):
    with pytest.raises(QuestionError, match="empty"):
        normalized_query(question)


def test_a_question_of_100_000_characters_is_refused_with_the_setting_that_allows_it():
    with pytest.raises(QuestionError, match="HEADRACE_MAX_QUESTION_CHARACTERS"):
        normalized_query("a" * 100_000)


def test_a_question_that_excludes_more_than_32_words_is_refused():
    most = "cats" + "".join(f" -w{number}" for number in range(32))
    assert normalized_query(most) == most
    with pytest.raises(QuestionError, match="excludes 33 words and phrases, more than 32"):
        normalized_query(f"{most} -dogs")


@given(st.text(max_size=300))
def test_normalising_twice_changes_nothing_more(text):
    try:
        once = normalized_query(text)
    except QuestionError:
        return
    assert normalized_query(once) == once


def test_a_question_that_refers_back_gets_the_topic_before_it_and_the_change_is_recorded():
    query = standalone_query__rules("When was it written?", HISTORY)
    assert query.text == "wrote Hamlet Shakespeare when was it written?"
    assert query.changes[0].kind == "follow-up"


def test_a_question_that_stands_alone_ignores_the_history():
    question = "Which warranty do batteries of the second series have?"
    assert standalone_query__rules(question, HISTORY).text == question


def test_a_question_of_three_words_leans_on_the_one_before_it():
    three = standalone_query__rules("Which publisher exactly?", HISTORY)
    assert three.text == "wrote Hamlet Shakespeare which publisher exactly?"
    four = "Which publisher printed plays?"
    assert standalone_query__rules(four, HISTORY).text == four


def test_the_language_models_wording_is_taken_and_recorded():
    analysis = QuestionAnalysis(standalone="When was Hamlet written?")
    rules = RewrittenQuery("never used")
    query = standalone_query__llm("When was it written?", analysis, rules, HISTORY)
    (change,) = query.changes
    assert query.text == change.after == "When was Hamlet written?"
    assert change.before == "When was it written?"


def test_without_an_analysis_the_question_is_what_the_rules_make_of_it():
    analysis = QuestionAnalysis(note=Note("understanding", "rules stand in", is_passing=True))
    rules = RewrittenQuery("by rules", (Change("follow-up", "it", "by rules", ""),))
    assert standalone_query__llm("When was it written?", analysis, rules, HISTORY) == rules
