"""The fusion of the two searches, and reranking, fitted to judged questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from headrace.errors import SourceError
from headrace.measuring import statistics
from headrace.measuring.environment import describe_environment
from headrace.measuring.quality import run
from headrace.measuring.quality.asking import stored
from headrace.measuring.quality.labelled import LabelledQuestion
from headrace.measuring.quality.retrieval import ranking_values
from headrace.measuring.tuning.folds import FOLDS, SIGNIFICANT, dealt
from headrace.measuring.tuning.leaving_out import Fitting, LeavingOut, left_out
from headrace.measuring.tuning.ranking import Ranker
from headrace.measuring.tuning.stages import Choice, Stage
from headrace.pipeline import Pipeline
from headrace.resources.models.loading import MissingReranker
from headrace.settings import Settings
from headrace.types import Progress

_MEASURE = "nDCG@10"
#: What a ranking of both searches may lose to the better of them, of nDCG@10: half of
#: what is borne on other collections (0.005), where a choice does a little worse.
_MOST_BELOW = 0.0025
_IN_USE = Choice({})


@dataclass(frozen=True)
class Tuning:
    """What was found.

    Attributes:
        tried: choice -> collection -> mean nDCG@10 of all its questions.
        current: the same of the settings in use.
        best: the choice that is best over all questions, each collection counting
            alike.
        gain: of fitting, against the settings in use, on questions that were not fitted
            on.
    """

    tried: dict[str, dict[str, float]]
    current: dict[str, float]
    best: Choice
    gain: statistics.Paired

    @property
    def recommended(self) -> Choice | None:
        """The best choice if the gain is significant; None: keep what is in use."""
        return self.best if self.gain.difference > 0 and self.gain.p < SIGNIFICANT else None


@dataclass(frozen=True)
class Tried:
    """Every choice of a stage on the judged questions of some collections.

    Attributes:
        stage: its choices are those that could be tried.
        values: collection -> (1 + choices, questions) nDCG@10, the settings in use
            first, then the choices in order.
        alone: collection -> (searches, questions), of `Stage.alone`.
        about: what it was measured on (versions, hardware, seed).
    """

    stage: Stage
    values: dict[str, np.ndarray]
    alone: dict[str, np.ndarray]
    about: dict[str, Any]


def tune(
    stage: Stage,
    folders: Sequence[Path],
    settings: Settings,
    selection: run.Selection | None = None,
    *,
    modules: Sequence[ModuleType] = (),
    progress: Progress | None = None,
) -> tuple[Tuning, dict[str, Any]]:
    """Fits a stage to the judged questions of some collections (`tried`).

    Returns:
        What was found, and what it was measured on (versions, hardware, seed).
    """
    selection = selection or run.Selection()
    found = tried(stage, folders, settings, selection, modules=modules, progress=progress)
    return fitted(found.values, found.stage.choices, selection.seed), found.about


def tried(
    stage: Stage,
    folders: Sequence[Path],
    settings: Settings,
    selection: run.Selection,
    *,
    modules: Sequence[ModuleType] = (),
    progress: Progress | None = None,
) -> Tried:
    """Tries every choice of a stage on the judged questions of some collections.

    A cross-encoder is tried only where its weights are installed.

    Args:
        modules: of the user's own; their nodes join the graph.
    Raises SourceError when a collection has fewer judged questions than there are
    folds.
    """
    progress = progress or run.silent
    run.check(folders)
    values: dict[str, np.ndarray] = {}
    alone: dict[str, np.ndarray] = {}
    with Pipeline.open(run.measured_settings(settings), modules=modules) as rag:
        choices = tuple(choice for choice in stage.choices if _is_at_hand(choice, rag))
        ranker = Ranker(stage, rag, (_IN_USE, *choices, *stage.alone), modules)
        for folder in folders:
            nodes = ["collection", "judged_questions"]
            asked = run.evaluation(nodes, rag, folder=folder, **selection.inputs())
            questions = asked["judged_questions"]
            name = folder.resolve().name
            _check_number(questions, name)
            tenant = stored(rag, asked["collection"], progress, modules)

            def rankings(question: LabelledQuestion, tenant: str = tenant) -> list[tuple[str, ...]]:
                return ranker.documents({**question.inputs(), "tenant": tenant})

            what = f"ranking {name} in {len(choices)} ways"
            found = list(run.counted(questions, rankings, progress, what))
            of_all = _values(questions, found)
            values[name], alone[name] = np.split(of_all, [1 + len(choices)])
        about = describe_environment(rag.database.versions) | selection.inputs()
    return Tried(replace(stage, choices=choices), values, alone, about)


def fitted(values: Mapping[str, np.ndarray], choices: Sequence[Choice], seed: int = 0) -> Tuning:
    """The best of the choices, and what fitting gains.

    The gain is that on questions that were not fitted on: the questions of every
    collection are dealt into folds by `seed`, and what is best on all folds but one is
    used on that one.

    Args:
        values: collection -> (1 + choices, questions) nDCG@10, the settings in use
            first, then the choices in order.
    """
    folds = {}
    gains = {}
    for name, found in values.items():
        folds[name] = dealt(found.shape[1], np.random.default_rng(seed))
        gains[name] = np.zeros(found.shape[1])
    for fold in range(FOLDS):
        best = _best([found[:, folds[name] != fold] for name, found in values.items()])
        for name, found in values.items():
            held_out = folds[name] == fold
            gains[name][held_out] = (found[1 + best] - found[0])[held_out]
    means = {name: found.mean(axis=1) for name, found in values.items()}
    tried = {}
    for index, choice in enumerate(choices, start=1):
        tried[str(choice)] = {name: float(mean[index]) for name, mean in means.items()}
    return Tuning(
        tried=tried,
        current={name: float(mean[0]) for name, mean in means.items()},
        best=choices[_best(list(values.values()))],
        gain=statistics.paired(list(gains.values()), seed),
    )


def without_each(found: Tried, seed: int = 0) -> LeavingOut[int]:
    """Each collection left out in its turn.

    A choice is an index into `Tried.values`. The best is that of the highest mean over
    the collections; what a collection falls below the better search alone, beyond
    `_MOST_BELOW`, is taken off.
    """
    choices = found.stage.choices
    data = {}
    for name, values in found.values.items():
        data[name] = _OfCollection(values, found.alone[name].mean(axis=1).max(initial=0.0))
    fitting = Fitting(
        fit=_best_without_falls,
        judge=lambda index, one: one.values[index],
        name=lambda index: str(choices[index - 1]) if index else "in use",
        measure=f"{_MEASURE} after {found.stage.node}",
        choice=lambda index: choices[index - 1],
    )
    simpler = [1 + choices.index(choice) for choice in found.stage.simpler]
    return left_out(data, fitting, 0, simpler, seed)


@dataclass(frozen=True)
class _OfCollection:
    """The values of a collection, and the mean of the better search alone."""

    values: np.ndarray
    alone: float


def _best_without_falls(data: Mapping[str, _OfCollection]) -> int:
    """The index of the best choice, the first of equals."""
    means = np.array([one.values[1:].mean(axis=1) for one in data.values()])
    least = np.array([one.alone - _MOST_BELOW for one in data.values()])
    falls = np.minimum(means - least[:, None], 0.0)
    return 1 + int((means.mean(axis=0) + falls.sum(axis=0)).argmax())


def _is_at_hand(choice: Choice, rag: Pipeline) -> bool:
    """Whether the choice's models are installed."""
    if choice.settings.get("reranking") != "cross_encoder":
        return True
    return not isinstance(rag.models.reranker, MissingReranker)


def _values(
    questions: Sequence[LabelledQuestion], rankings: Sequence[Sequence[tuple[str, ...]]]
) -> np.ndarray:
    """(1 + choices, questions) nDCG@10.

    Args:
        rankings: of each question, the documents under each choice.
    """
    query_ids = [question.query_id for question in questions]
    by_choice: dict[str, dict[str, tuple[str, ...]]] = {}
    for index, of_choice in enumerate(zip(*rankings, strict=True)):
        by_choice[str(index)] = dict(zip(query_ids, of_choice, strict=True))
    found = ranking_values(by_choice, list(questions))
    rows = []
    for name in by_choice:
        measured = found[name][_MEASURE]
        rows.append([measured[query_id] for query_id in query_ids])
    return np.array(rows)


def _best(values: Sequence[np.ndarray]) -> int:
    """The index of the best choice, collections counting alike; the first of equals."""
    means = [found[1:].mean(axis=1) for found in values]
    return int(np.mean(means, axis=0).argmax())


def _check_number(questions: Sequence[LabelledQuestion], name: str) -> None:
    if len(questions) < FOLDS:
        raise SourceError(
            f"tuning on {name} failed: it has {len(questions)} judged questions, and {FOLDS} folds "
            f"need at least {FOLDS}"
        )
