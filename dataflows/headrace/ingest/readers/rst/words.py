"""The text of a paragraph, with its links and marks of notes."""

import re
from typing import Any

from headrace.ingest.readers.kinds.markup import linked

#: What docutils could not resolve: `name`_, `text <target>`_ or :role:`text`.
_UNRESOLVED = re.compile(
    r":[\w+.:-]+:`([^`]*)`|`([^`<]*?)(?:\s*<[^>]*>)?`_{1,2}|(\w[\w.-]*?)_{1,2}"
)
_NOT_SHOWN = frozenset(
    "comment pending raw substitution_definition system_message target index meta".split()
)


def words(element: Any) -> str:
    """The text of an element and what is within it; line breaks of the source stay."""
    return "".join(map(_word, element.children))


def _word(node: Any) -> str:
    name = node.tagname
    if name == "#text":
        return node.astext()
    if name == "reference":
        return linked(words(node), node.get("refuri", ""))
    if name == "image":
        return node.get("alt", "")
    if name == "footnote_reference":
        return f"[^{node.astext()}]"
    if name == "citation_reference":
        return f"[{node.astext()}]"
    if name == "problematic":
        return _resolved(node.astext())
    if name == "target" and node.children:
        return words(node)
    return "" if name in _NOT_SHOWN else words(node)


def _resolved(text: str) -> str:
    if text.startswith(":raw"):  # HTML or LaTeX, which only its own writer shows
        return ""
    found = _UNRESOLVED.fullmatch(text)
    return next(filter(None, found.groups()), text) if found else text
