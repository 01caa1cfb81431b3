"""Whether the documents answer a question: the three signs by hand, and through the driver."""

import math
import uuid
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace import Document
from headrace.answer import answerability as node
from headrace.types import Chunk, Context, Filter, Hit, Passage, QueryFilters, Sentence, SubQuery


def hits(stream: str, *scores: float) -> list[Hit]:
    return [
        Hit(Chunk(number, "d", "", "", "t", 0, 1), score, number, stream)
        for number, score in enumerate(scores, start=1)
    ]


def context(text: str) -> Context:
    return Context(
        (Passage(1, "d", "Rivers of Norway", "s", (Sentence(text, 0, len(text), 1),)),),
        f"[1] Rivers of Norway (s)\n{text}",
        9,
        100,
    )


NO_FILTERS = QueryFilters()


def likelihood(
    semantic: list[Hit],
    keyword: list[Hit],
    made: Context,
    queries: list[SubQuery],
    filters: QueryFilters = NO_FILTERS,
) -> float:
    return node.answerability(node.answerability_signs(semantic, keyword, made, queries, filters))


def test_nothing_found_is_not_answerable():
    assert likelihood([], hits("keyword 0", 3.0), context("x"), [SubQuery("q")]) == 0.0


def test_the_three_signs_by_hand():
    """Cosine 0.7; of "Glomma" and "1911" the context has one; the tenth keyword hit has half the score of the best."""
    queries = [SubQuery("Did the Glomma flood in 1911?")]
    found = likelihood(
        hits("semantic 0", 0.7, 0.2),
        hits("keyword 0", 4.0, *[2.0] * 9, 1.0),
        context("The Glomma."),
        queries,
    )
    assert found == pytest.approx(1 / (1 + math.exp(-(5.6 * 0.7 - 1.35 * 0.5 + 1.35 * 0.5 - 3.7))))


@pytest.mark.parametrize(("weight", "expected"), [(1e6, 1.0), (-1e6, 0.0)])
def test_weights_of_any_size_give_a_probability(weight, expected):
    signs = node.answerability_signs(
        hits("semantic 0", 0.7), [], context("x"), [SubQuery("q")], NO_FILTERS
    )
    assert node.answerability(signs, answerability_cosine=weight) == expected


def test_names_are_known_from_titles_and_by_their_first_letters():
    query = [SubQuery("Which Norwegian river is near Norway's border?")]
    near, far = hits("semantic 0", 0.7), context("It is a Norwegians' river.")
    assert likelihood(near, [], far, query) == pytest.approx(1 / (1 + math.exp(-(5.6 * 0.7 - 3.7))))


def test_what_became_a_filter_is_not_missing():
    query, filters = (
        [SubQuery("What was published in 1950?")],
        QueryFilters(relaxed=(Filter("published", "range", low=date(1950, 1, 1)),)),
    )
    near, made = hits("semantic 0", 0.7), context("Nothing.")
    assert likelihood(near, [], made, query) < likelihood(near, [], made, query, filters)


def test_the_leading_stream_is_the_one_that_is_looked_at():
    queries = [
        SubQuery("Tell me about Atlantis", weight=0.5),
        SubQuery("Tell me about rivers", "rewritten"),
    ]
    keyword = [*hits("keyword 0", *[5.0] * 10), *hits("keyword 1", 4.0, 1.0)]
    assert likelihood(
        hits("semantic 1", 0.7), keyword, context("Rivers."), queries
    ) == pytest.approx(1 / (1 + math.exp(-(5.6 * 0.7 + 1.35 - 3.7))))


@given(
    st.lists(st.floats(-1, 1), max_size=4),
    st.lists(st.floats(0, 50), max_size=12),
    st.text(max_size=80),
    st.text(max_size=80),
)
def test_it_is_a_probability_whatever_was_found(cosines, scores, question, text):
    keyword = hits("keyword 0", *sorted(scores, reverse=True))
    assert (
        0
        <= likelihood(hits("semantic 0", *cosines), keyword, context(text), [SubQuery(question)])
        <= 1
    )


def test_a_question_about_nothing_there_is_declined(rag, returns):
    assert rag.ask("How long does the warranty last?", returns).answered
    declined = rag.ask("How many moons does Jupiter have?", returns)
    assert not declined.answered and declined.text == "" and declined.citations == ()


def test_a_name_that_is_nowhere_makes_an_answer_less_likely(rag):
    tenant = f"rivers-{uuid.uuid4().hex[:8]}"
    rag.ingest(
        [
            Document(
                "glomma",
                "Glomma",
                "The Glomma is the longest river of Norway. It flooded in 1995.",
                "glomma.md",
            )
        ],
        tenant,
    )
    known, unknown = (
        rag.run(["answerability"], question=question, tenant=tenant)["answerability"]
        for question in ("When did the river Glomma flood?", "When did the river Amazonas flood?")
    )
    assert known > unknown
