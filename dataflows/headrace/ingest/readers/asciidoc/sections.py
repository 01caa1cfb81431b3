"""Titles of sections: with marks before them, or with a line under them."""

import re

from headrace.ingest.readers.asciidoc.conditions import ATTRIBUTE

#: A line of style, such as "[TIP]", or an anchor.
STYLE = re.compile(r"\[(?!\[)(.*)\]\s*$|\[\[.*\]\]\s*$")
_MARKED = re.compile(r"(={1,6}|#{1,6})\s+(\S.*?)(?:\s+\1)?\s*$")
#: What stands under titles, by their depth.
_UNDERLINES = "=-~^+"
_FEWEST_SIGNS = 3
#: A title and the line under it are about as long as each other.
_MOST_DIFFERENCE = 1


def marked_title(line: str) -> tuple[int, str] | None:
    """The depth and the words of a title such as "== Install"; else None."""
    found = _MARKED.match(line)
    return (len(found[1]), found[2]) if found else None


def underlined_title(line: str, below: str) -> tuple[int, str] | None:
    """The depth and the words of a title with a line of signs under it.

    None for another line, such as a style above what is set apart: "[TIP]", "====".
    """
    if len(below) < _FEWEST_SIGNS or below.strip(below[0]) or below[0] not in _UNDERLINES:
        return None
    is_other = line[:1] in ". \t|/" or STYLE.match(line) or ATTRIBUTE.match(line)
    is_title = any(map(str.isalnum, line)) and abs(len(line) - len(below)) <= _MOST_DIFFERENCE
    return (_UNDERLINES.index(below[0]) + 1, line) if is_title and not is_other else None
