"""Titles of documents, and what in a text may be one."""

import re

_WORD = re.compile(r"[^\W_](?:[\w.'’&/+-]*[\w])?")
_MOST_WORDS = 7
_LEAST_LETTERS = 3
_MOST_CHARACTERS = 200


def folded_title(title: str) -> str:
    """A title in small letters, without what tells it from others of that name: "Heat (1995 film)" -> "heat". At most 200 characters."""
    return (
        re.sub(r"\s+", " ", re.sub(r"\s*\([^)]*\)\s*$", "", title))
        .strip()
        .lower()[:_MOST_CHARACTERS]
    )


def names_in(text: str) -> dict[str, int]:
    """What in a text may be a title, folded, with where it first stands: runs of up to seven words that begin and end like a name, in its order."""
    words = [(match.start(), match.end()) for match in _WORD.finditer(text)]
    found: dict[str, int] = {}
    for first, (start, _) in enumerate(words):
        if not text[start].isupper() and not text[start].isdigit():
            continue
        for last in range(first, min(first + _MOST_WORDS, len(words))):
            end = words[last][1]
            if last > first and not re.fullmatch(
                r"[\s,.:'’“”\"-]{1,3}", text[words[last - 1][1] : words[last][0]]
            ):
                break
            if text[words[last][0]].islower():
                continue
            name = re.sub(r"['’]s?$", "", text[start:end])
            if len(name) >= _LEAST_LETTERS:
                found.setdefault(re.sub(r"\s+", " ", name).lower(), start)
    return found
