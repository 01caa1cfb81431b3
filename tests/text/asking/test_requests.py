"""Words of a question that only ask."""

import pytest

from headrace.text.asking.requests import without_request, words_of_request


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("List the fees.", {"list"}),
        ("Please compare Ada and Bob", {"compare"}),
        ("What happened on 3 May?", {"happened"}),
        ("What does SLA stand for?", {"stand"}),
        ("What does PST-1042 mean?", {"mean"}),
        ("How much does Weir cost?", {"cost"}),
        ("What has changed in the rules?", {"changed"}),
        ("What was added in 2.3?", {"added"}),
        ("Show me the latest report", {"show", "latest"}),
    ],
)
def test_words_that_only_ask_are_told(question, words):
    assert words_of_request(question) == words
    assert not words & set(without_request(question).lower().split())


@pytest.mark.parametrize(
    "question",
    [
        "Is there a price list?",
        "What costs were paid?",
        "Where does the pump stand?",
        "Who added the gate?",
        "Which settings are changed by it?",
    ],
)
def test_what_a_question_is_about_stays(question):
    assert words_of_request(question) == frozenset() and without_request(question) == question
