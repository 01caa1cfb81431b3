"""Two rankings side by side, with a line for what moved, for notebooks."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from headrace.types.hits import Hit, place_name

_ROW = 24
_COLUMN = 340
_GAP = 130
#: What moved up, down, and not at all.
_UP = "#2a9d4e"
_DOWN = "#d9822b"
_STAYED = "#9aa0a6"
_NAME_CHARACTERS = 46


@dataclass(frozen=True, slots=True)
class Moves:
    """Where each hit of one ranking stands in another.

    A hit without a line is among the first of one ranking only.

    Attributes:
        names: what the two rankings are called.
        most: how many hits of each are shown.
    """

    before: Sequence[Hit]
    after: Sequence[Hit]
    names: tuple[str, str] = ("before", "after")
    most: int = 10

    def rows(self) -> list[tuple[int | None, int | None, Hit]]:
        """(rank before, rank after, hit) of each hit shown; None: not among them."""
        before, after = self.before[: self.most], self.after[: self.most]
        old = {hit.chunk_id: rank for rank, hit in enumerate(before, start=1)}
        new = {hit.chunk_id: rank for rank, hit in enumerate(after, start=1)}
        hits = {hit.chunk_id: hit for hit in [*before, *after]}
        return [(old.get(name), new.get(name), hit) for name, hit in hits.items()]

    def _repr_html_(self) -> str:
        """A drawing in SVG; every text in it is escaped."""
        right = _COLUMN + _GAP
        parts = [
            _text(_COLUMN, 0, self.names[0], "end", "font-weight:bold"),
            _text(right, 0, self.names[1], "start", "font-weight:bold"),
        ]
        for old, new, hit in self.rows():
            style = "" if old and new else "font-weight:bold"
            if old:
                parts.append(_text(_COLUMN, old, f"{_name(hit)}  {old}", "end", style))
            if new:
                parts.append(_text(right, new, f"{new}  {_name(hit)}", "start", style))
            if old and new:
                parts.append(_line(old, new))
        height = _ROW * (1 + min(self.most, max(len(self.before), len(self.after)))) + _ROW // 2
        width = 2 * _COLUMN + _GAP
        return (
            f'<svg class="headrace-moves" width="{width}" viewBox="0 0 {width} {height}" '
            f'style="max-width:100%;font:13px sans-serif">{"".join(parts)}</svg>'
        )


def _name(hit: Hit) -> str:
    name = place_name(hit.chunk.title or hit.chunk.document_id, hit.chunk.headings[-1:])
    short = name if len(name) <= _NAME_CHARACTERS else f"{name[: _NAME_CHARACTERS - 1]}…"
    return f"{short} [{hit.chunk.start}]"


def _text(x: int, row: int, text: str, anchor: str, style: str) -> str:
    return (
        f'<text x="{x}" y="{_height(row)}" text-anchor="{anchor}" dominant-baseline="middle" '
        f'fill="currentColor" style="{style}">{html.escape(text)}</text>'
    )


def _line(old: int, new: int) -> str:
    colour = _STAYED if old == new else _UP if new < old else _DOWN
    left, right = _COLUMN + 8, _COLUMN + _GAP - 8
    return (
        f'<line x1="{left}" y1="{_height(old)}" x2="{right}" y2="{_height(new)}" '
        f'stroke="{colour}" stroke-width="2"/>'
    )


def _height(row: int) -> int:
    return row * _ROW + _ROW // 2 + 4
