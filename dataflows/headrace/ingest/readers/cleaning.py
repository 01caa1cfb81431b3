"""Text and metadata as they are stored, in a form that PostgreSQL accepts."""

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

#: Soft hyphens are among them: they only say where a word may be parted.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\xad]")
# Vertical tab and form feed part lines and pages: without them, two words would be one.
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """A text in the form in which it is stored.

    PostgreSQL refuses nothing in it, and each character is written in only one way.
    Citations point into this form. Line ends become "\\n", other control characters
    except "\\t" and soft hyphens are removed, surrogates are paired up or become
    U+FFFD, and the rest is Unicode NFC. Spaces stay as they are. Cleaning a clean text
    changes nothing.
    Example: "Cafe\\u0301\\r\\n\\x00ouvert" -> "Café\\nouvert".
    """
    text = _LINE_ENDS.sub("\n", _CONTROLS.sub("", text))
    if _SURROGATES.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return unicodedata.normalize("NFC", text)


def one_line(text: str) -> str:
    """A clean text on one line, with single spaces: the form of titles and names."""
    return " ".join(clean_text(text).split())


def day_of(text: str) -> date | None:
    """The day that a text begins with; None if there is no such day ("2024-02-30").

    An impossible date is no reason to give up a document.
    """
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def plain_metadata(values: Mapping[Any, Any]) -> dict[str, Any]:
    """Metadata in the types of `Document`: str, int, float, bool, date, lists of these.

    Times become their date, and nested values their JSON text. Nulls and numbers that
    are not finite say nothing, and are left out.
    """
    plain = {clean_text(str(name)): _plain_value(value) for name, value in values.items()}
    return {name: value for name, value in plain.items() if value is not None}


def _plain_value(value: Any) -> Any:
    if isinstance(value, list):
        plain = [_plain_value(_as_json(item) if isinstance(item, list) else item) for item in value]
        return [item for item in plain if item is not None]
    if isinstance(value, Mapping):
        return _as_json(value)
    if value is None or isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, bool | int | float | date) else clean_text(str(value))


def _as_json(value: Any) -> str:
    return clean_text(json.dumps(value, ensure_ascii=False, default=str))
