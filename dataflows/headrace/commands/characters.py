"""Characters that a terminal acts on, and that no document may send to it."""

import json
import re
from typing import Any

#: Control characters (C0 and C1) except tab and line feed, and those that change the
#: direction of writing. The escape character, with which a text could move the cursor
#: or write to the clipboard, is one of the first.
_ACTED_ON = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """A text without the characters that a terminal acts on."""
    return _ACTED_ON.sub("", text)


def json_line(value: Any) -> str:
    """A value as JSON on one line, with such characters escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return _ACTED_ON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
