"""Values of nodes as JSON, and JSON as values of nodes."""

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError

from headrace.errors import SettingsError
from headrace.types import Answer, StoredDocument


def plain(value: Any) -> Any:
    """A value of which JSON can be made: objects as mappings, arrays as lists."""
    if isinstance(value, str | int | float | bool | None):
        return value
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: plain(getattr(value, name)) for name in names}
    if names := getattr(value, "_fields", None):  # a NamedTuple
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else str(value)


def text_of(answer: Answer) -> str:
    """The answer; or that there is none, why, and what comes nearest."""
    if answer.text:
        return answer.text
    lines = ["The documents do not answer this."]
    if answer.reason:
        lines[0] += f" Reason: {answer.reason}."
    lines += [f"- {citation.name}: {citation.quote}" for citation in answer.nearest]
    return "\n".join(lines)


def node_value(name: str, kind: Any, given: Any) -> Any:
    """A node's value from JSON.

    Args:
        kind: the node's type.
    Raises:
        SettingsError: the value is of another type, or JSON has no values of it.
    """
    try:
        return TypeAdapter(kind).validate_python(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"overrides: {name}.{place:.60}: {first['msg']}") from None
    except PydanticSchemaGenerationError:
        raise SettingsError(f"overrides: {name} has no form in JSON, so it stays") from None


def document_dict(document: StoredDocument, *, whole: bool = False) -> dict[str, Any]:
    """A document as JSON; `whole`: with its text, pages and chunks."""
    shown = {
        "document_id": document.document_id,
        "title": document.title,
        "source": document.source,
        "language": document.language,
        "chunk_count": document.chunk_count,
        "stored_at": document.stored_at.isoformat(),
        "metadata": dict(document.metadata),
    }
    if whole:
        shown["text"] = document.text or ""
        shown["page_starts"] = list(document.page_starts)
        shown["chunks"] = [plain(chunk) for chunk in document.chunks]
    return shown
