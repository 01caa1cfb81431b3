"""Names of a question that several documents have, but the nearest one has not."""

import pytest

from headrace.answer.signs.scattered import ContextDocument, Scattered, scattered

NEAR = ContextDocument(["Perses listens on port 8080."], 0.9)
FAR = ContextDocument(["Metrics are pushed to the Pushgateway."], -1.0)
QUESTION = "Which port does the Pushgateway listen on?"


def apart(
    question: str, *documents: ContextDocument, given: frozenset[str] = frozenset()
) -> Scattered:
    return scattered(question, documents, given)


def test_a_name_that_only_another_document_has_is_apart():
    """It is one of one name, which counts 1.25 / 2."""
    assert apart(QUESTION, NEAR, FAR) == (("Pushgateway",), pytest.approx(1.25 / 2))


def test_a_document_with_the_name_is_nearest_if_its_sentence_is_not_much_worse():
    """What is lost is 0.4 times what its best sentence scores less."""
    found = apart(QUESTION, NEAR, ContextDocument(FAR.places, 0.8))
    assert found == ((), pytest.approx(0.4 * 0.1))


def test_nothing_is_apart_in_one_document_or_where_none_has_the_name():
    assert apart(QUESTION, NEAR) == Scattered()
    assert apart(QUESTION, NEAR, ContextDocument(["A pump."], 0.4)) == ((), 0.0)
    assert apart("Which port is it?", NEAR, FAR) == Scattered()


def test_what_more_than_half_of_the_documents_are_about_does_not_count():
    others = [
        ContextDocument(["The Pushgateway again."], 0.1),
        ContextDocument(["Of the Pushgateway."], 0.1),
    ]
    assert apart(QUESTION, NEAR, FAR, *others) == ((), 0.0)


def test_a_date_may_be_told_apart_from_the_rest():
    dated = ContextDocument(["In May 1911 it rained."], 0.1)
    assert apart("Who built it in May 1911?", NEAR, dated) == Scattered()


def test_a_name_that_became_a_filter_is_not_missing():
    assert apart(QUESTION, NEAR, FAR, given=frozenset({"pushgateway"})).names == ()


def test_in_a_long_question_a_name_says_less():
    """Of twelve words, (6 / 12)^2."""
    question = "Which port does the Pushgateway pump weir lock dam gate lake pond mill river use?"
    assert apart(question, NEAR, FAR).absence == pytest.approx(1.25 / 2 / 4)
