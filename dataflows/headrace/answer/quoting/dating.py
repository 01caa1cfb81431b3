"""Which of two documents is the newer."""

import re
from collections.abc import Mapping
from pathlib import PurePath

from headrace.answer.quoting.identifiers import years
from headrace.types import Passage

_DATE = re.compile(r"\b((?:1[5-9]|20)\d\d-\d\d(?:-\d\d)?)\b")
#: Names of fields that say when a document was written, the first that is there counts.
_DATE_FIELDS = ("updated", "modified", "date", "published", "created", "datum")
_VERSION = re.compile(r"\b(?:v|version|rev|revision)[ ._-]?(\d+(?:\.\d+)*)", re.IGNORECASE)


def date_of(passage: Passage, metadata: Mapping) -> str:
    """The date of a passage's document as its metadata have it; else a year or version.

    Years and versions are those in its name or title. "" without any.
    """
    plain = {str(name).casefold(): str(value) for name, value in metadata.items()}
    for value in (*(plain.get(name, "") for name in _DATE_FIELDS), *plain.values()):
        if found := _DATE.search(value):
            return found[1]
    name = f"{passage.title} {PurePath(passage.source).stem}"
    if found_years := years(name):
        return str(max(found_years))
    version = _VERSION.search(" ".join([name, *plain.values()]))
    return f"version {version[1]}" if version else ""


def newness(date: str) -> tuple[int, ...]:
    """What dates, years and versions are sorted by: the larger, the newer."""
    return tuple(map(int, re.findall(r"\d{1,9}", date)))
