"""Tables for notebooks: what every value's `to_frame` and `_repr_html_` are made of."""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_SNIPPET_CHARACTERS = 160
#: A line that begins an item of a list or a block of code.
_BLOCK = re.compile(r"(?m)^(?:- |\d{1,3}\. |```)")
#: Columns of whole numbers that may have gaps.
_WITH_GAPS = ("page", "last_page")


def frame(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> "pd.DataFrame":
    """A DataFrame with one row per mapping; columns of pages may have gaps."""
    import pandas as pd  # a question needs none of it, and it takes 0.3 s

    made = pd.DataFrame(list(rows), columns=list(columns))
    return made.astype({name: "Int64" for name in _WITH_GAPS if name in columns})


def html_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """An HTML table of left-aligned cells; everything in it is escaped."""
    head = _html_row("th", columns)
    body = "".join(_html_row("td", row) for row in rows)
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def html_list(items: Iterable[str]) -> str:
    """An HTML list of escaped texts; "" for none."""
    entries = "".join(f"<li>{html.escape(item)}</li>" for item in items)
    return f"<ul>{entries}</ul>" if entries else ""


def text_html(text: str) -> str:
    """A text as HTML paragraphs; its lists and blocks of code as such, if it has any.

    Everything else in it is escaped.
    """
    if not _BLOCK.search(text):
        return f"<p>{html.escape(text)}</p>"
    from markdown_it import MarkdownIt  # few answers need it

    return MarkdownIt("commonmark", {"html": False}).disable(["link", "image"]).render(text)


def snippet(text: str) -> str:
    """The beginning of a text on one line, at most 160 characters."""
    flat = " ".join(text.split())
    if len(flat) <= _SNIPPET_CHARACTERS:
        return flat
    return flat[: _SNIPPET_CHARACTERS - 1] + "…"


def _html_row(cell: str, values: Sequence[Any]) -> str:
    """A row. Each cell says how it is aligned: notebooks have rules of their own."""
    cells = []
    for value in values:
        cells.append(f'<{cell} style="text-align:left">{html.escape(str(value))}</{cell}>')
    return f"<tr>{''.join(cells)}</tr>"
