"""The prose of a text, without code, links, and marks of Markdown and RST."""

import re

#: The first line of a fenced block of code; the same marks end it.
_FENCE = re.compile(r"\s{0,12}(`{3,}|~{3,})")
#: Lines that are not prose: rows of tables, rules, targets of links, directives.
_NO_PROSE = re.compile(r"\s*(?:\||\+[-=+]{2}|[-=~^*#\"'.]{4,}\s*$|\[[^\]\n]{1,200}\]:\s|\.\. )")
_LINK = re.compile(
    r"!?\[([^\[\]]{0,300})\](?:\([^()\s]{0,1000}(?:\s\"[^\"]{0,200}\")?\)|\[[^\[\]]{0,200}\])"
)
_ROLE = re.compile(r":[\w.+-]{1,30}(?::[\w.+-]{1,30})?:`([^`<]{1,300})(?:<[^`>]{0,300}>)?`")
_TARGET = re.compile(r"`([^`<]{1,300})<[^`>]{0,500}>`_{0,2}")
#: An abbreviation in the type of code is a word like others.
_CODE_WORD = re.compile(r"`([A-Z][A-Z\d/-]{1,12})`")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")
_EMPHASIS = re.compile(r"\*+(?=[\w(\[])|(?<=[\w.,;:!?)\]])\*+|(?<!\w)__(?=\w)|(?<=\w)__(?!\w)")

#: What is replaced, in this order, by what, and marks of which every match has one.
_REPLACED = (
    (_LINK, r"\1", ("](", "][")),
    (_ROLE, r"\1", (":`",)),
    (_TARGET, r"\1", ("`",)),
    (_CODE_WORD, r"\1", ("`",)),
    (_TAG, "", ("<",)),
    (_EMPHASIS, "", ("*", "__")),
)


def prose_of(text: str) -> str:
    """The prose of a text; links are replaced by the words that they show.

    Lines stay lines, so that paragraphs and items of lists remain.
    Example: "**RRF** ([rank fusion](a.md))" -> "RRF (rank fusion)".
    """
    prose = "\n".join(_lines_of_prose(text))
    for pattern, shown, marks in _REPLACED:
        # Looking for a mark first is far quicker, and most texts have none.
        if any(mark in prose for mark in marks):
            prose = pattern.sub(shown, prose)
    return prose


def _lines_of_prose(text: str) -> list[str]:
    """The lines of a text; empty ones in place of code, tables and rules."""
    lines = []
    fence = ""
    for line in text.splitlines():
        match = _FENCE.match(line)
        is_prose = not fence and match is None and _NO_PROSE.match(line) is None
        lines.append(line if is_prose else "")
        if match and not fence:
            fence = match[1]
        elif match and match[1].startswith(fence):
            fence = ""
    return lines
