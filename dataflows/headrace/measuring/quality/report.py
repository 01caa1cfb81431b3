"""What it took, and all measures as one report."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from hamilton.function_modifiers import tag

from headrace.measuring.quality.judging import Confidence
from headrace.measuring.quality.labelled import Collection, LabelledQuestion
from headrace.measuring.quality.measures import AnswerQuality, RetrievalQuality, Values
from headrace.measuring.quality.rankings import CONTEXT
from headrace.measuring.quality.traces import Trace
from headrace.measuring.timing import percentiles, quantiles

#: Questions that need this many documents or more are one group.
_MANY = 5
_TOKENS = ("input_tokens", "output_tokens")
_TOTAL = "total"
#: Parts of the report that are there also when every question failed.
_ALWAYS = ("nodes", _TOTAL)


@tag(stage="measure")
def latencies(traces: list[Trace]) -> dict[str, dict[str, Any]]:
    """Node -> percentiles of its own time in ms, in the order in which nodes begin.

    "total" -> those of the whole question, measured. Failed questions do not count.
    """
    good = _good(traces)
    if not good:
        return {}
    samples: dict[str, list[float]] = {}
    for node in good[0].stages_ms:
        samples[node] = [trace.stages_ms[node] for trace in good if node in trace.stages_ms]
    samples[_TOTAL] = [trace.total_ms for trace in good]
    found = {}
    for name, times in samples.items():
        found[name] = percentiles(times) | {"quantiles_ms": quantiles(times)}
    return found


@tag(stage="measure")
def usage(traces: list[Trace]) -> dict[str, Any]:
    """Calls of a language model, its tokens, and what they cost.

    The cost is absent when a price is not known.
    """
    called = [trace for trace in traces if any(trace.usage.get(name) for name in _TOKENS)]
    found: dict[str, Any] = {"model_calls": len(called)}
    for name in _TOKENS:
        found[name] = sum(trace.usage.get(name, 0) for trace in called)
    costs = [trace.cost_usd for trace in traces if trace.cost_usd is not None]
    if len(costs) == len(traces):
        found["cost_usd"] = sum(costs)
    return found


@tag(stage="report")
def question_values(
    retrieval_quality: RetrievalQuality,
    answer_quality: AnswerQuality,
    confidences: list[Confidence],
) -> dict[tuple[str, str], dict[str, float]]:
    """(node, measure) -> query id -> value.

    That is all by which two runs over the same questions can be compared.
    """
    values: dict[tuple[str, str], dict[str, float]] = {}
    for node, measures in retrieval_quality.rankings.items():
        for name, by_id in measures.items():
            values[node, name] = by_id
    for node, by_id in retrieval_quality.full_recall.items():
        values[node, "full_recall"] = dict(by_id)
    for name, by_id in answer_quality.context.items():
        values[CONTEXT, name] = by_id
    for name, by_id in answer_quality.answers.items():
        values["answer", name] = by_id
    right = {item.query_id: float(item.declined != item.answerable) for item in confidences}
    values["answer", "right to answer or decline"] = right
    return {key: by_id for key, by_id in values.items() if by_id}


@tag(stage="report")
def collection_report(
    collection: Collection,
    questions: list[LabelledQuestion],
    judged_questions: list[LabelledQuestion],
    traces: list[Trace],
    retrieval_quality: RetrievalQuality,
    answer_quality: AnswerQuality,
    understanding: dict[str, Any],
    latencies: dict[str, dict[str, Any]],
    usage: dict[str, Any],
) -> dict[str, Any]:
    """One collection's entry of the JSON report.

    `run.py evaluate --help` describes it. A measure that does not apply is absent.
    """
    good = _good(traces)
    report = {
        "queries": len(questions),
        "judged": len(judged_questions),
        "documents": len(collection.documents),
        "content_hash": collection.content_hash,
        "nodes": _nodes(retrieval_quality, judged_questions, latencies),
        _TOTAL: latencies.get(_TOTAL, {}),
        "questions_per_s": _rate(good),
        "context": _means(answer_quality.context) | _tokens(good),
        "answers": _answers(answer_quality),
        "declining": answer_quality.declining,
        "understanding": understanding,
        "usage": usage,
        "waterfall": retrieval_quality.waterfall,
    }
    failed = [{"id": trace.query_id, "error": trace.error} for trace in traces if trace.error]
    kept = {name: value for name, value in report.items() if value != {} or name in _ALWAYS}
    return kept | {"failed": failed}


def _nodes(
    retrieval: RetrievalQuality,
    judged_questions: Sequence[LabelledQuestion],
    latencies: Mapping[str, Mapping[str, Any]],
) -> dict[str, dict[str, Any]]:
    """Every node's measures and times.

    The nodes are in the order in which they began, but ranking nodes in the order of
    the graph: searches that overlap begin in any order.
    """
    needed = {question.query_id: len(question.relevant) for question in judged_questions}
    quality: dict[str, dict[str, Any]] = {}
    for node, measures in retrieval.rankings.items():
        if judged_questions:
            full_recall = retrieval.full_recall[node]
            quality[node] = _means(measures) | {
                "full_recall": _mean(full_recall),
                "full_recall_by_relevant": _by_number(full_recall, needed),
            }
    timed = [node for node in latencies if node != _TOTAL]
    ranking = iter([node for node in retrieval.rankings if node in timed])
    order = [next(ranking) if node in retrieval.rankings else node for node in timed]
    order += [node for node in quality if node not in latencies]
    return {node: quality.get(node, {}) | {**latencies.get(node, {})} for node in order}


def _answers(quality: AnswerQuality) -> dict[str, float]:
    values = _means(quality.answers) | {**quality.citations}
    if not values:
        return {}
    return {"questions": len(quality.answers.get("f1", ())), **values}


def _good(traces: Sequence[Trace]) -> list[Trace]:
    return [trace for trace in traces if not trace.error]


def _means(values: Values) -> dict[str, Any]:
    return {name: _mean(by_id) for name, by_id in values.items()}


def _mean(values: Mapping[str, float]) -> float:
    return float(np.mean(list(values.values())))


def _by_number(
    full_recall: Mapping[str, float], needed: Mapping[str, int]
) -> dict[str, dict[str, float]]:
    """Full recall of the questions that need 1, 2, ... and "5+" documents."""
    groups: dict[int, list[float]] = {}
    for query_id, value in full_recall.items():
        groups.setdefault(min(needed[query_id], _MANY), []).append(value)
    found = {}
    for number, group in sorted(groups.items()):
        name = f"{number}+" if number == _MANY else str(number)
        found[name] = {"queries": len(group), "full_recall": float(np.mean(group))}
    return found


def _rate(traces: Sequence[Trace]) -> float:
    """Questions a second, one after the other."""
    seconds = sum(trace.total_ms for trace in traces) / 1000
    return round(len(traces) / seconds, 2) if seconds else 0.0


def _tokens(traces: Sequence[Trace]) -> dict[str, float]:
    if not traces:
        return {}
    return {"tokens_mean": float(np.mean([trace.context_tokens for trace in traces]))}
