"""The file of answers that `batch` appends to: whole lines, one writer at a time."""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from headrace.errors import SourceError

try:
    import fcntl
except ImportError:  # Windows, where a second writer is not kept out
    fcntl = None

#: The kernel's list of locks, on Linux.
_LOCKS = Path("/proc/locks")


@dataclass(frozen=True, slots=True)
class Line:
    """What is remembered of a written line.

    Attributes:
        question: its text; None in a line that does not say.
        error: why it failed; "" for an answer.
        notes: what ran below its best.
        tokens: by kind.
        cost_usd: None where the price is not known.
    """

    question: str | None = None
    error: str = ""
    is_answered: bool = False
    notes: tuple[str, ...] = ()
    tokens: Mapping[str, int] = field(default_factory=dict)
    cost_usd: float | None = 0.0

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> "Line":
        return cls(
            entry.get("question"),
            str(entry.get("error", "")),
            bool(entry.get("answered")),
            tuple(entry.get("degraded", ())),
            entry.get("usage", {}),
            entry.get("cost_usd", 0.0),
        )


class AnswersFile:
    """The answers of earlier runs, and room for more; used as a context manager.

    Other runs are kept out until it is closed or its process has ended. A last line
    that a kill cut off is removed.

    Attributes:
        lines: the last line of each id, by the id as JSON.
    """

    def __init__(self, path: Path):
        """
        Raises SourceError when it cannot be written, another run writes it, or it holds
        something else than answers.
        """
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Unbuffered: what is written is in the file, or there is an error at once.
            self._file = path.open("ab+", buffering=0)
        except OSError as error:
            raise self._failure("opening", error) from error
        try:
            self._lock()
            self.lines = self._read()
        except BaseException:
            self._file.close()
            raise

    def write(self, entry: dict[str, Any]) -> None:
        """Append a line, whole or not at all.

        An error that was the id's last line already is not written again.

        Raises SourceError when the disk is full.
        """
        name, written = key(entry["id"]), Line.of(entry)
        if written.error and self.lines.get(name) == written:
            return
        line = encoded(entry)
        end = self._file.seek(0, os.SEEK_END)
        try:
            while line:
                line = line[self._file.write(line) or 0 :]
        except OSError as error:
            self._file.truncate(end)
            raise self._failure("writing", error) from error
        self.lines[name] = written

    def entries(self) -> Iterator[dict[str, Any]]:
        """The last line of each id, in the order in which the ids came first."""
        last: dict[str, bytes] = {}
        self._file.seek(0)
        for line in self._file.readall().split(b"\n"):
            if line.strip():
                last[key(json.loads(line)["id"])] = line
        return map(json.loads, last.values())

    def finish(self, questions: list[str]) -> None:
        """Do what is to be done at the end; here, nothing.

        Args:
            questions: the ids asked for, as JSON, in order.
        """

    def __enter__(self) -> "AnswersFile":
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def _lock(self) -> None:
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SourceError(
                f"another run{self._holder()} is writing the answers {self._path}: "
                "wait for it, or name another file with --out"
            ) from None
        except OSError as error:
            raise self._failure("locking", error) from error

    def _holder(self) -> str:
        """Which process holds the lock, as far as the system tells."""
        inode = str(os.fstat(self._file.fileno()).st_ino)
        with contextlib.suppress(OSError):
            for line in _LOCKS.read_text().splitlines():
                # 1: FLOCK  ADVISORY  WRITE 4711 08:01:131 0 EOF
                fields = line.split()
                if "->" not in fields and fields[5].rpartition(":")[2] == inode:
                    return f" (process {fields[4]})"
        return ""

    def _read(self) -> dict[str, Line]:
        """The last line of each id; the file ends with a whole line afterwards."""
        self._file.seek(0)
        content = self._file.readall()
        whole, rest = _without_torn_end(content)
        if rest:
            self._file.truncate(len(whole))
        elif whole and not whole.endswith(b"\n"):
            self._file.write(b"\n")
        return _lines(self._path, whole)

    def _failure(self, doing: str, error: OSError) -> SourceError:
        reason = error.strerror or error
        return SourceError(
            f"{doing} the answers {self._path} failed: {reason}. What is finished is kept in it: "
            "mend that and run the same command again, or name another file with --out"
        )


def written_lines(path: Path) -> dict[str, Line]:
    """The last line of each id in a file of answers, which is left as it is.

    Raises SourceError when it holds something else than answers.
    """
    if not path.is_file():
        return {}
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(f"reading the answers {path} failed: {error}") from None
    whole, _ = _without_torn_end(content)
    return _lines(path, whole)


def key(question_id: Any) -> str:
    """An id as it is compared: 1 and "1" are two."""
    return json.dumps(question_id)


def encoded(entry: dict[str, Any]) -> bytes:
    """A line; a lone surrogate becomes its escape, which JSON reads."""
    return json.dumps(entry, ensure_ascii=False).encode(errors="backslashreplace") + b"\n"


def _without_torn_end(content: bytes) -> tuple[bytes, bytes]:
    """The whole lines, and the rest of one that a kill cut off.

    A last line that only lacks its end is whole.
    """
    start = content.rfind(b"\n") + 1
    rest = content[start:]
    return (content, b"") if not rest or _is_json(rest) else (content[:start], rest)


def _lines(path: Path, content: bytes) -> dict[str, Line]:
    lines: dict[str, Line] = {}
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip():
            entry = _entry(path, number, line)
            lines[key(entry["id"])] = Line.of(entry)
    return lines


def _entry(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        entry = None
    if not isinstance(entry, dict) or "id" not in entry:
        raise SourceError(
            f'{path}, line {number} is no answer, a JSON object with an "id": remove the line, '
            "or name another file with --out"
        )
    return entry


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
