"""How good each ranking is, and where relevant documents get lost."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from hamilton.function_modifiers import tag

from headrace.measuring.quality.labelled import LabelledQuestion
from headrace.measuring.quality.measures import RetrievalQuality, Values
from headrace.measuring.quality.rankings import CONTEXT, DEPTH, PASSED, never_found
from headrace.measuring.quality.traces import Trace

_FAILED = "failed"
_FUSED = "fused_hits"


@tag(stage="measure")
def run_files(
    judged_questions: list[LabelledQuestion],
    traces: list[Trace],
    ranking_nodes: Sequence[str],
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Ranking node -> query id -> document ids, best first, of the judged questions.

    A failed question has no documents.

    Args:
        ranking_nodes: in the order of the graph.
    """
    rankings = {trace.query_id: trace.rankings for trace in traces}
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for node in ranking_nodes:
        found[node] = {}
        for question in judged_questions:
            found[node][question.query_id] = rankings[question.query_id].get(node, ())
    return found


@tag(stage="measure")
def ranking_values(
    run_files: dict[str, dict[str, tuple[str, ...]]], judged_questions: list[LabelledQuestion]
) -> dict[str, Values]:
    """Ranking node -> nDCG@10, Recall@20 and MRR@10 of every judged question.

    They are computed by ir-measures (trec_eval), which is given -rank as the score, so
    that ties keep our order.
    """
    import ir_measures
    from ir_measures import RR, R, nDCG

    measures = {"nDCG@10": nDCG @ 10, "Recall@20": R @ DEPTH, "MRR@10": RR @ 10}
    names = {measure: name for name, measure in measures.items()}
    judgements = []
    for question in judged_questions:
        for document_id, grade in question.relevant.items():
            judgements.append(ir_measures.Qrel(question.query_id, document_id, grade))
    evaluator = ir_measures.evaluator(list(names), judgements) if judgements else None
    values: dict[str, Values] = {}
    for node, rankings in run_files.items():
        values[node] = {name: dict.fromkeys(rankings, 0.0) for name in measures}
        run = _scored(rankings)
        if evaluator and run:
            for metric in evaluator.iter_calc(run):
                values[node][names[metric.measure]][metric.query_id] = float(metric.value)
    return values


@tag(stage="measure")
def full_recall_values(
    run_files: dict[str, dict[str, tuple[str, ...]]], judged_questions: list[LabelledQuestion]
) -> dict[str, dict[str, float]]:
    """Ranking node -> query id -> whether all relevant documents are found.

    It is 1.0 when they are among the first 20, else 0.0.
    """
    wanted = {question.query_id: set(question.relevant) for question in judged_questions}
    values: dict[str, dict[str, float]] = {}
    for node, rankings in run_files.items():
        values[node] = {}
        for query_id, ranking in rankings.items():
            values[node][query_id] = float(wanted[query_id] <= set(ranking[:DEPTH]))
    return values


@tag(stage="measure")
def waterfall(
    judged_questions: list[LabelledQuestion], traces: list[Trace], searches: Sequence[str]
) -> dict[str, float]:
    """The share of all relevant documents that each step of the graph lost.

    A document may be found by no search (the names of the searches, joined by "+"); be
    lost in fusion (`fused_hits`: not among the first `rerank_count`, which the reranker
    looks at); in reranking (`reranked_hits`: not passed on); or left out of the context
    (`context`: no room, or said already). What is missing to 1 reached the context.
    "failed" is there only when a question failed.

    Args:
        searches: the nodes that search.
    """
    by_id = {trace.query_id: trace for trace in traces}
    nowhere = never_found(searches)
    losses: Counter[str | None] = Counter()
    for question in judged_questions:
        for document in question.relevant:
            losses[_lost_in(by_id[question.query_id], document, nowhere)] += 1
    steps = [nowhere, _FUSED, PASSED, CONTEXT]
    if _FAILED in losses:
        steps.insert(0, _FAILED)
    total = losses.total()
    return {step: losses[step] / total for step in steps} if total else {}


@tag(stage="measure")
def retrieval_quality(
    ranking_values: dict[str, Values],
    full_recall_values: dict[str, dict[str, float]],
    waterfall: dict[str, float],
) -> RetrievalQuality:
    """All measures of rankings together."""
    return RetrievalQuality(ranking_values, full_recall_values, waterfall)


def _scored(rankings: dict[str, tuple[str, ...]]) -> list[Any]:
    """The rankings of a node as ir-measures takes them."""
    import ir_measures

    run = []
    for query_id, documents in rankings.items():
        for rank, document_id in enumerate(documents, start=1):
            run.append(ir_measures.ScoredDoc(query_id, document_id, -rank))
    return run


def _lost_in(trace: Trace, document: str, nowhere: str) -> str | None:
    """The step that lost a relevant document; None when it reached the context."""
    if trace.error:
        return _FAILED
    if document in trace.rankings[CONTEXT]:
        return None
    if document in trace.passed:
        return CONTEXT
    if document in trace.read:
        return PASSED
    return _FUSED if document in trace.found else nowhere
