"""Events of work in another thread, one by one."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

Result = TypeVar("Result")


def streamed(work: Callable[[Callable[[Any], None]], Result]) -> Iterator[Any]:
    """What `work` reports while it runs in a thread, and last what it returns.

    Args:
        work: given the function to report to.
    Raises what `work` raises.
    """
    events: queue.SimpleQueue = queue.SimpleQueue()
    ended = object()
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(work(events.put))
        except BaseException as error:  # raised in the caller's thread
            outcome.append(error)
        events.put(ended)

    threading.Thread(target=run, name="headrace-stream", daemon=True).start()
    while (event := events.get()) is not ended:
        yield event
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    yield outcome[0]
