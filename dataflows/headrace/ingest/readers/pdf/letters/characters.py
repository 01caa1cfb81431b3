"""What pdfium knows of the characters of a page: codes, boxes, angles, weights."""

import ctypes
import re
from functools import cache, lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

#: What pdfium writes for a hyphen at the end of a line, and what stands for it here.
_PDFIUM_HYPHEN = 2
LINE_HYPHEN = "\ufffe"
#: Units of UTF-16 below this are whole characters; and pdfium's for what is no letter.
_WHOLE = 0x3000
_NO_LETTER = 0xFFFE
#: A letter that a font does not map to text.
UNMAPPED = "\ufffd"
_BOLD_WEIGHT = 600
_BOLD_NAME = re.compile(r"bold|black|heavy|demi|(?:^|[-,_])(?:bd|bx)\d*(?:$|[-,_])|cmbx", re.I)
_NAME_BYTES = 200
#: The turn of lines that run askew, and degrees by which others may.
ASKEW = -1
_STRAIGHT = 10
_BLANKS = np.array([0, 9, 10, 11, 12, 13, 32, 0xA0, *range(0x2000, 0x200C), 0x3000, 0xFEFF])


def characters(text_page: Any, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The code point of each character, its box, and the places of those that show.

    A box is left, top, right, bottom.
    """
    codes = _codes(text_page, count)
    boxes = np.zeros((count, 4), np.float32)
    is_blank = np.isin(codes, _BLANKS)
    shown = np.flatnonzero(~is_blank)
    addresses = (boxes.ctypes.data + boxes.strides[0] * shown).tolist()
    found = map(_calls().box_of, repeat(_address(text_page)), shown.tolist(), addresses)
    boxes[shown[np.fromiter(found, np.int32, len(shown)) == 0]] = 0
    codes[codes == _PDFIUM_HYPHEN] = ord(LINE_HYPHEN)
    codes[((codes < 32) & ~is_blank) | (codes > 0x10FFFF)] = ord(UNMAPPED)
    return codes, np.nan_to_num(boxes, posinf=0, neginf=0), shown


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


def turns(text_page: Any, shown: np.ndarray, boxes: np.ndarray) -> np.ndarray:
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
    turns = np.where(np.abs(angles - nearest) <= _STRAIGHT, -nearest % 360, ASKEW)
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


def bold(text_page: Any) -> "Callable[[int], bool]":
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
