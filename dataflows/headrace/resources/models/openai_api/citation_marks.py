"""Text with citations such as [3], taken apart while it comes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NUMBERS = r"\d{1,6}(?:\s{0,2}[,;–-]\s{0,2}\d{1,6}){0,30}"
#: [3], [3, 4], [3-5], [^3], and 【3†source】 as some models write it.
_MARK = re.compile(rf"[\[【]\^?({_NUMBERS})(?:†[^\]】\n]{{0,40}})?[\]】]")
#: What may become a mark, at the end of what has come.
_BEGUN = re.compile(r"[\[【]\^?[\d\s,;–-]{0,250}(?:†[^\]】\n]{0,40})?")
_MOST_BEGUN = 300
_RANGE = re.compile(r"(\d+)(?:\s*[–-]\s*(\d+))?")
_BETWEEN_MARKS = " ,;"
#: White space of which no more is held back.
_MOST_SPACE = 50
_OPENING = ("[", "【")


@dataclass(frozen=True, slots=True)
class Mark:
    """The numbers of one or more marks that stand together."""

    numbers: tuple[int, ...]


class MarkedText:
    """Takes text piece by piece, and gives it back without its marks, which come apart.

    White space before a mark is dropped, and so are commas between marks. A text in
    backticks is code, where brackets are brackets.

    Example: "It lasts two", " years [3]", "[4]." -> "It lasts two", " years",
    Mark((3, 4)), ".".
    """

    def __init__(self, largest: int):
        """`largest` is the number beyond which a range of numbers need not go."""
        self._largest = largest
        self._held = ""
        self._numbers: list[int] = []
        self._is_code = False

    def items(self, piece: str) -> Iterator[str | Mark]:
        """What is certain of the text, now that `piece` has come."""
        self._held += piece
        yield from self._split()
        tail = self._tail()
        if self._numbers and self._is_between(self._held[:tail]):
            return
        yield from self._given(self._held[:tail])
        self._held = self._held[tail:]

    def rest(self) -> Iterator[str | Mark]:
        """What is left when no more text comes."""
        held, self._held = self._held, ""
        yield from self._given(held)
        yield from self._mark()

    def _split(self) -> Iterator[str | Mark]:
        """The text before each whole mark; the numbers of marks are kept."""
        place = 0
        for mark in _MARK.finditer(self._held):
            before = self._held[place : mark.start()]
            if (self._is_code + before.count("`")) % 2:
                continue
            is_between = self._numbers and self._is_between(before)
            yield from self._given("" if is_between else before.rstrip())
            self._numbers += self._read(mark[1])
            place = mark.end()
        self._held = self._held[place:]

    def _is_between(self, text: str) -> bool:
        """Whether a text is nothing, or only parts two marks."""
        return len(text) <= _MOST_SPACE and not text.strip(_BETWEEN_MARKS)

    def _given(self, text: str) -> Iterator[str | Mark]:
        if text:
            yield from self._mark()
            self._is_code = bool((self._is_code + text.count("`")) % 2)
            yield text

    def _mark(self) -> Iterator[Mark]:
        if self._numbers:
            yield Mark(tuple(dict.fromkeys(self._numbers)))
            self._numbers = []

    def _tail(self) -> int:
        """Where what may be a mark begins, or white space before it."""
        place = len(self._held)
        opening = max(map(self._held.rfind, _OPENING))
        is_near = opening >= 0 and place - opening <= _MOST_BEGUN
        if is_near and _BEGUN.fullmatch(self._held, opening):
            place = opening
        begun = len(self._held[:place].rstrip())
        return begun if place - begun <= _MOST_SPACE else place

    def _read(self, numbers: str) -> list[int]:
        """The numbers of a mark: "3, 5-7" -> [3, 5, 6, 7]."""
        found = []
        for part in _RANGE.finditer(numbers):
            first = int(part[1])
            last = min(int(part[2] or first), max(first, self._largest + 1))
            found += range(first, last + 1) if last >= first else [first, last]
        return found
