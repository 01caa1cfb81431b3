"""Titles of documents, and the parts of a text that may be one."""

import re

from headrace.text.phrases import without_possessive

_WORD = re.compile(r"[^\W_](?:[\w.'’&/+-]*[\w])?")
#: What may be between two words of one name.
_GAP = re.compile(r"[\s,.:'’“”\"-]{1,3}")
_WHITE_SPACE = re.compile(r"\s+")
_MOST_WORDS = 7
_LEAST_LETTERS = 3
_MOST_CHARACTERS = 200


def titled(title: str, text: str) -> str:
    """A text with its document's title on a line before it, as models read it."""
    return f"{title}\n{text}" if title else text


def folded_title(title: str) -> str:
    """A title in small letters, without a qualifier in brackets, cut at 200 characters.

    Example: "Heat (1995 film)" -> "heat".
    """
    name = _WHITE_SPACE.sub(" ", _without_qualifier(title))
    return name.strip().lower()[:_MOST_CHARACTERS]


def _without_qualifier(title: str) -> str:
    """The title without the brackets that it ends with."""
    title = title.rstrip()
    opening = title.find("(", title.rfind(")", 0, -1) + 1)
    return title[:opening] if title.endswith(")") and opening >= 0 else title


def names_in(text: str) -> dict[str, int]:
    """The parts of a text that may be a title: runs of up to seven words.

    A run begins with a capital or a digit, its last word does not begin with a small
    letter, and there is only little punctuation between its words.

    Returns:
        Name in small letters -> the offset of its first occurrence, in text order.
    """
    words = list(_WORD.finditer(text))
    found: dict[str, int] = {}
    for first, first_word in enumerate(words):
        start = first_word.start()
        if not text[start].isupper() and not text[start].isdigit():
            continue
        previous_end = None
        for word in words[first : first + _MOST_WORDS]:
            if previous_end is not None and not _GAP.fullmatch(text, previous_end, word.start()):
                break
            previous_end = word.end()
            if text[word.start()].islower():
                continue
            name = without_possessive(text[start : word.end()])
            if len(name) >= _LEAST_LETTERS:
                found.setdefault(_WHITE_SPACE.sub(" ", name).lower(), start)
    return found
