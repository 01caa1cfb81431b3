"""Headings, by the outline of a document and by the size and weight of letters."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from headrace.ingest.readers.pdf.lines import Line
from headrace.ingest.readers.pdf.pieces import Piece

_LARGER = 1.15
#: The most characters and lines that a heading has.
_LONGEST = 160
_LONGEST_BOLD = 90
_LINES = 3
#: Heights of a letter between lines of one heading, and above one that is only bold.
_CLOSE = 0.9
_APART = 0.25
#: Share of the blocks of a style that have to be headings, and most of the letters of
#: the document that these may have.
_MOSTLY = 0.5
_RARE = 0.35
_DEEPEST = 6
_WORD = re.compile(r"[^\W\d_]{2,}")
_NOT_WORDS = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"(?:[\dIVX]+[.)]?|[\d.]+|chapter \d+|section [\d.]+)\s+", re.I)

#: The headings of an outline by page: their words, with the level from 1.
Outline = Mapping[int, Mapping[str, int]]


class _Style(NamedTuple):
    size: float
    is_bold: bool


class _Group(NamedTuple):
    """Lines of one style, one below the other: `start` to before `end` of a page."""

    page: int
    start: int
    end: int
    lines: tuple[Line, ...]

    @property
    def place(self) -> tuple[int, int]:
        return self.page, self.start

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)

    @property
    def style(self) -> _Style:
        first = self.lines[0].piece
        return _Style(round(first.size * 2) / 2, first.is_bold)


def with_headings(
    pages: Sequence[Sequence[Line]], body: float, gap: float, outline: Outline
) -> list[list[Line]]:
    """The lines of each page, in which those of a heading are one line with a level.

    Args:
        body: the size of most letters.
        gap: the usual space between lines, in heights of a letter.
        outline: levels by the words of a heading, see `words_of`.
    """
    groups: list[_Group] = []
    for page, lines in enumerate(pages):
        groups += _groups(page, lines, outline)
    is_body_bold = _is_mostly_bold(groups, body)
    listed: list[tuple[_Group, int]] = []
    found: list[_Group] = []
    for group in groups:
        level = _listed_level(group, outline)
        if level:
            listed.append((group, level))
        elif _is_heading(group, pages, body, gap, is_body_bold):
            found.append(group)
    levels = _levels(_of_rare_styles(found, groups), listed, body)
    return [_page_with(_groups(page, lines, outline), levels) for page, lines in enumerate(pages)]


def words_of(text: str) -> str:
    """The words of a heading, by which an entry of an outline is compared with it."""
    return _NOT_WORDS.sub(" ", text).strip().casefold()


def largest_heading(lines: Sequence[Line], body: float) -> str:
    """The largest heading of a page, if it is larger than the text; else ""."""
    headings = [line for line in lines if line.level and line.piece.size > _LARGER * body]
    if not headings:
        return ""
    return max(headings, key=lambda line: line.piece.size).text


def _groups(page: int, lines: Sequence[Line], outline: Outline) -> Iterator[_Group]:
    entries = outline.get(page, {})
    is_entry = [bool(entries) and _entry_level(line.text, entries) > 0 for line in lines]
    start = 0
    for end in range(1, len(lines) + 1):
        is_end = end == len(lines) or is_entry[end - 1] or is_entry[end]
        if is_end or not _is_one_block(lines[end - 1], lines[end]):
            yield _Group(page, start, end, tuple(lines[start:end]))
            start = end


def _is_one_block(above: Line, below: Line) -> bool:
    one, other = above.piece, below.piece
    if one.table or other.table or one.is_bold != other.is_bold:
        return False
    if abs(one.size - other.size) > 0.04 * max(one.size, 1):
        return False
    is_aligned = abs(one.left - other.left) < 2 * one.size or _is_centred(one, other)
    return is_aligned and -one.size < other.top - one.bottom < _CLOSE * one.size


def _is_mostly_bold(groups: Sequence[_Group], body: float) -> bool:
    letters: Counter[bool] = Counter()
    for group in groups:
        if abs(group.style.size - body) <= 0.5:
            letters[group.style.is_bold] += len(group.text)
    return letters[True] > letters[False]


def _listed_level(group: _Group, outline: Outline) -> int:
    """The level of a group that is an entry of the outline for its page; else 0."""
    entries = outline.get(group.page)
    if not entries or len(group.lines) > _LINES or group.lines[0].piece.table:
        return 0
    return _entry_level(group.text, entries)


def _entry_level(text: str, entries: Mapping[str, int]) -> int:
    return entries.get(words_of(text)) or entries.get(words_of(_NUMBER.sub("", text, 1))) or 0


def _is_heading(
    group: _Group, pages: Sequence[Sequence[Line]], body: float, gap: float, is_body_bold: bool
) -> bool:
    text, piece = group.text, group.lines[0].piece
    if piece.table or len(group.lines) > _LINES or not _reads_as_heading(text):
        return False
    if piece.size > _LARGER * body:
        return len(text) <= _LONGEST and not (text[0].islower() and len(text) < 40)
    if is_body_bold or not piece.is_bold or piece.size < 0.95 * body:
        return False
    lines = pages[group.page]
    if group.end >= len(lines) or len(group.lines) > 1 or len(text) > _LONGEST_BOLD:
        return False
    below = lines[group.end].piece
    stands_below = below.top >= piece.bottom - piece.size / 2 and not below.is_bold
    return stands_below and _is_apart(group, lines, gap) and _stands_at(piece, below)


def _stands_at(piece: Piece, below: Piece) -> bool:
    """Whether a line begins where the text below it does, or stands over its middle."""
    return abs(piece.left - below.left) < 3 * piece.size or _is_centred(piece, below)


def _is_centred(piece: Piece, below: Piece) -> bool:
    return abs(piece.left + piece.right - below.left - below.right) < 2 * piece.size


def _is_apart(group: _Group, lines: Sequence[Line], gap: float) -> bool:
    """Whether there is more space above a line than between others, or nothing."""
    if group.start == 0:
        return True
    above, piece = lines[group.start - 1].piece, group.lines[0].piece
    if above.bottom > piece.bottom:  # the column before
        return True
    return (piece.top - above.bottom) / max(piece.size, 1) > gap + _APART


def _reads_as_heading(text: str) -> bool:
    letters = sum(letter.isalpha() for letter in text)
    if not _WORD.search(text) or letters < 0.5 * len(text.replace(" ", "")):
        return False
    if text[0] in "•▪◦●■‣–-—[(*" or "...." in text or ". . ." in text:
        return False
    return not text.endswith((".", ",", ";", ":")) or bool(
        _NUMBER.match(text) and not text.endswith((",", ";", ":")) and len(text) < 60
    )


def _of_rare_styles(found: Sequence[_Group], groups: Sequence[_Group]) -> list[_Group]:
    """The headings in styles that are hardly used for anything else."""
    in_style = Counter(group.style for group in groups if not group.lines[0].piece.table)
    in_headings = Counter(group.style for group in found)
    letters: Counter[_Style] = Counter()
    for group in found:
        letters[group.style] += len(group.text)
    everything = sum(len(group.text) for group in groups)
    rare = set()
    for style, count in in_headings.items():
        if count >= _MOSTLY * in_style[style] and letters[style] <= _RARE * everything:
            rare.add(style)
    return [group for group in found if group.style in rare]


def _levels(
    found: Sequence[_Group], listed: Sequence[tuple[_Group, int]], body: float
) -> dict[tuple[int, int], int]:
    """The level of each heading: that of the outline, else by the size of letters."""
    by_style: dict[_Style, list[int]] = defaultdict(list)
    for group, level in listed:
        by_style[group.style].append(level)
    known = {style: Counter(levels).most_common(1)[0][0] for style, levels in by_style.items()}
    sizes = sorted({_rank(group.style, body) for group in found}, reverse=True)
    titles = [group for group in found if group.page == 0 and group.style not in known]
    largest = max((style.size for style in known), default=0)
    has_title = any(group.style.size > largest for group in titles) and bool(known)
    levels = {group.place: level + has_title for group, level in listed}
    for group in found:
        style = group.style
        if style in known:
            levels[group.place] = known[style] + has_title
        elif known and style.size > largest:
            levels[group.place] = 1
        elif known:
            deeper = [level for other, level in known.items() if other.size > style.size]
            levels[group.place] = max(deeper, default=0) + 1 + has_title
        else:
            levels[group.place] = sizes.index(_rank(style, body)) + 1
    return {place: min(level, _DEEPEST) for place, level in levels.items()}


def _rank(style: _Style, body: float) -> float:
    """What orders styles: the size; all that are only bold come last."""
    return style.size if style.size > _LARGER * body else 0


def _page_with(groups: Iterable[_Group], levels: Mapping[tuple[int, int], int]) -> list[Line]:
    changed: list[Line] = []
    for group in groups:
        level = levels.get(group.place, 0)
        if not level:
            changed += group.lines
            continue
        first, last = group.lines[0].piece, group.lines[-1].piece
        piece = replace(first, text=" ".join(group.text.split()), bottom=last.bottom)
        changed.append(Line(piece, level))
    return changed
