"""`Pipeline` for programs with an event loop, which it never holds up.

Example:

    async with AsyncPipeline.open() as rag:
        await rag.ingest(["docs/"], tenant="acme")
        answer = await rag.ask("How long is the warranty?", tenant="acme")
        async for event in rag.stream("Can I return it?", tenant="acme"):
            ...
"""

import asyncio
import gc
import math
import os
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from headrace.callers import Caller
from headrace.pipeline import Pipeline
from headrace.settings import Settings
from headrace.types import Answer, CitationEvent, Document, Outcome, ResetEvent, TextEvent

T = TypeVar("T")


class AsyncPipeline:
    """The same nodes, run in threads: `await AsyncPipeline.open()`, or `async with`.

    A task that is cancelled stops its work: before the next node, while PostgreSQL is
    waited for, between two documents of an ingest, and while a model writes.

    Attributes:
        pipeline: the `Pipeline`, once it is open.
    """

    def __init__(self, opening: Callable[[], Pipeline], at_once: int):
        self.pipeline: Pipeline
        self._opening = opening
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="headrace-async")

    @classmethod
    def open(
        cls, settings: Settings | None = None, *, at_once: int = 0, **options: Any
    ) -> "AsyncPipeline":
        """Opens it, as `Pipeline.open` does, once it is awaited or entered.

        Args:
            at_once: questions and ingests at a time, others wait; 0: one for each core.
                More of them answer no faster, and the event loop waits longer for its
                turn.
        """
        at_once = at_once or os.cpu_count() or 1
        return cls(partial(Pipeline.open, settings, **options), at_once)

    def __await__(self) -> Generator[Any, None, "AsyncPipeline"]:
        return self._opened().__await__()

    async def __aenter__(self) -> "AsyncPipeline":
        return await self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()

    async def ask(self, question: str, tenant: str | None = None, **given: Any) -> Answer:
        """As `Pipeline.ask`; a `listener` is called in a thread."""
        return await self.call(self.pipeline.ask, question, tenant, **given)

    async def stream(
        self, question: str, tenant: str | None = None, **given: Any
    ) -> AsyncIterator[TextEvent | CitationEvent | ResetEvent | Answer]:
        """As `Pipeline.stream`. Leaving the loop early stops the work."""
        events: asyncio.Queue[Any] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        ended = object()

        def put(event: Any) -> None:
            loop.call_soon_threadsafe(events.put_nowait, event)

        asking = asyncio.ensure_future(self.ask(question, tenant, listener=put, **given))
        asking.add_done_callback(lambda _: events.put_nowait(ended))
        try:
            while (event := await events.get()) is not ended:
                yield event
            yield await asking
        finally:
            asking.cancel()

    async def run(self, nodes: Sequence[str], **given: Any) -> dict[str, Any]:
        """As `Pipeline.run`."""
        return await self.call(self.pipeline.run, nodes, **given)

    async def ingest(
        self,
        sources: Sequence[str | Path] | Iterable[Document],
        tenant: str | None = None,
        *,
        on_outcome: Callable[[Outcome], None] | None = None,
        **options: Any,
    ) -> list[Outcome]:
        """As `Pipeline.ingest`; what it is told to call is called in a thread.

        What is stored when it is cancelled stays stored, and the next run does the
        rest.
        """
        caller = Caller(math.inf)

        def told(outcome: Outcome) -> None:
            if on_outcome:
                on_outcome(outcome)
            caller.check()

        ingest = partial(self.pipeline.ingest, sources, tenant, on_outcome=told, **options)
        return await self._for(caller, ingest)

    async def call(self, work: Callable[..., T], *arguments: Any, **given: Any) -> T:
        """Calls anything in a thread, such as `rag.pipeline.facets`."""
        return await self._for(Caller(math.inf), partial(work, *arguments, **given))

    async def close(self) -> None:
        """Waits for what runs, and closes the pipeline. What waits is cancelled."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        if hasattr(self, "pipeline"):
            gc.unfreeze()
            await asyncio.to_thread(self.pipeline.close)

    async def _opened(self) -> "AsyncPipeline":
        self.pipeline = await self.call(self._opening)
        # A search for cycles through all that is loaded stops every thread for 0.2 s,
        # the event loop's too.
        gc.freeze()
        return self

    async def _for(self, caller: Caller, work: Callable[[], T]) -> T:
        """What `work` returns in a thread, or nothing once the task is cancelled."""

        def wanted() -> T:
            with caller.waiting():
                caller.check()
                return work()

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, wanted)
        finally:
            caller.leave()
