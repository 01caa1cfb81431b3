"""What a forked process has of its own, and does not share with its parent.

Servers fork their workers from a process that has opened everything already (gunicorn
--preload, multiprocessing). A worker that wrote to its parent's connections would read
answers meant for others, and its threads were not forked.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol, TypeVar
from weakref import WeakSet

T = TypeVar("T")
Given = TypeVar("Given")


class Renewable(Protocol):
    """Something that is of no use in a forked process as it is."""

    def renew(self) -> None:
        """Makes it new in the forked process; waits for nothing and closes nothing."""
        ...


_renewables: WeakSet[Renewable] = WeakSet()


def renew_when_forked(one: Renewable) -> None:
    """Has `one.renew()` called in each process that is forked from this one."""
    _renewables.add(one)


def _renew_all() -> None:
    for one in list(_renewables):
        one.renew()


if hasattr(os, "register_at_fork"):  # systems without it do not fork
    os.register_at_fork(after_in_child=_renew_all)


class Threads:
    """A pool of threads, which a forked process has new ones of."""

    def __init__(
        self, count: int, name: str, initializer: Callable[[], object] | None = None
    ) -> None:
        """
        Args:
            count: of threads, at most.
            name: what their names begin with.
            initializer: called once in each thread before its first task.
        """
        self._count = count
        self._name = name
        self._initializer = initializer
        self._pool = self._new()
        renew_when_forked(self)

    def submit(self, work: Callable[..., T], /, *given: Any) -> "Future[T]":
        return self._pool.submit(work, *given)

    def map(self, work: Callable[[Given], T], given: Iterable[Given]) -> Iterator[T]:
        """The results in order, as they are ready."""
        return self._pool.map(work, given)

    def shutdown(self) -> None:
        """Waits for what was submitted."""
        self._pool.shutdown()

    def renew(self) -> None:
        self._pool = self._new()

    def _new(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(
            self._count, thread_name_prefix=self._name, initializer=self._initializer
        )
