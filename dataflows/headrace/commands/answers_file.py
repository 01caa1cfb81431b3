"""The file of answers that `batch` appends to: whole lines, one writer at a time."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from headrace.errors import SourceError

try:
    import fcntl
except ImportError:  # Windows, where a second writer is not kept out
    fcntl = None

#: The kernel's list of locks, on Linux.
_LOCKS = Path("/proc/locks")


class AnswersFile:
    """The answers of earlier runs, and room for more; used as a context manager.

    Other runs are kept out until it is closed or its process has ended. A last line
    that a kill cut off is removed.

    Attributes:
        answered: the ids, as JSON, whose last line is an answer and no error.
    """

    def __init__(self, path: Path):
        """
        Raises SourceError when it cannot be written, another run writes it, or it holds
        something else than answers.
        """
        self._path = path
        if path.exists() and not path.is_file():
            raise SourceError(f"the answers {path} are no file: name a file with --out")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Unbuffered: what is written is in the file, or there is an error at once.
            self._file = path.open("ab+", buffering=0)
        except OSError as error:
            raise self._failure("opening", error) from error
        try:
            self._lock()
            self.answered = self._read()
        except BaseException:
            self._file.close()
            raise

    def write(self, entry: dict[str, Any]) -> None:
        """Append a line, whole or not at all.

        Raises SourceError when the disk is full.
        """
        # A lone surrogate becomes its escape, which JSON reads.
        line = json.dumps(entry, ensure_ascii=False).encode(errors="backslashreplace") + b"\n"
        end = self._file.seek(0, os.SEEK_END)
        try:
            while line:
                line = line[self._file.write(line) or 0 :]
        except OSError as error:
            self._file.truncate(end)
            raise self._failure("writing", error) from error

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

    def _read(self) -> set[str]:
        """The ids that are answered; the file ends with a whole line afterwards."""
        self._file.seek(0)
        *lines, rest = self._file.readall().split(b"\n")
        if rest and _is_json(rest):  # only its line end is missing
            self._file.write(b"\n")
            lines.append(rest)
        elif rest:
            self._file.truncate(self._file.tell() - len(rest))
        is_answered: dict[str, bool] = {}
        for number, line in enumerate(lines, start=1):
            if line.strip():
                entry = self._entry(number, line)
                is_answered[key(entry["id"])] = "error" not in entry
        return {name for name, answered in is_answered.items() if answered}

    def _entry(self, number: int, line: bytes) -> dict[str, Any]:
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            entry = None
        if not isinstance(entry, dict) or "id" not in entry:
            raise SourceError(
                f'{self._path}, line {number} is no answer, a JSON object with an "id": '
                "remove the line, or name another file with --out"
            )
        return entry

    def _failure(self, doing: str, error: OSError) -> SourceError:
        reason = error.strerror or error
        return SourceError(
            f"{doing} the answers {self._path} failed: {reason}. What is finished is kept in it: "
            "mend that and run the same command again, or name another file with --out"
        )


def key(question_id: Any) -> str:
    """An id as it is compared: 1 and "1" are two."""
    return json.dumps(question_id)


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
