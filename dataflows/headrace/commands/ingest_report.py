"""What is said of an ingest when it is done."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from headrace.commands import output
from headrace.settings import Settings
from headrace.types import Outcome

_TOLD = ("new", "changed", "unchanged", "failed", "removed")
#: So few failures are named one by one. Of more, as many kinds are.
_FEW_FAILURES = 15
_GONE_TOLD = 3
_NOTED_TOLD = 10
_NAME_CHARACTERS = 100
_DIFFERING = re.compile(r'(?<=\bid )"[^"]*"|0x[0-9a-f]+|\d[\d.,]*')


def report(
    outcomes: Sequence[Outcome],
    settings: Settings,
    tenant: str,
    *,
    seconds: float,
    glossary: int = 0,
) -> int:
    """Prints what became of the files; 1 when some could not be stored as a whole.

    Args:
        settings: they say where the list of all failures goes.
        seconds: what the ingest took.
        glossary: number of abbreviations given.
    """
    output.say(_summary(outcomes, seconds))
    if glossary:
        output.say(f"{glossary:,} abbreviations given")
    _say_passed_over([one for one in outcomes if one.status == "passed over"])
    _say_gone([one for one in outcomes if one.status == "gone"])
    for one in outcomes:
        if _is_in_part(one):
            output.say(f"stored in part: {one.source}: {one.reason}", style="yellow")
    _say_noted([one for one in outcomes if one.status == "noted"])
    failed = [one for one in outcomes if one.status == "failed"]
    if _say_failures(failed) < len(failed):
        output.say(f"all {len(failed):,} failures are in {_list_of(failed, settings, tenant)}")
    return 1 if failed or any(map(_is_in_part, outcomes)) else 0


def as_json(outcomes: Sequence[Outcome], tenant: str) -> dict[str, Any]:
    """The counts by status, and every outcome."""
    counts = Counter(outcome.status for outcome in outcomes)
    return {"tenant": tenant, "counts": dict(counts), "outcomes": [asdict(o) for o in outcomes]}


def _summary(outcomes: Sequence[Outcome], seconds: float) -> str:
    """One line: "1 new, 2 unchanged, 1 failed (4 chunks, 3 embedded, 2.1 s)"."""
    counts = Counter(outcome.status for outcome in outcomes)
    told = [f"{counts[status]:,} {status}" for status in _TOLD if counts[status]]
    if in_part := sum(map(_is_in_part, outcomes)):
        told.append(f"{in_part:,} of these in part")
    chunks = sum(outcome.chunks for outcome in outcomes if outcome.status != "removed")
    embedded = sum(outcome.embedded for outcome in outcomes)
    noun = "chunk" if chunks == 1 else "chunks"
    work = f"({chunks:,} {noun}, {embedded:,} embedded, {seconds:,.1f} s)"
    return f"{', '.join(told) or 'nothing to store'} {work}"


def _is_in_part(outcome: Outcome) -> bool:
    """Whether a document is stored, but part of its file could not be read."""
    return bool(outcome.reason) and outcome.status in ("new", "changed", "unchanged")


def _say_passed_over(outcomes: Sequence[Outcome]) -> None:
    """Prints one line: "12 passed over: 9 .png, 3 .mp4"."""
    if outcomes:
        total = sum(len(outcome.files) for outcome in outcomes)
        kinds = ", ".join(outcome.reason for outcome in outcomes)
        noun = "file or folder" if total == 1 else "files and folders"
        output.say(f"{total:,} {noun} passed over: {kinds}")


def _say_gone(outcomes: Sequence[Outcome]) -> None:
    if outcomes:
        names = [outcome.source for outcome in outcomes[:_GONE_TOLD]]
        more = ", ..." if len(outcomes) > len(names) else ""
        output.say(
            f"{len(outcomes):,} gone from the disk, passed over or without text now, but still in "
            f"the answers (--prune removes them): {', '.join(names)}{more}",
            style="yellow",
        )


def _say_noted(outcomes: Sequence[Outcome]) -> None:
    """Prints a line for each remark: "a.txt, b.txt: read as cp850, a guess"."""
    sources: dict[str, list[str]] = {}
    for outcome in outcomes:
        sources.setdefault(outcome.reason, []).append(outcome.source)
    for reason, names in sources.items():
        more = f" and {len(names) - _NOTED_TOLD:,} more" if len(names) > _NOTED_TOLD else ""
        output.say(f"{', '.join(names[:_NOTED_TOLD])}{more}: {reason}", style="yellow")


def _say_failures(failed: Sequence[Outcome]) -> int:
    """Prints the failures, equal ones in one line; how many were named."""
    kinds: dict[str, list[Outcome]] = {}
    for outcome in failed:
        is_alone = len(failed) <= _FEW_FAILURES
        kind = f"{len(kinds)}" if is_alone else _DIFFERING.sub("...", outcome.reason)
        kinds.setdefault(kind, []).append(outcome)
    told = list(kinds.values())[:_FEW_FAILURES]
    for first, *others in told:
        more = f" (and {len(others):,} more like it)" if others else ""
        output.say(f"failed: {first.source}: {first.reason}{more}", style="red")
    if len(kinds) > len(told):
        output.say(f"and {len(kinds) - len(told):,} other kinds of failures", style="red")
    return len(told)


def _list_of(failed: Sequence[Outcome], settings: Settings, tenant: str) -> Path:
    """Writes all failures of this ingest to a file; where it is."""
    name = quote(tenant, safe="")[:_NAME_CHARACTERS]
    path = settings.data_dir / "failures" / f"ingest-{name}.txt"
    lines = [f"{outcome.source}: {outcome.reason}" for outcome in failed]
    output.write_file(path, "\n".join(lines) + "\n")
    return path
