"""Kills and stalls of PostgreSQL under mixed load, and what becomes of every call.

A worker process writes and asks through 16 threads (`work.py`). Between it and a
temporary embedded server lies a proxy. In an order drawn by the seed, PostgreSQL is
killed and started again, or stalled: tables are locked, its processes halted, the
network cut (`troubles.py`). Every question must be answered or refused within its limit
and a second, by an error of ours; what it shows must be the tenant's own, and stored at
that time. In the end the database is compared with what was asked for, as after kills.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from time import monotonic
from typing import Any

from headrace.errors import SettingsError
from headrace.measuring.environment import describe_environment
from headrace.measuring.kills import check as stored
from headrace.measuring.kills.check import Violation, check
from headrace.measuring.kills.documents import opened
from headrace.measuring.kills.processes import PATIENCE_S, Child, await_end_of
from headrace.measuring.stalls.calls import QUESTIONS, RECOVERY_S, Call, Window, faults, recoveries
from headrace.measuring.stalls.troubles import KILLS, STALLS, Troublemaker, drawn
from headrace.measuring.stalls.work import HANGING_S, TENANTS, THREADS, WORKER, Worked, work
from headrace.measuring.temporary import temporary_folder
from headrace.measuring.timing import percentiles
from headrace.pipeline import Pipeline
from headrace.settings import Settings
from headrace.types import Progress

VERSION = 1
#: How long a question and a transaction of an ingest may wait, unless --set says.
LIMITS = {"question_timeout_s": 3.0, "ingest_timeout_s": 6.0}
#: Every kind of violation, and what it means.
KINDS = {
    "untyped": "calls that raised an error which is none of ours about the database",
    "late": "questions that took longer than their limit and a second",
    "hanging": f"calls that had not ended {HANGING_S:.0f} s after the last trouble",
    "foreign": "answers and hits that show another tenant's text",
    "wrong": "answers, citations and hits of what was not stored at that time",
    **{kind: meaning for kind, meaning in stored.KINDS.items() if kind != "mixed"},
}

_EXAMPLES = 20
#: Undisturbed work before the first trouble and after the last one.
_CALM_S = RECOVERY_S + 1.0
#: And between two of them at least.
_PAUSE_S = 0.5


@dataclass(frozen=True)
class Plan:
    """How many kills and stalls there are to be, and in how many seconds.

    It takes longer where the troubles themselves do.
    """

    kills: int
    stalls: int
    seconds: float


def measure(settings: Settings, plan: Plan, seed: int, progress: Progress) -> dict[str, Any]:
    """The report, as `commands/bench.py` documents it.

    The database it works on is gone when this returns, also after an error.
    Raises SettingsError when there would be no stall, or when the server is not one
    that may be stalled.
    """
    if plan.stalls < 1 or plan.kills < 0 or plan.seconds <= 0:
        raise SettingsError("--stalls takes at least 1, --kills at least 0, --seconds more than 0")
    if settings.database_url:
        raise SettingsError(
            "--stalls kills and stalls the server, so it works on a temporary embedded one: "
            "unset DATABASE_URL"
        )
    began = monotonic()
    with temporary_folder(settings.data_dir) as folder, _quiet():
        run = Run(settings.model_copy(update={"data_dir": folder}), plan, seed, progress)
        try:
            report = run.report()
        finally:
            run.end()
    return {**report, "wall_s": round(monotonic() - began, 1)}


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide what is logged about a server that is gone: here it is expected."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


class Run:
    """One run: its server, the network before it, and the worker."""

    def __init__(self, settings: Settings, plan: Plan, seed: int, progress: Progress):
        self._settings = settings
        self._plan = plan
        self._seed = seed
        self._progress = progress
        self._random = Random(seed)
        self._maker = Troublemaker(settings.data_dir, self._random)
        through_proxy = {"database_url": self._maker.proxy.uri}
        self._worker = Child(work, settings.model_copy(update=through_proxy))

    def report(self) -> dict[str, Any]:
        """Makes all troubles while the worker works, and judges what became of it."""
        self._worker.send(f"{self._seed}")
        self._worker.receive(monotonic() + PATIENCE_S)
        windows = self._troubled()
        self._worker.send("stop")
        worked: Worked = self._worker.receive(monotonic() + HANGING_S + PATIENCE_S)
        limit_s = self._settings.question_timeout_s
        violations = list(faults(worked.calls, windows, limit_s))
        with opened(self._settings.model_copy(update={"understanding": "off"})) as rag:
            environment = describe_environment(rag.database.versions)
            violations += self._stored_faults(worked, rag)
        return {
            **_figures(worked.calls, windows, violations, limit_s),
            "asked": {"kills": self._plan.kills, "stalls": self._plan.stalls},
            "limits_s": {name: getattr(self._settings, name) for name in LIMITS},
            "checked_documents": sum(len(states) for states in worked.possible.values()),
            "environment": environment,
            "seed": self._seed,
        }

    def end(self) -> None:
        """Ends the worker, the network and the server, in whatever state they are."""
        self._worker.kill()
        self._maker.end()

    def _troubled(self) -> list[Window]:
        """All troubles, spread over the time of the run."""
        plan = self._plan
        limit_s = self._settings.question_timeout_s
        troubles = drawn(plan.kills, plan.stalls, limit_s, self._random)
        pause_s = max(0.0, plan.seconds - 2 * _CALM_S) / len(troubles)
        began = monotonic()
        self._let_work(began + _CALM_S)
        windows = []
        for number, trouble in enumerate(troubles):
            self._progress("kills and stalls", number, len(troubles))
            self._let_work(max(began + _CALM_S + number * pause_s, monotonic() + _PAUSE_S))
            windows.append(self._maker.make(trouble))
        self._progress("kills and stalls", len(troubles), len(troubles))
        self._let_work(max(began + plan.seconds, monotonic() + _CALM_S))
        return windows

    def _let_work(self, until: float) -> None:
        """Waits; a worker that ends meanwhile raises DatabaseError."""
        if self._worker.has_message(max(0.0, until - monotonic())):
            self._worker.receive(until)

    def _stored_faults(self, worked: Worked, rag: Pipeline) -> list[Violation]:
        """What is stored otherwise than it was asked for."""
        await_end_of(WORKER, rag, monotonic() + PATIENCE_S)
        violations = []
        for tenant in TENANTS:
            possible = worked.possible[tenant]
            violations += check(rag, tenant, possible, possible, f"{self._seed}")[1]
        return violations


def _figures(
    calls: Sequence[Call],
    windows: Sequence[Window],
    violations: Sequence[Violation],
    limit_s: float,
) -> dict[str, Any]:
    happened = Counter(window.kind for window in windows)
    found = Counter(violation.kind for violation in violations)
    questions = [call for call in calls if call.kind in QUESTIONS]
    changes = [call for call in calls if call.kind not in QUESTIONS]
    times = [call.seconds * 1000 for call in questions] or [0.0]
    longest = max((call.seconds for call in questions), default=0.0)
    of_stalls = [window for window in windows if window.kind in STALLS]
    return {
        "version": VERSION,
        "threads": THREADS,
        "kills": {kind: happened[kind] for kind in KILLS},
        "stalls": {kind: happened[kind] for kind in STALLS},
        "stalls_beyond_limit": sum(one.ended - one.began > limit_s for one in of_stalls),
        "questions": _outcomes(questions),
        "changes": _outcomes(changes),
        "refusals": dict(Counter(call.error.partition(":")[0] for call in calls if call.error)),
        "question_ms": percentiles(times, (50, 99, 100)),
        "beyond_limit_s": round(longest - limit_s, 3),
        "recovery_s": round(max(recoveries(calls, windows), default=0.0), 3),
        "longest_change_s": round(max((call.seconds for call in changes), default=0.0), 3),
        "violations": {kind: found[kind] for kind in KINDS},
        "examples": [f"{one.kind}: {one.what}" for one in violations[:_EXAMPLES]],
    }


def _outcomes(calls: Sequence[Call]) -> dict[str, int]:
    """Numbers of calls that were answered, refused, or neither."""
    counts = Counter(call.outcome for call in calls)
    neither = counts["untyped"] + counts["hanging"]
    return {"answered": counts["answered"], "refused": counts["refused"], "neither": neither}
