"""How answers, tables and progress look in a terminal. Results go to standard output, everything else to standard error."""

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from headrace.types import Answer, Citation, Hit, Stage

#: Columns of what is written to a file or a pipe, where nothing says how wide it may be.
_PIPED_WIDTH = 160

console = Console(
    highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PIPED_WIDTH
)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def progress() -> Progress:
    """A progress bar on standard error: spinner, what is done, how many of how many, time gone and time left."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=errors,
        transient=not sys.stderr.isatty(),
    )


def steps(bar: Progress) -> Callable[[str, int, int], None]:
    """A function to report progress to, `(what, done, total)`: a bar of its own for each `what`."""
    tasks: dict[str, TaskID] = {}

    def report(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=total)
        bar.update(tasks[what], completed=done)

    return report


def table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, numbers: Sequence[str] = ()
) -> Table:
    """A plain table; the columns named in `numbers` are right-aligned."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    for row in rows:
        made.add_row(*(value if isinstance(value, Text) else Text(str(value)) for value in row))
    return made


def print_citations(answer: Answer) -> None:
    """Each citation: its number and title, what it quotes (at most 300 characters of it), where that stands."""
    for citation in answer.citations:
        console.print(
            f"  [{citation.number}] {citation.title or citation.document_id}",
            markup=False,
            style="bold",
        )
        console.print(f"      {_shortened(citation.quote, 300)!r}", markup=False)
        console.print(f"      {place(citation)}", markup=False, style="dim")


def place(citation: Citation) -> str:
    """Where a citation stands: source, page if there is one, characters."""
    page = f", page {citation.page}" if citation.page else ""
    return f"{citation.source}{page}, characters {citation.start}-{citation.end}"


def print_notes(answer: Answer) -> None:
    """What no citation supports, and what ran below its best, a line each."""
    for note in answer.notes:
        console.print(f"  note: {note}", markup=False, style="yellow")


def print_stages(stages: Sequence[Stage], total_ms: float) -> None:
    """Every stage with its time and a bar where it ran; overlapping bars ran at the same time."""
    width = 40
    rows = []
    for stage in sorted(stages, key=lambda stage: stage.start_ms):
        begin = int(stage.start_ms / total_ms * width)
        length = max(1, round(stage.ms / total_ms * width))
        rows.append((stage.node, f"{stage.ms:.1f}", " " * begin + "━" * min(length, width - begin)))
    console.print(
        table(("stage", "ms", "when"), [*rows, ("total", f"{total_ms:.1f}", "")], numbers=("ms",))
    )


def print_hits(hits: Sequence[Hit], most: int = 20) -> None:
    """One table per stream, `most` rows of each."""
    for stream in dict.fromkeys(hit.stream for hit in hits):
        of_stream = [hit for hit in hits if hit.stream == stream]
        rows = [
            (
                hit.rank,
                f"{hit.score:.4f}",
                ", ".join(f"{name} #{rank}" for name, rank in hit.found_by),
                hit.chunk.document_id,
                _shortened(hit.chunk.title, 40),
                _shortened(hit.chunk.text, 80),
            )
            for hit in of_stream[:most]
        ]
        console.print(
            f"{stream}: {len(of_stream)} hits"
            + (f", the first {most}" if len(of_stream) > most else ""),
            style="bold",
        )
        console.print(
            table(
                ("rank", "score", "found by", "document", "title", "text"),
                rows,
                numbers=("rank", "score"),
            )
        )


def _shortened(text: str, most: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
