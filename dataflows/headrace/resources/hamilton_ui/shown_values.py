"""What the UI shows of a value: a table, or its first items in types of JSON.

The UI is for people. So values are shortened before they are kept, and an object that
is not data (a database, an encoder) is shown as the name of its type.
"""

import json
import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import date
from itertools import islice
from typing import Any

import numpy as np

from headrace.types import Answer, Context, Hit, Stage
from headrace.types.display import html_table

#: Items of a collection that are shown.
_ITEMS = 20
#: Characters of a text that are shown.
_CHARACTERS = 5000
#: Characters of a text further inside a value.
_INNER_CHARACTERS = 300
#: How deep inside a value a text is one further inside.
_INNER_DEPTH = 2
_HIT_COLUMNS = ("rank", "title", "heading", "score", "text", "found by")
_STAGE_COLUMNS = ("stage", "began after ms", "took ms")


class Page(str):
    """A value as HTML, in which every text is escaped."""


def shown(value: Any) -> Any:
    """What is shown of a node's value: a `Page`, or types of JSON.

    Hits and other rows are tables; the context and the answer look as in a notebook.
    """
    if isinstance(value, Answer):
        return _page(value._repr_html_(), _facts(value), _stages(value.stages))
    if isinstance(value, Context):
        return _page(value._repr_html_())
    if isinstance(value, list | tuple) and value and _fields(value) is None:
        rows = value[:_ITEMS]
        more = f"<p>… {len(value):,} in all</p>" if len(value) > _ITEMS else ""
        if all(isinstance(item, Hit) for item in rows):
            return _page(html_table(_HIT_COLUMNS, map(_hit_row, rows)), more, kind="hits")
        if table := _table(rows):
            return _page(table, more)
    # The UI says of a None that it is not supported.
    return "None" if value is None else shortened(value)


def _page(*parts: str, kind: str = "") -> Page:
    # No database takes lone surrogates.
    content = "".join(parts).encode(errors="replace").decode()
    return Page(f'<div class="headrace {kind}">{content}</div>')


def _hit_row(hit: Hit) -> tuple[Any, ...]:
    chunk = hit.chunk
    return (
        hit.rank,
        chunk.title,
        " > ".join(chunk.headings),
        f"{hit.score:.4f}",
        _shortened_text(chunk.text, _INNER_CHARACTERS),
        ", ".join(map(str, hit.found_by)),
    )


def _facts(answer: Answer) -> str:
    """What an answer says of itself, a row each."""
    rows = (
        ("answered", "yes" if answer.answered else "no"),
        ("confidence", f"{answer.confidence:.2f}"),
        ("reason", answer.reason),
        ("took ms", f"{answer.total_ms:.1f}"),
        ("tokens", ", ".join(f"{kind}: {count:,}" for kind, count in answer.usage.items())),
        ("cost in USD", "unknown" if answer.cost_usd is None else answer.cost_usd),
    )
    return html_table(("", ""), rows)


def _stages(stages: Sequence[Stage]) -> str:
    rows = [(stage.node, f"{stage.start_ms:.1f}", f"{stage.ms:.1f}") for stage in stages]
    return html_table(_STAGE_COLUMNS, rows)


def _table(items: Sequence[Any]) -> str:
    """Dataclasses or named tuples of one type as a table; "" for anything else."""
    names = _fields(items[0])
    if names is None or len({type(item) for item in items}) > 1:
        return ""
    rows = [[_cell(value) for value in (_fields(item) or {}).values()] for item in items]
    return html_table(list(names), rows)


def _cell(value: Any) -> str:
    short = shortened(value, _INNER_DEPTH)
    return short if isinstance(short, str) else json.dumps(short, ensure_ascii=False, default=str)


def shortened(value: Any, depth: int = 0) -> Any:
    """A value for people, in types of JSON: first items, beginnings of texts, shapes.

    A dataclass or named tuple becomes a mapping of its fields. A part, such as a model
    or the database, becomes its type and its name or tenant, in angle brackets.
    Example: [Hit(Chunk(...), 0.5)] -> [{"chunk": {"chunk_id": 1, ...}, "score": 0.5,
    ...}].
    """
    match value:
        case np.generic():
            return shortened(value.item(), depth)
        case None | bool() | int():
            return value
        case float():
            return round(value, 6) if math.isfinite(value) else str(value)
        case str():
            return _shortened_text(
                value, _CHARACTERS if depth < _INNER_DEPTH else _INNER_CHARACTERS
            )
        case date():
            return str(value)
        case np.ndarray():
            return f"<array of shape {value.shape}, {value.dtype}>"
        case Mapping():
            return {str(name): shortened(item, depth + 1) for name, item in value.items()}
    named = _fields(value)
    if named is not None:
        return {name: shortened(item, depth + 1) for name, item in named.items()}
    if isinstance(value, list | tuple | AbstractSet):
        items = [shortened(item, depth + 1) for item in islice(value, _ITEMS)]
        return items if len(value) <= _ITEMS else [*items, f"… {len(value):,} in all"]
    return f"<{type(value).__name__}{_name_of(value)}>"


def _name_of(part: Any) -> str:
    """What a part is called, or whose database it is, with a blank before it."""
    for attribute in ("name", "tenant"):
        name = getattr(part, attribute, None)
        if isinstance(name, str):
            return f" {name}"
    return ""


def _shortened_text(text: str, most: int) -> str:
    """The first `most` characters, and how many there are if there are more."""
    shown = text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"
    # No database takes lone surrogates.
    return shown.encode(errors="replace").decode()


def _fields(value: Any) -> dict[str, Any] | None:
    """The fields of a dataclass or a named tuple; None for anything else."""
    if isinstance(value, tuple):
        names = getattr(value, "_fields", None)
        return None if names is None else dict(zip(names, value, strict=True))
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return None
