"""Latencies as they are reported.

Percentiles are of what was measured; percentiles of parts do not add up to that of the
whole.
"""

from collections.abc import Sequence

import numpy as np

_REPORTED = (50, 95, 99)
_STEPS = tuple(range(0, 101, 5))


def percentiles(
    samples_ms: Sequence[float], reported: Sequence[int] = _REPORTED
) -> dict[str, float]:
    """{"p50_ms", "p95_ms", "p99_ms"} of one or more samples, to a microsecond."""
    found = {}
    for share in reported:
        found[f"p{share}_ms"] = round(float(np.percentile(samples_ms, share)), 3)
    return found


def quantiles(samples_ms: Sequence[float]) -> list[float]:
    """The 0th, 5th, ... 100th percentile: 21 values that draw the distribution."""
    return [round(float(value), 3) for value in np.percentile(samples_ms, _STEPS)]
