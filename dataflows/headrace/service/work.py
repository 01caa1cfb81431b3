"""Work for requests, in threads: so much at once, until a deadline, while it is wanted.

The pipeline is made of plain functions, so each question runs in a thread. The event
loop never waits for the database or a model.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request

from headrace.callers import Caller
from headrace.resources.postgres.tenants.tokens import Holder
from headrace.service.options import Options
from headrace.service.problems import Refusal

T = TypeVar("T")
Put = Callable[[Any], None]


class Work:
    """Runs work in threads of its own."""

    def __init__(self, options: Options, threads: int):
        self._options = options
        self._threads = CapacityLimiter(threads)
        self._running: Counter[str] = Counter()

    @property
    def running(self) -> int:
        """How many threads work now."""
        return self._threads.borrowed_tokens

    @property
    def waiting(self) -> int:
        """How many requests wait for a thread."""
        return self._threads.statistics().tasks_waiting

    async def run(
        self,
        request: Request | None,
        holder: Holder,
        work: Callable[[], T],
        *,
        deadline_s: float | None = None,
    ) -> T:
        """What `work` returns, run in a thread.

        Args:
            request: whose client may leave; None where the caller looks after that.
            deadline_s: None: that of the options.
        Raises:
            Refusal: the token has too much running, or too many requests wait.
            Cancelled, DeadlineExceeded: it was stopped, as nobody waits for it.
        """
        caller = Caller(deadline_s or self._options.deadline_s)

        def run() -> T:
            with caller.waiting():
                caller.check()
                return work()

        with self._counted(holder):
            leaving = asyncio.ensure_future(_leave_with(request, caller)) if request else None
            try:
                return await asyncio.shield(to_thread.run_sync(run, limiter=self._threads))
            finally:
                caller.leave()
                if leaving:
                    leaving.cancel()

    async def events(
        self, request: Request, holder: Holder, work: Callable[[Put], Any]
    ) -> AsyncIterator[Any]:
        """What `work(put)` puts while it runs in a thread, and last what it returns."""
        events: asyncio.Queue[Any] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        ended = object()

        def put(event: Any) -> None:
            loop.call_soon_threadsafe(events.put_nowait, event)

        running = asyncio.ensure_future(self.run(request, holder, lambda: work(put)))
        running.add_done_callback(lambda _: events.put_nowait(ended))
        try:
            while (event := await events.get()) is not ended:
                yield event
            yield await running
        finally:
            running.cancel()

    @contextmanager
    def _counted(self, holder: Holder) -> Iterator[None]:
        """Counts a token's request while it runs. Raises Refusal for one too many."""
        if self._running[holder.name] >= self._options.at_once:
            raise Refusal(
                429,
                "too-many-requests",
                f"this token has {self._options.at_once} requests running, which is all that "
                "it may: send the next when one of them is answered",
                {"Retry-After": "1"},
            )
        if self.waiting >= self._options.waiting:
            detail = "too many requests wait already: try again in a second"
            raise Refusal(503, "overloaded", detail, {"Retry-After": "1"})
        self._running[holder.name] += 1
        try:
            yield
        finally:
            self._running[holder.name] -= 1
            if not self._running[holder.name]:
                del self._running[holder.name]


async def _leave_with(request: Request, caller: Caller) -> None:
    """Says that the caller has left, as soon as the client has."""
    with suppress(asyncio.CancelledError):
        while (await request.receive())["type"] != "http.disconnect":
            pass
        caller.leave()
