"""The title of a Markdown text among its headings."""

import html
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from headrace.ingest.readers.cleaning import one_line

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_MARKED = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_TAGGED = re.compile(r"\s{0,3}<h([1-6])\b[^>]*>", re.IGNORECASE)
#: A heading written in HTML ends within so many lines.
_MOST_LINES = 12
_MOST_CHARACTERS = 2000
_IMAGE = re.compile(r"!\[[^]]*\](?:\([^)]*\)|\[[^]]*\])")
_LINK = re.compile(r"\[([^]]*)\](?:\([^)]*\)|\[[^]]*\])")
#: Names of places: "{ #install }", "{: .class}", "[¶](#install)", tags.
_ANCHOR = re.compile(r"\s*\{:?\s*[#.][^}]*\}|\[[¶#§🔗]\]\([^)]*\)|\s+¶$|</?[A-Za-z][^>]*>")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_RELEASE = re.compile(
    r"\W*(?:v(?:ersion)?\.?\s*|release\s+)?(?:\d+\.\d+|\d{4}-\d\d)|\W*unreleased\b", re.IGNORECASE
)


class _Heading(NamedTuple):
    level: int
    words: str


def markdown_title(text: str) -> str:
    """The heading that names the whole text, as plain words; "" without one.

    It is the first of the highest level, unless that is the first section of several:
    of a changelog that has a heading for each release, none names the whole.
    Example: "# Guide" -> "Guide"; "## 1.2.0 ... ## 1.1.0" -> "".
    """
    headings = [heading for heading in _headings(text) if heading.words]
    if not headings:
        return ""
    counts = Counter(heading.level for heading in headings)
    highest = min(counts)
    first = next(heading.words for heading in headings if heading.level == highest)
    is_section = counts[highest] > 1 and (highest > 1 or bool(_RELEASE.match(first)))
    return "" if is_section else first


def _headings(text: str) -> Iterator[_Heading]:
    """The headings outside of code, in order."""
    fence, before, previous = "", "", ""
    lines = io.StringIO(text)
    for line in lines:
        line = line.rstrip("\n")
        opening = _FENCE.match(line)
        if fence:
            fence = "" if opening and opening[1].startswith(fence) else fence
        elif opening:
            fence = opening[1]
        elif tag := _TAGGED.match(line):
            yield _Heading(int(tag[1]), _words(_until_end(line[tag.end() :], lines)))
        elif marked := _MARKED.match(line):
            yield _Heading(len(marked[1]), _words(_without_hashes(marked[2])))
        elif previous.strip() and not before.strip() and (under := _UNDERLINE.match(line)):
            yield _Heading(1 if under[1].startswith("=") else 2, _words(previous))
        before, previous = previous, line


def _until_end(text: str, lines: io.StringIO) -> str:
    """What stands before the end of a heading that is written in HTML."""
    for _ in range(_MOST_LINES):
        if "</h" in text.lower():
            break
        text += " " + lines.readline().rstrip("\n")
    return re.split("</h", text, maxsplit=1, flags=re.IGNORECASE)[0]


def _without_hashes(words: str) -> str:
    words = words.rstrip(" \t")
    without = words.rstrip("#")
    return without if without.endswith((" ", "\t")) else words


def _words(text: str) -> str:
    text = text[:_MOST_CHARACTERS]
    text = _ANCHOR.sub("", _LINK.sub(r"\1", _ANCHOR.sub("", _IMAGE.sub("", text))))
    return one_line(html.unescape(_ESCAPED.sub(r"\1", re.sub(r"[*`]", "", text))))
