"""How far an ingest is: a bar on a terminal, elsewhere a line every ten seconds."""

import sys
import threading
import time
from collections import Counter
from types import TracebackType

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Column

from headrace.commands import output
from headrace.ingesting import EMBEDDED, READ
from headrace.types import Outcome

#: The first line comes early: something is being done.
_FIRST_LINE_S = 1.0
_LINE_S = 10.0
_LOOK_S = 0.25
_BYTES_PER_MB = 1_000_000
_STEPS = 1000


class IngestProgress:
    """Counts what an ingest tells, and shows it until it is stopped.

    Args:
        tenant: into which is ingested.

    Attributes:
        expected: number of documents; None while it is not known.
    """

    def __init__(self, tenant: str):
        self.expected: int | None = None
        self._tenant = tenant
        self._done: Counter[str] = Counter()
        self._noted: dict[str, tuple[int, int]] = {}
        self._began = time.monotonic()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._show, name="headrace-progress", daemon=True)

    @property
    def seconds(self) -> float:
        """Since it was begun."""
        return time.monotonic() - self._began

    def __enter__(self) -> "IngestProgress":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Shows no more. Waits for the last line, but not for long."""
        self._stopped.set()
        self._thread.join(timeout=1)

    def count(self, outcome: Outcome) -> None:
        """An outcome that is certain."""
        self._done[outcome.status] += 1

    def note(self, what: str, done: int, total: int) -> None:
        """As `headrace.types.Progress`."""
        self._noted[what] = (done, total)

    def how_far(self) -> str:
        """What is said when the ingest is interrupted."""
        return (
            f"{self._stored:,} of {self.expected or 0:,} documents are stored; the same command "
            "goes on with the others"
        )

    @property
    def _stored(self) -> int:
        return self._done["new"] + self._done["changed"] + self._done["unchanged"]

    @property
    def _share(self) -> float:
        """How much of the work is done, from 0 to 1.

        What was read counts as far as it is embedded.
        """
        read, to_read = self._noted.get(READ, (0, 0))
        embedded, to_embed = self._noted.get(EMBEDDED, (0, 0))
        return (read / to_read if to_read else 0.0) * (embedded / to_embed if to_embed else 1.0)

    def _line(self) -> str:
        """What is done so far, in words."""
        read, to_read = self._noted.get(READ, (0, 0))
        embedded, _ = self._noted.get(EMBEDDED, (0, 0))
        if self.expected is None:
            return f"ingesting into {self._tenant}: looking for files, {_duration(self.seconds)}"
        told = [f"{self._stored + self._done['failed']:,} of {self.expected:,} documents"]
        if to_read:
            told.append(f"{_size(read)} of {_size(to_read)} read")
        if embedded:
            told.append(f"{embedded:,} chunks embedded ({embedded / self.seconds:,.0f} a second)")
        for what, (done, total) in list(self._noted.items()):
            if what not in (READ, EMBEDDED):
                told.append(f"{what}: {done:,} of {total:,}")
        told.append(f"{_duration(self.seconds)} so far")
        share = self._share
        if 0 < share < 1:
            told.append(f"about {_duration(self.seconds * (1 - share) / share)} left")
        return f"ingesting into {self._tenant}: {', '.join(told)}"

    def _show(self) -> None:
        if sys.stderr.isatty():
            self._draw()
            return
        wait_s = _FIRST_LINE_S
        while not self._stopped.wait(wait_s):
            wait_s = _LINE_S
            output.complain(self._line())

    def _draw(self) -> None:
        # A narrow terminal shows the words in two lines, not cut off.
        words = TextColumn("{task.description}", table_column=Column(ratio=1, no_wrap=False))
        columns = (SpinnerColumn(), BarColumn(bar_width=10), words)
        with Progress(*columns, console=output.errors, transient=True, expand=True) as bar:
            task = bar.add_task(self._line(), total=_STEPS)
            while not self._stopped.wait(_LOOK_S):
                completed = int(self._share * _STEPS)
                bar.update(task, description=self._line(), completed=completed)


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} bytes"
    if count < _BYTES_PER_MB:
        return f"{count / 1000:,.0f} kB"
    return f"{count / _BYTES_PER_MB:,.1f} MB"


def _duration(seconds: float) -> str:
    """In words: "8 s", "3 min 20 s", "2 h 5 min"."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
