"""What a chunk's best sentence counts, fitted to questions with gold spans.

It is a constant (`rerank.placing.SENTENCE_WEIGHT`), not a setting: this says what
others would do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from headrace.errors import SourceError
from headrace.measuring.quality import run
from headrace.measuring.quality.labelled import LabelledQuestion
from headrace.measuring.quality.labelled.spans import Span
from headrace.measuring.tuning.asked import Wanted, ask
from headrace.measuring.tuning.leaving_out import Fitting, LeavingOut, left_out
from headrace.rerank.placing import SENTENCE_WEIGHT, placed
from headrace.settings import Settings
from headrace.types import Hit, Progress, SubQuery, leading

#: What is tried; of equals, the first is taken. 0: chunks stay as fused.
_WEIGHTS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.4)
#: Hits that are looked at.
_DEPTH = 10


@dataclass(frozen=True)
class Ranked:
    """A question's hits before their chunks are put in order.

    Attributes:
        holding: of each hit, whether its chunk has a part of the gold spans.
    """

    query: str
    documents: list[str]
    scores: list[float]
    texts: list[str]
    holding: list[bool]


def ranked(
    folders: Sequence[Path],
    settings: Settings,
    selection: run.Selection,
    *,
    modules: Sequence[ModuleType] = (),
    progress: Progress | None = None,
) -> dict[str, list[Ranked]]:
    """The hits of each collection's questions that have gold spans.

    Raises SourceError for a collection in which no question has any.
    """
    wanted = Wanted(
        nodes=["linked_hits", "sub_queries"],
        is_wanted=lambda question: bool(question.spans),
        check=_check_spans,
        read=_ranked,
    )
    found, _ = ask(wanted, folders, settings, selection, modules=modules, progress=progress)
    return found


def without_each(found: Mapping[str, Sequence[Ranked]], seed: int = 0) -> LeavingOut[float]:
    """Each collection left out in its turn.

    It is judged by the reciprocal rank of the first chunk that has gold, up to the
    tenth.
    """
    data = {}
    for name, questions in found.items():
        values = {}
        for weight in _WEIGHTS:
            values[weight] = np.array([_reciprocal_rank(one, weight) for one in questions])
        data[name] = values
    fitting: Fitting[dict[float, np.ndarray], float] = Fitting(
        fit=_best,
        judge=lambda weight, one: one[weight],
        name=lambda weight: f"{weight:g}",
        measure=f"reciprocal rank of the first chunk with gold, up to {_DEPTH}",
        constants="rerank/placing.py",
    )
    return left_out(data, fitting, SENTENCE_WEIGHT, [0.0, SENTENCE_WEIGHT], seed)


def _best(data: Mapping[str, dict[float, np.ndarray]]) -> float:
    return max(_WEIGHTS, key=lambda weight: sum(one[weight].mean() for one in data.values()))


def _check_spans(questions: Sequence[LabelledQuestion], name: str) -> None:
    if not questions:
        raise SourceError(
            f"tuning the passages on {name} failed: none of its questions has gold spans "
            "(`spans` in a question's metadata)"
        )


def _ranked(question: LabelledQuestion, values: Mapping[str, Any]) -> Ranked:
    hits: list[Hit] = values["linked_hits"]
    sub_queries: list[SubQuery] = values["sub_queries"]
    holding = []
    for hit in hits:
        chunk = Span(hit.chunk.document_id, hit.chunk.start, hit.chunk.end)
        holding.append(any(chunk.overlaps(gold) for gold in question.spans))
    return Ranked(
        query=sub_queries[leading(sub_queries)].text if sub_queries else "",
        documents=[hit.chunk.document_id for hit in hits],
        scores=[hit.score for hit in hits],
        texts=[hit.chunk.text_in_place for hit in hits],
        holding=holding,
    )


def _reciprocal_rank(one: Ranked, weight: float) -> float:
    if not one.documents:
        return 0.0
    order = placed(one.documents, one.scores, one.texts, one.query, _DEPTH, weight)
    ranks = [rank for rank, index in enumerate(order[:_DEPTH], 1) if one.holding[index]]
    return 1 / ranks[0] if ranks else 0.0
