"""What a measurement passes through: a collection -> its questions' traces -> measures after every node -> a report.

The traces come from the query dataflow, run once per question; everything after them is arithmetic on what it left behind. A question that
failed counts as zero in every measure that applies to it, and is listed.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from hamilton.function_modifiers import tag

from headrace.measuring.quality import judging
from headrace.measuring.quality.collections import Collection, LabelledQuestion, read_collection
from headrace.measuring.quality.traces import DEPTH, RANKING_NODES, SEARCHES, Trace
from headrace.measuring.quality.understanding_report import understanding_report
from headrace.measuring.timing import percentiles, quantiles

#: Measure -> query id -> value in [0, 1].
Values = dict[str, dict[str, float]]
#: The waterfall's name for what neither search found.
NEVER_FOUND = "+".join(SEARCHES)
#: Questions are told apart by how many documents they need up to here.
_MANY = 5


@tag(stage="collect")
def collection(folder: Path, queries_file: str | None = None) -> Collection:
    """The corpus and the labelled questions of a folder; the questions of another file under the same judgements, when one is named."""
    return read_collection(folder, queries_file)


@tag(stage="collect")
def questions(
    collection: Collection, limit: int | None = None, seed: int = 0
) -> list[LabelledQuestion]:
    """All questions in the order of their file, or `limit` of them drawn at random by `seed`."""
    everything = list(collection.questions)
    if limit is None or limit >= len(everything):
        return everything
    chosen = np.random.default_rng(seed).choice(len(everything), size=limit, replace=False)
    return [everything[index] for index in sorted(chosen)]


@tag(stage="collect")
def traces(
    collection: Collection, questions: list[LabelledQuestion], asker: Callable
) -> list[Trace]:
    """What each question left behind on its way through the query dataflow, in order.

    Args:
        asker: stores the collection's corpus and asks: `asker(collection, questions)`.
    """
    return asker(collection, questions)


@tag(stage="measure")
def judged_questions(questions: list[LabelledQuestion]) -> list[LabelledQuestion]:
    """Those with a relevant document: the ones that retrieval is measured on."""
    return [question for question in questions if question.relevant]


@tag(stage="measure")
def run_files(
    judged_questions: list[LabelledQuestion], traces: list[Trace]
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Ranking node -> query id -> document ids, best first; of the judged questions. A failed question has no documents."""
    rankings = {trace.query_id: trace.rankings for trace in traces}
    return {
        node: {
            question.query_id: rankings[question.query_id].get(node, ())
            for question in judged_questions
        }
        for node in RANKING_NODES
    }


@tag(stage="measure")
def ranking_values(
    run_files: dict[str, dict[str, tuple[str, ...]]], judged_questions: list[LabelledQuestion]
) -> dict[str, Values]:
    """Ranking node -> nDCG@10, Recall@20 and MRR@10 of every judged question, by ir-measures (trec_eval).

    Ranks are handed over as -rank, so that ties keep our order.
    """
    import ir_measures
    from ir_measures import RR, R, nDCG

    measures = {"nDCG@10": nDCG @ 10, "Recall@20": R @ DEPTH, "MRR@10": RR @ 10}
    names = {measure: name for name, measure in measures.items()}
    judgements = [
        ir_measures.Qrel(question.query_id, document_id, grade)
        for question in judged_questions
        for document_id, grade in question.relevant.items()
    ]
    evaluator = ir_measures.evaluator(list(names), judgements) if judgements else None
    found: dict[str, Values] = {}
    for node, rankings in run_files.items():
        found[node] = {name: dict.fromkeys(rankings, 0.0) for name in measures}
        run = [
            ir_measures.ScoredDoc(query_id, doc, -rank)
            for query_id, docs in rankings.items()
            for rank, doc in enumerate(docs, start=1)
        ]
        for metric in evaluator.iter_calc(run) if run else ():
            found[node][names[metric.measure]][metric.query_id] = float(metric.value)
    return found


@tag(stage="measure")
def full_recall_values(
    run_files: dict[str, dict[str, tuple[str, ...]]], judged_questions: list[LabelledQuestion]
) -> dict[str, dict[str, float]]:
    """Ranking node -> query id -> 1.0 when all relevant documents are among the first 20, else 0.0."""
    wanted = {question.query_id: set(question.relevant) for question in judged_questions}
    return {
        node: {
            query_id: float(wanted[query_id] <= set(ranking[:DEPTH]))
            for query_id, ranking in rankings.items()
        }
        for node, rankings in run_files.items()
    }


@tag(stage="measure")
def context_values(questions: list[LabelledQuestion], traces: list[Trace]) -> Values:
    """Span recall and span precision of the context, of the questions with gold spans."""
    return _by_measure(
        (question, judging.context_values(trace, question))
        for question, trace in _pairs(questions, traces)
    )


