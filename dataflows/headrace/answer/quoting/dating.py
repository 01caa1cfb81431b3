"""Which of two documents is the newer."""

import re
from collections.abc import Mapping
from pathlib import PurePath

from headrace.answer.dates import date_in
from headrace.answer.quoting.identifiers import years
from headrace.types import Passage

_VERSION = re.compile(r"\b(?:v|version|rev|revision)[ ._-]?(\d+(?:\.\d+)*)", re.IGNORECASE)


def date_of(passage: Passage, metadata: Mapping) -> str:
    """The date of a passage's document as its metadata have it; else a year or version.

    Years and versions are those in its name or title. "" without any.
    """
    if date := date_in(metadata):
        return date
    name = f"{passage.title} {PurePath(passage.source).stem}"
    if found_years := years(name):
        return str(max(found_years))
    version = _VERSION.search(" ".join([name, *map(str, metadata.values())]))
    return f"version {version[1]}" if version else ""


def newness(date: str) -> tuple[int, ...]:
    """What dates, years and versions are sorted by: the larger, the newer."""
    return tuple(map(int, re.findall(r"\d{1,9}", date)))
