"""What a Markdown text is made of: headings, tables, lists and blocks of code.

A sentence is read with what is above it. "Paid within 14 days." may be under the
heading "Finland", a row of a table under the names of its columns, and an item of a
list after the sentence that introduces the list.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

#: A longer line does not name columns.
_LONGEST_HEADER = 2000


class Heading(NamedTuple):
    """A heading: characters `start` to before `end`; `level` 1 is the highest.

    `parent` is the number of the heading that it stands under, from 0; -1 without one.
    """

    start: int
    end: int
    level: int
    words: str
    parent: int = -1


class Table(NamedTuple):
    """A table with a header: its rows are characters `body` to before `end`.

    `header` is the line that names the columns, `rule` the line of hyphens below it.
    """

    start: int
    body: int
    end: int
    header: str
    rule: str


class Item(NamedTuple):
    """An item of a list, up to the next one; its first line ends before `line_end`.

    `lead` is the sentence that introduces the list, and the first lines of the items
    above it; `text` is its own first line.
    """

    start: int
    line_end: int
    end: int
    lead: str
    text: str


class Fence(NamedTuple):
    """A block of code between two fences; `opening` is the line of the first."""

    start: int
    end: int
    opening: str


@dataclass(frozen=True)
class Outline:
    """The parts of a text in its order. The text of a definition is its term."""

    headings: Sequence[Heading] = ()
    tables: Sequence[Table] = ()
    items: Sequence[Item] = ()
    fences: Sequence[Fence] = ()
    definitions: Sequence[Item] = ()

    def trail(self, place: int) -> list[Heading]:
        """The headings that a place stands under, the highest first."""
        number = bisect_right(self.headings, place, key=_start) - 1
        if number >= 0 and place < self.headings[number].end:  # in it, not under it
            number = self.headings[number].parent
        found: list[Heading] = []
        while number >= 0:
            found.append(self.headings[number])
            number = found[-1].parent
        return found[::-1]

    def lead(self, place: int) -> str:
        """The lead of a place: what has to be read before it.

        In a table, that is its header; in a list, the sentence before the list and the
        items above; in a block of code, the opening fence. "" elsewhere.
        """
        if table := holding(self.tables, place):
            is_short = len(table.header) + len(table.rule) <= _LONGEST_HEADER
            return f"{table.header}\n{table.rule}" if place >= table.body and is_short else ""
        if fence := holding(self.fences, place):
            return fence.opening if place > fence.start else ""
        item = holding(self.items, place)
        if item is None:
            return ""
        return item.lead if place < item.line_end else "\n".join(filter(None, item[3:]))

    def term(self, place: int) -> str:
        """The term that a place defines; "" if it defines none."""
        found = holding(self.definitions, place)
        return found.text if found and place > found.start else ""

    def is_frame(self, place: int) -> bool:
        """Whether a place is in a heading, or in the header of a table.

        They say nothing alone: they belong to what is under them.
        """
        number = bisect_right(self.headings, place, key=_start) - 1
        if number >= 0 and place < self.headings[number].end:
            return True
        table = holding(self.tables, place)
        return bool(table and place < table.body)


def _start(part: Heading | Table | Item | Fence) -> int:
    return part.start


def holding(parts: Sequence, place: int):
    """The part that holds a place; None without one."""
    if not parts:
        return None
    number = bisect_right(parts, place, key=_start) - 1
    return parts[number] if number >= 0 and place < parts[number].end else None
