"""Answers a file of questions (JSON lines, CSV, Parquet), and writes one of answers.

  run.py batch questions.jsonl --out answers.jsonl --tenant acme --workers 4
  run.py batch questions.csv --out answers.parquet --tenant acme
  cat questions.jsonl | run.py batch - --out - --tenant acme | jq .answer

A question is {"question"}, optionally with "id", "tenant", "filters", "history" and
"today"; in a table these are the columns. One without an "id" gets its line's number:
"line 3", in a table "row 3". Each answer is written as soon as it is made: the object
of `ask --json` with its "id", or {"id", "question", "error"}. A table is written at the
end; until then answers are kept in a file of lines beside it: answers.parquet.jsonl.

A run that was killed and is started again asks only the questions that are left, and
those whose text has changed. --retry-failed also asks failed questions again. If an id
has several lines, the last one counts. Only one run at a time can write a file. "-" is
standard input or output.

A question to a tenant without documents counts as failed.

With --executor ray, the questions are answered by --workers processes of a cluster,
each with its own models and connections. Lines, order and continuation are the same.

Exit code 0 when every question has an answer, 1 when some failed.
"""

import argparse
import os
import time
from pathlib import Path

from headrace.collecting import kept_as_it_stands
from headrace.commands import arguments, output
from headrace.commands.batching import answers_out, summary
from headrace.commands.batching.answering import answers
from headrace.commands.batching.answers_file import Line, written_lines
from headrace.commands.batching.questions import Question, read_questions
from headrace.commands.executors import add_executor, executor_of
from headrace.errors import SettingsError, SourceError
from headrace.pipeline import Pipeline
from headrace.settings import Settings

#: Failed questions that are named at the end.
_NAMED = 5
#: Questions at a time in this process, where nothing else is said.
_THREADS = min(4, os.cpu_count() or 1)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "questions", type=Path, metavar="QUESTIONS", help=".jsonl, .csv, .tsv or .parquet; or -"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="ANSWERS",
        help=".jsonl, .csv, .tsv or .parquet, to which answers are added; or -",
    )
    parser.add_argument(
        "--tenant",
        metavar="T",
        help="whose documents, for questions that do not name their tenant (default: the setting "
        "tenant)",
    )
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="questions at a time (one for each core, up to 4), or workers of --executor ray (one "
        "for each processor of the cluster)",
    )
    add_executor(parser)
    parser.add_argument(
        "--in-order", action="store_true", help="write answers in the order of the questions"
    )
    parser.add_argument(
        "--retry-failed", action="store_true", help="also ask what failed in an earlier run"
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="ask nothing: count the questions, and estimate the cost",
    )
    arguments.add_modules(parser)
    arguments.add_track(parser)
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    if args.workers is not None and args.workers < 1:
        raise SourceError(f"--workers {args.workers}: at least 1 is needed")
    if args.track and args.executor != "threads":
        raise SettingsError("--track follows questions of this process: leave out --executor")
    tenant = settings.tenant if args.tenant is None else args.tenant
    questions = read_questions(args.questions, tenant)
    if args.out.exists() and args.questions.exists() and args.out.samefile(args.questions):
        raise SourceError(f"--out {args.out} is the file of the questions: name another")
    if args.dry_run:
        return _count(questions, args, settings)
    modules = arguments.modules_of(args.modules)
    with (
        answers_out.answers_out(args.out) as out,
        Pipeline.open(settings, modules=modules, track=args.track) as rag,
        executor_of(args, args.workers, args.workers or _THREADS) as executor,
        output.progress() as bar,
        kept_as_it_stands(),
    ):
        chosen = [
            one for one in questions if one.is_open(out.lines.get(one.key), args.retry_failed)
        ]
        task = bar.add_task("answering", total=len(questions))
        bar.update(task, completed=len(questions) - len(chosen))
        began = time.monotonic()
        failed = 0
        for line in answers(rag, executor, chosen, args.in_order):
            out.write(line)
            failed += "error" in line
            bar.update(task, advance=1, description=f"answering ({failed} failed)")
        seconds = time.monotonic() - began
        out.finish([question.key for question in questions])
    lines = [out.lines[question.key] for question in questions]
    # Where the answers are on standard output, nothing else is.
    say = output.complain if answers_out.is_standard_output(args.out) else output.say
    broken = sum(bool(question.problem) for question in chosen)
    for sentence in summary.summary(lines, len(chosen) - broken, seconds, broken):
        say(sentence)
    failures = [(one, line) for one, line in zip(questions, lines, strict=True) if line.error]
    _name_failures(failures, was_retried=args.retry_failed)
    return 1 if failures else 0


def _count(questions: list[Question], args: argparse.Namespace, settings: Settings) -> int:
    """Says how many questions there are to ask, and what that may cost."""
    lines = written_lines(answers_out.lines_path(args.out))
    chosen = [one for one in questions if one.is_open(lines.get(one.key), args.retry_failed)]
    broken = [one for one in chosen if one.problem]
    asked = {one.key for one in questions} - {one.key for one in chosen}
    before = [lines[name] for name in asked]
    left = sum(bool(line.error) for line in before)
    output.say(
        f"{len(questions):,} questions: {len(chosen) - len(broken):,} to ask, {len(broken):,} that "
        f"cannot be asked, {len(before) - left:,} asked before, {left:,} failed before"
    )
    output.say(summary.estimate(len(chosen) - len(broken), lines.values(), settings))
    for question in broken[:_NAMED]:
        output.say(question.problem, indent=2)
    return 1 if broken else 0


def _name_failures(failures: list[tuple[Question, Line]], was_retried: bool) -> None:
    """Says on standard error which questions failed, the first few, and why."""
    for question, line in failures[:_NAMED]:
        named = "" if question.problem else f"{question.id!r}: "
        output.complain(f"failed: {named}{line.error}")
    if len(failures) > _NAMED:
        output.complain(f"and {len(failures) - _NAMED:,} more")
    if not was_retried and any(not question.problem for question, _ in failures):
        output.complain("--retry-failed asks them again")
