"""How good contexts, answers and citations are, and how well questions are declined."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hamilton.function_modifiers import tag

from headrace.measuring.quality import judging
from headrace.measuring.quality.labelled import Collection, LabelledQuestion
from headrace.measuring.quality.measures import AnswerQuality, Values, by_measure
from headrace.measuring.quality.traces import Trace


@tag(stage="measure")
def context_values(questions: list[LabelledQuestion], traces: list[Trace]) -> Values:
    """Span recall and precision of the context, of the questions with gold spans."""
    found = []
    for question, trace in zip(questions, traces, strict=True):
        found.append((question.query_id, judging.context_values(trace, question)))
    return by_measure(found)


@tag(stage="measure")
def answer_values(questions: list[LabelledQuestion], traces: list[Trace]) -> Values:
    """Measures of the answers, of the questions that have an answer.

    They are exact match, F1, whether the gold answer is contained, and precision,
    recall and F1 of the citations. A question that was wrongly declined scores 0. Empty
    when no answers were made.
    """
    if not _answers_made(traces):
        return {}
    found = []
    for question, trace in zip(questions, traces, strict=True):
        if question.answerable is not False:
            found.append((question.query_id, judging.reply_values(trace, question)))
    return by_measure(found)


@tag(stage="measure")
def citations_verbatim(collection: Collection, traces: list[Trace]) -> dict[str, float]:
    """How many citations there are, and the share that is verbatim.

    A citation is verbatim when it quotes the collection's text letter by letter. {}
    when no answers were made.
    """
    if not _answers_made(traces):
        return {}
    held = []
    for trace in traces:
        for citation in trace.citations:
            held.append(judging.is_verbatim(citation, collection.documents))
    return {"citations": len(held), "citations_verbatim": float(np.mean(held)) if held else 1.0}


@tag(stage="measure")
def confidences(
    questions: list[LabelledQuestion], traces: list[Trace], answer_threshold: float = 0.25
) -> list[judging.Confidence]:
    """How sure the graph was that a question is answerable, and whether it declined.

    It covers the questions that are known to be answerable or not. Without answers, a
    question counts as declined when its answerability is below `answer_threshold`. A
    failed question counts as the wrong reply.
    """
    found = []
    for question, trace in zip(questions, traces, strict=True):
        if question.answerable is not None:
            found.append(judging.confidence(trace, question, answer_threshold))
    return found


@tag(stage="measure")
def declining(confidences: list[judging.Confidence]) -> dict[str, Any]:
    """How well unanswerable questions are declined.

    Precision and recall of declining, AUROC of the answerability, recall of declining
    at 10 % false refusals, and the risk-coverage curve; {} unless there are questions
    of both kinds.
    """
    return judging.declining(confidences)


@tag(stage="measure")
def answer_quality(
    context_values: Values,
    answer_values: Values,
    citations_verbatim: dict[str, float],
    declining: dict[str, Any],
) -> AnswerQuality:
    """All measures of contexts and answers together."""
    return AnswerQuality(context_values, answer_values, citations_verbatim, declining)


def _answers_made(traces: Sequence[Trace]) -> bool:
    return any(trace.answer is not None for trace in traces)
