"""Measures that travel together, over all questions of a collection."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

#: Measure -> query id -> value in [0, 1].
Values = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class RetrievalQuality:
    """How good every ranking is, and where relevant documents were lost.

    Attributes:
        rankings: ranking node -> measure -> query id -> value, in the order of the
            graph.
        full_recall: ranking node -> query id -> 1.0 where all relevant documents were
            found, else 0.0.
        waterfall: loss -> share of all relevant documents.
    """

    rankings: Mapping[str, Values]
    full_recall: Mapping[str, Mapping[str, float]]
    waterfall: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class AnswerQuality:
    """How good contexts, answers and their citations are, and what was declined.

    Attributes:
        context: of the questions with gold spans.
        answers: of the questions that have an answer.
        citations: how many there are, and the share that is verbatim; {} without
            answers.
        declining: {} unless there are questions of both kinds.
    """

    context: Values
    answers: Values
    citations: Mapping[str, float]
    declining: Mapping[str, Any]


def by_measure(found: Iterable[tuple[str, Mapping[str, float]]]) -> Values:
    """Measure -> query id -> value, from each query id with its measures."""
    values: Values = {}
    for query_id, measures in found:
        for name, value in measures.items():
            values.setdefault(name, {})[query_id] = value
    return values
