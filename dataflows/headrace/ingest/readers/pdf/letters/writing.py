"""What the letters of a page write, where that is not what pdfium says.

A blank stands where a reader sees one. An accent that is drawn over a letter is part
of it. An index or a power that is drawn for itself follows its letter.
"""

import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np

from headrace.ingest.readers.cleaning import clean_text
from headrace.ingest.readers.pdf.letters.characters import LINE_HYPHEN

#: Marks of their own, with the ones that combine with a letter.
_ACCENTS = {
    "`": "\u0300",
    "´": "\u0301",
    "^": "\u0302",
    "ˆ": "\u0302",
    "~": "\u0303",
    "˜": "\u0303",
    "¯": "\u0304",
    "˘": "\u0306",
    "˙": "\u0307",
    "¨": "\u0308",
    "˚": "\u030a",
    "˝": "\u030b",
    "ˇ": "\u030c",
    "¸": "\u0327",
    "˛": "\u0328",
}
_DOTTED = str.maketrans("ıȷ", "ij")
_ACCENT_CODES = np.array([ord(mark) for mark in _ACCENTS])
#: Letters of alphabets that part words by blanks are below this.
_ALPHABETS = 0x0590
#: A gap that parts two words, as a share of the letters' height.
_WORD_GAP = 0.2
#: By how much a gap between words is wider than most between letters; and how many of
#: these tell.
_WIDER = 0.15
_LEAST_GAPS = 3
#: How tall an index is, as a share of its letter's height, and its letters at most.
_INDEX = 0.8
_INDEX_LETTERS = 4
_MOST_INDICES = 300
#: By how much it may stand apart from its letter, and above or below it.
_APART = 0.3
_ABOVE = 0.2


def written_letters(
    text: str, letters: np.ndarray, boxes: np.ndarray, is_cut: np.ndarray
) -> Sequence[str]:
    """What each character of a text writes, with blanks and accents where they belong.

    Args:
        letters: the places in the text of the letters that show.
        boxes: (n, 4) left, top, right, bottom of each letter.
        is_cut: between which letters and their next one a piece ends.
    """
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)[letters]
    missing = _missing_blanks(codes, letters, boxes, is_cut)
    accents = list(_accents(codes, boxes))
    if not missing and not accents:
        return text
    written = list(text)
    for place in missing:
        written[letters[place]] += " "
    for accent, base in accents:
        mark, letter = letters[accent], letters[base]
        whole = _accented(written[letter], written[mark])
        if whole:
            first, last = min(mark, letter), max(mark, letter)
            written[first : last + 1] = [""] * (last - first + 1)
            written[letter] = whole
    return written


def _missing_blanks(
    codes: np.ndarray, letters: np.ndarray, boxes: np.ndarray, is_cut: np.ndarray
) -> list[int]:
    """The letters after which a reader sees a blank that is not there.

    Words whose letters are all spaced out have none.
    """
    gaps = (boxes[1:, 0] - boxes[:-1, 2]) / np.maximum(boxes[:-1, 3] - boxes[:-1, 1], 1)
    is_near = ~is_cut & (np.diff(letters) == 1) & (np.maximum(codes[1:], codes[:-1]) < _ALPHABETS)
    ends = np.flatnonzero(np.append(is_cut, True))
    usual: dict[int, float] = {}
    found = []
    for place in np.flatnonzero(is_near & (gaps > _WORD_GAP)).tolist():
        number = int(np.searchsorted(ends, place))
        if number not in usual:
            first, last = int(ends[number - 1]) + 1 if number else 0, int(ends[number])
            usual[number] = _usual_gap(gaps[first:last][is_near[first:last]])
        one, other = chr(codes[place]), chr(codes[place + 1])
        if gaps[place] > usual[number] + _WIDER and _ends_word(one) and other.isalnum():
            found.append(place)
    return found


def _usual_gap(gaps: np.ndarray) -> float:
    return float(np.median(gaps)) if len(gaps) >= _LEAST_GAPS else float("inf")


def _ends_word(letter: str) -> bool:
    return letter.isalnum() or letter in ".,;:!?)"


def _accents(codes: np.ndarray, boxes: np.ndarray) -> Iterator[tuple[int, int]]:
    """The accents over the letter after or before them, each with that letter."""
    left, top, right, bottom = boxes.T
    for accent in np.flatnonzero(np.isin(codes, _ACCENT_CODES)).tolist():
        middle = (left[accent] + right[accent]) / 2
        for base in (accent + 1, accent - 1):
            if not 0 <= base < len(codes) or not chr(codes[base]).isalpha():
                continue
            is_on_line = top[base] < bottom[accent] and top[accent] < bottom[base]
            if is_on_line and left[base] < middle < right[base]:
                yield accent, base
                break


def _accented(letter: str, mark: str) -> str:
    """A letter with an accent as one; "" if there is no such letter."""
    if mark not in _ACCENTS:
        return ""
    whole = unicodedata.normalize("NFC", letter.translate(_DOTTED) + _ACCENTS[mark])
    return whole if len(whole) == 1 else ""


def indices(boxes: np.ndarray, starts: np.ndarray) -> Iterator[tuple[int, int]]:
    """The pieces that are an index or a power, each with the letter that it follows.

    Args:
        boxes: (n, 4) left, top, right, bottom of each letter.
        starts: the first letter of each piece.
    """
    left, top, right, bottom = boxes.T
    height = bottom - top
    counts = np.diff(np.append(starts, len(left)))
    is_small = (counts <= _INDEX_LETTERS) & (height[starts] < _INDEX * np.median(height))
    small = np.flatnonzero(is_small).tolist()
    for number in small if len(small) <= _MOST_INDICES else ():
        first, last = int(starts[number]), int(starts[number] + counts[number] - 1)
        middle = (top[first] + bottom[first]) / 2
        apart = np.abs(right - left[first])
        is_letter = (height * _INDEX > height[first]) & (apart <= _APART * height)
        is_letter &= (top - _ABOVE * height <= middle) & (middle <= bottom + _ABOVE * height)
        places = np.flatnonzero(is_letter)
        if not len(places):
            continue
        letter = int(places[apart[places].argmin()])
        following = letter + 1 if letter + 1 != first else last + 1
        is_in_line = following < len(left) and top[following] < middle < bottom[following]
        if is_in_line and left[letter] < left[following] < right[last] - _APART * height[first]:
            continue
        yield number, letter


def clean_piece(text: str) -> str:
    """A piece's text; a hyphen that is drawn within a line is a hyphen."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = " ".join(clean_text(text).split())
    body, end = text[:-1], text[-1:]
    body = body.replace(LINE_HYPHEN, "-").replace("\xad", "-")
    return body + (LINE_HYPHEN if end == "\xad" else end)
