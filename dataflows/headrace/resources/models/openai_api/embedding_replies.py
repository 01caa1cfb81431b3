"""Vectors out of a response of OpenAI's embeddings, checked."""

from typing import Any

import numpy as np

#: A vector of a smaller norm has no direction.
_LEAST_NORM = 1e-6


def vectors_of(response: Any, count: int, dimension: int | None) -> np.ndarray:
    """(count, dimension) float32, rows of norm 1, in the order of the texts.

    Args:
        count: of texts that were sent.
        dimension: how many numbers a vector must have; None: any number.
    Raises ValueError, in words for a person, for what is not that.
    """
    rows = getattr(response, "data", None)
    if not isinstance(rows, list):
        raise ValueError("the reply holds no vectors")
    if len(rows) != count:
        raise ValueError(f"{count} texts were sent, and {len(rows)} vectors came back")
    vectors = _array([getattr(row, "embedding", None) for row in _in_order(rows)])
    if dimension is not None and vectors.shape[1] != dimension:
        raise ValueError(
            f"a vector has {vectors.shape[1]} numbers, and {dimension} were expected: another "
            "model is served by this name now"
        )
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(norms).all() or norms.min() < _LEAST_NORM:
        raise ValueError("a vector has no direction: it holds NaN, infinity or zeros alone")
    return vectors / norms


def _in_order(rows: list[Any]) -> list[Any]:
    """The rows by their index; as they came where none has one."""
    by_index = {getattr(row, "index", None): row for row in rows}
    if by_index.keys() == {None}:
        return rows
    if by_index.keys() != set(range(len(rows))):
        raise ValueError(f"the vectors are not numbered from 0 to {len(rows) - 1}")
    return [by_index[index] for index in range(len(rows))]


def _array(embeddings: list[Any]) -> np.ndarray:
    lengths = {len(one) if isinstance(one, list) else 0 for one in embeddings}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(f"the vectors have different lengths: {sorted(lengths)}")
    try:
        vectors = np.array(embeddings, np.float64)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("a vector holds what is no number") from None
    if vectors.ndim != 2:
        raise ValueError("a vector holds what is no number")
    with np.errstate(over="ignore"):
        return vectors.astype(np.float32)
