"""Fits settings on labelled questions, and recommends only significant gains.

  run.py tune data/mine --out tuned.env      then: run.py ask ... --set @tuned.env (or
                                             HEADRACE_* from the file, as a container
                                             takes them)
  run.py tune data/mine --stage answerability --out tuned.env
  run.py tune data/mine --stage declining --risk 0.05 --set @tuned.env

One stage is fitted. fusion (the default): the two searches are joined by ranks, or by
scores with every weight from 0.1 to 0.9. reranking: off, late interaction, or the
cross-encoder where its weights are installed, each blended with the fused order at
weights from 0.1 to 1. The gain is measured on questions that were not fitted on (five
folds), against the settings in use, with its 95 % bootstrap interval and the p-value of
a paired randomisation test; each collection counts alike. Without a significant gain
nothing is recommended and no file is written. Collections are those of run.py evaluate;
their judged questions are used.

answerability: the weights of its signs and the intercept, those of least log loss,
where answerable and unanswerable questions count alike. They are recommended where they
predict questions they were not fitted on significantly better than those in use.
declining: the threshold of answerability, the highest that refuses at most the given
share of each collection's answerable questions. What it refuses and declines is
measured on questions it was not fitted on. It is recommended where the one in use
refuses more than that share, or declines significantly fewer of the unanswerable
questions. Both use the questions that say whether they are answerable.

Exit code 0 either way, 2 when a collection cannot be used.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from headrace.commands import arguments, output
from headrace.commands.selection import add_selection, selection_of
from headrace.errors import SettingsError
from headrace.measuring.quality.run import Selection
from headrace.measuring.statistics import Paired
from headrace.measuring.tuning.calibration import Calibration, tune_answerability
from headrace.measuring.tuning.stages import STAGES, Choice
from headrace.measuring.tuning.thresholds import Declining, Threshold, tune_threshold
from headrace.measuring.tuning.tuning import Tuning, tune
from headrace.settings import Settings
from headrace.types import AnswerabilityWeights

_NO_GAIN = "the gain is not significant"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_selection(parser)
    parser.add_argument(
        "--stage",
        choices=[*STAGES, "answerability", "declining"],
        default="fusion",
        help="what is fitted (default: %(default)s)",
    )
    parser.add_argument(
        "--risk",
        type=float,
        default=0.1,
        metavar="SHARE",
        help="declining: the share of the answerable questions that may be refused (default: "
        "%(default)s)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write the recommended settings here, one HEADRACE_NAME=VALUE a line",
    )
    arguments.add_modules(parser)
    arguments.add_settings(parser)


@dataclass(frozen=True)
class _Task:
    """What is fitted on, and with which settings and modules in use."""

    collections: Sequence[Path]
    settings: Settings
    selection: Selection
    modules: Sequence[ModuleType]


@dataclass(frozen=True)
class _Advice:
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


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    modules = arguments.modules_of(args.modules)
    task = _Task(args.collections, settings, selection_of(args), modules)
    arguments.check_writable(args.out)
    if not 0 < args.risk < 1:
        raise SettingsError(f"--risk {args.risk}: it is a share, above 0 and below 1")
    if args.stage == "answerability":
        advice = _answerability(task)
    elif args.stage == "declining":
        advice = _declining(task, args.risk)
    else:
        advice = _ranking(task, args.stage)
    if advice.chosen is None:
        output.say(f"Nothing is recommended: {advice.otherwise}.")
        return 0
    output.say(f"Recommended: {advice.chosen}", style="green")
    if args.out:
        measured_at = str(advice.about["measured_at"])
        text = settings_file(advice.chosen, advice.gain, measured_at, args.collections)
        output.write_file(args.out, text)
        output.say(f"written to {args.out}; use it with --set @{args.out}")
    return 0


def settings_file(chosen: Choice, gain: str, measured_at: str, collections: Sequence[Path]) -> str:
    """The chosen settings as environment variables, below what they were fitted on."""
    names = ", ".join(folder.resolve().name for folder in collections)
    lines = [f"# run.py tune on {names}, {measured_at}", f"# {gain} on questions not fitted on"]
    lines += [f"HEADRACE_{name.upper()}={value}" for name, value in chosen.settings.items()]
    return "\n".join(lines) + "\n"


def _ranking(task: _Task, stage: str) -> _Advice:
    with output.progress() as bar:
        tuning, about = tune(
            STAGES[stage],
            task.collections,
            task.settings,
            task.selection,
            modules=task.modules,
            progress=output.steps(bar),
        )
    _print_tuning(tuning, STAGES[stage].node)
    return _Advice(tuning.recommended, _NO_GAIN, _told("nDCG@10", tuning.gain), about)


def _answerability(task: _Task) -> _Advice:
    with output.progress() as bar:
        found, about = tune_answerability(
            task.collections,
            task.settings,
            task.selection,
            modules=task.modules,
            progress=output.steps(bar),
        )
    _print_calibration(found)
    chosen = None
    if found.recommended is not None:
        chosen = Choice({"answerability_weights": " ".join(map(str, found.recommended))})
    return _Advice(chosen, _NO_GAIN, _told("log loss", found.gain), about)


def _declining(task: _Task, risk: float) -> _Advice:
    with output.progress() as bar:
        threshold, about = tune_threshold(
            task.collections,
            task.settings,
            risk,
            task.selection,
            modules=task.modules,
            progress=output.steps(bar),
        )
    _print_threshold(threshold, task.settings.answer_threshold)
    chosen = None
    if threshold.recommended is not None:
        chosen = Choice({"answer_threshold": threshold.recommended})
    otherwise = "the one in use keeps the risk and declines as many"
    return _Advice(chosen, otherwise, _told("declined of the unanswerable", threshold.gain), about)


def _told(measure: str, gain: Paired) -> str:
    interval = f"{gain.low:+.4f} to {gain.high:+.4f}, p = {gain.p:.4f}"
    return f"{measure} {gain.difference:+.4f} ({interval})"


def _print_tuning(tuning: Tuning, node: str) -> None:
    """Prints the mean of every choice in every collection, and the gain."""
    columns = [*tuning.current]
    if len(columns) > 1:
        columns.append("mean")
    rows = [("in use", *_means(tuning.current))]
    for choice, found in tuning.tried.items():
        star = " *" if choice == str(tuning.best) else ""
        rows.append((choice + star, *_means(found)))
    output.say(f"nDCG@10 after {node} (* best)", style="bold")
    output.console.print(output.table(("settings", *columns), rows, numbers=columns))
    output.say(
        "\nFitting gains on questions not fitted on, with the 95 % interval: "
        f"{_told('nDCG@10', tuning.gain)}"
    )


def _means(found: Mapping[str, float]) -> list[str]:
    """The mean of each collection and, with several, their mean."""
    figures = list(found.values())
    if len(figures) > 1:
        figures.append(sum(figures) / len(figures))
    return [f"{figure:.4f}" for figure in figures]


def _print_calibration(found: Calibration) -> None:
    """Prints how good the weights in use and the fitted ones are, and the gain."""
    columns = ("collection", "AUROC in use", "fitted", "log loss in use", "fitted ")
    rows = []
    for name, now in found.current.items():
        then = found.fitted[name]
        auroc = (f"{now.auroc:.3f}", f"{then.auroc:.3f}")
        rows.append((name, *auroc, f"{now.loss:.3f}", f"{then.loss:.3f}"))
    output.say(
        "Which questions are answerable (the fitted weights are judged on questions they were "
        "not fitted on)",
        style="bold",
    )
    output.console.print(output.table(columns, rows, numbers=columns[1:]))
    weights = AnswerabilityWeights(*found.weights)._asdict()
    told = ", ".join(f"{name} {weight}" for name, weight in weights.items())
    output.say(f"\nFitted on all: {told}")
    output.say(
        "Fitting gains, with the 95 % interval, in nats of log loss: "
        f"{_told('', found.gain).strip()}"
    )


def _print_threshold(threshold: Threshold, in_use: float) -> None:
    """Prints what each threshold refuses and declines, and the gain."""
    columns = (
        "collection",
        "threshold",
        "answerable refused",
        "95 % interval",
        "unanswerable declined",
    )
    rows = []
    for name, found in threshold.current.items():
        rows.append((name, f"{in_use:.3f} (in use)", *_shares(found)))
    for name, found in threshold.fitted.items():
        rows.append((name, f"{threshold.value:.3f}", *_shares(found)))
    judged = "the fitted threshold is judged on questions it was not fitted on"
    output.say(f"What is declined (at most {threshold.risk:.0%} refused; {judged})", style="bold")
    output.console.print(output.table(columns, rows, numbers=columns[2:]))
    output.say(
        "\nFitting gains, with the 95 % interval: "
        f"{_told('declined of the unanswerable', threshold.gain)}"
    )


def _shares(found: Declining) -> tuple[str, str, str]:
    low, high = found.interval
    return f"{found.refused:.1%}", f"{low:.1%} to {high:.1%}", f"{found.declined:.1%}"
