"""The pieces of lines on a page: words that stand close together, and where they stand.

pdfium gives characters with their boxes in the order in which they were drawn. A piece
ends where the line ends, or where a gap is as wide as between two columns.
"""

import ctypes
import math
import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from headrace.ingest.readers.cleaning import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.ingest.readers.pdf.tables import Table

#: What pdfium writes for a hyphen at the end of a line, and what stands for it here.
_PDFIUM_HYPHEN = 2
LINE_HYPHEN = "\ufffe"
#: A letter that a font does not map to text.
UNMAPPED = "\ufffd"
#: A gap between two pieces, as a share of the height of their letters.
_GAP = 1.0
#: Share of the lower height that letters of one line have in common.
_SAME_LINE = 0.4
_BOLD_WEIGHT = 600
_BOLD_NAME = re.compile(r"bold|black|heavy|demi|(?:^|[-,_])(?:bd|bx)\d*(?:$|[-,_])|cmbx", re.I)
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_NAME_BYTES = 200
#: Points by which a letter may reach over a rule.
_WALL = 1.5
#: The turn of lines that run askew, and degrees by which others may.
_ASKEW = -1
_STRAIGHT = 10
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
        return bool(_RIGHT_TO_LEFT.search(self.text))

    def is_beside(self, other: "Piece") -> bool:
        """Whether both stand on one line."""
        shared = min(self.bottom, other.bottom) - max(self.top, other.top)
        return shared > _SAME_LINE * min(self.height, other.height)

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
    codes, boxes = _characters(text_page, count)
    shown = np.flatnonzero(~np.isin(codes, _BLANKS))
    if not shown.size:
        return []
    text = codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    turns = _turns(text_page, shown, boxes[shown])
    found = []
    directions, counts = np.unique(turns, return_counts=True)
    for turn in directions[np.argsort(-counts, kind="stable")]:
        letters = shown[turns == turn]
        turned = turned_boxes(boxes[letters], int(turn), width, height)
        walls = turned_boxes(rules, int(turn), width, height)
        pieces = list(_pieces(text_page, text, letters, turned, walls))
        is_scattered = len(pieces) > _SCATTERED * len(letters) > _SCATTERED * _FEW_LETTERS
        if is_scattered or turn == _ASKEW:
            pieces = _as_drawn(text, letters, turned)
        found.append(Direction(int(turn), pieces))
    return found


def _as_drawn(text: str, letters: np.ndarray, boxes: np.ndarray) -> list[Piece]:
    """Lines that run askew or from top to bottom, as pdfium has them, on one heap."""
    left, top, right, bottom = (float(side) for side in boxes.mean(axis=0))
    lines = re.split(r"[\r\n]+", text[letters[0] : letters[-1] + 1])
    written = [line for line in map(_written, lines) if line]
    size = max(bottom - top, 1)
    tops = [top + number * size for number in range(len(written))]
    return [
        Piece(line, left, place, right, place + size, size)
        for line, place in zip(written, tops, strict=True)
    ]


_BLANKS = np.array([0, 9, 10, 11, 12, 13, 32, 0xA0, *range(0x2000, 0x200C), 0x3000, 0xFEFF])


