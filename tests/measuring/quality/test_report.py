"""The report of a collection, made from traces."""

from dataclasses import replace

import pytest

from headrace.measuring.quality import asked, evaluation_driver, report
from headrace.measuring.quality.labelled import LabelledQuestion, read_collection
from headrace.measuring.quality.measures import AnswerQuality, RetrievalQuality
from headrace.measuring.quality.traces import Trace
from headrace.measuring.timing import percentiles, quantiles

SEARCHES = ("semantic_hits", "keyword_hits")
NODES = (*SEARCHES, "fused_hits", "linked_hits", "reranked_hits", "context")
RANKING = dict.fromkeys(NODES, ("a", "b"))


@pytest.fixture
def collection(sample):
    return read_collection(sample)


def made(collection, traces, questions=None):
    """The report of these traces."""
    values = evaluation_driver().execute(
        ["collection_report"],
        inputs={"ranking_nodes": NODES, "searches": SEARCHES},
        overrides={
            "collection": collection,
            "questions": questions or list(collection.questions),
            "traces": traces,
        },
    )
    return values["collection_report"]


def test_a_failed_question_counts_as_zero_everywhere_and_is_listed(collection):
    first, *others = collection.questions
    right = dict.fromkeys(NODES, tuple(first.relevant))
    found = dict.fromkeys(("found", "read", "passed"), tuple(first.relevant))
    traces = [Trace(first.query_id, right, answer="x", answerability=0.9, **found)]
    traces += [Trace(question.query_id, error="DatabaseError: gone") for question in others]
    entry = made(collection, traces)
    judged = len(collection.judged)
    assert entry["nodes"]["fused_hits"]["nDCG@10"] == pytest.approx(1 / judged)
    assert entry["answers"]["citation_recall"] == 0.0
    assert entry["answers"]["questions"] == judged
    # An unanswerable question that failed was not declined.
    assert entry["declining"]["recall"] == 0.0
    assert len(entry["failed"]) == len(others)
    assert entry["failed"][0]["error"] == "DatabaseError: gone"
    assert entry["waterfall"]["failed"] > 0.5


def test_ranking_nodes_are_reported_also_where_every_question_failed(collection):
    traces = [Trace(question.query_id, error="no") for question in collection.questions]
    nodes = made(collection, traces)["nodes"]
    assert list(nodes) == [*NODES]
    assert {figures["nDCG@10"] for figures in nodes.values()} == {0.0}


def test_searches_that_overlap_are_reported_in_the_order_of_the_graph(collection):
    began = dict.fromkeys(("sub_queries", "keyword_hits", "semantic_hits", "fused_hits"), 1.0)
    traces = []
    for question in collection.questions:
        traces.append(Trace(question.query_id, RANKING, stages_ms=began, total_ms=2.0))
    nodes = list(made(collection, traces)["nodes"])
    assert nodes[:4] == ["sub_queries", "semantic_hits", "keyword_hits", "fused_hits"]


def test_what_does_not_apply_is_absent(collection):
    question = LabelledQuestion("q", "who?", {})
    entry = made(collection, [Trace("q", RANKING)], [question])
    assert "answers" not in entry
    assert "declining" not in entry
    assert "waterfall" not in entry
    assert entry["nodes"] == {}
    assert entry["failed"] == []


def test_full_recall_is_split_by_how_many_documents_are_needed(collection):
    needed = {"1": ("a",), "2": ("a", "b"), "7": tuple("abcdefg")}
    questions = [LabelledQuestion(n, "?", dict.fromkeys(docs, 1)) for n, docs in needed.items()]
    entry = made(collection, [Trace(name, RANKING) for name in needed], questions)
    split = entry["nodes"]["context"]["full_recall_by_relevant"]
    assert split == {
        "1": {"queries": 1, "full_recall": 1.0},
        "2": {"queries": 1, "full_recall": 1.0},
        "5+": {"queries": 1, "full_recall": 0.0},
    }


def test_the_cost_is_absent_when_a_price_is_not_known():
    trace = Trace("q", usage={"input_tokens": 10, "output_tokens": 2}, cost_usd=0.5)
    both = [trace, Trace("r")]
    tokens = {"model_calls": 1, "input_tokens": 10, "output_tokens": 2}
    assert report.usage(both) == {**tokens, "cost_usd": 0.5}
    assert report.usage([trace, replace(trace, cost_usd=None)]).keys() == tokens.keys()


def test_values_by_question_are_named_by_node_and_measure():
    retrieval = RetrievalQuality({"fused_hits": {"nDCG@10": {"q": 0.5}}}, {}, {})
    answers = AnswerQuality({"span_recall": {"q": 1.0}}, {"f1": {"q": 0.2}}, {}, {})
    values = report.question_values(retrieval, answers, [])
    assert values == {
        ("fused_hits", "nDCG@10"): {"q": 0.5},
        ("context", "span_recall"): {"q": 1.0},
        ("answer", "f1"): {"q": 0.2},
    }


def test_percentiles_are_of_what_was_measured():
    assert percentiles(range(101)) == {"p50_ms": 50, "p95_ms": 95, "p99_ms": 99}
    assert quantiles(range(101)) == list(range(0, 101, 5))


def test_retrieval_is_measured_on_questions_with_a_relevant_document():
    questions = [LabelledQuestion("q", "who?", {"a": 1}), LabelledQuestion("r", "who?", {})]
    assert asked.judged_questions(questions) == questions[:1]
