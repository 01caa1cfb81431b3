"""Parts of the user's own: an encoder, a reranker, a language model, a reader."""

import importlib
import inspect
from typing import Any

from headrace.errors import SettingsError

_NONE = object()


def made_by(place: str, setting: str) -> Any:
    """What the function at "package.module:factory" returns, called without arguments.

    Args:
        setting: its name, for the error.
    Raises SettingsError when it cannot be imported or fails.
    """
    module_name, _, name = place.partition(":")
    try:
        factory = getattr(importlib.import_module(module_name), name)
        return factory()
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise SettingsError(
            f"setting {setting}: calling {place} failed: {what}; it takes a function without "
            "arguments, in a module that Python finds (PYTHONPATH)"
        ) from error


def check_part(name: str, part: Any, protocol: type) -> Any:
    """The part itself, if it meets its protocol.

    Raises SettingsError that names what is missing.
    """
    members = sorted(getattr(protocol, "__protocol_attrs__", _members(protocol)))
    missing = [member for member in members if inspect.getattr_static(part, member, _NONE) is _NONE]
    if missing:
        kind = type(part).__name__
        raise SettingsError(
            f"{name}: {kind} lacks {', '.join(missing)}; "
            f"see the protocol {protocol.__module__}.{protocol.__name__}"
        )
    return part


def _members(protocol: type) -> set[str]:
    """The names that a protocol asks for; from Python 3.12 on it lists them itself."""
    found: set[str] = set()
    for base in protocol.__mro__[:-1]:
        if getattr(base, "_is_protocol", False):
            found |= {name for name in vars(base) if not name.startswith("_")}
            found |= set(getattr(base, "__annotations__", {}))
    return found
