"""The date of a document, as its metadata have it."""

import re
from collections.abc import Mapping
from typing import Any

_DATE = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d-\d\d(?:-\d\d)?(?!\d)")
#: What fields are called that say when a document was written, in the order in which
#: they count.
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
    """The date of a document: "2024-05-31"; "" where its metadata have none.

    Where several fields have dates, that of the latest change counts.
    """
    for part in _FIELDS:
        for name, value in metadata.items():
            found = _DATE.search(str(value)) if part in name.casefold() else None
            if found:
                return found[0]
    return ""
