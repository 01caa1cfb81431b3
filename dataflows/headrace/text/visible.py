"""A text without its invisible characters."""

import unicodedata

_BREAKS = ("Cc", "Zl", "Zp")
_INVISIBLE = "Cf"


def visible(text: str) -> str:
    """A text without its invisible characters.

    Control characters, among them tabs and line ends, become spaces. Zero-width
    characters, changes of the writing direction and tags are removed.
    Example: "ig\\u200bnore\\tthis" -> "ignore this".
    """
    if text.isascii() and text.isprintable():
        return text
    seen = []
    for character in text:
        kind = unicodedata.category(character)
        if kind in _BREAKS:
            seen.append(" ")
        elif kind != _INVISIBLE:
            seen.append(character)
    return "".join(seen)
