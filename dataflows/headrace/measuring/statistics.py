"""Whether a difference between two runs over the same questions is more than luck, and how sure a measured share is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 9_999
#: Resamples drawn at a time: some 100 MB for 2,000 questions.
_BATCH = 1_000


@dataclass(frozen=True)
class Paired:
    """A mean difference, its 95 % interval and the two-sided p-value of there being none."""

    difference: float
    low: float
    high: float
    p: float


def paired(groups: Sequence[np.ndarray], seed: int = 0, resamples: int = RESAMPLES) -> Paired:
    """Tests the differences of one or more collections, each collection counting alike however many questions it has.

    The p-value is of a randomisation test: under the null hypothesis each question's difference could as well have had the other sign.
    All signs are tried where there are no more ways than `resamples`. The interval is a percentile bootstrap, questions drawn within their
    collection; it is the difference itself where a collection has a single question.

    Args:
        groups: one (n_questions,) array of differences per collection.
    Source: Smucker, Allan & Carterette, CIKM 2007; Efron & Tibshirani 1993.
    """
    from scipy import stats

    groups = [np.asarray(group, np.float64) for group in groups]
    difference = _mean_of_means(*groups)
    weighted = np.concatenate([group / (len(group) * len(groups)) for group in groups])
    weighted = weighted[weighted != 0]  # a tie has no sign to flip
    drawn = {"vectorized": True, "n_resamples": resamples, "batch": _BATCH}
    p = 1.0  # what one question says, it says with either sign as surely
    if len(weighted) > 1:
        p = stats.permutation_test(
            (weighted,),
            np.sum,
            permutation_type="samples",
            rng=np.random.default_rng(seed),
            **drawn,
        ).pvalue
    low = high = difference
    if len(weighted) and min(len(group) for group in groups) > 1:
        resampled = stats.bootstrap(
            tuple(groups),
            _mean_of_means,
            method="percentile",
            rng=np.random.default_rng(seed),
            **drawn,
        )
        low, high = resampled.confidence_interval
    return Paired(float(difference), float(low), float(high), float(p))


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values made larger, in their order, so that the chance of any false alarm among them stays what each says.

    Source: Holm 1979. Example: [0.01, 0.04, 0.03] -> [0.03, 0.06, 0.06].
    """
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def share_interval(shares: Sequence[float], of: int) -> tuple[float, float]:
    """The 95 % interval of a share that was found in each of some questions, each of `of` rows that stand or fall together.

    Wilson's interval, with as many rows counted as their spread between the questions makes them worth: at least the number of questions,
    at most all rows. So 200 questions without a fault say 0.981 to 1, where a bootstrap would say 1 to 1.
    Source: Wilson 1927; Korn & Graubard, "Confidence intervals for proportions with small expected number of positive counts", 1998.
    """
    found = np.asarray(shares, np.float64)
    n, p = len(found), float(found.mean())
    variance = float(found.var(ddof=1)) / n if n > 1 else 0.0
    worth = min(max(p * (1 - p) / variance, n), n * of) if variance > 0 else n
    z = 1.959964
    centre, half = (
        p + z * z / (2 * worth),
        z * (p * (1 - p) / worth + z * z / (4 * worth * worth)) ** 0.5,
    )
    return max(0.0, (centre - half) / (1 + z * z / worth)), min(
        1.0, (centre + half) / (1 + z * z / worth)
    )


def _mean_of_means(*groups: np.ndarray, axis: int = -1) -> np.ndarray | float:
    return np.mean([group.mean(axis=axis) for group in groups], axis=0)
