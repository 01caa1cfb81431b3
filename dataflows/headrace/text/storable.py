"""Which texts PostgreSQL can store."""

import re
from typing import Any, TypeGuard

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def is_storable(value: Any) -> TypeGuard[str]:
    """Whether a value is a text without NUL characters and lone surrogates."""
    return isinstance(value, str) and not _UNSTORABLE.search(value)


def storable(text: str) -> str:
    """A text with the characters that cannot be stored replaced one for one.

    NUL becomes U+FFFD, a lone surrogate a question mark, so offsets stay true.
    Example: "a\\0b\\ud800" -> "a\\ufffdb?".
    """
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
