"""Tables, numbers and escaped text."""

import html
from collections.abc import Mapping, Sequence
from typing import Any, Literal


def table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    kind: Literal["numbers", "words"] = "numbers",
) -> str:
    """An HTML table; a wide one scrolls. "" when there is no row."""
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{escaped(column)}</th>' for column in columns)
    body = "".join(_row(row) for row in rows)
    return (
        f'<div class="wide"><table class="{kind}"><caption>{escaped(title)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def measures(title: str, values: Mapping[str, Any]) -> str:
    """A small table of one group's measures; curves are left to the figures."""
    rows = []
    for name, value in values.items():
        if not isinstance(value, Sequence | Mapping):
            rows.append((name, value))
    return table(title, ("measure", "value"), rows)


def words(title: str, values: Mapping[str, Any]) -> str:
    """A table of names and values that are no measurements, as they are.

    A mapping inside becomes a row for each of its names, under both names.
    """
    rows = []
    for name, value in values.items():
        if value and isinstance(value, Mapping):
            for inner_name, inner in value.items():
                rows.append((f"{name}: {inner_name}", _word(inner)))
        else:
            rows.append((name, _word(value)))
    return table(title, ("name", "value"), rows, "words")


def escaped(value: Any) -> str:
    """A value as text inside HTML."""
    return html.escape(str(value))


def _row(row: Sequence[Any]) -> str:
    cells = "".join(f"<td>{escaped(_shown(value))}</td>" for value in row)
    return f"<tr>{cells}</tr>"


def _word(value: Any) -> str:
    return "none" if value is None else str(value)


def _shown(value: Any) -> str:
    """A measurement for reading.

    Thousands are separated; there are four decimals below ten, and one above.
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) < 10 else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
