"""The nodes of understanding together: parts switched off, and odd questions."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headrace import Pipeline
from headrace.errors import QuestionError
from headrace.text.terms import read_syntax


def test_understanding_off_changes_nothing(rag, returns, data_dir):
    question = "How does RRF wrk in license: MIT?"
    with Pipeline.open(
        data_dir=data_dir, understanding="off", reranking="off", generation="extractive"
    ) as plain:
        values = plain.run(["sub_queries", "query_filters"], question=question, tenant=returns)
    assert [query.text for query in values["sub_queries"]] == [question]
    assert values["query_filters"].applied == ()


PARTS = {
    "conversation": "follow-up",
    "spelling": "typo",
    "expansion": "abbreviation",
    "filtering": "filter",
    "decomposition": "sub-question",
}


@pytest.mark.parametrize("off", PARTS)
def test_each_part_of_understanding_can_be_switched_off_alone(rag, returns, off):
    """Asks a follow-up with a typo, an abbreviation, a filter and two questions."""
    switched = Pipeline(rag.settings.model_copy(update={off: "off"}), rag.encoder, rag.database)
    question = "How does it use RRF under license MIT, and what is mergd by it?"
    values = switched.run(
        ["expanded_query", "query_filters", "sub_queries"],
        question=question,
        tenant=returns,
        history=["What is search?", "A way to find."],
    )
    kinds = {change.kind for change in values["expanded_query"].changes}
    kinds |= {query.role for query in values["sub_queries"]}
    if values["query_filters"].applied:
        kinds.add("filter")
    assert kinds & set(PARTS.values()) == set(PARTS.values()) - {PARTS[off]}
    assert values["sub_queries"][0].text == question


@pytest.mark.parametrize(
    "question",
    [
        "?!… — ab",
        "Гарантия warranty 保証 ضمان",
        "Wie lange gilt die Gewährleistung?",
        "保証期間はどのくらいですか",
        "warranty\x00\x1b[31m \u200b\u202elasts",
        "w" * 4000,
        "' OR 1=1; DROP TABLE chunks; --",
        "{question} %(tenant_id)s %s %% \\",
    ],
)
def test_odd_questions_have_an_outcome(rag, returns, question):
    nodes = ["normalized_query", "sub_queries", "context"]
    found = rag.run(nodes, question=question, tenant=returns, today=None)
    assert found["sub_queries"][0].text == read_syntax(found["normalized_query"]).text
    assert found["context"].passages


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(min_size=1, max_size=120), st.lists(st.text(max_size=40), max_size=3))
def test_nothing_raises_and_the_original_is_never_lost(rag, returns, question, history):
    nodes = ["normalized_query", "sub_queries", "query_filters"]
    try:
        found = rag.run(nodes, question=question, history=history, tenant=returns)
    except QuestionError as error:
        assert "the question is empty" in str(error)
        return
    assert found["sub_queries"][0].text == read_syntax(found["normalized_query"]).text
