"""The weights of `answerability` fitted to labelled questions, and whether they say better which are answerable than those in use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from headrace.errors import SourceError
from headrace.measuring import statistics
from headrace.measuring.quality import run
from headrace.measuring.quality.asking import Progress
from headrace.measuring.tuning.answerable import answerable_asked
from headrace.measuring.tuning.tuning import FOLDS, SIGNIFICANT
from headrace.settings import Settings

#: The settings that are fitted, the intercept last.
WEIGHTS = (
    "answerability_cosine",
    "answerability_missing",
    "answerability_margin",
    "answerability_intercept",
)
_LEAST_OF_A_KIND = 2 * FOLDS
_RIDGE = 1e-5  # keeps the weights finite where a sign parts the two kinds completely


@dataclass(frozen=True)
class Signs:
    """(n_questions, 4) signs, the last of them 1, of questions for which something was found; and (n_questions,) which are answerable."""

    values: np.ndarray
    answerable: np.ndarray


@dataclass(frozen=True)
class Quality:
    """AUROC, and log loss in nats, answerable and unanswerable questions counting alike."""

    auroc: float
    loss: float


@dataclass(frozen=True)
class Calibration:
    """What was found.

    Attributes:
        weights: fitted on all questions, in the order of `WEIGHTS`.
        fitted: collection -> how good they are, each question judged by weights fitted without it.
        current: the same of the weights in use.
        gain: in log loss, so many nats less a question.
    """

    weights: tuple[float, ...]
    fitted: dict[str, Quality]
    current: dict[str, Quality]
    gain: statistics.Paired

    @property
    def recommended(self) -> tuple[float, ...] | None:
        """The weights, if the gain is significant; else None: those in use should stay."""
        return self.weights if self.gain.difference > 0 and self.gain.p < SIGNIFICANT else None


def tune_answerability(
    folders: Sequence[Path],
    settings: Settings,
    selection: run.Selection | None = None,
    *,
    progress: Progress | None = None,
) -> tuple[Calibration, dict[str, Any]]:
    """Fits the weights on the questions of some collections that say whether they are answerable.

    Returns:
        What was found, and what it was measured on (versions, hardware, seed).
    Raises SourceError when a collection has fewer than two questions of each kind for each fold.
    """
    selection = selection or run.Selection()
    asked, about = answerable_asked(
        folders,
        settings,
        ["answerability_signs"],
        (_LEAST_OF_A_KIND, _LEAST_OF_A_KIND),
        selection,
        progress,
    )
    found = {}
    for name, (kinds, values) in asked.items():
        signs = [of_question["answerability_signs"] for of_question in values]
        rows = [(one.cosine, one.missing, one.margin, 1.0) for one in signs if one.found]
        found[name] = Signs(
            np.array(rows).reshape(-1, 4), kinds[np.array([one.found for one in signs])]
        )
        if len(set(found[name].answerable.tolist())) < 2:
            raise SourceError(
                f"tuning on {name} failed: its documents give no hit for any of its answerable, or of its unanswerable questions"
            )
    return fitted(found, tuple(getattr(settings, name) for name in WEIGHTS), selection.seed), about


def fitted(found: Mapping[str, Signs], in_use: Sequence[float], seed: int = 0) -> Calibration:
    """The weights of least log loss, each collection and kind of question counting alike, and what they gain in folds dealt by `seed`."""
    random = np.random.default_rng(seed)
    folds = {
        name: _dealt(of_collection.answerable, random) for name, of_collection in found.items()
    }
    told = {name: np.zeros(len(of_collection.answerable)) for name, of_collection in found.items()}
    for fold in range(FOLDS):
        weights = _least_loss(
            [_some(of_collection, folds[name] != fold) for name, of_collection in found.items()]
        )
        for name, of_collection in found.items():
            held_out = folds[name] == fold
            told[name][held_out] = of_collection.values[held_out] @ weights
    now = {
        name: of_collection.values @ np.asarray(in_use, np.float64)
        for name, of_collection in found.items()
    }
    gains = [
        _losses(now[name], one.answerable) - _losses(told[name], one.answerable)
        for name, one in found.items()
    ]
    return Calibration(
        weights=tuple(round(float(weight), 3) for weight in _least_loss(list(found.values()))),
        fitted={name: _quality(told[name], one.answerable) for name, one in found.items()},
        current={name: _quality(now[name], one.answerable) for name, one in found.items()},
        gain=statistics.paired(gains, seed),
    )


def _dealt(answerable: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A fold for each question; every fold has its share of both kinds."""
    folds = np.zeros(len(answerable), np.int64)
    for kind in (True, False):
        folds[answerable == kind] = random.permutation(int((answerable == kind).sum())) % FOLDS
    return folds


def _some(of_collection: Signs, chosen: np.ndarray) -> Signs:
    return Signs(of_collection.values[chosen], of_collection.answerable[chosen])


def _least_loss(collections: Sequence[Signs]) -> np.ndarray:
    from scipy.optimize import minimize

    values, kinds = (
        np.concatenate([one.values for one in collections]),
        np.concatenate([one.answerable for one in collections]),
    )
    counted = np.concatenate([_counted(one.answerable) for one in collections]) / len(collections)

    def loss(weights: np.ndarray) -> float:
        return float(
            counted @ _nats(values @ weights, kinds) + _RIDGE * weights[:-1] @ weights[:-1]
        )

    return minimize(loss, np.zeros(values.shape[1]), method="BFGS").x


def _nats(logits: np.ndarray, answerable: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, np.where(answerable, -logits, logits))


def _counted(answerable: np.ndarray) -> np.ndarray:
    """What each question counts for, so that both kinds count alike, and all of them 1."""
    return np.where(
        answerable, 0.5 / max(1, int(answerable.sum())), 0.5 / max(1, int((~answerable).sum()))
    )


def _losses(logits: np.ndarray, answerable: np.ndarray) -> np.ndarray:
    """Log loss of each question; its mean counts both kinds alike."""
    return _nats(logits, answerable) * _counted(answerable) * len(answerable)


def _quality(logits: np.ndarray, answerable: np.ndarray) -> Quality:
    from scipy.stats import mannwhitneyu

    right, wrong = logits[answerable], logits[~answerable]
    return Quality(
        float(mannwhitneyu(right, wrong).statistic / (len(right) * len(wrong))),
        float(_losses(logits, answerable).mean()),
    )
