"""Waiting for a service until a deadline, whatever the service or the network does."""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

T = TypeVar("T")

#: Takes what the work produces, one item at a time.
Put = Callable[[T], None]

#: Seconds that cancelled work may take to end.
_FAREWELL_S = 0.5


class _End:
    """The item after the last: the work has ended."""


@contextlib.contextmanager
def background(
    work: Callable[[Put[T]], Awaitable[None]], deadline: float
) -> Iterator[Iterator[T | Exception]]:
    """Run `work(put)` on an event loop in a thread, and yield what it puts as it comes.

    Leaving the context cancels the work wherever it waits, which closes its
    connections.

    The caller waits for a queue and for nothing else. The SDK limits each read, but not
    the waits before its retries, and nothing limits a name lookup; neither can hold the
    caller here.

    Args:
        work: puts items from its event loop.
        deadline: a time of time.monotonic(), in seconds.
    Yields:
        The items in order. If the work raised an exception, the last item is that
        exception; if the deadline passed, the last item is a TimeoutError.
    """
    items: queue.SimpleQueue[T | Exception | _End] = queue.SimpleQueue()
    loop = asyncio.new_event_loop()
    task = loop.create_task(_reported(work, items))
    thread = threading.Thread(target=_run, args=(loop, task), name="language model", daemon=True)
    thread.start()
    try:
        yield _arriving(items, deadline)
    finally:
        with contextlib.suppress(RuntimeError):  # the work has ended and the loop is closed
            loop.call_soon_threadsafe(task.cancel)
        thread.join(_FAREWELL_S)


async def _reported(
    work: Callable[[Put[T]], Awaitable[None]], items: "queue.SimpleQueue[T | Exception | _End]"
) -> None:
    """Put what the work puts, then its exception, if it raises one, then the end."""
    try:
        await work(items.put)
    except Exception as error:
        items.put(error)
    items.put(_End())


def _run(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    with contextlib.closing(loop):
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.run_until_complete(loop.shutdown_asyncgens())


def _arriving(
    items: "queue.SimpleQueue[T | Exception | _End]", deadline: float
) -> Iterator[T | Exception]:
    """The items as they come; after the deadline, a TimeoutError and nothing more."""
    while (left_s := deadline - time.monotonic()) > 0:
        try:
            item = items.get(timeout=left_s)
        except queue.Empty:
            break
        if isinstance(item, _End):
            return
        yield item
    yield TimeoutError()
