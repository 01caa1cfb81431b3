"""Running headers, footers and page numbers: what stands at one place on many pages."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from headrace.ingest.readers.pdf.pieces import Piece

#: Lines at the top and at the bottom of a page that may be furniture.
_LINES = 3
#: Share of a page's height within which they stand.
_MARGIN = 0.2
#: Points by which a place may differ between two pages.
_PLACE = 4
#: Share of the pages on which large letters have to stand to be furniture.
_MOST = 0.6
#: Up to this many pages, two with the same line are enough.
_FEW_PAGES = 3
_LARGER = 1.15
#: Heights of a line within which a table continues below its headers.
_NEAR = 2
#: Share of the pages whose number has to grow with the page.
_STEADY = 0.8
_NUMBER = re.compile(r"\d+")
_ROMAN = re.compile(r"\W*[ivxlc]{1,7}\W*", re.I)
#: A number, or words that say no more than a number: "Page 3 of 9", "- 3 -".
_PAGE_NUMBER = re.compile(
    r"\W*(?:(?:page|seite|p(?:\.|age)?|pagina|página|s\.)\s*)?(?:\d+|[ivxlc]{1,7})"
    r"(?:\s*(?:of|von|de|/|sur|di|\|)\s*\d+)?\W*",
    re.I,
)


class _Place(NamedTuple):
    """A line's text with digits folded, and its distance from an edge."""

    text: str
    is_top: bool
    height: int


@dataclass(frozen=True, slots=True)
class _Seen:
    """A line on a page; `alike` is the first page with the same words."""

    page: int
    alike: int
    piece: Piece


def furniture(
    pages: Mapping[int, tuple[Sequence[Piece], float]], body_size: float
) -> dict[int, set[Piece]]:
    """What is furniture, by the number of its page.

    Args:
        pages: by number, the pieces of each page and the page's height.
        body_size: the size of most letters.
    """
    seen: dict[_Place, list[_Seen]] = defaultdict(list)
    first: dict[str, int] = {}
    for number, (pieces, height) in pages.items():
        page = first.setdefault(_folded("".join(piece.text for piece in pieces)), number)
        for place, piece in _edge_pieces(pieces, height):
            seen[place].append(_Seen(number, page, piece))
    found: dict[int, set[Piece]] = defaultdict(set)
    for place in sorted(seen):
        near = [*seen[place], *seen.get(place._replace(height=place.height + 1), ())]
        if _is_furniture(near, len(pages), body_size):
            for one in near:
                found[one.page].add(one.piece)
    return {
        number: _at_edges(marked, pages[number][0]) - _table_headers(marked, pages[number][0])
        for number, marked in found.items()
    }


def _at_edges(marked: set[Piece], pieces: Sequence[Piece]) -> set[Piece]:
    """What was marked with nothing else between it and the edge of the page."""
    rows = _rows(sorted(pieces, key=lambda piece: piece.middle))
    kept: set[Piece] = set()
    for ordered in (rows, rows[::-1]):
        for row in ordered:
            if not marked.issuperset(row):
                break
            kept |= set(row)
    return kept


def _table_headers(marked: set[Piece], pieces: Sequence[Piece]) -> set[Piece]:
    """What was marked, but names the columns of a table that continues over pages."""
    others = sorted((piece for piece in pieces if piece not in marked), key=lambda one: one.top)
    headers: set[Piece] = set()
    for row in _rows(sorted(marked, key=lambda one: one.top)):
        lowest = max(piece.bottom for piece in row)
        below = [piece for piece in others if 0 < piece.middle - lowest < _NEAR * piece.size]
        columns = {piece for piece in row if any(piece.is_over(other) for other in below)}
        if len(columns) >= 2 and len(below) >= len(row) - 1 and len(below) >= 2:
            headers |= set(row)
    return headers


def _rows(pieces: Sequence[Piece]) -> list[list[Piece]]:
    rows: list[list[Piece]] = []
    for piece in pieces:
        if rows and piece.is_beside(rows[-1][-1]):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return rows


def is_page_number(text: str) -> bool:
    """Whether a line says no more than the number of its page."""
    return bool(_PAGE_NUMBER.fullmatch(text))


def _edge_pieces(pieces: Sequence[Piece], height: float) -> Iterable[tuple[_Place, Piece]]:
    for is_top in (True, False):
        edge = [piece for piece in pieces if _distance(piece, height, is_top) < _MARGIN * height]
        edge.sort(key=lambda piece: piece.middle, reverse=not is_top)
        line, previous = 0, None
        for piece in edge:
            if previous is not None and not piece.is_beside(previous):
                line += 1
            previous = piece
            if line >= _LINES:
                break
            distance = round(_distance(piece, height, is_top) / _PLACE)
            yield _Place(_folded(piece.text), is_top, distance), piece


def _distance(piece: Piece, height: float, is_top: bool) -> float:
    return piece.middle if is_top else height - piece.middle


def _folded(text: str) -> str:
    return "#" if _ROMAN.fullmatch(text) else _NUMBER.sub("#", text)


def _is_furniture(seen: Sequence[_Seen], page_count: int, body_size: float) -> bool:
    pages = {one.alike for one in seen}  # a page that comes twice counts once
    least = 2 if page_count <= _FEW_PAGES else 3
    if len(pages) < least:
        return False
    texts = Counter(one.piece.text for one in seen)
    is_one_text = len(texts) == 1
    is_large = seen[0].piece.size > _LARGER * body_size
    if is_large and (not is_one_text or len(pages) < max(_MOST * page_count, 3)):
        return False
    return is_one_text or _counts_pages(seen)


def _counts_pages(seen: Sequence[_Seen]) -> bool:
    """Whether the numbers in a line stay the same, or grow with the pages."""
    rows = [(one.page, _NUMBER.findall(one.piece.text)) for one in seen]
    columns = {len(numbers) for _, numbers in rows}
    if columns == {0}:  # Roman numbers
        return True
    if len(columns) != 1:
        return all(is_page_number(one.piece.text) for one in seen)
    steady = 0
    for above, below in pairwise(rows):
        steps = [int(b) - int(a) for a, b in zip(above[1], below[1], strict=True)]
        steady += all(step in (0, below[0] - above[0]) for step in steps)
    return steady >= _STEADY * (len(rows) - 1)
