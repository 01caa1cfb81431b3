"""The date of a document, read from its metadata."""

import re
from collections.abc import Mapping
from typing import Any

_DATE = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d-\d\d(?:-\d\d)?(?!\d)")
#: Parts of the names of fields that hold a document's date, the most telling first.
_FIELDS = (
    "updated",
    "modified",
    "changed",
    "date",
    "published",
    "released",
    "effective",
    "created",
    "datum",
)


def date_in(metadata: Mapping[str, Any]) -> str:
    """The date of a document, "2024-05-31"; "" if its metadata have none.

    If several fields have dates, that of the latest change counts.
    """
    for part in _FIELDS:
        for name, value in metadata.items():
            found = _DATE.search(str(value)) if part in name.casefold() else None
            if found:
                return found[0]
    return ""
