"""Where pieces of work are done: in this process, or on workers elsewhere."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, runtime_checkable

Result = TypeVar("Result")


@runtime_checkable
class Executor(Protocol):
    """Does pieces of work with a pipeline: this one, or one like it elsewhere.

    `execution.blocks.ThreadExecutor` works in this process, `scaling.RayExecutor` on a
    Ray cluster. Any number of threads may use one at once.
    """

    @property
    def is_here(self) -> bool:
        """Whether it works in this process, where progress can be told meanwhile."""
        ...

    @property
    def at_once(self) -> int:
        """How many pieces it is to be given at the same time."""
        ...

    def call(self, rag: Any, work: Callable[..., Result], *given: Any) -> Result:
        """What `work(rag, *given)` returns or raises.

        A piece whose worker was lost is worked on again, by another one.

        Args:
            rag: the pipeline. Elsewhere, one that was opened with the same settings
                takes its place.
            work: a function of a module; elsewhere it is imported, not sent.
            given: what it takes beside the pipeline; it is sent.
        """
        ...
