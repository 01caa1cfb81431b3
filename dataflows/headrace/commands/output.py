"""How answers, hits and progress look in a terminal.

Results go to standard output, everything else to standard error.
"""

import json
import os
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
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

from headrace.commands.characters import harmless
from headrace.commands.tables import Columns
from headrace.errors import HeadraceError
from headrace.types import Answer, Citation, Hit, Stage, label

#: Columns of tables in a file or a pipe, where neither a terminal nor COLUMNS says it.
_PIPED_WIDTH = 160
_QUOTE_CHARACTERS = 300
_SHOWN_HITS = 20
#: What an item of a list or a block of code begins with.
_BLOCK_MARK = re.compile(r"[-*]$|\d{1,3}\.$|```")
_STAGE_BAR = 40
_SHORTEST_STAGE_BAR = 10


def _width() -> int | None:
    """Columns of the output; None: rich asks the terminal, or COLUMNS."""
    return None if sys.stdout.isatty() or "COLUMNS" in os.environ else _PIPED_WIDTH


console = Console(highlight=False, soft_wrap=True, width=_width())
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: object = "", *, style: str = "", indent: int = 0) -> None:
    """Prints text to standard output, on a terminal wrapped at words."""
    console.print(_wrapped(harmless(str(text)), console, indent), style=style, markup=False)


def complain(text: object, *, style: str = "") -> None:
    """Prints text to standard error, on a terminal wrapped at words."""
    errors.print(_wrapped(harmless(str(text)), errors, 0), style=style, markup=False)


def _wrapped(text: str, to: Console, indent: int) -> str:
    margin = " " * indent
    if not to.is_terminal:
        return textwrap.indent(text, margin)
    lines: list[str] = []
    for line in text.split("\n"):
        lines += textwrap.wrap(
            line,
            to.width,
            initial_indent=margin,
            subsequent_indent=margin,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return "\n".join(lines)


class Stream:
    """Prints text that comes in pieces, on a terminal wrapped at words.

    From the first item of a list or block of code on, it waits for the end there, and
    is then shown as the Markdown that it is.
    """

    def __init__(self) -> None:
        self._word = ""
        self._markdown = ""
        self._blanks = ""
        self._column = 0

    def add(self, text: str) -> None:
        """The next piece. Its last word waits for what may belong to it."""
        text = harmless(text)
        if not console.is_terminal:
            console.print(text, end="", markup=False)
            return
        if self._markdown:
            self._markdown += text
            return
        *whole, self._word = re.split(r"(\s)", self._word + text)
        for number, part in enumerate(whole):
            if not self._column and _BLOCK_MARK.match(part):
                self._markdown = "".join(whole[number:]) + self._word
                self._word = ""
                return
            self._put(part)

    def end(self) -> None:
        """Ends the text and its last line."""
        self._put(self._word)
        if self._markdown:
            console.print(Markdown(self._markdown), soft_wrap=False)
        else:
            console.print()
        self._word = ""
        self._markdown = ""
        self._blanks = ""
        self._column = 0

    def _put(self, part: str) -> None:
        if part.isspace() and part != "\n":
            self._blanks += part if self._column else ""
            return
        after = self._column + len(self._blanks) + len(part)
        if part == "\n":
            self._print("\n")
        elif part and self._column and after > console.width:
            self._print(f"\n{part}")
        elif part:
            self._print(self._blanks + part)

    def _print(self, text: str) -> None:
        console.print(text, end="", markup=False)
        self._column = len(text) - 1 if text[0] == "\n" else self._column + len(text)
        self._blanks = ""


def write_json(path: Path | None, report: object) -> None:
    """Writes a report, where a file is given."""
    if path is not None:
        write_file(path, json.dumps(report, indent=1, ensure_ascii=False) + "\n")


def write_file(path: Path, content: str | bytes) -> None:
    """Writes a file whole, or leaves the one that was there.

    Raises HeadraceError where that fails, as on a full disk.
    """
    # What is no file, such as /dev/stdout, cannot be replaced by one.
    is_file = path.is_file() or not path.exists()
    whole = path.resolve()
    written = whole.with_name(f".{whole.name}.{os.getpid()}.new") if is_file else whole
    try:
        try:
            whole.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, str):
                content = content.encode(errors="backslashreplace")
            written.write_bytes(content)
            if is_file:
                written.replace(whole)
        finally:
            if is_file:
                written.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise HeadraceError(
            f"writing {path} failed: {reason}. Free disk space, or name another file"
        ) from error


