"""Blocks of work that overlap: while one is stored, the next is read and computed."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

Block = TypeVar("Block")
Result = TypeVar("Result")

_AT_ONCE = 2


class ThreadExecutor:
    """The `Executor` that works in the threads that call it, of this process."""

    is_here = True

    def __init__(self, at_once: int = _AT_ONCE):
        self.at_once = at_once

    def call(self, rag: Any, work: Callable[..., Result], *given: Any) -> Result:
        """What `work(rag, *given)` returns or raises."""
        return work(rag, *given)


def overlapped(
    blocks: Iterable[Block], work: Callable[[Block], Result], at_once: int = _AT_ONCE
) -> Iterator[tuple[Block, Result]]:
    """Each block with what `work` made of it, in order; `at_once` are in work at once.

    One block more than these is held at most, so `blocks` may be a generator of any
    length.
    """
    waiting: deque[tuple[Block, Future[Result]]] = deque()
    threads = ThreadPoolExecutor(at_once, thread_name_prefix="headrace-ingest")
    try:
        for block in blocks:
            waiting.append((block, threads.submit(work, block)))
            if len(waiting) > at_once:
                block, result = waiting.popleft()
                yield block, result.result()
        for block, result in waiting:
            yield block, result.result()
    except Exception:
        threads.shutdown(cancel_futures=True)
        raise
    except BaseException:
        # Whoever interrupts does not wait for the blocks that are in work.
        threads.shutdown(wait=False, cancel_futures=True)
        raise
    threads.shutdown()
