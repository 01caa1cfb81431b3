"""Places marked in the text that they stand in, for notebooks."""

import html
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

#: Characters that are shown before and after a marked place.
_AROUND = 250
_STYLE = "white-space:pre-wrap;overflow-wrap:anywhere;text-align:left"
_MARK = "background:rgba(255,196,0,.45);color:inherit"
_LEFT_OUT = '<span style="opacity:.65"> … </span>'


class Place(Protocol):
    """Characters `start` to before `end`: a citation, a sentence or a chunk."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text in which places are marked.

    Attributes:
        spans: (start, end) of each, in order; none touches another.
    """

    title: str
    text: str
    spans: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, title: str, text: str, places: Iterable[Place]) -> "MarkedText":
        """The text with these places marked, those that overlap as one."""
        return cls(title, text, _merged((place.start, place.end) for place in places))

    def _repr_html_(self) -> str:
        """The marked places and what stands around them; everything is escaped."""
        around = ((start - _AROUND, end + _AROUND) for start, end in self.spans)
        parts = []
        place = 0
        for start, end in _merged((max(0, a), min(len(self.text), b)) for a, b in around):
            parts.append(_LEFT_OUT if start > place else "")
            parts.append(self._excerpt(start, end))
            place = end
        parts.append(_LEFT_OUT if place < len(self.text) else "")
        shown = "".join(parts)
        title = html.escape(self.title)
        return (
            f'<div class="headrace-marked"><b>{title}</b><div style="{_STYLE}">{shown}</div></div>'
        )

    def _excerpt(self, start: int, end: int) -> str:
        parts = []
        place = start
        for first, last in self.spans:
            if start <= first and last <= end:
                parts.append(html.escape(self.text[place:first]))
                parts.append(f'<mark style="{_MARK}">{html.escape(self.text[first:last])}</mark>')
                place = last
        return "".join([*parts, html.escape(self.text[place:end])])


def _merged(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The same characters in as few spans as possible, in order."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
