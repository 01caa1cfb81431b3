"""When each node of a run began, and how long it took."""

import contextvars
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from headrace.types import Stage


class Recording:
    """The stages of one run, in the order they ended."""

    def __init__(self) -> None:
        self.origin = perf_counter()
        self.stages: list[Stage] = []
        self.total_ms = 0.0

    def add(self, name: str, began: float) -> None:
        """A node that ends now. `began` is a value of `perf_counter`."""
        ms = (perf_counter() - began) * 1000
        self.stages.append(Stage(name, ms, (began - self.origin) * 1000))

    def stop(self) -> None:
        """Takes the total, since stages overlap and their times do not add up."""
        self.total_ms = (perf_counter() - self.origin) * 1000


_recording: contextvars.ContextVar[Recording | None] = contextvars.ContextVar(
    "headrace_recording", default=None
)


@contextmanager
def recorded() -> Iterator[Recording]:
    """Records the run within, in this thread and in those that run nodes for it."""
    recording = Recording()
    token = _recording.set(recording)
    try:
        yield recording
    finally:
        _recording.reset(token)


def current_recording() -> Recording | None:
    """The recording that this thread's nodes belong to."""
    return _recording.get()
