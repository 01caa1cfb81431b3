"""A session that waits no longer than it may.

PostgreSQL ends a statement that takes too long, but not while it is stopped itself, or
while the network drops what it sends. So this side watches the time as well.
"""

import logging
import time
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, TypeVar

import psycopg

from headrace.callers import present_caller

T = TypeVar("T")

# It warns of each pipeline that ends with its connection. Our errors say that.
logging.getLogger("psycopg").setLevel(logging.ERROR)

#: When opening a session ends, by `time.monotonic`.
_opened_until: ContextVar[float] = ContextVar("opened_until")
#: A session that hears nothing, not even from the other side's machine, is lost after
#: about a minute; the system's own default is hours.
_KEEPALIVE: Mapping[str, Any] = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
_OPENING_S = 10.0
#: How long the server is asked to stop a statement.
_CANCELLING_S = 0.5


class TimeIsUp(Exception):
    """The deadline of a session passed, or its caller left. The session is closed."""


class Prepared:
    """The statements that a session has sent, and those that are prepared in it.

    Attributes:
        sent: how often each was sent that is not prepared.
        names: of those that are prepared.
        count: of all names ever given.
    """

    def __init__(self) -> None:
        self.sent: Counter[tuple] = Counter()
        self.names: dict[tuple, bytes] = {}
        self.count = 0

    def forget(self) -> bool:
        """Forget the names. Returns whether there were any."""
        had_names = bool(self.names)
        self.names = {}
        return had_names


class Session(psycopg.Connection):
    """A connection in autocommit mode.

    Attributes:
        deadline: when waiting for an answer ends with `TimeIsUp`, by `time.monotonic`;
            None: never.
        opened_at: when it was opened, by the same clock.
        prepared: the statements of its batches (`batch.Batch`).
    """

    deadline: float | None = None
    opened_at: float = 0.0
    prepared: Prepared

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **kwargs: Any) -> T:
        """As psycopg's, which all its methods wait with; but up to the deadline."""
        if self.deadline is None:
            return super().wait(gen, *args, **kwargs)
        try:
            return super().wait(_until(self.deadline, gen), *args, **kwargs)
        except TimeIsUp:
            # What it still receives belongs to the statement that was given up.
            self._give_up()
            raise

    def _give_up(self) -> None:
        self.deadline = None
        if present_caller() is not None:
            # PostgreSQL would work on until its own limit, for nobody.
            with suppress(psycopg.Error):
                self.cancel_safe(timeout=_CANCELLING_S)
        self.pgconn.finish()

    @classmethod
    def _connect_gen(cls, *args: Any, **kwargs: Any) -> Any:
        """psycopg waits at least 2 s for a server that does not answer."""
        opening = super()._connect_gen(*args, **kwargs)
        return _until(_opened_until.get(time.monotonic() + _OPENING_S), opening)


def open_session(
    uri: str, *, until: float | None = None, prepare_threshold: int | None = 5
) -> Session:
    """Open a session in autocommit mode.

    Args:
        uri: the address.
        until: when to give up, by `time.monotonic`, but after 10 s at the latest.
        prepare_threshold: how often a statement is sent before it is prepared; None:
            never.
    Raises:
        psycopg.Error: the server refuses, or nothing answers.
        TimeIsUp: it does not answer in time.
    """
    latest = time.monotonic() + _OPENING_S
    token = _opened_until.set(latest if until is None else min(until, latest))
    try:
        session = Session.connect(
            uri, autocommit=True, prepare_threshold=prepare_threshold, **_KEEPALIVE
        )
    finally:
        _opened_until.reset(token)
    session.opened_at = time.monotonic()
    session.prepared = Prepared()
    return session


def _until(deadline: float, waits: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
    """The same waits, which end at the deadline, or when the caller leaves.

    psycopg resumes it every 0.1 s while nothing arrives.

    Raises:
        TimeIsUp: the deadline has passed, or nobody waits for the answer.
    """
    caller = present_caller()
    try:
        awaited = next(waits)
        while True:
            ready = yield awaited
            if time.monotonic() >= deadline or (caller and not caller.waits):
                raise TimeIsUp
            awaited = waits.send(ready)
    except StopIteration as end:
        return end.value
