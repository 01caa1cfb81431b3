"""Traces judged, against values worked out by hand."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.measuring.quality import judging
from headrace.measuring.quality.labelled import LabelledQuestion, spans
from headrace.measuring.quality.labelled.spans import Span
from headrace.measuring.quality.traces import Quotation, Trace
from headrace.types import Document

QUESTION = LabelledQuestion("q", "who?", {"a": 1, "b": 1}, ("Ada Lovelace",), answerable=True)
TRACE = Trace("q", answerability=0.9)
CITED = (
    Quotation(Span("a", 0, 10), "x"),
    Quotation(Span("a", 50, 60), "y"),
    Quotation(Span("b", 0, 5), "z"),
)


@pytest.mark.parametrize(
    ("answer", "gold", "exact", "f1", "contained"),
    [
        ("Ada Lovelace.", "Ada Lovelace", 1, 1, 1),
        ("It was Ada Lovelace. [1]", "Ada Lovelace", 0, 2 * 2 / 6, 1),
        ("The Normans", "normans", 1, 1, 1),
        ("The 1300s", "300", 0, 0, 0),
        ("", "Ada Lovelace", 0, 0, 0),
        ("Ada Lovelace's notes", "Ada Lovelace", 0, 2 * 1 / 5, 1),
        ("„Ada Lovelace“ [1]", "Ada Lovelace", 0, 0, 1),
        ("a 24-yard line", "24", 0, 0, 1),
        ("a U.S. ship", "US", 0, 2 * 1 / 3, 1),
        ("the 24s", "24", 0, 0, 0),
        ("!", "...", 1, 1, 0),
    ],
)
def test_answers_are_compared_as_squad_does(answer, gold, exact, f1, contained):
    values = judging.answer_values(answer, [gold, "nobody else"])
    wanted = {"exact_match": exact, "f1": f1, "contains_answer": contained}
    assert values == pytest.approx(wanted)


def test_spans_are_counted_in_characters_each_once():
    gold = (Span("a", 0, 10), Span("a", 5, 20), Span("b", 0, 20))
    context = (Span("a", 0, 15), Span("a", 10, 30), Span("c", 0, 10))
    question = replace(QUESTION, spans=gold)
    values = judging.context_values(replace(TRACE, context=context), question)
    assert values == {"span_recall": 20 / 40, "span_precision": 20 / 40}


def test_citations_are_compared_with_the_gold_spans():
    question = replace(QUESTION, spans=(Span("a", 5, 8), Span("a", 90, 99)))
    values = judging.citation_values(replace(TRACE, citations=CITED), question)
    wanted = {"citation_precision": 1 / 3, "citation_recall": 1 / 2, "citation_f1": 0.4}
    assert values == pytest.approx(wanted)


def test_citations_are_compared_with_the_relevant_documents_where_there_are_no_spans():
    values = judging.citation_values(replace(TRACE, citations=CITED[:2]), QUESTION)
    wanted = {"citation_precision": 1.0, "citation_recall": 1 / 2, "citation_f1": 2 / 3}
    assert values == pytest.approx(wanted)


def test_an_answer_without_citations_has_no_precision_of_them():
    values = judging.citation_values(TRACE, QUESTION)
    assert values == {"citation_recall": 0.0, "citation_f1": 0.0}


@pytest.mark.parametrize(
    ("citation", "is_verbatim"),
    [
        (Quotation(Span("d", 0, 3), "One"), True),
        (Quotation(Span("d", 0, 3), "one"), False),
        (Quotation(Span("d", 0, 0), ""), False),
        (Quotation(Span("e", 0, 3), "One"), False),
    ],
)
def test_a_citation_is_verbatim_when_its_words_stand_at_its_place(citation, is_verbatim):
    documents = {"d": Document("d", "", "One two.", "d.txt")}
    assert judging.is_verbatim(citation, documents) == is_verbatim


# ---------------------------------------------------------------------------
# declining


def test_without_an_answer_a_question_below_the_threshold_counts_as_declined():
    unsure = replace(TRACE, answerability=0.2)
    assert judging.confidence(unsure, QUESTION, 0.25).declined
    assert not judging.confidence(unsure, QUESTION, 0.1).declined
    assert not judging.confidence(replace(unsure, answer="Ada"), QUESTION, 0.25).declined
    assert judging.confidence(replace(TRACE, answer=""), QUESTION, 0.25).declined


def test_a_failed_question_counts_as_the_wrong_reply_given_with_certainty():
    failed = Trace("q", error="DatabaseError: gone")
    assert judging.confidence(failed, QUESTION, 0.25) == judging.Confidence("q", True, 0.0, True)
    unanswerable = replace(QUESTION, answerable=False)
    wrong = judging.Confidence("q", False, 1.0, False)
    assert judging.confidence(failed, unanswerable, 0.25) == wrong


def test_declining_by_hand():
    answerable = {"a1": 0.9, "a2": 0.8, "a3": 0.3}
    unanswerable = {"u1": 0.5, "u2": 0.1}
    confidences = []
    for kind, scores in ((True, answerable), (False, unanswerable)):
        for name, score in scores.items():
            confidences.append(judging.Confidence(name, kind, score, score < 0.4))
    found = judging.declining(confidences)
    assert (found["precision"], found["recall"]) == (1 / 2, 1 / 2)
    assert found["auroc"] == pytest.approx(5 / 6)
    # None of three may be refused, so only what is below 0.3 can be declined.
    assert found["recall_at_10_false"] == 1 / 2
    curve = [[0.2, 0.0], [0.4, 0.0], [0.6, 0.3333], [0.8, 0.25], [1.0, 0.4]]
    assert found["risk_coverage"] == curve


def test_declining_needs_questions_of_both_kinds():
    assert judging.declining([judging.Confidence("a", True, 0.5, False)]) == {}


# ---------------------------------------------------------------------------
# spans


def _span(name: str, start: int, size: int) -> Span:
    return Span(name, start, start + size)


span_lists = st.lists(
    st.builds(_span, st.sampled_from("ab"), st.integers(0, 30), st.integers(0, 9))
)


def _characters(some: list[Span]) -> set[tuple[str, int]]:
    return {(span.document_id, at) for span in some for at in range(span.start, span.end)}


@given(span_lists, span_lists)
def test_spans_count_as_sets_of_characters_do(some, others):
    assert spans.length(some) == len(_characters(some))
    assert spans.common(some, others) == len(_characters(some) & _characters(others))
