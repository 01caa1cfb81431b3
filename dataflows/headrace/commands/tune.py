"""Fits settings on labelled questions, and recommends them only where the gain is more than luck.

  run.py tune data/mine --out tuned.env          then: run.py ask ... --set @tuned.env (or HEADRACE_* from the file, as a container takes them)
  run.py tune data/mine --stage answerability --out tuned.env
  run.py tune data/mine --stage declining --risk 0.05 --set @tuned.env

What is fitted is one stage: the fusion of the two searches, by ranks or by scores with every weight from 0.1 to 0.9 (the default); or reranking:
off, late interaction, or the cross-encoder where its weights are at hand, each blended with the fused order at weights from 0.1 to 1. The gain is
measured on questions that were not fitted on (five folds), against the settings in use, with its 95 % bootstrap interval and the p-value of a paired
randomisation test; collections count alike. Without a significant gain nothing is recommended and no file is written. Collections are those of
run.py evaluate; their judged questions are used.

For answerability it is the weights of its three signs and the intercept: those of least log loss, answerable and unanswerable questions counting
alike, recommended where they predict questions they were not fitted on significantly better than those in use. For declining it is the threshold
of answerability: the highest that refuses at most the given share of each collection's answerable questions. What it refuses and declines is measured
on questions it was not fitted on; it is recommended where the one in use refuses more than that, or declines significantly fewer of the unanswerable.
For both, questions that say whether they are answerable are used.

Exit code 0 either way, 2 when a collection cannot be used.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headrace.commands import arguments, output
from headrace.commands.evaluate import selection_of
from headrace.errors import SettingsError
from headrace.measuring.quality.run import Selection
from headrace.measuring.statistics import Paired
from headrace.measuring.tuning.calibration import WEIGHTS, Calibration, tune_answerability
from headrace.measuring.tuning.thresholds import Threshold, tune_threshold
from headrace.measuring.tuning.tuning import STAGES, Choice, Tuning, tune
from headrace.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_selection(parser)
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
        help="declining: of the answerable questions, so many may be refused (default: %(default)s)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write the recommended settings here, a HEADRACE_NAME=VALUE a line",
    )
    arguments.add_settings(parser)


@dataclass(frozen=True)
class _Advice:
    """What came out of it: the settings to take, or None and why; what they gain, in words; and what it was measured on."""

    chosen: Choice | None
    otherwise: str
    gain: str
    about: dict[str, Any]


def run(args: argparse.Namespace) -> int:
    settings, selection = arguments.settings_of(args), selection_of(args)
    arguments.check_writable(args.out)
    if not 0 < args.risk < 1:
        raise SettingsError(f"--risk {args.risk}: it is a share, above 0 and below 1")
    fit = {"answerability": _answerability, "declining": _declining}.get(args.stage, _ranking)
    advice = fit(args, settings, selection)
    if advice.chosen is None:
        output.console.print(f"Nothing is recommended: {advice.otherwise}.")
        return 0
    output.console.print(f"Recommended: {advice.chosen}", style="green", markup=False)
    if args.out:
        measured_at = str(advice.about["measured_at"])
        args.out.write_text(
            settings_file(advice.chosen, advice.gain, measured_at, args.collections),
            encoding="utf-8",
        )
        output.console.print(f"written to {args.out}; use it with --set @{args.out}", markup=False)
    return 0


def _ranking(args: argparse.Namespace, settings: Settings, selection: Selection) -> _Advice:
    stage = STAGES[args.stage]
    with output.progress() as bar:
        tuning, about = tune(
            stage, args.collections, settings, selection, progress=output.steps(bar)
        )
    _print(tuning, stage.node)
    return _Advice(
        tuning.recommended, "the gain is not significant", _told("nDCG@10", tuning.gain), about
    )


def _answerability(args: argparse.Namespace, settings: Settings, selection: Selection) -> _Advice:
    with output.progress() as bar:
        found, about = tune_answerability(
            args.collections, settings, selection, progress=output.steps(bar)
        )
    _print_calibration(found)
    chosen = found.recommended and Choice(dict(zip(WEIGHTS, found.recommended, strict=True)))
    return _Advice(chosen, "the gain is not significant", _told("log loss", found.gain), about)


def _declining(args: argparse.Namespace, settings: Settings, selection: Selection) -> _Advice:
    with output.progress() as bar:
        threshold, about = tune_threshold(
            args.collections, settings, args.risk, selection, progress=output.steps(bar)
        )
    _print_threshold(threshold, settings.answer_threshold)
    chosen = (
        None
        if threshold.recommended is None
        else Choice({"answer_threshold": threshold.recommended})
    )
    return _Advice(
        chosen,
        "the one in use keeps the risk and declines as many",
        _told("declined of the unanswerable", threshold.gain),
        about,
    )


def settings_file(chosen: Choice, gain: str, measured_at: str, collections: Sequence[Path]) -> str:
    """The chosen settings as environment variables, with what they were fitted on and what that gains."""
    names = ", ".join(folder.resolve().name for folder in collections)
    lines = [f"# run.py tune on {names}, {measured_at}", f"# {gain} on questions not fitted on"]
    return (
        "\n".join(
            [
                *lines,
                *(f"HEADRACE_{name.upper()}={value}" for name, value in chosen.settings.items()),
            ]
        )
        + "\n"
    )


def _told(measure: str, gain: Paired) -> str:
    return (
        f"{measure} {gain.difference:+.4f} ({gain.low:+.4f} to {gain.high:+.4f}, p = {gain.p:.4f})"
    )


def _print(tuning: Tuning, node: str) -> None:
    collections = list(tuning.current)
    rows = [("in use", *_figures(tuning.current))]
    rows += [
        (choice + (" *" if choice == str(tuning.best) else ""), *_figures(found))
        for choice, found in tuning.tried.items()
    ]
    columns = (*collections, *(["mean"] if len(collections) > 1 else []))
    output.console.print(f"nDCG@10 after {node} (* best)", style="bold")
    output.console.print(output.table(("settings", *columns), rows, numbers=columns))
    output.console.print(
        f"\nFitting gains on questions not fitted on, with the 95 % interval: {_told('nDCG@10', tuning.gain)}",
        markup=False,
    )


def _figures(found: dict[str, float]) -> tuple[str, ...]:
    figures = [f"{value:.4f}" for value in found.values()]
    return (*figures, *([f"{sum(found.values()) / len(found):.4f}"] if len(found) > 1 else []))


def _print_calibration(found: Calibration) -> None:
    columns = ("collection", "AUROC in use", "fitted", "log loss in use", "fitted ")
    rows = [
        (name, f"{now.auroc:.3f}", f"{then.auroc:.3f}", f"{now.loss:.3f}", f"{then.loss:.3f}")
        for (name, now), then in zip(found.current.items(), found.fitted.values(), strict=True)
    ]
    output.console.print(
        "Which questions are answerable (the fitted weights are judged on questions they were not fitted on)",
        style="bold",
    )
    output.console.print(output.table(columns, rows, numbers=columns[1:]))
    told = ", ".join(
        f"{name.removeprefix('answerability_')} {weight}"
        for name, weight in zip(WEIGHTS, found.weights, strict=True)
    )
    output.console.print(f"\nFitted on all: {told}", markup=False)
    output.console.print(
        f"Fitting gains, with the 95 % interval, in nats of log loss: {_told('', found.gain).strip()}",
        markup=False,
    )


def _print_threshold(threshold: Threshold, in_use: float) -> None:
    columns = (
        "collection",
        "threshold",
        "answerable refused",
        "95 % interval",
        "unanswerable declined",
    )
    rows = [
        (
            name,
            value,
            f"{found.refused:.1%}",
            f"{found.interval[0]:.1%} to {found.interval[1]:.1%}",
            f"{found.declined:.1%}",
        )
        for value, collections in (
            (f"{in_use:.3f} (in use)", threshold.current),
            (f"{threshold.value:.3f}", threshold.fitted),
        )
        for name, found in collections.items()
    ]
    told = f"at most {threshold.risk:.0%} refused; the fitted threshold is judged on questions it was not fitted on"
    output.console.print(f"What is declined ({told})", style="bold")
    output.console.print(output.table(columns, rows, numbers=columns[2:]))
    output.console.print(
        f"\nFitting gains, with the 95 % interval: {_told('declined of the unanswerable', threshold.gain)}",
        markup=False,
    )
