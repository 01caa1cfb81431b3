"""What is wrong with a document that somebody's own code made."""

from collections.abc import Mapping
from typing import Any

from headrace.types import Document

_TEXTS = ("document_id", "title", "text", "source")
_DEEPEST = 64
_LARGEST = 10**4000


def fault_of(document: Document) -> str:
    """Why a document cannot be stored; "" if nothing is wrong with it."""
    for name in _TEXTS:
        value = getattr(document, name)
        if not isinstance(value, str):
            return f"its {name} is of the type {type(value).__name__}, not a text"
    if document.markup not in ("plain", "markdown"):
        return f'its markup is {document.markup!r:.50}, not "plain" or "markdown"'
    if not all(isinstance(start, int) for start in document.page_starts):
        return "its page_starts are not all whole numbers"
    if not isinstance(document.metadata, Mapping):
        return f"its metadata is of the type {type(document.metadata).__name__}, not a mapping"
    fault = _metadata_fault(document.metadata)
    return f"its metadata {fault}" if fault else ""


def _metadata_fault(metadata: Mapping[Any, Any]) -> str:
    """What is wrong with metadata, at whatever depth; "" for nothing.

    A loop, not a recursion: metadata may hold itself, or be nested deeper than Python's
    stack.
    """
    layer: list[Any] = [metadata]
    for _ in range(_DEEPEST):
        inner: list[Any] = []
        for value in layer:
            if isinstance(value, Mapping):
                for name in value:
                    if not isinstance(name, str | int | float | None):
                        return f"has a name of the type {type(name).__name__}, not a text"
                inner += [*value, *value.values()]
            elif isinstance(value, list | tuple):
                inner += value
            elif isinstance(value, int) and abs(value) >= _LARGEST:
                return "has a number of more than 4,000 digits"
        layer = inner
        if not layer:
            return ""
    return f"is nested more than {_DEEPEST} deep"
