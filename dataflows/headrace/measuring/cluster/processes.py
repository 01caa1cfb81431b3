"""The commands of `run.py` as processes of their own."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

_PATIENCE_S = 30.0


class Command:
    """A command that was started. A context manager, at whose end it has ended.

    Attributes:
        process: it, as the system knows it.
    """

    def __init__(self, arguments: Sequence[str], settings: Mapping[str, Any], folder: Path):
        """
        Args:
            settings: what `--set` is given, by name.
            folder: the data folder; what the command says is added to commands.log.
        """
        given = []
        for name, value in settings.items():
            given += ["--set", f"{name}={value}"]
        self._log = folder / "commands.log"
        with self._log.open("ab") as log:
            log.write(f"\n$ {' '.join(arguments)}\n".encode())
            log.flush()
            self._child = subprocess.Popen(
                [sys.executable, "-m", "headrace", *arguments, *given],
                env={**os.environ, "HEADRACE_DATA_DIR": str(folder)},
                stdout=log,
                stderr=log,
            )
        self.process = psutil.Process(self._child.pid)

    @property
    def is_running(self) -> bool:
        return self._child.poll() is None

    @property
    def code(self) -> int | None:
        """Its exit code; below 0 when it was killed, None while it runs."""
        return self._child.poll()

    def kill(self) -> None:
        """kill -9."""
        self._child.kill()
        self._child.wait(_PATIENCE_S)

    def wait(self, seconds: float) -> bool:
        """Whether it ends within so many seconds."""
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def last_words(self) -> str:
        """The last line that it said."""
        said = self._log.read_text(errors="replace").strip()
        return said.rpartition("\n")[2]

    def __enter__(self) -> "Command":
        return self

    def __exit__(self, *exception: object) -> None:
        if self.is_running:
            self.kill()
