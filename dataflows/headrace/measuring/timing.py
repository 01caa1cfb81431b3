"""Latencies as they are reported: percentiles of what was measured, never sums of percentiles."""

from collections.abc import Sequence

import numpy as np

_REPORTED = (50, 95, 99)
_STEPS = tuple(range(0, 101, 5))


def percentiles(
    samples_ms: Sequence[float], reported: Sequence[int] = _REPORTED
) -> dict[str, float]:
    """{"p50_ms", "p95_ms", "p99_ms"} of one or more samples, to a microsecond."""
    return {f"p{share}_ms": round(float(np.percentile(samples_ms, share)), 3) for share in reported}


def quantiles(samples_ms: Sequence[float]) -> list[float]:
    """The 0th, 5th, ... 100th percentile, 21 values: enough to draw the distribution."""
    return [round(float(value), 3) for value in np.percentile(samples_ms, _STEPS)]
