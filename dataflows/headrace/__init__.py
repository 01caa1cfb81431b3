"""Headrace: production retrieval-augmented generation as a dataflow, on PostgreSQL and nothing else to operate.

from dataflows import Pipeline

with Pipeline.open() as rag:
    rag.ingest(["docs/"], tenant="acme")
    print(rag.ask("How long do I have to return an item?", tenant="acme").text)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from headrace.errors import HeadraceError
    from headrace.pipeline import Pipeline
    from headrace.settings import Settings, load_settings
    from headrace.types import (
        Answer,
        Citation,
        CitationEvent,
        Context,
        Document,
        Hit,
        ResetEvent,
        TextEvent,
    )
    from headrace.types.display import to_frame

_HOMES = {
    "Pipeline": "pipeline",
    "Settings": "settings",
    "load_settings": "settings",
    "HeadraceError": "errors",
    "to_frame": "types.display",
    **dict.fromkeys(
        (
            "Answer",
            "Citation",
            "CitationEvent",
            "Context",
            "Document",
            "Hit",
            "ResetEvent",
            "TextEvent",
        ),
        "types",
    ),
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """Loads a public name when it is first used, so that a part of the package does not pay for the whole."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
