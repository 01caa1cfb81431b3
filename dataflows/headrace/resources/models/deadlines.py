"""Waiting for a service no longer than until a deadline, whatever it, its library or the network does."""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Awaitable, Callable, Iterator

Put = Callable[[object], None]

_FAREWELL_S = 0.5  # how long work that is cancelled may take to end
_END = object()


@contextlib.contextmanager
def background(
    work: Callable[[Put], Awaitable[None]], deadline: float
) -> Iterator[Iterator[object]]:
    """Runs `work(put)` on an event loop in a thread of its own and gives what it puts, as it comes.

    The last item is the exception that ended the work, if one did: TimeoutError at `deadline` (of time.monotonic).
    Leaving cancels the work wherever it waits, and that closes its connections.

    The SDK's timeouts are per read, its waits before retries have none and neither has a name lookup. The caller
    waits for a queue and nothing else, so none of them can hold it.
    """
    items: queue.SimpleQueue[object] = queue.SimpleQueue()
    loop = asyncio.new_event_loop()
    task = loop.create_task(_reported(work, items.put))
    thread = threading.Thread(target=_run, args=(loop, task), name="language model", daemon=True)
    thread.start()
    try:
        yield _arriving(items, deadline)
    finally:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the work had ended
            loop.call_soon_threadsafe(task.cancel)
        thread.join(_FAREWELL_S)


async def _reported(work: Callable[[Put], Awaitable[None]], put: Put) -> None:
    try:
        await work(put)
    except Exception as error:
        put(error)
    put(_END)


def _run(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    with contextlib.closing(loop):
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.run_until_complete(loop.shutdown_asyncgens())


def _arriving(items: "queue.SimpleQueue[object]", deadline: float) -> Iterator[object]:
    while (left_s := deadline - time.monotonic()) > 0:
        try:
            item = items.get(timeout=left_s)
        except queue.Empty:
            break
        if item is _END:
            return
        yield item
    yield TimeoutError()
