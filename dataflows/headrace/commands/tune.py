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
a paired randomisation test; each collection has the same weight. Without a significant
gain nothing is recommended and no file is written. Collections are those of run.py
evaluate; their judged questions are used.

answerability: the weights of its signs and the intercept with the least log loss, in
which answerable and unanswerable questions have the same weight. They are recommended
if they predict questions they were not fitted on significantly better than those in
use. declining: the threshold of answerability, the highest that refuses at most the
given share of each collection's answerable questions. What it refuses and declines is
measured on questions it was not fitted on. It is recommended if the one in use refuses
more than that share, or declines significantly fewer of the unanswerable questions.
Both use the questions that say whether they are answerable.

cosines: the scale of the encoder in use, which maps its cosines to those of MiniLM, to
which all numbers were fitted. It uses the judged questions of English collections.
spelling: how much slips of the pen count, and how many a longer word may have; on
questions with typos (--queries queries.typo.jsonl.gz). passages: the weight of a
chunk's best sentence beside the score of the chunk, on questions with gold spans. Both
need --leave-one-out; they are constants, so nothing is written.

--leave-one-out needs three collections or more. Each is measured with what is best on
all others, since the settings of a stage should hold on documents that nobody has seen
yet. It prints what was fitted, what was held out, and the spread over the collections.
The simpler rule (fusion by ranks, even weights, no reranking, what is in use) is
recommended if fitting gains nothing significant over it on collections left out.

Exit code 0 either way, 2 when a collection cannot be used.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from headrace.commands import arguments, output, tune_left_out
from headrace.commands.selection import add_selection, selection_of
from headrace.commands.tune_left_out import Advice, Task
from headrace.commands.tune_tables import told
from headrace.errors import SettingsError
from headrace.measuring.tuning.calibration import Calibration, tune_answerability
from headrace.measuring.tuning.stages import STAGES, Choice
from headrace.measuring.tuning.thresholds import Declining, Threshold, tune_threshold
from headrace.measuring.tuning.tuning import Tuning, tune
from headrace.types import AnswerabilityWeights

_NO_GAIN = "the gain is not significant"
#: Stages whose numbers are constants of the code.
_CONSTANTS = ("spelling", "passages")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_selection(parser)
    parser.add_argument(
        "--stage",
        choices=[*STAGES, "answerability", "declining", "cosines", *_CONSTANTS],
        default="fusion",
        metavar="STAGE",
        help="what is fitted: %(choices)s (default: %(default)s)",
    )
    parser.add_argument(
        "--leave-one-out",
        action="store_true",
        help="measure each collection with what is best on all others",
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


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    modules = arguments.modules_of(args.modules)
    task = Task(args.collections, settings, selection_of(args), modules, args.risk)
    arguments.check_writable(args.out)
    if not 0 < args.risk < 1:
        raise SettingsError(f"--risk {args.risk}: it is a share, above 0 and below 1")
    if args.leave_one_out:
        advice = tune_left_out.advice(args.stage, task)
    elif args.stage == "cosines":
        advice = tune_left_out.cosine_scale(task)
    elif args.stage in _CONSTANTS:
        told_why = "its numbers are no settings"
        raise SettingsError(f"--stage {args.stage} takes --leave-one-out: {told_why}")
    elif args.stage == "answerability":
        advice = _answerability(task)
    elif args.stage == "declining":
        advice = _declining(task)
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


def _ranking(task: Task, stage: str) -> Advice:
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
    return Advice(tuning.recommended, _NO_GAIN, told("nDCG@10", tuning.gain), about)


def _answerability(task: Task) -> Advice:
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
    return Advice(chosen, _NO_GAIN, told("log loss", found.gain), about)


def _declining(task: Task) -> Advice:
    with output.progress() as bar:
        threshold, about = tune_threshold(
            task.collections,
            task.settings,
            task.risk,
            task.selection,
            modules=task.modules,
            progress=output.steps(bar),
        )
    _print_threshold(threshold, task.settings.answer_threshold)
    chosen = None
    if threshold.recommended is not None:
        chosen = Choice({"answer_threshold": threshold.recommended})
    otherwise = "the one in use keeps the risk and declines as many"
    return Advice(chosen, otherwise, told("declined of the unanswerable", threshold.gain), about)


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
        f"{told('nDCG@10', tuning.gain)}"
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
    named = ", ".join(f"{name} {weight}" for name, weight in weights.items())
    output.say(f"\nFitted on all: {named}")
    output.say(
        "Fitting gains, with the 95 % interval, in nats of log loss: "
        f"{told('', found.gain).strip()}"
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
        f"{told('declined of the unanswerable', threshold.gain)}"
    )


def _shares(found: Declining) -> tuple[str, str, str]:
    low, high = found.interval
    return f"{found.refused:.1%}", f"{low:.1%} to {high:.1%}", f"{found.declined:.1%}"
