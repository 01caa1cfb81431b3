"""Headings, rows of tables and leads as plain words."""

import html
import re
from functools import lru_cache

#: Characters of a heading that are read.
_MOST_CHARACTERS = 2000
#: The chunks of a document stand under the same headings.
_KEPT_HEADINGS = 1024
_IMAGE = re.compile(r"!\[[^]]*\](?:\([^)]*\)|\[[^]]*\])")
_LINK = re.compile(r"\[([^]]*)\](?:\([^)]*\)|\[[^]]*\])")
#: Names of places: "{ #install }", "{: .class}", "[¶](#install)", tags.
_ANCHOR = re.compile(r"\s*\{:?\s*[#.][^}]*\}|\[[¶#§🔗]\]\([^)]*\)|\s+¶$|</?[A-Za-z][^>]*>")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_NO_LEAD = re.compile(r"#{1,6} |```|~~~|[\W_]*$")
_CELL_END = re.compile(r"(?<!\\)\|")
_EMPHASIS = re.compile(r"[*`]+|(?<![\w\\])_+|(?<!\\)_+(?!\w)")


def lead_words(above: str) -> str:
    """What is above a place, without headings, rules of tables and fences of code."""
    if not above:
        return ""
    lines = above.split("\n")
    return "\n".join(line for line in lines if not _NO_LEAD.match(line))


def labelled_row(header: str, row: str) -> str:
    """A row of a table with the names of its columns; "" if the row does not fit.

    Example: "| Depot | Fee |", "| Verwood | 155 |" -> "Depot: Verwood; Fee: 155".
    """
    names, values = _cells(header), _cells(row)
    # Between no bars at the ends, one at the end is that of an empty cell: "a | b |".
    if not header.rstrip().endswith("|") and row.rstrip().endswith("|"):
        values.append("")
    if len(names) != len(values) or len(names) < 2:
        return ""
    filled = [pair for pair in zip(names, values, strict=True) if pair[1]]
    cells = [f"{name.rstrip(':')}: {value}" if name else value for name, value in filled]
    return "; ".join(cells).replace(":; ", ": ")  # "Fee:" in a cell labels the next one


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in _CELL_END.split(row.strip().strip("|"))]


@lru_cache(maxsize=_KEPT_HEADINGS)
def plain_words(heading: str) -> str:
    """The words of a heading, without its marks, links, anchor and tags.

    Example: "`run()` [docs](a.md) { #run }" -> "run() docs".
    """
    words = _without_closing(heading[:_MOST_CHARACTERS].strip())
    words = _ANCHOR.sub("", _LINK.sub(r"\1", _ANCHOR.sub("", _IMAGE.sub("", words))))
    words = html.unescape(_ESCAPED.sub(r"\1", _EMPHASIS.sub("", words)))
    return " ".join(words.split())


def _without_closing(heading: str) -> str:
    """A heading without the hashes that may close it; those of "C#" stay."""
    words = heading.rstrip("#")
    return words.rstrip() if not words or words[-1].isspace() else heading