def progress() -> Progress:
    """A progress bar on standard error: how many of how many, time spent and left.

    Nothing is shown where standard error is no terminal.
    """
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=errors,
        disable=not sys.stderr.isatty(),  # else it leaves an empty line
    )


def steps(bar: Progress) -> Callable[[str, int, int], None]:
    """A function to report progress to, `headrace.types.Progress`.

    It shows one bar for each kind of work.
    """
    tasks: dict[str, TaskID] = {}

    def report(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=total)
        bar.update(tasks[what], completed=done)

    return report


def table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, numbers: Sequence[str] = ()
) -> Columns:
    """A plain table; the columns named in `numbers` are right-aligned."""
    return Columns(columns, rows, set(numbers))


def declined(answer: Answer) -> str:
    """What is said in place of an answer, and why; the nearest passages follow."""
    lines = ["The documents do not answer this."]
    if answer.reason:
        lines.append(f"Reason: {answer.reason}.")
    if answer.nearest:
        lines.append("The nearest passages:")
    return "\n".join(lines)


def print_citations(answer: Answer) -> None:
    """Prints each citation: number, title, the beginning of its quote, its place.

    Without an answer these are the nearest passages.
    """
    for citation in answer.citations or answer.nearest:
        say(f"[{citation.number}] {citation.name}", style="bold", indent=2)
        if citation.lead:
            say(_shortened(citation.lead, _QUOTE_CHARACTERS), style="dim", indent=6)
        say(f"'{_shortened(citation.quote, _QUOTE_CHARACTERS)}'", indent=6)
        say(place(citation), style="dim", indent=6)


def place(citation: Citation) -> str:
    """Where a citation stands: source, page if there is one, characters."""
    pages = f", {citation.pages}" if citation.pages else ""
    return f"{citation.source}{pages}, characters {citation.start}-{citation.end}"


def print_notes(answer: Answer) -> None:
    """Prints what to know beside the answer: doubts, filters, what fell short."""
    for note in answer.notes:
        say(f"note: {note}", style="yellow", indent=2)


def print_stages(stages: Sequence[Stage], total_ms: float) -> None:
    """Prints every stage with its time and a bar for when it ran.

    Bars one below the other ran at the same time.
    """
    longest = max((len(stage.node) for stage in stages), default=0)
    beside = longest + len("  1,000.0  ")
    width = max(_SHORTEST_STAGE_BAR, min(_STAGE_BAR, console.width - beside))
    rows = [
        (stage.node, f"{stage.ms:.1f}", _stage_bar(stage, total_ms, width))
        for stage in sorted(stages, key=lambda stage: stage.start_ms)
    ]
    rows.append(("total", f"{total_ms:.1f}", ""))
    console.print(table(("stage", "ms", "when"), rows, numbers=("ms",)))


def _stage_bar(stage: Stage, total_ms: float, width: int) -> str:
    begin = int(stage.start_ms / total_ms * width)
    length = max(1, round(stage.ms / total_ms * width))
    return " " * begin + "━" * min(length, width - begin)


def print_hits(hits: Sequence[Hit]) -> None:
    """Prints one table for each search and sub-query, the first 20 rows of each."""
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        groups.setdefault(label(hit.arm, hit.sub_query), []).append(hit)
    for name, group in groups.items():
        shown = f", the first {_SHOWN_HITS}" if len(group) > _SHOWN_HITS else ""
        say(f"{name}: {len(group)} hits{shown}", style="bold")
        rows = [_hit_row(hit) for hit in group[:_SHOWN_HITS]]
        # The hits of a search itself have nothing that they were found by.
        columns = [name for name in rows[0] if any(row[name] for row in rows)]
        cells = [[row[name] for name in columns] for row in rows]
        console.print(table(columns, cells, numbers=("rank", "score")))


def _hit_row(hit: Hit) -> dict[str, str]:
    """What is shown of a hit, by column."""
    return {
        "rank": str(hit.rank),
        "score": f"{hit.score:.4f}",
        "found by": ", ".join(map(str, hit.found_by)),
        "document": hit.chunk.document_id,
        "title": _shortened(hit.chunk.title, 40),
        "text": _shortened(hit.chunk.text, 80),
    }


def _shortened(text: str, most: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
