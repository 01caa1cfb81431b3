"""The answerability below which a question is declined.

It is fitted to the share of answerable questions that may be refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from headrace.measuring import statistics
from headrace.measuring.quality import run
from headrace.measuring.tuning.answerable import Needed, ask_answerable
from headrace.measuring.tuning.folds import FOLDS, SIGNIFICANT, dealt
from headrace.measuring.tuning.leaving_out import Fitting, LeavingOut, left_out
from headrace.measuring.tuning.stages import Choice
from headrace.settings import Settings
from headrace.types import Progress

# With fewer questions, the shares that are refused and declined say nothing.
#: This many answerable questions may be refused at least.
_LEAST_REFUSED = 5
#: This many unanswerable questions are needed.
_LEAST_UNANSWERABLE = 2


@dataclass(frozen=True)
class Scores:
    """The answerability of a collection's questions, of either kind."""

    answerable: np.ndarray
    unanswerable: np.ndarray


@dataclass(frozen=True)
class Declining:
    """What a threshold does to a collection.

    Attributes:
        refused: the share of its answerable questions that are refused.
        interval: the 95 % interval of that.
        declined: the share of its unanswerable questions that are declined.
    """

    refused: float
    interval: tuple[float, float]
    declined: float


@dataclass(frozen=True)
class Threshold:
    """What was found.

    Attributes:
        value: fitted on all questions.
        risk: the share of answerable questions that may be refused.
        fitted: collection -> what it does, each question judged by a threshold that was
            fitted without it.
        current: the same of the threshold in use.
        gain: in the share of unanswerable questions declined, against the threshold in
            use.
    """

    value: float
    risk: float
    fitted: dict[str, Declining]
    current: dict[str, Declining]
    gain: statistics.Paired

    @property
    def recommended(self) -> float | None:
        """The value, or None: keep the one in use.

        It is recommended where the one in use refuses more than `risk` allows, or
        declines significantly less.
        """
        too_strict = any(found.refused > self.risk for found in self.current.values())
        gains = self.gain.difference > 0 and self.gain.p < SIGNIFICANT
        return self.value if too_strict or gains else None


def tune_threshold(
    folders: Sequence[Path],
    settings: Settings,
    risk: float,
    selection: run.Selection | None = None,
    *,
    modules: Sequence[ModuleType] = (),
    progress: Progress | None = None,
) -> tuple[Threshold, dict[str, Any]]:
    """Fits the threshold on the questions that say whether they are answerable.

    Args:
        risk: the share of a collection's answerable questions that may be refused,
            above 0 and below 1.
        modules: of the user's own; their nodes join the graph.
    Returns:
        What was found, and what it was measured on (versions, hardware, seed).
    Raises SourceError when a collection has too few questions of either kind.
    """
    selection = selection or run.Selection()
    scores, about = asked_scores(
        folders, settings, risk, selection, modules=modules, progress=progress
    )
    return fitted(scores, settings.answer_threshold, risk, selection.seed), about


def asked_scores(
    folders: Sequence[Path],
    settings: Settings,
    risk: float,
    selection: run.Selection,
    *,
    modules: Sequence[ModuleType] = (),
    progress: Progress | None = None,
) -> tuple[dict[str, Scores], dict[str, Any]]:
    """The answerability of each collection's questions, and what it was measured on."""
    asked, about = ask_answerable(
        "answerability",
        Needed(int(np.ceil(_LEAST_REFUSED / risk)), _LEAST_UNANSWERABLE),
        folders,
        settings,
        selection,
        modules=modules,
        progress=progress,
    )
    scores = {}
    for name, found in asked.items():
        values = np.array(found.values)
        scores[name] = Scores(values[found.answerable], values[~found.answerable])
    return scores, about


def without_each(
    scores: Mapping[str, Scores], in_use: float, risk: float, seed: int = 0
) -> LeavingOut[float]:
    """Each collection left out in its turn.

    It is judged by the share of questions that are answered or declined as they should
    be, both kinds counting alike.
    """
    fitting: Fitting[Scores, float] = Fitting(
        fit=lambda data: _highest([found.answerable for found in data.values()], risk),
        judge=_treated_rightly,
        name=lambda threshold: f"{threshold:.3f}",
        measure="share treated rightly",
        choice=lambda threshold: Choice({"answer_threshold": threshold}),
    )
    return left_out(scores, fitting, in_use, [in_use], seed)


def _treated_rightly(threshold: float, found: Scores) -> np.ndarray:
    """(n_questions,) above 0 where one is treated rightly; the mean is a share."""
    right = (found.answerable >= threshold, found.unanswerable < threshold)
    count = sum(map(len, right))
    return np.concatenate([kind * count / (2 * max(len(kind), 1)) for kind in right])


def fitted(scores: Mapping[str, Scores], in_use: float, risk: float, seed: int = 0) -> Threshold:
    """The highest threshold that refuses few enough questions of every collection.

    That is at most `risk` of the answerable ones. What it does is judged in folds dealt
    by `seed`: the questions of each are judged by the threshold that the others give.
    """
    random = np.random.default_rng(seed)
    answerable = {}
    unanswerable = {}
    for name, found in scores.items():
        answerable[name] = _Judged(found.answerable, random)
        unanswerable[name] = _Judged(found.unanswerable, random)
    for fold in range(FOLDS):
        threshold = _highest([judged.outside(fold) for judged in answerable.values()], risk)
        for judged in (*answerable.values(), *unanswerable.values()):
            judged.judge(fold, threshold)
    fits = {}
    current = {}
    gains = []
    for name, found in scores.items():
        declined_in_use = found.unanswerable < in_use
        fits[name] = _declining(answerable[name].is_declined, unanswerable[name].is_declined)
        current[name] = _declining(found.answerable < in_use, declined_in_use)
        gains.append(unanswerable[name].is_declined - declined_in_use)
    return Threshold(
        value=_highest([found.answerable for found in scores.values()], risk),
        risk=risk,
        fitted=fits,
        current=current,
        gain=statistics.paired(gains, seed),
    )


class _Judged:
    """Questions of one kind in folds, each judged by what the other folds give.

    Attributes:
        is_declined: (n_questions,) 1.0 where a question is declined, else 0.0.
    """

    def __init__(self, scores: np.ndarray, random: np.random.Generator):
        self._scores = scores
        self._folds = dealt(len(scores), random)
        self.is_declined = np.zeros(len(scores))

    def outside(self, fold: int) -> np.ndarray:
        """The scores of the questions in all other folds."""
        return self._scores[self._folds != fold]

    def judge(self, fold: int, threshold: float) -> None:
        """Declines the questions of a fold that score below the threshold."""
        inside = self._folds == fold
        self.is_declined[inside] = self._scores[inside] < threshold


def _highest(answerable: Sequence[np.ndarray], risk: float) -> float:
    """The highest threshold, rounded down to thousandths."""
    most = min(float(np.sort(scores)[int(risk * len(scores))]) for scores in answerable)
    return int(most * 1000) / 1000


def _declining(refused: np.ndarray, declined: np.ndarray) -> Declining:
    interval = statistics.share_interval(refused, 1)
    return Declining(float(refused.mean()), interval, float(declined.mean()))
