"""The weights of answerability, fitted to labelled questions.

They are compared with those in use: which tell better what is answerable?
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from headrace.errors import SourceError
from headrace.measuring import statistics
from headrace.measuring.quality import run
from headrace.measuring.tuning.answerable import Asked, Needed, ask_answerable
from headrace.measuring.tuning.folds import FOLDS, SIGNIFICANT, dealt
from headrace.measuring.tuning.leaving_out import Fitting, LeavingOut, left_out
from headrace.measuring.tuning.stages import Choice
from headrace.settings import Settings
from headrace.types import AnswerabilitySigns, Progress, known_weights

_LEAST_OF_A_KIND = 2 * FOLDS
#: Keeps the weights finite where a sign separates the two kinds completely.
_RIDGE = 1e-5


@dataclass(frozen=True)
class Signs:
    """The signs of the questions for which something was found.

    Attributes:
        values: (n_questions, n_weights), a column for each of `AnswerabilityWeights`,
            the last one 1 for the intercept.
        answerable: (n_questions,) bool.
    """

    values: np.ndarray
    answerable: np.ndarray

    def chosen(self, which: np.ndarray) -> "Signs":
        """Some of the questions."""
        return Signs(self.values[which], self.answerable[which])


@dataclass(frozen=True)
class Quality:
    """AUROC, and log loss in nats.

    Answerable and unanswerable questions count alike.
    """

    auroc: float
    loss: float


@dataclass(frozen=True)
class Calibration:
    """What was found.

    Attributes:
        weights: fitted on all questions, in the order of `AnswerabilityWeights`.
        fitted: collection -> how good they are, each question judged by weights that
            were fitted without it.
        current: the same of the weights in use.
        gain: in log loss, in nats a question.
    """

    weights: tuple[float, ...]
    fitted: dict[str, Quality]
    current: dict[str, Quality]
    gain: statistics.Paired

    @property
    def recommended(self) -> tuple[float, ...] | None:
        """The weights if the gain is significant; None: keep those in use."""
        return self.weights if self.gain.difference > 0 and self.gain.p < SIGNIFICANT else None


def tune_answerability(
    folders: Sequence[Path],
    settings: Settings,
    selection: run.Selection | None = None,
    *,
    modules: Sequence[ModuleType] = (),
    progress: Progress | None = None,
) -> tuple[Calibration, dict[str, Any]]:
    """Fits the weights on the questions that say whether they are answerable.

    Args:
        modules: of the user's own; their nodes join the graph.
    Returns:
        What was found, and what it was measured on (versions, hardware, seed).
    Raises SourceError when a collection has fewer than two questions of each kind for
    each fold.
    """
    selection = selection or run.Selection()
    signs, about = asked_signs(folders, settings, selection, modules=modules, progress=progress)
    return fitted(signs, weights_in_use(settings), selection.seed), about


def asked_signs(
    folders: Sequence[Path],
    settings: Settings,
    selection: run.Selection,
    *,
    modules: Sequence[ModuleType] = (),
    progress: Progress | None = None,
) -> tuple[dict[str, Signs], dict[str, Any]]:
    """The signs of the questions of each collection, and what they were measured on."""
    asked, about = ask_answerable(
        "answerability_signs",
        Needed(_LEAST_OF_A_KIND, _LEAST_OF_A_KIND),
        folders,
        settings,
        selection,
        modules=modules,
        progress=progress,
    )
    return {name: _signs(found, name) for name, found in asked.items()}, about


def without_each(
    found: Mapping[str, Signs], in_use: Sequence[float], seed: int = 0
) -> LeavingOut[np.ndarray]:
    """Each collection left out in its turn; judged by log loss, less is better."""
    fitting: Fitting[Signs, np.ndarray] = Fitting(
        fit=lambda data: _least_loss(list(data.values())),
        judge=lambda weights, one: -_losses(one.values @ weights, one.answerable),
        name=_written,
        measure="log likelihood, in nats",
        choice=lambda weights: Choice({"answerability_weights": _written(weights)}),
    )
    weights = np.asarray(in_use, np.float64)
    return left_out(found, fitting, weights, [weights], seed)


def weights_in_use(settings: Settings) -> tuple[float, ...]:
    """The weights that questions are answered with."""
    return settings.answerability_weights or known_weights(settings.encoder)


def _written(weights: np.ndarray) -> str:
    return " ".join(f"{weight:.3f}" for weight in weights)


def fitted(found: Mapping[str, Signs], in_use: Sequence[float], seed: int = 0) -> Calibration:
    """The weights of least log loss, and what they gain in folds dealt by `seed`.

    Each collection and each kind of question counts alike.
    """
    random = np.random.default_rng(seed)
    folds = {name: _dealt_by_kind(signs.answerable, random) for name, signs in found.items()}
    fitted_logits = {name: np.zeros(len(signs.answerable)) for name, signs in found.items()}
    for fold in range(FOLDS):
        weights = _least_loss([signs.chosen(folds[name] != fold) for name, signs in found.items()])
        for name, signs in found.items():
            held_out = folds[name] == fold
            fitted_logits[name][held_out] = signs.values[held_out] @ weights
    gains = []
    quality = {}
    quality_in_use = {}
    for name, signs in found.items():
        logits_in_use = signs.values @ np.asarray(in_use, np.float64)
        losses_in_use = _losses(logits_in_use, signs.answerable)
        gains.append(losses_in_use - _losses(fitted_logits[name], signs.answerable))
        quality[name] = _quality(fitted_logits[name], signs.answerable)
        quality_in_use[name] = _quality(logits_in_use, signs.answerable)
    weights = _least_loss(list(found.values()))
    return Calibration(
        weights=tuple(round(float(weight), 3) for weight in weights),
        fitted=quality,
        current=quality_in_use,
        gain=statistics.paired(gains, seed),
    )


def _signs(asked: Asked, name: str) -> Signs:
    """The signs of a collection; SourceError unless there are some of both kinds."""
    signs: list[AnswerabilitySigns] = asked.values
    rows = [one.values for one in signs if one.found]
    answerable = asked.answerable[np.array([one.found for one in signs])]
    if len(set(answerable.tolist())) < 2:
        raise SourceError(
            f"tuning on {name} failed: its documents give no hit for any of its answerable, or of "
            "its unanswerable questions"
        )
    return Signs(np.array(rows), answerable)


def _dealt_by_kind(answerable: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The fold of each question; every fold has its share of both kinds."""
    folds = np.zeros(len(answerable), np.int64)
    for kind in (True, False):
        is_kind = answerable == kind
        folds[is_kind] = dealt(int(is_kind.sum()), random)
    return folds


