"""The collection, its questions, and what each left behind in the query dataflow.

All further measures are arithmetic on these traces. A question that failed counts as
zero in every measure that applies to it, and is listed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from hamilton.function_modifiers import tag

from headrace.measuring.quality.labelled import Collection, LabelledQuestion, read_collection
from headrace.measuring.quality.traces import Trace
from headrace.measuring.quality.understanding_report import understanding_report


@tag(stage="collect")
def collection(folder: Path, queries_file: str | None = None) -> Collection:
    """The corpus and the labelled questions of a folder.

    Args:
        queries_file: another file of questions under the same judgements.
    """
    return read_collection(folder, queries_file)


@tag(stage="collect")
def questions(
    collection: Collection, limit: int | None = None, seed: int = 0
) -> list[LabelledQuestion]:
    """All questions, or `limit` of them drawn at random by `seed`.

    Either way they are in the order of their file.
    """
    everything = list(collection.questions)
    if limit is None or limit >= len(everything):
        return everything
    chosen = np.random.default_rng(seed).choice(len(everything), size=limit, replace=False)
    return [everything[index] for index in sorted(chosen)]


@tag(stage="measure")
def judged_questions(questions: list[LabelledQuestion]) -> list[LabelledQuestion]:
    """The questions with a relevant document: retrieval is measured on these."""
    return [question for question in questions if question.relevant]


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
def understanding(
    collection: Collection, questions: list[LabelledQuestion], traces: list[Trace]
) -> dict[str, Any]:
    """What was understood of the questions, against what there was to understand.

    It covers corrections, filters, compound questions and follow-ups, and the
    abbreviations that the documents define.
    """
    asked = []
    for question, trace in zip(questions, traces, strict=True):
        if trace.understood:
            asked.append((question.text, question.known, trace.understood))
    return understanding_report(asked, collection.documents.values())