def _characters(text_page: Any, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The code point of each character, and its box: left, top, right, bottom."""
    unicode_of, box_of, _ = _fast_calls()
    handle = ctypes.cast(getattr(text_page, "raw", text_page), ctypes.c_void_p).value
    codes = np.fromiter(map(unicode_of, repeat(handle), range(count)), np.uint32, count)
    boxes = np.zeros((count, 4), np.float32)
    start, step = boxes.ctypes.data, boxes.strides[0]
    addresses = range(start, start + step * count, step)
    found = np.fromiter(map(box_of, repeat(handle), range(count), addresses), np.int32, count)
    boxes[found == 0] = 0
    codes[codes == _PDFIUM_HYPHEN] = ord(LINE_HYPHEN)
    is_control = (codes < 32) & ~np.isin(codes, _BLANKS)
    codes[is_control | (codes > 0x10FFFF)] = ord(UNMAPPED)
    return codes, np.nan_to_num(boxes, posinf=0, neginf=0)


@cache
def _fast_calls() -> tuple[Any, Any, Any]:
    """pdfium's functions with plain addresses as arguments: half the time."""
    from pypdfium2 import raw

    address, number = ctypes.c_void_p, ctypes.c_int
    unicode_of = ctypes.CFUNCTYPE(ctypes.c_uint, address, number)
    box_of = ctypes.CFUNCTYPE(number, address, number, address)
    angle_of = ctypes.CFUNCTYPE(ctypes.c_float, address, number)
    return (
        ctypes.cast(raw.FPDFText_GetUnicode, unicode_of),
        ctypes.cast(raw.FPDFText_GetLooseCharBox, box_of),
        ctypes.cast(raw.FPDFText_GetCharAngle, angle_of),
    )


def _turns(text_page: Any, shown: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """By how many degrees, 0, 90, 180 or 270, each letter has to be turned to be read.

    -1 stands for letters that run askew.
    Along an upright line, boxes have one top and bottom, and share one angle.
    """
    angle_of = _fast_calls()[2]
    handle = ctypes.cast(getattr(text_page, "raw", text_page), ctypes.c_void_p).value
    starts = np.ones(len(shown), bool)
    starts[1:] = np.any(boxes[1:, [1, 3]] != boxes[:-1, [1, 3]], axis=1)
    firsts = np.flatnonzero(starts)
    turns = np.zeros(len(firsts), np.int32)
    for place, index in enumerate(shown[firsts].tolist()):
        angle = math.degrees(max(angle_of(handle, index), 0))
        nearest = round(angle / 90) * 90
        turns[place] = -nearest % 360 if abs(angle - nearest) <= _STRAIGHT else _ASKEW
    return np.repeat(turns, np.diff(np.append(firsts, len(shown))))


def turned_boxes(boxes: np.ndarray, turn: int, width: float, height: float) -> np.ndarray:
    """Boxes of a page in PDF's coordinates as left, top, right, bottom, y downwards.

    Args:
        boxes: (n, 4) left, top, right, bottom, y upwards.
        turn: degrees by which the page is turned clockwise.
    """
    left, top, right, bottom = boxes.astype(np.float64).T
    sides = {
        0: (left, height - top, right, height - bottom),
        90: (bottom, left, top, right),
        180: (width - right, bottom, width - left, top),
        270: (height - top, width - right, height - bottom, width - left),
    }[max(turn, 0) % 360]
    return np.stack(sides, axis=1)


def _pieces(
    text_page: Any, text: str, letters: np.ndarray, boxes: np.ndarray, walls: np.ndarray
) -> "Iterator[Piece]":
    is_right_to_left = _right_to_left(text, letters)
    is_cut = _is_cut(boxes, is_right_to_left) | _is_walled(boxes, walls)
    ends = [0, *(np.flatnonzero(is_cut) + 1).tolist(), len(letters)]
    for start, end in pairwise(ends):
        first, last = int(letters[start]), int(letters[end - 1])
        written = _written(text[first : last + 1])
        if not written:
            continue
        left, top, right, bottom = boxes[start:end].T
        size, middle = _median(bottom - top), _median((top + bottom) / 2)
        yield Piece(
            written,
            float(left.min()),
            middle - size / 2,
            float(right.max()),
            middle + size / 2,
            size,
            _is_bold(text_page, first) and _is_bold(text_page, last),
        )


def _median(values: np.ndarray) -> float:
    """The upper one for an even number; NumPy's own takes ten times as long."""
    return sorted(values.tolist())[len(values) // 2]


def _right_to_left(text: str, letters: np.ndarray) -> np.ndarray:
    if not _RIGHT_TO_LEFT.search(text):
        return np.zeros(len(letters), bool)
    return np.array([bool(_RIGHT_TO_LEFT.match(text[index])) for index in letters.tolist()])


def _is_cut(boxes: np.ndarray, is_right_to_left: np.ndarray) -> np.ndarray:
    """Between which letters and their next one a piece ends."""
    left, top, right, bottom = boxes.T
    height = bottom - top
    shared = np.minimum(bottom[1:], bottom[:-1]) - np.maximum(top[1:], top[:-1])
    is_next_line = shared < _SAME_LINE * np.minimum(height[1:], height[:-1])
    widest = _GAP * np.maximum(height[1:], height[:-1])
    forward, backward = left[1:] - right[:-1], left[:-1] - right[1:]
    is_gap = np.maximum(forward, backward) > widest
    is_back = left[1:] < left[:-1] - widest / 2
    is_back &= ~(is_right_to_left[1:] | is_right_to_left[:-1])
    return is_next_line | is_gap | is_back


def _is_walled(boxes: np.ndarray, walls: np.ndarray) -> np.ndarray:
    """Between which letters and their next one an upright rule stands."""
    left, top, right, bottom = boxes.T
    middle = (top + bottom)[1:] / 2
    is_walled = np.zeros(len(middle), bool)
    upright = walls[(walls[:, 3] - walls[:, 1]) > (walls[:, 2] - walls[:, 0])]
    for wall in np.unique(upright.round(), axis=0).tolist():
        wall_left, wall_top, wall_right, wall_bottom = wall
        place = (wall_left + wall_right) / 2
        is_walled |= (
            (np.minimum(right[:-1], right[1:]) <= place + _WALL)
            & (np.maximum(left[1:], left[:-1]) >= place - _WALL)
            & (wall_top <= middle)
            & (middle <= wall_bottom)
        )
    return is_walled


def _written(text: str) -> str:
    """A piece's text; a hyphen that is drawn within a line is a hyphen."""
    text = " ".join(clean_text(text).split())
    body, end = text[:-1], text[-1:]
    body = body.replace(LINE_HYPHEN, "-").replace("\xad", "-")
    return body + (LINE_HYPHEN if end == "\xad" else end)


def _is_bold(text_page: Any, index: int) -> bool:
    from pypdfium2.raw import FPDFText_GetFontInfo, FPDFText_GetFontWeight

    if FPDFText_GetFontWeight(text_page, index) >= _BOLD_WEIGHT:
        return True
    name = ctypes.create_string_buffer(_NAME_BYTES)
    size = FPDFText_GetFontInfo(text_page, index, name, _NAME_BYTES, None)
    return 0 < size <= _NAME_BYTES and bool(_BOLD_NAME.search(name.value.decode("utf-8", "ignore")))
