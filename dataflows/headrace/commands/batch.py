"""Answers a file of questions, one JSON object a line.

  run.py batch questions.jsonl --out answers.jsonl --tenant acme --workers 4

A question is {"id", "question"}, optionally with "tenant", "filters", "history" and
"today". Each answer is written and flushed as soon as it is made: the object of
`ask --json` with its "id", or {"id", "error"}. A run that was killed and is started
again answers only what is left, and tries failed questions again; the last line of an
id counts. One run at a time writes a file.

A question to a tenant without documents has failed.

Exit code 0 when every question has an answer, 1 when some failed.
"""

import argparse
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from headrace.commands import arguments, output
from headrace.commands.answers_file import AnswersFile, key
from headrace.commands.tenant_hints import emptiness
from headrace.errors import HeadraceError, SourceError, did_you_mean
from headrace.pipeline import Pipeline
from headrace.resources.redaction import without_secrets

_KEYS = {"id", "question", "tenant", "filters", "history", "today"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("questions", type=Path, metavar="QUESTIONS.jsonl")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="ANSWERS.jsonl",
        help="appended to; what is answered in it is not asked again",
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
        default=min(4, os.cpu_count() or 1),
        metavar="N",
        help="questions at a time (default %(default)s)",
    )
    arguments.add_modules(parser)
    arguments.add_track(parser)
    arguments.add_settings(parser)


@dataclass(frozen=True)
class Question:
    """One line of the questions file.

    Attributes:
        inputs: what `Pipeline.ask` is given.
        problem: why it cannot be asked; "" if it can.
    """

    id: Any
    inputs: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    if args.workers < 1:
        raise SourceError(f"--workers {args.workers}: at least 1 is needed")
    tenant = settings.tenant if args.tenant is None else args.tenant
    questions = read_questions(args.questions, tenant)
    if args.out.exists() and args.out.samefile(args.questions):
        raise SourceError(f"--out {args.out} is the file of the questions: name another")
    modules = arguments.modules_of(args.modules)
    with (
        AnswersFile(args.out) as out,
        Pipeline.open(settings, modules=modules, track=args.track) as rag,
        output.progress() as bar,
    ):
        waiting = [one for one in questions if one.problem or key(one.id) not in out.answered]
        before = len(questions) - len(waiting)
        failed = 0
        task = bar.add_task("answering", total=len(questions), completed=before)
        for line in _answers(rag, waiting, args.workers):
            out.write(line)
            failed += "error" in line
            bar.update(task, advance=1, description=f"answering ({failed} failed)")
    output.say(
        f"{len(questions):,} questions: {before:,} answered before, "
        f"{len(waiting) - failed:,} now, {failed:,} failed -> {args.out}"
    )
    return 1 if failed else 0


def read_questions(path: Path, tenant: str | None) -> list[Question]:
    """The questions of a file, in order.

    A line that cannot be asked is a Question with a problem.

    Args:
        tenant: of the lines that do not name one.
    Raises SourceError when the file cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"reading the questions {path} failed: {error}") from None
    questions: list[Question] = []
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        question = _question(line, number, tenant)
        its_id = key(question.id)
        if its_id in seen and not question.problem:
            problem = f"line {number} repeats the id {question.id!r} of an earlier line"
            question = Question(f"line {number}", problem=problem)
            its_id = key(question.id)
        seen.add(its_id)
        questions.append(question)
    return questions


def _question(line: str, number: int, tenant: str | None) -> Question:
    try:
        entry = json.loads(line)
    except ValueError as error:
        return Question(f"line {number}", problem=f"line {number} is not JSON: {error}")
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str | int):
        return Question(f"line {number}", problem=f'line {number} has no "id"')
    try:
        return Question(entry["id"], _inputs(entry, tenant))
    except ValueError as error:
        return Question(entry["id"], problem=f"line {number}: {error}")


def _inputs(entry: dict[str, Any], tenant: str | None) -> dict[str, Any]:
    """What `Pipeline.ask` is given for a line.

    Raises ValueError that says what is wrong with it.
    """
    unknown = sorted(set(entry) - _KEYS)
    if unknown:
        raise ValueError(f"unknown {', '.join(unknown)}{did_you_mean(unknown[0], _KEYS)}")
    if not isinstance(entry.get("question"), str):
        raise ValueError('"question" is missing or not text')
    whose = entry.get("tenant", tenant)
    if not isinstance(whose, str) or not whose.strip():
        raise ValueError('no tenant: give --tenant, set HEADRACE_TENANT, or "tenant" in the line')
    history = entry.get("history") or []
    if not isinstance(history, list) or not all(isinstance(turn, str) for turn in history):
        raise ValueError('"history" is not a list of texts')
    today = date.fromisoformat(entry["today"]) if entry.get("today") else None
    return {
        "question": entry["question"],
        "tenant": whose,
        "history": history,
        "today": today,
        "filters": entry.get("filters"),
    }


def _answers(rag: Pipeline, questions: list[Question], workers: int) -> Iterator[dict[str, Any]]:
    """One line for each question, in the order in which they finish.

    At most a few questions are ahead of the writer.
    """
    pool = ThreadPoolExecutor(workers)
    try:
        waiting = iter(questions)
        running = {pool.submit(_answer, rag, question) for question in islice(waiting, workers * 2)}
        while running:
            finished = next(as_completed(running))
            running.remove(finished)
            running |= {pool.submit(_answer, rag, question) for question in islice(waiting, 1)}
            yield finished.result()
    finally:
        # Interrupted, it does not wait: an answer may take a language model a minute.
        pool.shutdown(wait=False, cancel_futures=True)


def _answer(rag: Pipeline, question: Question) -> dict[str, Any]:
    if question.problem:
        return {"id": question.id, "error": question.problem}
    try:
        answer = rag.ask(**question.inputs)
        if nothing := emptiness(rag, question.inputs["tenant"], answer):
            return {"id": question.id, "error": nothing}
        return {"id": question.id, **answer.to_dict()}
    except HeadraceError as error:
        return {"id": question.id, "error": str(error)}
    except Exception as error:  # a defect at one question must not end the batch
        said = f"{type(error).__name__}: {error}"
        notes = getattr(error, "__notes__", [])
        return {"id": question.id, "error": without_secrets("; ".join([said, *notes]))}
