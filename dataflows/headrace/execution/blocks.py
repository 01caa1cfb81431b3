"""Blocks of work that overlap: while one is stored, the next is read and computed."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Block = TypeVar("Block")
Result = TypeVar("Result")

_AT_ONCE = 2


def overlapped(
    blocks: Iterable[Block], work: Callable[[Block], Result]
) -> Iterator[tuple[Block, Result]]:
    """Each block with what `work` made of it, in order; two are in work at once.

    At most three blocks are held, so `blocks` may be a generator of any length.
    """
    waiting: deque[tuple[Block, Future[Result]]] = deque()
    threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="headrace-ingest")
    try:
        for block in blocks:
            waiting.append((block, threads.submit(work, block)))
            if len(waiting) > _AT_ONCE:
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