@tag(stage="measure")
def answer_values(questions: list[LabelledQuestion], traces: list[Trace]) -> Values:
    """Exact match, F1, whether the gold answer is contained, citation precision and recall; of the questions that have an answer.

    A question wrongly declined scores 0. Empty when no answers were made.
    """
    if not _answers_made(traces):
        return {}
    return _by_measure(
        (question, judging.reply_values(trace, question))
        for question, trace in _pairs(questions, traces)
        if question.answerable is not False
    )


@tag(stage="measure")
def citations_verbatim(collection: Collection, traces: list[Trace]) -> dict[str, float]:
    """How many citations there are, and the share of them that quote the collection's text letter by letter; {} when no answers were made."""
    if not _answers_made(traces):
        return {}
    held = [
        judging.is_verbatim(citation, collection.documents)
        for trace in traces
        for citation in trace.citations
    ]
    return {"citations": len(held), "citations_verbatim": float(np.mean(held)) if held else 1.0}


@tag(stage="measure")
def confidences(
    questions: list[LabelledQuestion], traces: list[Trace], answer_threshold: float = 0.25
) -> list[judging.Confidence]:
    """Of each question known to be answerable or not: how sure the graph was that it is, and whether it declined.

    Without answers, a question counts as declined when its answerability is below `answer_threshold`. A failed question counts as
    the wrong reply.
    """
    return [
        judging.confidence(trace, question, answer_threshold)
        for question, trace in _pairs(questions, traces)
        if question.answerable is not None
    ]


@tag(stage="measure")
def declining(confidences: list[judging.Confidence]) -> dict[str, Any]:
    """Precision and recall of declining, AUROC of the answerability, recall of declining at 10 % false refusals, and the risk-coverage
    curve; {} unless there are questions of both kinds."""
    return judging.declining(confidences)


@tag(stage="measure")
def understanding(
    collection: Collection, questions: list[LabelledQuestion], traces: list[Trace]
) -> dict[str, Any]:
    """Corrections, filters, compound questions and follow-ups against what the questions are known to hold, abbreviations against the documents'."""
    asked = [
        (question.text, question.known, trace.understood)
        for question, trace in _pairs(questions, traces)
        if trace.understood
    ]
    return understanding_report(asked, collection.documents.values())


@tag(stage="measure")
def waterfall(judged_questions: list[LabelledQuestion], traces: list[Trace]) -> dict[str, float]:
    """The node that lost it -> share of all relevant documents.

    Found by neither search; lost in fusion (not among the first `rerank_count`, which the next stage looks at); in reranking (not passed on);
    in the context (no room, or said already). The rest, up to 1, reached the context.
    """
    by_id = {trace.query_id: trace for trace in traces}
    losses = [
        _lost_in(by_id[question.query_id], document)
        for question in judged_questions
        for document in question.relevant
    ]
    nodes = ("failed", NEVER_FOUND, "fused_hits", "reranked_hits", "context")
    return {
        node: losses.count(node) / len(losses)
        for node in nodes
        if losses and (node != "failed" or node in losses)
    }


@tag(stage="measure")
def latencies(traces: list[Trace]) -> dict[str, dict[str, Any]]:
    """Node -> percentiles of its own time in ms, in the order of the graph; "total" -> those of the whole, measured."""
    good = [trace for trace in traces if not trace.error]
    samples = {
        node: [trace.stages_ms[node] for trace in good if node in trace.stages_ms]
        for node in (good[0].stages_ms if good else ())
    }
    samples |= {"total": [trace.total_ms for trace in good]} if good else {}
    return {
        name: percentiles(times) | {"quantiles_ms": quantiles(times)}
        for name, times in samples.items()
    }


@tag(stage="measure")
def usage(traces: list[Trace]) -> dict[str, Any]:
    """Calls of a language model, its tokens and what it cost; the cost is absent when a price is not known."""
    called = [
        trace
        for trace in traces
        if trace.usage.get("output_tokens") or trace.usage.get("input_tokens")
    ]
    tokens = {
        name: sum(trace.usage.get(name, 0) for trace in called)
        for name in ("input_tokens", "output_tokens")
    }
    costs = [trace.cost_usd for trace in traces]
    return {"model_calls": len(called), **tokens} | (
        {} if None in costs else {"cost_usd": sum(costs)}
    )


