"""The questions of a batch, from JSON lines, CSV or Parquet."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from headrace.commands.batching import tables
from headrace.commands.batching.answers_file import Line, key
from headrace.errors import SourceError, did_you_mean, json_fault

#: Stands for standard input among the questions, and for standard output.
STANDARD = Path("-")
_KEYS = {"id", "question", "tenant", "filters", "history", "today"}


@dataclass(frozen=True)
class Question:
    """One line of the questions.

    Attributes:
        id: as given, or else the line's number: "line 3", in a table "row 3".
        inputs: what `Pipeline.ask` is given.
        problem: why it cannot be asked; "" if it can.
    """

    id: Any
    inputs: dict[str, Any] = field(default_factory=dict)
    problem: str = ""

    @property
    def key(self) -> str:
        return key(self.id)

    @property
    def text(self) -> str:
        return self.inputs.get("question", "")

    def is_open(self, written: Line | None, retry_failed: bool) -> bool:
        """Whether it is to be asked, after what was last written for its id."""
        if written is None or self.problem:
            return True
        if written.question is not None and written.question != self.text:
            return True
        return bool(written.error) and retry_failed


def read_questions(path: Path, tenant: str | None) -> list[Question]:
    """The questions of a file, or of standard input, in order.

    A line that cannot be asked is a Question with a problem.

    Args:
        tenant: of the lines that do not name one.
    Raises SourceError when the file, or not one question of it, can be read.
    """
    try:
        entries = _table_entries(path) if tables.is_table(path) else _line_entries(path)
    except OSError as error:
        raise SourceError(
            f"reading the questions {path} failed: {error.strerror or error}; give a file of JSON "
            "lines, CSV or Parquet, or - for standard input"
        ) from None
    except UnicodeDecodeError as error:
        raise SourceError(
            f"reading the questions {path} failed: it is not UTF-8 ({error}); save it as UTF-8"
        ) from None
    questions: list[Question] = []
    places: dict[str, str] = {}
    for place, entry in entries:
        question = _question(entry, place, tenant)
        if question.key in places:
            first = places[question.key]
            problem = f"{place} repeats the id {question.id!r} of {first}"
            question = Question(place, problem=problem)
        places[question.key] = place
        questions.append(question)
    if questions and all(one.problem for one in questions):
        raise SourceError(
            f"not one question of {path} can be asked: {questions[0].problem}. A question is "
            '{"question": "..."}, with "id", "tenant", "filters", "history" and "today" if wanted'
        )
    return questions


def _line_entries(path: Path) -> list[tuple[str, Any]]:
    """Each line's place and what it holds: its object, or why it is none."""
    if path == STANDARD:
        text = sys.stdin.buffer.read().decode("utf-8-sig")
    else:
        text = path.read_text(encoding="utf-8-sig")
    entries = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            entries.append((f"line {number}", _object(line)))
    return entries


def _object(line: str) -> Any:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"is not JSON: {json_fault(error)}"
    return entry if isinstance(entry, dict) else "is not a JSON object"


def _table_entries(path: Path) -> Iterator[tuple[str, Any]]:
    rows = tables.read_rows(path)
    return ((f"row {number}", row) for number, row in enumerate(rows, start=1))


def _question(entry: Any, place: str, tenant: str | None) -> Question:
    if not isinstance(entry, dict):
        return Question(place, problem=f"{place} {entry}")
    its_id = entry.get("id")
    if its_id is None:
        its_id = place
    if not isinstance(its_id, str | int) or isinstance(its_id, bool):
        return Question(place, problem=f'{place}: "id" is neither text nor a whole number')
    try:
        return Question(its_id, _inputs(entry, tenant))
    except ValueError as error:
        return Question(its_id, problem=f"{place}: {error}")


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
    today = date.fromisoformat(str(entry["today"])) if entry.get("today") else None
    return {
        "question": entry["question"],
        "tenant": whose,
        "history": history,
        "today": today,
        "filters": entry.get("filters"),
    }
