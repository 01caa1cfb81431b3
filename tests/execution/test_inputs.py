"""What a node's inputs may be."""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import pytest

from headrace.execution.inputs import ProtocolInputs
from headrace.types import Listener, Reranker


@runtime_checkable
class Named(Protocol):
    name: str

    def greet(self) -> str: ...


class Person:
    name = "Ada"

    def greet(self) -> str:
        return "Hello"


class Nameless:
    def greet(self) -> str:
        return "Hello"


@pytest.mark.parametrize(
    ("node_type", "value", "fits"),
    [
        (Named, Person(), True),
        (Named, Nameless(), False),
        (Named, None, False),
        (Reranker, Person(), False),
        (Callable[[int], str], len, True),
        (Callable[[int], str], "no function", False),
        (Listener | None, print, True),
        (Listener | None, None, True),
        (Listener | None, 1, False),
        (int, 1, True),
        (int, "1", False),
        (float, 1.5, True),
        (tuple, ("a", "b"), True),
        (Any, object(), True),
    ],
)
def test_an_input_fits_its_type_or_does_not(node_type, value, fits):
    adapter = ProtocolInputs()
    for _ in range(2):  # the second time from memory
        assert adapter.do_validate_input(node_type=node_type, input_value=value) is fits
