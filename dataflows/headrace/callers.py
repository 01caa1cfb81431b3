"""Who waits for an answer: until when, and whether they still do.

A service has a deadline for each request, and its clients may leave. What works for
them looks here: before each node, while PostgreSQL is waited for, and while a language
model writes. Outside a service nobody is named, and nothing is looked at.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from headrace.errors import Cancelled, DeadlineExceeded


class Caller:
    """Someone who waits for an answer.

    Attributes:
        limit_s: how many seconds in all.
    """

    def __init__(self, limit_s: float):
        self.limit_s = limit_s
        self._until = time.monotonic() + limit_s
        self._left = threading.Event()

    @property
    def left_s(self) -> float:
        """The seconds until the deadline; 0 or less once it has passed."""
        return self._until - time.monotonic()

    @property
    def waits(self) -> bool:
        """Whether the caller is still there, and the deadline has not passed."""
        return not self._left.is_set() and self.left_s > 0

    def leave(self) -> None:
        """Says that nobody waits any more. For any thread."""
        self._left.set()

    def check(self) -> None:
        """Raises Cancelled or DeadlineExceeded once the answer would come too late."""
        if self._left.is_set():
            raise Cancelled("the caller has left, so the work was stopped")
        if self.left_s <= 0:
            raise DeadlineExceeded(
                f"there was no answer within {self.limit_s:g} s, so the work was stopped: ask "
                "again later, ask a shorter question, or allow more time"
            )

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Names this caller to everything that is done meanwhile."""
        token = _present.set(self)
        try:
            yield
        finally:
            _present.reset(token)


_present: ContextVar[Caller | None] = ContextVar("caller", default=None)


def present_caller() -> Caller | None:
    """Who waits for what is being done; None where nobody said so."""
    return _present.get()


def check_caller() -> None:
    """Raises Cancelled or DeadlineExceeded once the answer would come too late."""
    caller = _present.get()
    if caller is not None:
        caller.check()
