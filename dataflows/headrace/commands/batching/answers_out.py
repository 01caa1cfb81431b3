"""Where the answers of a batch go: a file of lines, a table, or a pipe."""

import os
import sys
from pathlib import Path
from typing import Any

from headrace.commands.batching import tables
from headrace.commands.batching.answers_file import AnswersFile, Line, encoded, key
from headrace.commands.batching.questions import STANDARD
from headrace.errors import SourceError


class AnswersTable(AnswersFile):
    """A CSV or Parquet file, written whole at the end, in the order of the questions.

    Until then, and for the next run, answers are kept as lines in a file beside it.
    """

    def __init__(self, path: Path):
        tables.check_library(path)
        lines = lines_path(path)
        if path.exists() and not lines.exists():
            raise SourceError(
                f"the answers {path} are there, but not {lines}, which they are made from: name "
                "another file with --out, or remove this one"
            )
        self._table = path
        super().__init__(lines)

    def finish(self, questions: list[str]) -> None:
        """Writes the table; answers to questions that were not asked for come last."""
        places = {name: place for place, name in enumerate(questions)}
        entries = sorted(
            self.entries(), key=lambda entry: places.get(key(entry["id"]), len(places))
        )
        tables.write_table(self._table, entries)


class AnswersPipe:
    """Standard output or anything else that is no file, to which lines go at once.

    Attributes:
        lines: what was written, by the id as JSON; nothing was before.
    """

    def __init__(self, path: Path):
        self._path = path
        self.lines: dict[str, Line] = {}
        try:
            # Unbuffered: a reader gets each answer as soon as it is made.
            if is_standard_output(path):
                self._file = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
            else:
                self._file = path.open("wb", buffering=0)
        except OSError as error:
            raise self._failure("opening", error) from error

    def write(self, entry: dict[str, Any]) -> None:
        """Write a line.

        Raises SourceError when that fails, BrokenPipeError when the reader has left.
        """
        line = encoded(entry)
        try:
            while line:
                line = line[self._file.write(line) or 0 :]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise self._failure("writing", error) from error
        self.lines[key(entry["id"])] = Line.of(entry)

    def finish(self, questions: list[str]) -> None:
        """Nothing is left to do."""

    def __enter__(self) -> "AnswersPipe":
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def _failure(self, doing: str, error: OSError) -> SourceError:
        reason = error.strerror or error
        return SourceError(f"{doing} the answers {self._path} failed: {reason}")


def answers_out(path: Path) -> AnswersFile | AnswersPipe:
    """Where the answers go.

    Raises SourceError when it cannot be written.
    """
    if path.is_dir():
        raise SourceError(f"the answers {path} are a folder: name a file with --out")
    if is_standard_output(path) or (path.exists() and not path.is_file()):
        return AnswersPipe(path)
    return AnswersTable(path) if tables.is_table(path) else AnswersFile(path)


def is_standard_output(path: Path) -> bool:
    """Whether a path is "-", or another name of standard output, as /dev/stdout is."""
    if path == STANDARD:
        return True
    try:
        return os.path.samestat(path.stat(), os.fstat(sys.stdout.fileno()))
    except (OSError, ValueError):  # no such file; no standard output
        return False


def lines_path(path: Path) -> Path:
    """The file of lines in which the answers of a table are kept."""
    return path.with_name(f"{path.name}.jsonl") if tables.is_table(path) else path
