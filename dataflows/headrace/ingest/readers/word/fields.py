"""Fields: text that Word computes, such as links, form fields and page numbers."""

import re
from dataclasses import dataclass
from typing import Any

from headrace.ingest.readers.kinds.markup import linked
from headrace.ingest.readers.kinds.packages import attribute
from headrace.ingest.readers.word.styles import is_on, value, whole

#: Stands where a page number is shown; no text of a document.
PAGE_NUMBER = "\ufdd0"
TICKED = "☒"
UNTICKED = "☐"
_CONTENTS = "TOC"
_PAGES = ("PAGE", "NUMPAGES", "SECTIONPAGES", "SECTION")
_LINK = re.compile(r'\s*HYPERLINK\s+(?:"([^"]*)"|([^\s\\"]\S*))', re.IGNORECASE)


@dataclass(slots=True)
class _Field:
    """A field that is open, with what it has written so far.

    `shown` is what it shows before its result, such as the box of a form.
    """

    written: list[str]
    start: int
    code: str = ""
    has_result: bool = False
    shown: str = ""


class Fields:
    """The fields that are open at a place of a story; they may span paragraphs.

    In a damaged story with fields that never end, all text outside of codes is shown.
    """

    def __init__(self, story: Any) -> None:
        kinds = [attribute(mark, "fldCharType") for mark in story.iter("fldChar")]
        self._is_sound = kinds.count("begin") == kinds.count("end")
        self._open: list[_Field] = []

    def hides(self) -> bool:
        """Whether text belongs to the code of a field."""
        return self._is_sound and any(not field.has_result for field in self._open)

    def is_contents(self) -> bool:
        """Whether text belongs to a table of contents."""
        return self._is_sound and any(_name(field.code) == _CONTENTS for field in self._open)

    def read_code(self, text: str) -> None:
        if self._open:
            self._open[-1].code += text

    def mark(self, element: Any, written: list[str]) -> None:
        """Begins, turns or ends a field whose result goes into `written`."""
        kind = attribute(element, "fldCharType")
        if kind == "begin":
            self._open.append(_Field(written, len(written), shown=_form_value(element)))
        elif kind == "separate" and self._open:
            self._open[-1].has_result = True
            self._open[-1].written = written
            self._open[-1].start = len(written)
        elif kind == "end" and self._open:
            self._end(self._open.pop(), written)

    def _end(self, field: _Field, written: list[str]) -> None:
        start = field.start if field.written is written else len(written)
        if field.shown and not self.hides():
            del written[start:]
            written.append(field.shown)
        else:
            finish(field.code, written, start)


def finish(code: str, written: list[str], start: int) -> None:
    """Ends a field with this code, whose result was written from `start` on."""
    address = _address(code)
    if _name(code) == _CONTENTS:
        del written[start:]
    elif _name(code) in _PAGES:
        del written[start:]
        written.append(PAGE_NUMBER)
    elif address:
        text = "".join(written[start:])
        del written[start:]
        written.append(linked(text, address) if text.strip() else f" ({address})")


def _name(code: str) -> str:
    return code.split(maxsplit=1)[0].upper() if code.strip() else ""


def _address(code: str) -> str:
    found = _LINK.match(code)
    return (found[1] or found[2] or "") if found else ""


def _form_value(mark: Any) -> str:
    """What a box to tick or a list to choose from shows; "" for other fields."""
    box = mark.find("ffData/checkBox")
    if box is not None:
        ticked = is_on(box, "checked")
        return TICKED if (is_on(box, "default") if ticked is None else ticked) else UNTICKED
    choices = mark.find("ffData/ddList")
    if choices is not None:
        entries = [attribute(entry, "val") for entry in choices.iterfind("listEntry")]
        chosen = whole(value(choices, "result") or value(choices, "default"), 0) or 0
        return entries[chosen] if chosen < len(entries) else ""
    return ""
