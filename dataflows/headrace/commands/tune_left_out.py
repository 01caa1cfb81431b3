"""`tune --leave-one-out`: each stage, on collections that it was not fitted on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

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

_MEASURES = {
    "answerability": "log loss, negative",
    "cosines": "distance from MiniLM's, negative",
    "declining": "share treated rightly",
    "spelling": "worth of a word's correction",
}


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


def advice(stage: str, task: Task) -> Advice:
    """Fits a stage with each collection left out, and prints what came of it."""
    if stage == "answerability":
        return _answerability(task)
    if stage == "declining":
        return _declining(task)
    if stage == "spelling":
        return _spelling(task)
    if stage == "cosines":
        return cosine_scale(task)
    return _ranking(stage, task)


def _ranking(stage: str, task: Task) -> Advice:
    with output.progress() as bar:
        found = tuning.tried(
            STAGES[stage],
            task.collections,
            task.settings,
            task.selection,
            modules=task.modules,
            progress=output.steps(bar),
        )
    left = tuning.without_each(found, task.selection.seed)
    alone = {}
    for collection, values in found.alone.items():
        if len(values):
            alone[collection] = float(values.mean(axis=1).max())
    choices = found.stage.choices
    name = str(choices[left.fitted - 1])
    print_left_out(left, name, f"nDCG@10 after {found.stage.node}", alone)
    return _advised(left, lambda index: choices[index - 1], "nDCG@10", found.about)


def _answerability(task: Task) -> Advice:
    with output.progress() as bar:
        signs, about = calibration.asked_signs(
            task.collections,
            task.settings,
            task.selection,
            modules=task.modules,
            progress=output.steps(bar),
        )
    in_use = task.settings.answerability_weights
    left = calibration.without_each(signs, in_use, task.selection.seed)
    name = " ".join(f"{weight:.2f}" for weight in left.fitted)
    print_left_out(left, name, _MEASURES["answerability"])

    def choice(weights: Sequence[float]) -> Choice:
        rounded = " ".join(f"{weight:.3f}" for weight in weights)
        return Choice({"answerability_weights": rounded})

    return _advised(left, choice, _MEASURES["answerability"], about)


def _declining(task: Task) -> Advice:
    with output.progress() as bar:
        scores, about = thresholds.asked_scores(
            task.collections,
            task.settings,
            task.risk,
            task.selection,
            modules=task.modules,
            progress=output.steps(bar),
        )
    in_use = task.settings.answer_threshold
    left = thresholds.without_each(scores, in_use, task.risk, task.selection.seed)
    print_left_out(left, f"{left.fitted:.3f}", _MEASURES["declining"])
    return _advised(
        left, lambda value: Choice({"answer_threshold": value}), _MEASURES["declining"], about
    )


def _spelling(task: Task) -> Advice:
    with output.progress() as bar:
        words = spelling.unknown_words(
            task.collections,
            task.settings,
            task.selection,
            modules=task.modules,
            progress=output.steps(bar),
        )
    left = spelling.without_each(words, task.selection.seed)
    print_left_out(left, _told_costs(left.fitted), _MEASURES["spelling"])
    otherwise = "the numbers of spelling are constants of question/likelihood.py"
    return Advice(None, otherwise, told(_MEASURES["spelling"], left.gain), {})


def cosine_scale(task: Task) -> Advice:
    """The scale of the encoder; from three collections on, also with each left out."""
    with output.progress() as bar:
        found = cosines.measured(task.collections, task.settings, task.selection, output.steps(bar))
    scale = cosines.fitted(found)
    rows = []
    for name, one in found.items():
        rows.append((name, *(f"{cosine:.3f}" for cosine in (*one.own, *one.reference))))
    columns = ("collection", "unrelated", "related", "MiniLM: unrelated", "related ")
    output.say(f"Median cosines of {task.settings.encoder}", style="bold")
    output.console.print(output.table(columns, rows, numbers=columns[1:]))
    gain = f"cosines of {scale.zero:g} count as 0, of {scale.one:g} as 1"
    if len(found) >= LEAST_COLLECTIONS:
        left = cosines.without_each(found, task.settings, task.selection.seed)
        print_left_out(left, f"{scale.zero:g} {scale.one:g}", _MEASURES["cosines"])
        gain = told(_MEASURES["cosines"], left.gain)
    if scale == cosines.in_use(task.settings):
        return Advice(None, "the scale in use is the one that is fitted", gain, {})
    about = describe_environment() | task.selection.inputs()
    return Advice(Choice({"cosine_scale": f"{scale.zero:g} {scale.one:g}"}), "", gain, about)


def _told_costs(costs: SlipCosts) -> str:
    return f"slip={costs.slip:g}, a_letter={costs.a_letter:g}"


def _advised(left: LeavingOut, choice: Any, measure: str, about: Mapping[str, Any]) -> Advice:
    """The simpler rule where nothing is significantly better; else what is fitted.

    What is in use stays where fitting gains nothing significant over it.
    """
    gain = told(measure, left.gain)
    gains = left.gain.difference > 0 and left.gain.p < SIGNIFICANT
    if not gains:
        return Advice(
            None, "fitting gains nothing significant on collections left out", gain, about
        )
    best = left.fitted if left.simpler is None else left.simpler
    return Advice(choice(best), "", gain, about)
