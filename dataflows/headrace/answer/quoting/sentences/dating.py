"""Which of two documents is the newer."""

import re
from collections.abc import Mapping
from pathlib import PurePath

from headrace.answer.dates import date_in
from headrace.answer.quoting.sentences.identifiers import years
from headrace.types import Passage

_VERSION = re.compile(r"\b(?:v|version|rev|revision)[ ._-]?(\d+(?:\.\d+)*)", re.IGNORECASE)

#: "These rules supersede those of 2019", "Version 3 is no longer valid".
_REPLACEMENT = re.compile(
    r"\b(?:supersedes?|replaces?|this (?:document |version )?(?:replaced|superseded)"
    r"|no longer (?:valid|in force|applies|apply)|ersetzt|ersetzen|tritt an die Stelle"
    r"|nicht mehr gültig|außer Kraft)\b",
    re.IGNORECASE,
)


def date_of(passage: Passage, metadata: Mapping) -> str:
    """The date of a passage's document from its metadata; else a year or version.

    Years and versions are those in its name or title. "" without any.
    """
    if date := date_in(metadata):
        return date
    name = f"{passage.title} {PurePath(passage.source).stem}"
    if found_years := years(name):
        return str(max(found_years))
    version = _VERSION.search(" ".join([name, *map(str, metadata.values())]))
    return f"version {version[1]}" if version else ""


def says_replacement(text: str) -> bool:
    """Whether a sentence says that its document takes the place of another."""
    return bool(_REPLACEMENT.search(text))


def newness(date: str) -> tuple[int, ...]:
    """What dates, years and versions are sorted by: the larger, the newer."""
    return tuple(map(int, re.findall(r"\d{1,9}", date)))