def _least_loss(collections: Sequence[Signs]) -> np.ndarray:
    """(n_weights,) the weights of least log loss."""
    from scipy.optimize import minimize

    values = np.concatenate([one.values for one in collections])
    kinds = np.concatenate([one.answerable for one in collections])
    shares = np.concatenate([_shares(one.answerable) for one in collections])
    shares = shares / len(collections)

    def loss(weights: np.ndarray) -> float:
        ridge = _RIDGE * weights[:-1] @ weights[:-1]
        return float(shares @ _nats(values @ weights, kinds) + ridge)

    return minimize(loss, np.zeros(values.shape[1]), method="BFGS").x


def _nats(logits: np.ndarray, answerable: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, np.where(answerable, -logits, logits))


def _shares(answerable: np.ndarray) -> np.ndarray:
    """How much each question counts: both kinds alike, and all questions together 1."""
    of_answerable = 0.5 / max(1, int(answerable.sum()))
    of_unanswerable = 0.5 / max(1, int((~answerable).sum()))
    return np.where(answerable, of_answerable, of_unanswerable)


def _losses(logits: np.ndarray, answerable: np.ndarray) -> np.ndarray:
    """The log loss of each question; its mean counts both kinds alike."""
    return _nats(logits, answerable) * _shares(answerable) * len(answerable)


def _quality(logits: np.ndarray, answerable: np.ndarray) -> Quality:
    from scipy.stats import mannwhitneyu

    right = logits[answerable]
    wrong = logits[~answerable]
    auroc = mannwhitneyu(right, wrong).statistic / (len(right) * len(wrong))
    return Quality(float(auroc), float(_losses(logits, answerable).mean()))