@tag(stage="report")
def question_values(
    ranking_values: dict[str, Values],
    full_recall_values: dict[str, dict[str, float]],
    context_values: Values,
    answer_values: Values,
    confidences: list[judging.Confidence],
) -> dict[tuple[str, str], dict[str, float]]:
    """(node, measure) -> query id -> value: all that two runs over the same questions can be compared by."""
    values = {
        (node, name): by_id
        for node, measures in ranking_values.items()
        for name, by_id in measures.items()
    }
    values |= {(node, "full_recall"): by_id for node, by_id in full_recall_values.items()}
    values |= {("context", name): by_id for name, by_id in context_values.items()}
    values |= {("answer", name): by_id for name, by_id in answer_values.items()}
    values[("answer", "right to answer or decline")] = {
        item.query_id: float(item.declined != item.answerable) for item in confidences
    }
    return {key: by_id for key, by_id in values.items() if by_id}


@tag(stage="report")
def collection_report(
    collection: Collection,
    questions: list[LabelledQuestion],
    judged_questions: list[LabelledQuestion],
    traces: list[Trace],
    ranking_values: dict[str, Values],
    full_recall_values: dict[str, dict[str, float]],
    context_values: Values,
    answer_values: Values,
    citations_verbatim: dict[str, float],
    declining: dict[str, Any],
    understanding: dict[str, Any],
    waterfall: dict[str, float],
    latencies: dict[str, dict[str, Any]],
    usage: dict[str, Any],
) -> dict[str, Any]:
    """One collection's entry of the JSON report, as `run.py evaluate --help` describes it; a measure that does not apply is absent."""
    needed = {question.query_id: len(question.relevant) for question in judged_questions}
    quality = {
        node: {name: _mean(values) for name, values in measures.items()}
        | {
            "full_recall": _mean(full_recall_values[node]),
            "full_recall_by_relevant": _by_number(full_recall_values[node], needed),
        }
        for node, measures in ranking_values.items()
        if judged_questions
    }
    nodes = [
        *(node for node in latencies if node != "total"),
        *(node for node in quality if node not in latencies),
    ]
    answers = {name: _mean(values) for name, values in answer_values.items()} | citations_verbatim
    good = [trace for trace in traces if not trace.error]
    report = {
        "queries": len(questions),
        "judged": len(judged_questions),
        "documents": len(collection.documents),
        "content_hash": collection.content_hash,
        "nodes": {node: quality.get(node, {}) | latencies.get(node, {}) for node in nodes},
        "total": latencies.get("total", {}),
        "questions_per_s": _rate(good),
        "context": {name: _mean(values) for name, values in context_values.items()} | _tokens(good),
        "answers": {"questions": len(answer_values.get("f1", ()))} | answers if answers else {},
        "declining": declining,
        "understanding": understanding,
        "usage": usage,
        "waterfall": waterfall,
    }
    failed = [{"id": trace.query_id, "error": trace.error} for trace in traces if trace.error]
    return {name: value for name, value in report.items() if value != {}} | {"failed": failed}


def _pairs(
    questions: list[LabelledQuestion], traces: list[Trace]
) -> list[tuple[LabelledQuestion, Trace]]:
    return list(zip(questions, traces, strict=True))


def _by_measure(found: Iterable[tuple[LabelledQuestion, dict[str, float]]]) -> Values:
    """Each question's measures, turned round: measure -> query id -> value."""
    values: Values = {}
    for question, measures in found:
        for name, value in measures.items():
            values.setdefault(name, {})[question.query_id] = value
    return values


def _answers_made(traces: list[Trace]) -> bool:
    return any(trace.answer is not None for trace in traces)


def _lost_in(trace: Trace, document: str) -> str:
    """The node that lost a relevant document, "" when it reached the context: looked for from the end."""
    if trace.error:
        return "failed"
    if document in trace.rankings["context"]:
        return ""
    if document in trace.passed:
        return "context"
    if document in trace.read:
        return "reranked_hits"
    return "fused_hits" if document in trace.found else NEVER_FOUND


def _mean(values: Mapping[str, float]) -> float:
    return float(np.mean(list(values.values())))


def _by_number(
    full_recall: Mapping[str, float], needed: Mapping[str, int]
) -> dict[str, dict[str, float]]:
    """Full recall of the questions that need 1, 2, ... and "5+" documents."""
    groups: dict[int, list[float]] = {}
    for query_id, value in full_recall.items():
        groups.setdefault(min(needed[query_id], _MANY), []).append(value)
    return {
        f"{number}+" if number == _MANY else str(number): {
            "queries": len(group),
            "full_recall": float(np.mean(group)),
        }
        for number, group in sorted(groups.items())
    }


def _rate(traces: list[Trace]) -> float:
    seconds = sum(trace.total_ms for trace in traces) / 1000
    return round(len(traces) / seconds, 2) if seconds else 0.0


def _tokens(traces: list[Trace]) -> dict[str, float]:
    return (
        {"tokens_mean": float(np.mean([trace.context_tokens for trace in traces]))}
        if traces
        else {}
    )
