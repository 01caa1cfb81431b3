"""One collection left out at a time: does what is fitted hold on unseen documents?

Folds of questions do not tell: what was fitted to four fifths of a collection knows its
documents and its manner of asking.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from headrace.errors import SourceError
from headrace.measuring import statistics
from headrace.measuring.tuning.folds import SIGNIFICANT
from headrace.measuring.tuning.stages import Choice

Data = TypeVar("Data")
Fit = TypeVar("Fit")

#: With two, what is fitted to the other one is fitted to one collection alone.
LEAST_COLLECTIONS = 3


@dataclass(frozen=True)
class Fitting(Generic[Data, Fit]):
    """How something is fitted to collections.

    Attributes:
        fit: what is best on some collections, each counting alike.
        judge: the collection's (n_questions,) values of a fit; higher is better.
        name: a fit in words.
        measure: what the values are, in words.
        choice: the settings that a fit is; None where it is constants of the code.
        constants: where these are.
    """

    fit: Callable[[Mapping[str, Data]], Fit]
    judge: Callable[[Fit, Data], np.ndarray]
    name: Callable[[Fit], str]
    measure: str = ""
    choice: Callable[[Fit], Choice] | None = None
    constants: str = ""


@dataclass(frozen=True)
class LeftOut:
    """One collection, and what was fitted without it.

    Attributes:
        chosen: what is best on the others.
        fitted: the mean of what is best on all collections, this one among them.
        held_out: that of what was chosen without it.
        in_use: that of the settings in use.
    """

    chosen: str
    fitted: float
    held_out: float
    in_use: float


@dataclass(frozen=True)
class LeavingOut(Generic[Fit]):
    """What came of leaving out each collection in its turn.

    Attributes:
        fitting: how it was fitted.
        collections: by name.
        fitted: what is best on all collections.
        gain: of what was chosen without a collection, on it, against what is in use.
        simpler: the simplest that what is fitted is not significantly better than, on
            the collections left out; None where it is better than all of them.
        over_simpler: its gain against that one, or against the least simple of them.
    """

    fitting: Fitting[Any, Fit]
    collections: dict[str, LeftOut]
    fitted: Fit
    gain: statistics.Paired
    simpler: Fit | None
    over_simpler: statistics.Paired | None

    @property
    def recommended(self) -> Fit | None:
        """What to take; None for what is in use, over which fitting gains nothing.

        The simpler rule is taken where nothing is significantly better, else what is
        fitted.
        """
        if self.gain.difference <= 0 or self.gain.p >= SIGNIFICANT:
            return None
        return self.fitted if self.simpler is None else self.simpler

    @property
    def spread(self) -> float:
        """The standard deviation of the held-out gains over the collections."""
        gains = [one.held_out - one.in_use for one in self.collections.values()]
        return float(np.std(gains, ddof=1))


def left_out(
    data: Mapping[str, Data],
    fitting: Fitting[Data, Fit],
    in_use: Fit,
    simpler: Sequence[Fit] = (),
    seed: int = 0,
) -> LeavingOut[Fit]:
    """Fits to all collections but one, and judges that one; each in its turn.

    Args:
        simpler: what would do with less, the simplest first.
    Raises SourceError for fewer than three collections.
    """
    if len(data) < LEAST_COLLECTIONS:
        raise SourceError(
            f"leaving out one collection at a time failed: it takes at least {LEAST_COLLECTIONS}, "
            f"and {len(data)} are given"
        )
    best = fitting.fit(data)
    collections = {}
    held_out = {}
    for name, one in data.items():
        others = {other: found for other, found in data.items() if other != name}
        chosen = fitting.fit(others)
        held_out[name] = fitting.judge(chosen, one)
        collections[name] = LeftOut(
            chosen=fitting.name(chosen),
            fitted=float(fitting.judge(best, one).mean()),
            held_out=float(held_out[name].mean()),
            in_use=float(fitting.judge(in_use, one).mean()),
        )

    def gain(other: Fit) -> statistics.Paired:
        gains = [held_out[name] - fitting.judge(other, one) for name, one in data.items()]
        return statistics.paired(gains, seed)

    over_simpler = None
    for other in simpler:
        over_simpler = gain(other)
        if over_simpler.difference <= 0 or over_simpler.p >= SIGNIFICANT:
            return LeavingOut(fitting, collections, best, gain(in_use), other, over_simpler)
    return LeavingOut(fitting, collections, best, gain(in_use), None, over_simpler)
