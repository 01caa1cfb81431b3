"""Measures of rankings, worked out by hand and compared with trec_eval."""

from dataclasses import replace

import numpy as np
import pytest
import pytrec_eval

from headrace.measuring.quality import retrieval
from headrace.measuring.quality.labelled import Collection, LabelledQuestion, read_collection
from headrace.measuring.quality.traces import Trace
from support.places import SHARED

COLLECTIONS = sorted(path.parent for path in SHARED.glob("*/qrels.tsv"))
PYTREC = {"nDCG@10": "ndcg_cut_10", "Recall@20": "recall_20"}
QUESTION = LabelledQuestion("q", "who?", {"a": 1, "b": 1})
SEARCHES = ("semantic_hits", "keyword_hits")
TRACE = Trace(
    "q",
    {"fused_hits": ("a", "x", "b"), "context": ("a", "x", "b")},
    found=("a", "x", "b"),
    read=("a", "x", "b"),
    passed=("a", "x", "b"),
)


@pytest.mark.parametrize("folder", COLLECTIONS, ids=lambda folder: folder.name)
def test_measures_are_those_of_trec_eval_on_every_collection(folder):
    collection = read_collection(folder)
    rankings = random_rankings(collection)
    values = retrieval.ranking_values({"fused_hits": rankings}, list(collection.judged))
    judgements = {question.query_id: dict(question.relevant) for question in collection.judged}
    run = {}
    for query, ranking in rankings.items():
        if ranking:
            run[query] = {document: float(-rank) for rank, document in enumerate(ranking)}
    theirs = pytrec_eval.RelevanceEvaluator(judgements, set(PYTREC.values())).evaluate(run)
    assert len(theirs) < len(judgements)  # some found nothing: those count as zero, here as there
    for name, measure in PYTREC.items():
        expected = sum(found[measure] for found in theirs.values()) / len(judgements)
        ours = np.mean(list(values["fused_hits"][name].values()))
        assert ours == pytest.approx(expected, abs=5e-5)


def random_rankings(collection: Collection) -> dict[str, tuple[str, ...]]:
    """Rankings of up to 40 documents per judged question, relevant ones among them.

    The first question finds nothing.
    """
    random = np.random.default_rng(7)
    documents = np.array(sorted(collection.documents))
    rankings: dict[str, tuple[str, ...]] = {}
    for question in collection.judged:
        size = min(len(documents), int(random.integers(1, 40)))
        drawn = random.choice(documents, size=size, replace=False).tolist()
        mixed = list(dict.fromkeys([*drawn, *question.relevant]))
        rankings[question.query_id] = tuple(random.permutation(mixed).tolist())
    rankings[next(iter(rankings))] = ()
    return rankings


def test_rankings_are_judged_by_hand():
    rankings = {"fused_hits": {"q": ("x", "a", "b")}}
    values = retrieval.ranking_values(rankings, [QUESTION])["fused_hits"]
    ideal = 1 + 1 / np.log2(3)
    assert values["nDCG@10"]["q"] == pytest.approx((1 / np.log2(3) + 1 / np.log2(4)) / ideal)
    assert values["Recall@20"]["q"] == 1.0
    assert values["MRR@10"]["q"] == 0.5


def test_full_recall_wants_all_relevant_documents_among_the_first_twenty():
    filler = tuple(f"x{number}" for number in range(18))
    rankings = {
        "fused_hits": {"q": ("a", *filler, "b")},
        "context": {"q": ("a", *filler, "x", "b")},
    }
    values = retrieval.full_recall_values(rankings, [QUESTION])
    assert values == {"fused_hits": {"q": 1.0}, "context": {"q": 0.0}}


def test_run_files_have_every_ranking_node_in_the_order_of_the_graph():
    nodes = ("fused_hits", "boosted_hits", "context")
    failed = Trace("f", error="no")
    questions = [QUESTION, replace(QUESTION, query_id="f")]
    runs = retrieval.run_files(questions, [TRACE, failed], nodes)
    assert list(runs) == ["fused_hits", "boosted_hits", "context"]
    assert runs["fused_hits"] == {"q": ("a", "x", "b"), "f": ()}
    assert runs["boosted_hits"] == {"q": (), "f": ()}


def test_each_lost_document_is_laid_to_the_step_that_lost_it():
    question = replace(QUESTION, relevant=dict.fromkeys("abcde", 1))
    trace = replace(
        TRACE,
        rankings={"context": ("a",)},
        passed=("a", "b"),
        read=("a", "b", "c"),
        found=("a", "b", "c", "d"),
    )
    losses = retrieval.waterfall([question], [trace], SEARCHES)
    assert list(losses.items()) == [
        ("semantic_hits+keyword_hits", 0.2),
        ("fused_hits", 0.2),
        ("reranked_hits", 0.2),
        ("context", 0.2),
    ]


def test_the_documents_of_failed_questions_are_lost_before_all_others():
    failed = Trace("f", error="no")
    questions = [QUESTION, replace(QUESTION, query_id="f")]
    losses = retrieval.waterfall(questions, [TRACE, failed], SEARCHES)
    assert next(iter(losses.items())) == ("failed", 0.5)
    assert sum(losses.values()) == 0.5


def test_without_judged_questions_nothing_is_lost():
    assert retrieval.waterfall([], [TRACE], SEARCHES) == {}
