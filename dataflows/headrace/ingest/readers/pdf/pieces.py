"""The pieces of lines on a page: words that stand close together, and where they stand.

pdfium gives characters with their boxes in the order in which they were drawn. A piece
ends where the line ends, or where a gap is as wide as between two columns.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from headrace.ingest.readers.pdf.letters.characters import (
    ASKEW,
    bold,
    characters,
    turned_boxes,
    turns,
)
from headrace.ingest.readers.pdf.letters.cuts import RIGHT_TO_LEFT, SAME_LINE, is_cut
from headrace.ingest.readers.pdf.letters.writing import clean_piece, indices, written_letters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headrace.ingest.readers.pdf.tables import Table

#: Pieces to a letter where lines run askew, and letters that allow that judgement.
_SCATTERED = 0.4
_FEW_LETTERS = 20


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line, or a table; points from the left and from the top of the page.

    `size` is the height of its letters from ascender to descender.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float = 0
    is_bold: bool = False
    table: "Table | None" = None

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def is_right_to_left(self) -> bool:
        return bool(RIGHT_TO_LEFT.search(self.text))

    def is_beside(self, other: "Piece") -> bool:
        """Whether both stand on one line."""
        shared = min(self.bottom, other.bottom) - max(self.top, other.top)
        return shared > SAME_LINE * min(self.height, other.height)

    def is_over(self, other: "Piece") -> bool:
        """Whether both have a part of the page's width in common."""
        return min(self.right, other.right) > max(self.left, other.left)


class Direction(NamedTuple):
    """The pieces of the lines that run in one direction, in the order they were drawn.

    `turn` is by how many degrees the page is turned clockwise to read them.
    """

    turn: int
    pieces: list[Piece]


def page_pieces(text_page: Any, width: float, height: float, rules: np.ndarray) -> list[Direction]:
    """The pieces of a page, by direction; the direction of most letters comes first.

    Args:
        width: of the page when it is not turned; `height` too.
        rules: boxes of lines, as in `turned_boxes`; no piece crosses one.
    """
    from pypdfium2.raw import FPDFText_CountChars

    count = FPDFText_CountChars(text_page)
    if count <= 0:
        return []
    codes, boxes, shown = characters(text_page, count)
    if not shown.size:
        return []
    text = codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    angles = turns(text_page, shown, boxes[shown])
    found = []
    directions, counts = np.unique(angles, return_counts=True)
    for turn in directions[np.argsort(-counts, kind="stable")]:
        letters = shown[angles == turn]
        turned = turned_boxes(boxes[letters], int(turn), width, height)
        walls = turned_boxes(rules, int(turn), width, height)
        pieces = list(_pieces(text_page, text, letters, turned, walls))
        is_scattered = len(pieces) > _SCATTERED * len(letters) > _SCATTERED * _FEW_LETTERS
        if is_scattered or turn == ASKEW:
            pieces = _as_drawn(text, letters, turned)
        found.append(Direction(int(turn), pieces))
    return found


def _as_drawn(text: str, letters: np.ndarray, boxes: np.ndarray) -> list[Piece]:
    """Lines that run askew or from top to bottom, as pdfium has them, on one heap."""
    left, top, right, bottom = (float(side) for side in boxes.mean(axis=0))
    lines = re.split(r"[\r\n]+", text[letters[0] : letters[-1] + 1])
    written = [line for line in map(clean_piece, lines) if line]
    size = max(bottom - top, 1)
    tops = [top + number * size for number in range(len(written))]
    return [
        Piece(line, left, place, right, place + size, size)
        for line, place in zip(written, tops, strict=True)
    ]


def _pieces(
    text_page: Any, text: str, letters: np.ndarray, boxes: np.ndarray, walls: np.ndarray
) -> "Iterator[Piece]":
    cuts = is_cut(text, letters, boxes, walls)
    starts = np.append(0, np.flatnonzero(cuts) + 1)
    left, top, right, bottom = boxes.T
    sides = zip(
        np.minimum.reduceat(left, starts).tolist(),
        np.maximum.reduceat(right, starts).tolist(),
        strict=True,
    )
    sizes = _medians(bottom - top, starts)
    middles = _medians((top + bottom) / 2, starts)
    firsts = letters[starts].tolist()
    lasts = letters[np.append(starts[1:], len(letters)) - 1].tolist()
    texts = _texts(written_letters(text, letters, boxes, cuts), letters, boxes, starts)
    is_bold = bold(text_page)
    for number, (piece_left, piece_right) in enumerate(sides):
        if not texts[number]:
            continue
        first, last = firsts[number], lasts[number]
        size, middle = sizes[number], middles[number]
        yield Piece(
            texts[number],
            piece_left,
            middle - size / 2,
            piece_right,
            middle + size / 2,
            size,
            is_bold(first) and is_bold(last),
        )


def _texts(
    written: "Sequence[str]", letters: np.ndarray, boxes: np.ndarray, starts: np.ndarray
) -> list[str]:
    """The text of each piece; that of an index is with its letter."""
    firsts = letters[starts].tolist()
    ends = (letters[np.append(starts[1:], len(letters)) - 1] + 1).tolist()
    found = list(indices(boxes, starts))
    if found:
        written = list(written)
        for number, letter in found:
            span = slice(firsts[number], ends[number])
            written[letters[letter]] += "".join(written[span])
            written[span] = [""] * (ends[number] - firsts[number])
    spans = zip(firsts, ends, strict=True)
    return [clean_piece("".join(written[first:end])) for first, end in spans]


def _medians(values: np.ndarray, starts: np.ndarray) -> list[float]:
    """The median of each piece, the upper one for an even number of letters."""
    counts = np.diff(np.append(starts, len(values)))
    order = np.lexsort((values, np.repeat(np.arange(len(starts)), counts)))
    return values[order[starts + counts // 2]].tolist()
