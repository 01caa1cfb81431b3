"""`tune --leave-one-out`: each stage, on collections that it was not fitted on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

from headrace.commands import output
from headrace.commands.tune_tables import print_left_out, told
from headrace.measuring.environment import describe_environment
from headrace.measuring.quality.run import Selection
from headrace.measuring.tuning import calibration, cosines, spelling, thresholds, tuning
from headrace.measuring.tuning.folds import SIGNIFICANT
from headrace.measuring.tuning.leaving_out import LEAST_COLLECTIONS, LeavingOut
from headrace.measuring.tuning.stages import STAGES, Choice
from headrace.question.likelihood import SlipCosts
from headrace.settings import Settings
from headrace.types import CosineScale, Progress

Fit = TypeVar("Fit")

_NO_GAIN = "fitting gains nothing significant on collections left out"


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


@dataclass(frozen=True)
class _Found(Generic[Fit]):
    """A stage, fitted with each collection left out.

    Attributes:
        measure: what it is judged by, in words.
        named: a fit in words.
        choice: the settings of a fit.
        about: what it was measured on.
        alone: collection -> the better search alone, where the stage joins searches.
    """

    measure: str
    left: LeavingOut[Fit]
    named: Callable[[Fit], str]
    choice: Callable[[Fit], Choice]
    about: Mapping[str, Any]
    alone: Mapping[str, float] = field(default_factory=dict)

    def advice(self) -> Advice:
        """Prints what came of it.

        The simpler rule is taken where nothing is significantly better, else what is
        fitted. What is in use stays where fitting gains nothing significant over it.
        """
        left = self.left
        print_left_out(left, self.named(left.fitted), self.measure, self.alone)
        gain = told(self.measure, left.gain)
        if left.gain.difference <= 0 or left.gain.p >= SIGNIFICANT:
            return Advice(None, _NO_GAIN, gain, self.about)
        best = left.fitted if left.simpler is None else left.simpler
        return Advice(self.choice(best), "", gain, self.about)


def advice(stage: str, task: Task) -> Advice:
    """Fits a stage with each collection left out, and prints what came of it."""
    if stage == "cosines":
        return cosine_scale(task)
    if stage == "spelling":
        return _slip_costs(task)
    with output.progress() as bar:
        progress = output.steps(bar)
        if stage == "answerability":
            found: _Found = _answerability(task, progress)
        elif stage == "declining":
            found = _declining(task, progress)
        else:
            found = _ranking(stage, task, progress)
    return found.advice()


def _ranking(stage: str, task: Task, progress: Progress) -> _Found[int]:
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
    choices = found.stage.choices
    return _Found(
        f"nDCG@10 after {found.stage.node}",
        tuning.without_each(found, task.selection.seed),
        named=lambda index: str(choices[index - 1]),
        choice=lambda index: choices[index - 1],
        about=found.about,
        alone=alone,
    )


def _answerability(task: Task, progress: Progress) -> _Found:
    signs, about = calibration.asked_signs(
        task.collections, task.settings, task.selection, modules=task.modules, progress=progress
    )
    in_use = task.settings.answerability_weights

    def written(weights: Iterable[float]) -> str:
        return " ".join(f"{weight:.3f}" for weight in weights)

    return _Found(
        "log loss, negative",
        calibration.without_each(signs, in_use, task.selection.seed),
        named=written,
        choice=lambda weights: Choice({"answerability_weights": written(weights)}),
        about=about,
    )


def _declining(task: Task, progress: Progress) -> _Found[float]:
    scores, about = thresholds.asked_scores(
        task.collections,
        task.settings,
        task.risk,
        task.selection,
        modules=task.modules,
        progress=progress,
    )
    in_use = task.settings.answer_threshold
    return _Found(
        "share treated rightly",
        thresholds.without_each(scores, in_use, task.risk, task.selection.seed),
        named=lambda value: f"{value:.3f}",
        choice=lambda value: Choice({"answer_threshold": value}),
        about=about,
    )


def _slip_costs(task: Task) -> Advice:
    with output.progress() as bar:
        words = spelling.unknown_words(
            task.collections,
            task.settings,
            task.selection,
            modules=task.modules,
            progress=output.steps(bar),
        )
    left = spelling.without_each(words, task.selection.seed)
    measure = "worth of a word's correction"
    print_left_out(left, _told_costs(left.fitted), measure)
    otherwise = "the numbers of spelling are constants of question/likelihood.py"
    return Advice(None, otherwise, told(measure, left.gain), {})


def cosine_scale(task: Task) -> Advice:
    """The scale of the encoder; from three collections on, also with each left out."""
    with output.progress() as bar:
        found = cosines.measured(task.collections, task.settings, task.selection, output.steps(bar))
    scale = cosines.fitted(found)
    _print_cosines(found, task.settings.encoder)
    gain = f"cosines of {scale.zero:g} count as 0, of {scale.one:g} as 1"
    if len(found) >= LEAST_COLLECTIONS:
        left = cosines.without_each(found, task.settings, task.selection.seed)
        measure = "distance from MiniLM's, negative"
        print_left_out(left, _told_scale(scale), measure)
        gain = told(measure, left.gain)
    if scale == cosines.in_use(task.settings):
        return Advice(None, "the scale in use is the one that is fitted", gain, {})
    about = describe_environment() | task.selection.inputs()
    return Advice(Choice({"cosine_scale": _told_scale(scale)}), "", gain, about)


def _print_cosines(found: Mapping[str, cosines.Cosines], encoder: str) -> None:
    rows = []
    for name, one in found.items():
        rows.append((name, *(f"{cosine:.3f}" for cosine in (*one.own, *one.reference))))
    columns = ("collection", "unrelated", "related", "MiniLM: unrelated", "related ")
    output.say(f"Median cosines of {encoder}", style="bold")
    output.console.print(output.table(columns, rows, numbers=columns[1:]))


def _told_scale(scale: CosineScale) -> str:
    return f"{scale.zero:g} {scale.one:g}"


def _told_costs(costs: SlipCosts) -> str:
    return f"slip={costs.slip:g}, a_letter={costs.a_letter:g}"
