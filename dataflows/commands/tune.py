"""Fits settings on labelled questions, and recommends them only where the gain is more than luck.

  run.py tune data/mine --out tuned.env          then: run.py ask ... --set @tuned.env (or HEADRACE_* from the file, as a container takes them)

What is fitted so far is the fusion of the two searches: by ranks, or by scores with every weight from 0.1 to 0.9. The gain is measured on
questions that were not fitted on (five folds), against the settings in use, with its 95 % bootstrap interval and the p-value of a paired
randomisation test; collections count alike. Without a significant gain nothing is recommended and no file is written. Collections are those of
run.py evaluate; their judged questions are used. Exit code 0 either way, 2 when a collection cannot be used.
"""

import argparse
from pathlib import Path

from dataflows.commands import arguments, output
from dataflows.commands.evaluate import selection_of
from dataflows.measuring.tuning import Choice, Tuning, tune_fusion


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_selection(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the recommended settings here, a HEADRACE_NAME=VALUE a line")
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    arguments.check_writable(args.out)
    with output.progress() as bar:
        tuning, about = tune_fusion(args.collections, settings, selection_of(args), progress=output.steps(bar))
    _print(tuning)
    chosen = tuning.recommended
    if chosen is None:
        output.console.print("Nothing is recommended: the gain is not significant.")
    else:
        output.console.print(f"Recommended: {chosen}", style="green", markup=False)
        if args.out:
            args.out.write_text(settings_file(chosen, tuning, str(about["measured_at"]), args.collections), encoding="utf-8")
            output.console.print(f"written to {args.out}; use it with --set @{args.out}", markup=False)
    return 0


def settings_file(chosen: Choice, tuning: Tuning, measured_at: str, collections: list[Path]) -> str:
    """The chosen settings as environment variables, with what they were fitted on."""
    names = ", ".join(folder.resolve().name for folder in collections)
    gain = f"nDCG@10 {tuning.gain.difference:+.4f} ({tuning.gain.low:+.4f} to {tuning.gain.high:+.4f}, p = {tuning.gain.p:.4f})"
    lines = [f"# run.py tune on {names}, {measured_at}", f"# {gain} on questions not fitted on"]
    return "\n".join([*lines, *(f"HEADRACE_{name.upper()}={value}" for name, value in chosen.settings.items())]) + "\n"


def _print(tuning: Tuning) -> None:
    collections = list(tuning.current)
    rows = [("in use", *_figures(tuning.current))]
    rows += [(choice + (" *" if choice == str(tuning.best) else ""), *_figures(found)) for choice, found in tuning.tried.items()]
    columns = (*collections, *(["mean"] if len(collections) > 1 else []))
    output.console.print("nDCG@10 after fused_hits (* best)", style="bold")
    output.console.print(output.table(("settings", *columns), rows, numbers=columns))
    gain = tuning.gain
    output.console.print(
        f"\nFitting gains {gain.difference:+.4f} on questions not fitted on, 95 % interval {gain.low:+.4f} to {gain.high:+.4f}, p = {gain.p:.4f}"
    )


def _figures(found: dict[str, float]) -> tuple[str, ...]:
    figures = [f"{value:.4f}" for value in found.values()]
    return (*figures, *([f"{sum(found.values()) / len(found):.4f}"] if len(found) > 1 else []))
