"""Waiting for a service until a deadline, whatever the service or the network does."""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, TypeVar

from headrace.callers import check_caller

T = TypeVar("T")

#: Takes what the work produces, one item at a time.
Put = Callable[[T], None]

#: Seconds that cancelled work may take to end.
_FAREWELL_S = 0.5
#: Seconds between two looks at whether the caller still waits.
_LOOK_S = 0.2


class EventLoop:
    """An event loop in a thread of its own, on which works of any thread run."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=_serve, args=(self._loop,), name="language model", daemon=True
        )
        self._thread.start()

    def start(self, work: Coroutine[Any, Any, None]) -> "Running":
        return Running(self._loop, work)

    def close(self, farewell: Coroutine[Any, Any, None]) -> None:
        """Runs a last work, and ends the loop and its thread."""
        self.start(farewell).ended.wait(_FAREWELL_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_FAREWELL_S)


class Running:
    """A work on an event loop; `ended` is set when it has ended, however."""

    def __init__(self, loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, None]):
        self.ended = threading.Event()
        self._loop = loop
        self._task: asyncio.Task[None] | None = None
        loop.call_soon_threadsafe(self._begin, work)

    def cancel(self) -> None:
        """Cancels the work wherever it waits, which closes what it has open."""
        self._loop.call_soon_threadsafe(self._cancel)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._task = self._loop.create_task(work)
        self._task.add_done_callback(lambda _: self.ended.set())

    def _cancel(self) -> None:
        if self._task:
            self._task.cancel()


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    with contextlib.closing(loop):
        loop.run_forever()
        if left := asyncio.all_tasks(loop):
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.wait(left))
        loop.run_until_complete(loop.shutdown_asyncgens())


class _End:
    """The item after the last: the work has ended."""


@contextlib.contextmanager
def background(
    loop: EventLoop, work: Callable[[Put[T]], Awaitable[None]], deadline: float
) -> Iterator[Iterator[T | Exception]]:
    """Run `work(put)` on an event loop, and yield what it puts as it comes.

    Leaving the context cancels the work wherever it waits.

    The caller waits for a queue and for nothing else. The SDK limits each read, but not
    the waits before its retries, and nothing limits a name lookup; neither can hold the
    caller here.

    Args:
        work: puts items from the event loop.
        deadline: a time of time.monotonic(), in seconds.
    Yields:
        The items in order. If the work raised an exception, the last item is that
        exception; if the deadline passed, the last item is a TimeoutError.
    """
    items: queue.SimpleQueue[T | Exception | _End] = queue.SimpleQueue()
    running = loop.start(_reported(work, items))
    try:
        yield _arriving(items, deadline)
    finally:
        running.cancel()
        running.ended.wait(_FAREWELL_S)


async def _reported(
    work: Callable[[Put[T]], Awaitable[None]], items: "queue.SimpleQueue[T | Exception | _End]"
) -> None:
    """Put what the work puts, then its exception, if it raises one, then the end."""
    try:
        await work(items.put)
    except Exception as error:
        items.put(error)
    items.put(_End())


def _arriving(
    items: "queue.SimpleQueue[T | Exception | _End]", deadline: float
) -> Iterator[T | Exception]:
    """The items as they come; after the deadline, a TimeoutError and nothing more.

    Raises Cancelled or DeadlineExceeded when the caller waits no longer.
    """
    while (left_s := deadline - time.monotonic()) > 0:
        try:
            item = items.get(timeout=min(left_s, _LOOK_S))
        except queue.Empty:
            check_caller()
            continue
        if isinstance(item, _End):
            return
        yield item
    yield TimeoutError()
