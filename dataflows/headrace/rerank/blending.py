"""The reranker's scores and the fused ones, as one order."""

from collections.abc import Sequence
from itertools import zip_longest

import numpy as np

from headrace.types import Hit


def blended(hits: Sequence[Hit], logits: Sequence[float | None], weight: float) -> list[Hit]:
    """The scored hits in the order of both scores, then the others as they were.

    Args:
        hits: in fused order.
        logits: of the first hits; None for one that was not scored.
        weight: of the reranker's score, 0 to 1.
    """
    scored = []
    read = []
    others = []
    for hit, logit in zip_longest(hits, logits[: len(hits)]):
        if logit is None:
            others.append(hit)
        else:
            scored.append(hit)
            read.append(1 / (1 + np.exp(-logit)))
    fused = [hit.score for hit in scored]
    scores = weight * _unit(read) + (1 - weight) * _unit(fused)
    order = sorted(range(len(scored)), key=lambda index: (-scores[index], scored[index].rank))
    first = []
    for index in order:
        hit = scored[index]
        first.append(Hit(hit.chunk, float(scores[index]), arm="reranked", found_by=hit.found_by))
    return ranked(first + others)


def ranked(hits: Sequence[Hit]) -> list[Hit]:
    """The hits with their ranks counted anew from 1."""
    return [hit._replace(rank=rank) for rank, hit in enumerate(hits, start=1)]


def _unit(values: Sequence[float]) -> np.ndarray:
    """The values brought to [0, 1] by their minimum and maximum; all 1 when equal."""
    array = np.asarray(values, np.float64)
    spread = np.ptp(array) if len(array) else 0.0
    return (array - array.min()) / spread if spread else np.ones(len(array))
