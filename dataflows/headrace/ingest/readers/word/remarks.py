"""Footnotes, endnotes and comments, beneath the section that refers to them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from headrace.ingest.readers.cleaning import one_line
from headrace.ingest.readers.kinds.packages import attribute
from headrace.ingest.readers.outcomes import Block
from headrace.ingest.readers.word.package import Package, Relation

#: The mark before the number of a note, by the element that refers to it.
NOTES = {"footnoteReference": "", "endnoteReference": "e"}
#: The relation of a part, and the element of each remark in it.
_PARTS = {
    "footnotes": ("footnote", "footnoteReference"),
    "endnotes": ("endnote", "endnoteReference"),
    "comments": ("comment", "comment"),
}
_LONGEST_QUOTE = 200

#: Reads the blocks of a remark: its element, and the part in which it stands.
Read = Callable[[Any, str], Iterator[Block]]


@dataclass(frozen=True, slots=True)
class _Reference:
    """A place that refers to a remark: `mark` of a note, `quote` for a comment."""

    kind: str
    remark_id: str
    mark: str = ""
    quote: str = ""


class References:
    """What has been referred to since it was last asked for."""

    def __init__(self) -> None:
        self._waiting: list[_Reference] = []
        self._marks: dict[tuple[str, str], str] = {}
        self._ranges: dict[str, list[str]] = {}

    def note(self, kind: str, remark_id: str) -> str:
        """The mark of a note, numbered in the order of reading: "[^1]", "[^e1]"."""
        key = kind, remark_id
        if key not in self._marks:
            number = 1 + sum(known == kind for known, _ in self._marks)
            self._marks[key] = f"[^{NOTES[kind]}{number}]"
            self._waiting.append(_Reference(kind, remark_id, self._marks[key]))
        return self._marks[key]

    def begin(self, remark_id: str) -> None:
        self._ranges[remark_id] = []

    def end(self, remark_id: str) -> None:
        """Ends the range of a comment; its reference follows in most files."""
        if remark_id in self._ranges:
            self.comment(remark_id, one_line("".join(self._ranges.pop(remark_id))))

    def comment(self, remark_id: str, quote: str = "") -> None:
        """A comment, on the words of `quote` or on a place."""
        key = "comment", remark_id
        if key not in self._marks:
            self._marks[key] = ""
            self._waiting.append(_Reference("comment", remark_id, quote=quote))

    def heard(self, text: str) -> None:
        """Takes text that was read, for the comments on it."""
        for heard in self._ranges.values():
            heard.append(text)

    def taken(self) -> list[_Reference]:
        waiting, self._waiting = self._waiting, []
        return waiting


class Remarks:
    """The notes and comments of a file, by what refers to them."""

    def __init__(self, package: Package, relations: Mapping[str, Relation]) -> None:
        self._elements: dict[tuple[str, str], tuple[Any, str]] = {}
        for relation in relations.values():
            if relation.kind in _PARTS and not relation.is_external:
                tag, kind = _PARTS[relation.kind]
                root = package.part(relation.target)
                for element in root.iterfind(tag) if root is not None else ():
                    key = kind, attribute(element, "id")
                    self._elements[key] = element, relation.target

    def blocks(self, references: References, read: Read) -> Iterator[Block]:
        """The remarks that were referred to since the last time."""
        for reference in references.taken():
            element, part = self._elements.get((reference.kind, reference.remark_id), (None, ""))
            if element is None:
                continue
            text = "\n".join(block.text for block in read(element, part))
            if text and reference.kind == "comment":
                yield Block(text, _introduction(attribute(element, "author"), reference.quote))
            elif text:
                yield Block(text, f"{reference.mark}: ")


def _introduction(author: str, quote: str) -> str:
    """For example: Comment by Ann Lee on "the winch":"""
    by = f" by {one_line(author)}" if author.strip() else ""
    if len(quote) > _LONGEST_QUOTE:
        quote = quote[:_LONGEST_QUOTE].rsplit(" ", 1)[0] + " ..."
    on = f' on "{quote}"' if quote else ""
    return f"Comment{by}{on}: "
