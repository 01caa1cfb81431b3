"""What a reader would see of a text."""

import unicodedata

_BREAKS = ("Cc", "Zl", "Zp")
_INVISIBLE = "Cf"


def visible(text: str) -> str:
    """The text without what cannot be seen: control characters become spaces; zero-width ones, turns of the writing direction and tags go.

    White space that is a control character (tabs, line ends) becomes a space, too. Example: "ig\\u200bnore\\tthis" -> "ignore this".
    """
    if text.isascii() and text.isprintable():
        return text
    kinds = ((character, unicodedata.category(character)) for character in text)
    return "".join(
        " " if kind in _BREAKS else character for character, kind in kinds if kind != _INVISIBLE
    )
