"""What Hamilton accepts as an input."""

from collections.abc import Callable
from typing import Any, get_args, get_origin

from hamilton import htypes
from hamilton.lifecycle import base


class ProtocolInputs(base.BaseDoValidateInput):
    """Accepts inputs that are typed by a Protocol or as Callable[...].

    Hamilton takes those for generic types and refuses every value. Whether a class fits
    is asked once: `isinstance` looks at every member of a protocol, which takes longer
    than many a node.
    """

    def __init__(self) -> None:
        self._fitting: set[tuple[type, type]] = set()

    def do_validate_input(self, *, node_type: type, input_value: Any) -> bool:
        key = (node_type, type(input_value))
        if key in self._fitting:
            return True
        if _is_callable_type(node_type) and callable(input_value):
            return True
        if getattr(node_type, "_is_protocol", False):
            fits = isinstance(input_value, node_type)
        else:
            fits = htypes.check_input_type(node_type, input_value)
        if fits and isinstance(node_type, type):
            self._fitting.add(key)
        return fits


def _is_callable_type(node_type: Any) -> bool:
    """Whether a type is Callable[...], or a union with it."""
    parts = (node_type, *get_args(node_type))
    return any(get_origin(part) is Callable for part in parts)
