"""Markdown with its character references as the characters that they stand for."""

import html
import re
from collections.abc import Callable

_CODE = re.compile(
    r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)|`[^`\n]+`", re.DOTALL | re.M
)
_REFERENCE = re.compile(r"&(?:#(?:[0-9]{1,7}|[xX][0-9a-fA-F]{1,6})|[A-Za-z][A-Za-z0-9]{1,31});")


def without_references(text: str) -> str:
    """A text in which "&oacute;" is "ó": as searches, encoders and readers expect it.

    References to ASCII characters stay, for these may be markup: "&lt;b&gt;". So do
    unknown ones, and those in code.
    Example: "c&oacute;digo &amp; `&uuml;`" -> "código &amp; `&uuml;`".
    """
    if "&" not in text:
        return text
    return outside_code(text, lambda piece: _REFERENCE.sub(_character, piece))


def outside_code(text: str, changed: Callable[[str], str]) -> str:
    """A Markdown text, changed where it is no fenced or inline code."""
    pieces = []
    end = 0
    for code in _CODE.finditer(text):
        pieces += [changed(text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*pieces, changed(text[end:])])


def _character(found: re.Match[str]) -> str:
    character = html.unescape(found[0])
    return found[0] if character.isascii() else character
