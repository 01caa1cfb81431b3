"""What became of each call, and whether that is right."""

from collections.abc import Iterable, Iterator, Sequence
from math import inf
from typing import Literal, NamedTuple

from headrace.measuring.kills.check import Violation

#: Calls of a question, which have a limit; the other kinds are those of operations.
QUESTIONS = ("ask", "stream", "search")
#: How long after its limit a question may end.
SPARE_S = 1.0
#: How long after a trouble calls may still be refused.
RECOVERY_S = 2.0

Outcome = Literal["answered", "refused", "untyped", "hanging"]


class Call(NamedTuple):
    """A call of the pipeline; times are of `time.monotonic`.

    Attributes:
        kind: one of QUESTIONS, or of the kinds of operations.
        outcome: "refused" by an error of ours about the database, "untyped" by any
            other error.
        error: the name of the error's class, and its message.
        violations: what is wrong with its answer.
    """

    kind: str
    tenant: str
    began: float
    ended: float
    outcome: Outcome
    error: str = ""
    violations: tuple[Violation, ...] = ()

    @property
    def seconds(self) -> float:
        return self.ended - self.began


class Window(NamedTuple):
    """A trouble that was: its kind, and when it began and was over."""

    kind: str
    began: float
    ended: float


def faults(calls: Iterable[Call], windows: Sequence[Window], limit_s: float) -> Iterator[Violation]:
    """What is wrong with calls.

    An answer is untrue; an error is none of ours, or came while PostgreSQL was there;
    a question took longer than its limit and a second; or a call never ended.

    Args:
        windows: when PostgreSQL was in trouble.
        limit_s: seconds that a question may wait.
    """
    for call in calls:
        yield from call.violations
        what = f"{call.kind} of {call.tenant}, {call.seconds:.2f} s: {call.error or 'answered'}"
        if call.outcome == "hanging":
            yield Violation("hanging", what)
            continue
        if call.outcome == "untyped":
            yield Violation("untyped", what)
        if call.outcome == "refused" and not _was_in_trouble(call, windows):
            yield Violation("refused", what)
        if call.kind in QUESTIONS and call.seconds > limit_s + SPARE_S:
            yield Violation("late", f"{what} ({_beside(call, windows)})")


def recoveries(calls: Iterable[Call], windows: Sequence[Window]) -> Iterator[float]:
    """Seconds from the end of each trouble to the first answer to a later question.

    Troubles that were followed by the next one before any answer are left out.
    """
    answered = [call for call in calls if call.kind in QUESTIONS and call.outcome == "answered"]
    for number, window in enumerate(windows):
        later = [call.ended for call in answered if call.began >= window.ended]
        first = min(later, default=inf)
        following = windows[number + 1].began if number + 1 < len(windows) else inf
        if first < following:
            yield first - window.ended


def _was_in_trouble(call: Call, windows: Iterable[Window]) -> bool:
    """Whether there was a trouble during a call, or just before it."""
    return any(_meet(call, window) for window in windows)


def _beside(call: Call, windows: Iterable[Window]) -> str:
    kinds = [window.kind for window in windows if _meet(call, window)]
    return f"during {', '.join(kinds)}" if kinds else "without any trouble"


def _meet(call: Call, window: Window) -> bool:
    return window.began <= call.ended and call.began <= window.ended + RECOVERY_S
