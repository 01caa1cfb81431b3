"""The answerability below which a question is declined, fitted to how many answerable questions may be refused by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from headrace.measuring import statistics
from headrace.measuring.quality import run
from headrace.measuring.quality.asking import Progress
from headrace.measuring.tuning.answerable import answerable_asked
from headrace.measuring.tuning.tuning import FOLDS, SIGNIFICANT
from headrace.settings import Settings

#: With fewer questions that may be refused, or are to be declined, their shares say nothing.
_LEAST_REFUSED, _LEAST_UNANSWERABLE = 5, 2


@dataclass(frozen=True)
class Scores:
    """The answerability of a collection's answerable questions, and of its unanswerable ones."""

    answerable: np.ndarray
    unanswerable: np.ndarray


@dataclass(frozen=True)
class Declining:
    """What a threshold does to a collection: the share of its answerable questions that are refused, with its 95 % interval, and of its
    unanswerable ones the share declined.
    """

    refused: float
    interval: tuple[float, float]
    declined: float


@dataclass(frozen=True)
class Threshold:
    """What was found.

    Attributes:
        value: fitted on all questions.
        fitted: collection -> what it does, each question declined by the threshold fitted without it.
        current: the same of the threshold in use.
        gain: in the share of unanswerable questions declined, against the threshold in use.
    """

    value: float
    risk: float
    fitted: dict[str, Declining]
    current: dict[str, Declining]
    gain: statistics.Paired

    @property
    def recommended(self) -> float | None:
        """The value, where the one in use refuses more than `risk` allows, or declines significantly less; else None: it should stay."""
        too_strict = any(found.refused > self.risk for found in self.current.values())
        return (
            self.value
            if too_strict or (self.gain.difference > 0 and self.gain.p < SIGNIFICANT)
            else None
        )


def tune_threshold(
    folders: Sequence[Path],
    settings: Settings,
    risk: float,
    selection: run.Selection | None = None,
    *,
    progress: Progress | None = None,
) -> tuple[Threshold, dict[str, Any]]:
    """Fits the threshold on the questions of some collections that say whether they are answerable.

    Args:
        risk: the share of a collection's answerable questions that may be refused, above 0 and below 1.
    Returns:
        What was found, and what it was measured on (versions, hardware, seed).
    Raises SourceError when a collection has too few questions of either kind.
    """
    selection = selection or run.Selection()
    needed = int(np.ceil(_LEAST_REFUSED / risk)), _LEAST_UNANSWERABLE
    asked, about = answerable_asked(
        folders, settings, ["answerability"], needed, selection, progress
    )
    scores = {}
    for name, (kind, values) in asked.items():
        found = np.array([of_question["answerability"] for of_question in values])
        scores[name] = Scores(found[kind], found[~kind])
    return fitted(scores, settings.answer_threshold, risk, selection.seed), about


def fitted(scores: Mapping[str, Scores], in_use: float, risk: float, seed: int = 0) -> Threshold:
    """The highest threshold that refuses at most `risk` of the answerable questions of every collection.

    What it does is judged in folds dealt by `seed`: the questions of each are declined by what the others give.
    """
    random = np.random.default_rng(seed)
    folds = {
        name: Scores(
            *(
                random.permutation(len(values)) % FOLDS
                for values in (found.answerable, found.unanswerable)
            )
        )
        for name, found in scores.items()
    }
    refused = {name: np.zeros(len(found.answerable)) for name, found in scores.items()}
    declined = {name: np.zeros(len(found.unanswerable)) for name, found in scores.items()}
    for fold in range(FOLDS):
        threshold = _highest(
            [found.answerable[folds[name].answerable != fold] for name, found in scores.items()],
            risk,
        )
        for name, found in scores.items():
            for values, of_values, into in (
                (found.answerable, folds[name].answerable, refused[name]),
                (found.unanswerable, folds[name].unanswerable, declined[name]),
            ):
                into[of_values == fold] = values[of_values == fold] < threshold
    now = {
        name: (found.answerable < in_use, found.unanswerable < in_use)
        for name, found in scores.items()
    }
    return Threshold(
        value=_highest([found.answerable for found in scores.values()], risk),
        risk=risk,
        fitted={name: _declining(refused[name], declined[name]) for name in scores},
        current={name: _declining(*found) for name, found in now.items()},
        gain=statistics.paired([declined[name] - found for name, (_, found) in now.items()], seed),
    )


def _highest(answerable: Sequence[np.ndarray], risk: float) -> float:
    """Down to a thousandth, which settings can carry."""
    most = min(float(np.sort(scores)[int(risk * len(scores))]) for scores in answerable)
    return int(most * 1000) / 1000


def _declining(refused: np.ndarray, declined: np.ndarray) -> Declining:
    return Declining(
        float(refused.mean()), statistics.share_interval(refused, 1), float(declined.mean())
    )
