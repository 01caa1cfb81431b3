"""The time of each stage."""

from collections.abc import Callable
from time import perf_counter
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Clock:
    """Calls functions, and keeps how long each took.

    Attributes:
        stages: milliseconds by stage, in the order they ended.
    """

    def __init__(self) -> None:
        self.stages: dict[str, float] = {}

    def timed(self, stage: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the function returns."""
        began = perf_counter()
        result = function(*args, **kwargs)
        self.stages[stage] = (perf_counter() - began) * 1000
        return result
