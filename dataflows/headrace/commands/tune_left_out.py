"""`tune --leave-one-out`: each stage, on collections that it was not fitted on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from headrace.commands import output
from headrace.commands.tune_tables import print_left_out, told
from headrace.measuring.environment import describe_environment
from headrace.measuring.quality.run import Selection
from headrace.measuring.tuning import (
    calibration,
    cosines,
    passages,
    spelling,
    thresholds,
    tuning,
)
from headrace.measuring.tuning.leaving_out import LEAST_COLLECTIONS, LeavingOut
from headrace.measuring.tuning.stages import STAGES, Choice
from headrace.settings import Settings
from headrace.types import Progress

_NO_GAIN = "fitting gains nothing significant on collections left out"
_TOO_FEW = (
    f"a scale is known, and it takes {LEAST_COLLECTIONS} collections to tell that another is better"
)


@dataclass(frozen=True)
class Task:
    """What is fitted on, and with which settings and modules in use.

    Attributes:
        risk: the share of the answerable questions that may be refused.
    """

    collections: Sequence[Path]
    settings: Settings
    selection: Selection
    modules: Sequence[ModuleType]
    risk: float


@dataclass(frozen=True)
class Advice:
    """What came of it.

    Attributes:
        chosen: the settings to take; None where those in use should stay.
        otherwise: why nothing is chosen.
        gain: of the chosen settings, in words.
        about: what it was measured on.
    """

    chosen: Choice | None
    otherwise: str
    gain: str
    about: Mapping[str, Any]


class _Found(NamedTuple):
    """A stage, fitted with each collection left out.

    Attributes:
        about: what it was measured on.
        alone: collection -> the better search alone, where the stage joins searches.
    """

    left: LeavingOut
    about: Mapping[str, Any]
    alone: Mapping[str, float] = {}


def advice(stage: str, task: Task) -> Advice:
    """Fits a stage with each collection left out, and prints what came of it."""
    if stage == "cosines":
        return cosine_scale(task)
    find = _OTHERS.get(stage) or partial(_ranking, stage)
    with output.progress() as bar:
        found = find(task, output.steps(bar))
    left = found.left
    print_left_out(left, found.alone)
    gain = told(left.fitting.measure, left.gain)
    if left.recommended is None:
        return Advice(None, _NO_GAIN, gain, found.about)
    if left.fitting.choice is None:
        otherwise = f"the numbers are constants of {left.fitting.constants}"
        return Advice(None, otherwise, gain, found.about)
    return Advice(left.fitting.choice(left.recommended), "", gain, found.about)


def _ranking(stage: str, task: Task, progress: Progress) -> _Found:
    found = tuning.tried(
        STAGES[stage],
        task.collections,
        task.settings,
        task.selection,
        modules=task.modules,
        progress=progress,
    )
    alone = {}
    for collection, values in found.alone.items():
        if len(values):
            alone[collection] = float(values.mean(axis=1).max())
    return _Found(tuning.without_each(found, task.selection.seed), found.about, alone)


def _answerability(task: Task, progress: Progress) -> _Found:
    signs, about = calibration.asked_signs(
        task.collections, task.settings, task.selection, modules=task.modules, progress=progress
    )
    in_use = calibration.weights_in_use(task.settings)
    return _Found(calibration.without_each(signs, in_use, task.selection.seed), about)


def _declining(task: Task, progress: Progress) -> _Found:
    scores, about = thresholds.asked_scores(
        task.collections,
        task.settings,
        task.risk,
        task.selection,
        modules=task.modules,
        progress=progress,
    )
    in_use = task.settings.answer_threshold
    return _Found(thresholds.without_each(scores, in_use, task.risk, task.selection.seed), about)


def _spelling(task: Task, progress: Progress) -> _Found:
    words = spelling.unknown_words(
        task.collections, task.settings, task.selection, modules=task.modules, progress=progress
    )
    return _Found(spelling.without_each(words, task.selection.seed), {})


def _passages(task: Task, progress: Progress) -> _Found:
    rankings = passages.ranked(
        task.collections, task.settings, task.selection, modules=task.modules, progress=progress
    )
    return _Found(passages.without_each(rankings, task.selection.seed), {})


#: The stages that do not choose among settings of a ranking.
_OTHERS: Mapping[str, Callable[[Task, Progress], _Found]] = {
    "answerability": _answerability,
    "declining": _declining,
    "spelling": _spelling,
    "passages": _passages,
}


def cosine_scale(task: Task) -> Advice:
    """The scale of the encoder; from three collections on, also with each left out.

    One that is known is left only for one that is better on collections left out.
    """
    with output.progress() as bar:
        found = cosines.measured(task.collections, task.settings, task.selection, output.steps(bar))
    scale = cosines.fitted(found)
    _print_cosines(found, task.settings.encoder)
    gain = f"cosines of {scale.zero:g} count as 0, of {scale.one:g} as 1"
    about = describe_environment() | task.selection.inputs()
    otherwise = _TOO_FEW
    better = False
    if len(found) >= LEAST_COLLECTIONS:
        left = cosines.without_each(found, task.settings, task.selection.seed)
        output.say()
        print_left_out(left)
        gain, otherwise = told(left.fitting.measure, left.gain), _NO_GAIN
        better = left.recommended is not None
    if scale == cosines.in_use(task.settings):
        return Advice(None, "the scale in use is the one that is fitted", gain, about)
    if cosines.known(task.settings) is not None and not better:
        return Advice(None, otherwise, gain, about)
    return Advice(cosines.as_choice(scale), "", gain, about)


def _print_cosines(found: Mapping[str, cosines.Cosines], encoder: str) -> None:
    rows = []
    for name, one in found.items():
        rows.append((name, *(f"{cosine:.3f}" for cosine in (*one.own, *one.reference))))
    columns = ("collection", "unrelated", "related", "MiniLM: unrelated", "related ")
    output.say(f"Median cosines of {encoder}", style="bold")
    output.console.print(output.table(columns, rows, numbers=columns[1:]))
