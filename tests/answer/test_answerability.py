"""Whether the documents answer a question: the signs by hand, and on PostgreSQL."""

import math
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace import Document
from headrace.answer.answerability import answerability, answerability_signs
from headrace.types import (
    AnswerabilitySigns,
    AnswerabilityWeights,
    Arm,
    Context,
    Filter,
    Hit,
    Passage,
    QueryFilters,
    Sentence,
    SubQuery,
)
from support.hits import scored

NO_FILTERS = QueryFilters()
NEAR = AnswerabilitySigns(found=True, cosine=0.7)


def hits(arm: Arm, sub_query: int, *scores: float) -> list[Hit]:
    return scored(arm, sub_query, dict(enumerate(scores, start=1)))


def context(text: str) -> Context:
    """One passage with the title "Rivers of Norway"."""
    sentence = Sentence(text, 0, len(text), 1)
    passage = Passage(1, "d", "Rivers of Norway", "s", (sentence,))
    return Context((passage,), f"[1] Rivers of Norway (s)\n{text}", 9, 100)


def missing(question: str, text: str, filters: QueryFilters = NO_FILTERS) -> float:
    """The share of the question's names that the context lacks."""
    near = hits("semantic", 0, 0.7)
    return answerability_signs(near, [], context(text), [SubQuery(question)], filters).missing


def logistic(weighed: float) -> float:
    return 1 / (1 + math.exp(-weighed))


# --------------------------------------------------------------- signs


def test_nothing_found_is_not_answerable():
    keyword = hits("keyword", 0, 3.0)
    signs = answerability_signs([], keyword, context("x"), [SubQuery("q")], NO_FILTERS)
    assert signs == AnswerabilitySigns(found=False)
    assert answerability(signs) == 0.0


def test_the_three_signs_by_hand():
    """Of "Glomma" and "1911" the context has one.

    The tenth keyword hit has half the score of the best.
    """
    queries = [SubQuery("Did the Glomma flood in 1911?")]
    semantic = hits("semantic", 0, 0.7, 0.2)
    keyword = hits("keyword", 0, 4.0, *[3.0] * 8, 2.0, 1.0)
    signs = answerability_signs(semantic, keyword, context("The Glomma."), queries, NO_FILTERS)
    assert signs == AnswerabilitySigns(True, cosine=0.7, missing=0.5, margin=0.5)
    expected = logistic(5.6 * 0.7 - 1.35 * 0.5 + 1.35 * 0.5 - 3.7)
    assert answerability(signs) == pytest.approx(expected)


def test_names_are_known_from_titles_and_by_their_first_letters():
    question = "Which Norwegian river is near Norway's border?"
    assert missing(question, "It is a Norwegians' river.") == 0.0


def test_the_first_word_is_no_name():
    assert missing("Atlantis is where?", "Rivers.") == 0.0
    assert missing("Where is Atlantis?", "Rivers.") == 1.0


@pytest.mark.parametrize("kind", ["applied", "preferred", "relaxed"])
def test_what_became_a_filter_is_not_missing(kind):
    condition = Filter("published", "range", low=date(1950, 1, 1))
    question = "What was published in 1950?"
    assert missing(question, "Nothing.") == 1.0
    filters = replace(NO_FILTERS, **{kind: (condition,)})
    assert missing(question, "Nothing.", filters) == 0.0


def test_the_leading_sub_query_is_the_one_that_is_looked_at():
    queries = [
        SubQuery("Tell me about Atlantis", weight=0.5),
        SubQuery("Tell me about rivers", "rewritten"),
    ]
    keyword = [*hits("keyword", 0, *[5.0] * 10), *hits("keyword", 1, 4.0, 1.0)]
    semantic = hits("semantic", 1, 0.7)
    signs = answerability_signs(semantic, keyword, context("Rivers."), queries, NO_FILTERS)
    assert signs == AnswerabilitySigns(True, cosine=0.7, missing=0.0, margin=1.0)


# --------------------------------------------------------------- weights


def test_each_sign_counts_by_its_weight():
    signs = AnswerabilitySigns(True, cosine=0.5, missing=0.25, margin=0.75)
    weights = AnswerabilityWeights(cosine=2.0, missing=-3.0, margin=4.0, intercept=-1.0)
    expected = logistic(2.0 * 0.5 - 3.0 * 0.25 + 4.0 * 0.75 - 1.0)
    assert answerability(signs, weights) == pytest.approx(expected)
    assert answerability(signs, tuple(weights)) == pytest.approx(expected)


@pytest.mark.parametrize(("weight", "expected"), [(1e6, 1.0), (-1e6, 0.0)])
def test_weights_of_any_size_give_a_probability(weight, expected):
    assert answerability(NEAR, (weight, 0.0, 0.0, 0.0)) == expected


@given(
    st.lists(st.floats(-1, 1), max_size=4),
    st.lists(st.floats(0, 50), max_size=12),
    st.text(max_size=80),
    st.text(max_size=80),
)
def test_it_is_a_probability_whatever_was_found(cosines, scores, question, text):
    semantic = hits("semantic", 0, *cosines)
    keyword = hits("keyword", 0, *sorted(scores, reverse=True))
    queries = [SubQuery(question)]
    signs = answerability_signs(semantic, keyword, context(text), queries, NO_FILTERS)
    assert 0 <= answerability(signs) <= 1


# --------------------------------------------------------------- through the driver


def test_a_question_about_nothing_there_is_declined(rag, returns):
    assert rag.ask("How long does the warranty last?", returns).answered
    declined = rag.ask("How many moons does Jupiter have?", returns)
    assert (declined.answered, declined.text, declined.citations) == (False, "", ())


def test_a_name_that_is_nowhere_makes_an_answer_less_likely(rag, tenant):
    text = "The Glomma is the longest river of Norway. It flooded in 1995."
    rag.ingest([Document("glomma", "Glomma", text, "glomma.md")], tenant)
    likely = {}
    for river in ("Glomma", "Amazonas"):
        question = f"When did the river {river} flood?"
        values = rag.run(["answerability"], question=question, tenant=tenant)
        likely[river] = values["answerability"]
    assert likely["Glomma"] > likely["Amazonas"]


def test_the_weights_are_one_setting_that_a_question_may_come_with(rag, returns):
    asked = {"question": "How long does the warranty last?", "tenant": returns}
    sure = rag.run(["answerability"], answerability_weights=(0.0, 0.0, 0.0, 99.0), **asked)
    assert sure["answerability"] == 1.0
