"""The pieces of lines on a page: words that stand close together, and where they stand.

pdfium gives characters with their boxes in the order in which they were drawn. A piece
ends where the line ends, or where a gap is as wide as between two columns.
"""

import ctypes
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from headrace.ingest.readers.cleaning import clean_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headrace.ingest.readers.pdf.tables import Table

#: What pdfium writes for a hyphen at the end of a line, and what stands for it here.
_PDFIUM_HYPHEN = 2
LINE_HYPHEN = "\ufffe"
#: Units of UTF-16 below this are whole characters; and pdfium's for what is no letter.
_WHOLE = 0x3000
_NO_LETTER = 0xFFFE
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
    codes, boxes, shown = _characters(text_page, count)
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


def _characters(text_page: Any, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The code point of each character, its box, and the places of those that show.

    A box is left, top, right, bottom.
    """
    codes = _codes(text_page, count)
    boxes = np.zeros((count, 4), np.float32)
    start, step = boxes.ctypes.data, boxes.strides[0]
    addresses = range(start, start + step * count, step)
    found = map(_calls().box_of, repeat(_address(text_page)), range(count), addresses)
    boxes[np.fromiter(found, np.int32, count) == 0] = 0
    is_blank = np.isin(codes, _BLANKS)
    codes[codes == _PDFIUM_HYPHEN] = ord(LINE_HYPHEN)
    codes[((codes < 32) & ~is_blank) | (codes > 0x10FFFF)] = ord(UNMAPPED)
    return codes, np.nan_to_num(boxes, posinf=0, neginf=0), np.flatnonzero(~is_blank)


def _codes(text_page: Any, count: int) -> np.ndarray:
    """The code points: at once where each is one unit of UTF-16, else one by one.

    pdfium cuts off what is more than a unit, and writes one for all that is no letter.
    """
    from pypdfium2.raw import FPDFText_GetText

    code_of, handle = _calls().unicode_of, _address(text_page)
    units = (ctypes.c_ushort * (count + 1))()
    if FPDFText_GetText(text_page, 0, count, units) == count + 1:
        codes = np.array(units[:count], np.uint32)
        others = np.flatnonzero(codes >= _WHOLE)
        if np.all(codes[others] == _NO_LETTER):
            codes[others] = [code_of(handle, place) for place in others.tolist()]
            return codes
    return np.fromiter(map(code_of, repeat(handle), range(count)), np.uint32, count)


class _Calls(NamedTuple):
    """pdfium's functions with plain addresses as arguments, which halves their time."""

    unicode_of: Any
    box_of: Any
    angle_of: Any
    weight_of: Any
    font_name_of: Any


@cache
def _calls() -> _Calls:
    from pypdfium2 import raw

    address, number, size = ctypes.c_void_p, ctypes.c_int, ctypes.c_ulong
    given = (address, number)
    return _Calls(
        _called(raw.FPDFText_GetUnicode, ctypes.c_uint, *given),
        _called(raw.FPDFText_GetLooseCharBox, number, *given, address),
        _called(raw.FPDFText_GetCharAngle, ctypes.c_float, *given),
        _called(raw.FPDFText_GetFontWeight, number, *given),
        _called(raw.FPDFText_GetFontInfo, size, *given, address, size, address),
    )


def _called(function: Any, *types: Any) -> Any:
    return ctypes.cast(function, ctypes.CFUNCTYPE(*types))


def _address(text_page: Any) -> int | None:
    return ctypes.cast(getattr(text_page, "raw", text_page), ctypes.c_void_p).value


def _turns(text_page: Any, shown: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """By how many degrees, 0, 90, 180 or 270, each letter has to be turned to be read.

    -1 stands for letters that run askew.
    Along an upright line, boxes have one top and bottom, and share one angle.
    """
    starts = np.ones(len(shown), bool)
    starts[1:] = np.any(boxes[1:, [1, 3]] != boxes[:-1, [1, 3]], axis=1)
    firsts = np.flatnonzero(starts)
    handles = repeat(_address(text_page))
    found = map(_calls().angle_of, handles, shown[firsts].tolist())
    angles = np.degrees(np.maximum(np.fromiter(found, np.float64, len(firsts)), 0))
    nearest = np.rint(angles / 90) * 90
    turns = np.where(np.abs(angles - nearest) <= _STRAIGHT, -nearest % 360, _ASKEW)
    return np.repeat(turns.astype(np.int32), np.diff(np.append(firsts, len(shown))))


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
    starts = np.append(0, np.flatnonzero(is_cut) + 1)
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
    is_bold = _bold(text_page)
    for number, (piece_left, piece_right) in enumerate(sides):
        first, last = firsts[number], lasts[number]
        written = _written(text[first : last + 1])
        if not written:
            continue
        size, middle = sizes[number], middles[number]
        yield Piece(
            written,
            piece_left,
            middle - size / 2,
            piece_right,
            middle + size / 2,
            size,
            is_bold(first) and is_bold(last),
        )


def _medians(values: np.ndarray, starts: np.ndarray) -> list[float]:
    """The median of each piece, the upper one for an even number of letters."""
    counts = np.diff(np.append(starts, len(values)))
    order = np.lexsort((values, np.repeat(np.arange(len(starts)), counts)))
    return values[order[starts + counts // 2]].tolist()


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
    is_walled = np.zeros(len(left) - 1, bool)
    upright = walls[(walls[:, 3] - walls[:, 1]) > (walls[:, 2] - walls[:, 0])]
    if not len(upright):
        return is_walled
    middle = (top + bottom)[1:] / 2
    end = np.minimum(right[:-1], right[1:]) - _WALL
    start = np.maximum(left[1:], left[:-1]) + _WALL
    places = np.flatnonzero(end < start)
    end, start, middle = end[places], start[places], middle[places]
    for wall in np.unique(upright.round(), axis=0).tolist():
        wall_left, wall_top, wall_right, wall_bottom = wall
        place = (wall_left + wall_right) / 2
        is_beside = (end <= place) & (place <= start) & (wall_top <= middle)
        is_walled[places[is_beside & (middle <= wall_bottom)]] = True
    return is_walled


def _written(text: str) -> str:
    """A piece's text; a hyphen that is drawn within a line is a hyphen."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = " ".join(clean_text(text).split())
    body, end = text[:-1], text[-1:]
    body = body.replace(LINE_HYPHEN, "-").replace("\xad", "-")
    return body + (LINE_HYPHEN if end == "\xad" else end)


def _bold(text_page: Any) -> "Callable[[int], bool]":
    """A function that says whether the letter at an index is bold."""
    calls, handle = _calls(), _address(text_page)
    name = ctypes.create_string_buffer(_NAME_BYTES)
    place = ctypes.addressof(name)

    def is_bold(index: int) -> bool:
        if calls.weight_of(handle, index) >= _BOLD_WEIGHT:
            return True
        size = calls.font_name_of(handle, index, place, _NAME_BYTES, None)
        return 0 < size <= _NAME_BYTES and _is_bold_name(name.value)

    return is_bold


@lru_cache(1_000)
def _is_bold_name(name: bytes) -> bool:
    return bool(_BOLD_NAME.search(name.decode("utf-8", "ignore")))
