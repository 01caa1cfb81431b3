"""The order in which a page is read: column by column, blocks from the top."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, pairwise
from statistics import median

import numpy as np

from headrace.ingest.readers.pdf.pieces import Piece

#: Lines that each of two columns has to have.
_COLUMN_LINES = 3
#: Heights of a letter that the lines of a column are wide, at least.
_COLUMN_WIDTH = 6
#: A line fills its column from this share of the widest on; so does this share of them.
_FULL = 0.7
_FULL_LINES = 0.5
#: Heights of a letter between parts of one line, and letters that such lines have.
_PARTS = 2.5
_LONG_LINE = 30
#: Letters of a line of prose, where the lines of two columns were drawn row by row.
_PROSE_LINE = 20
#: Letters that a piece of text has on average.
_TEXT_LETTERS = 8
#: Lines that stand on a line of the column beside them, as shares of a letter's height
#: and of the lines.
_LEVEL = 0.15
_ALONE = 0.5
#: Heights of a letter that are blank across all columns between two parts of a page.
_BLANK = 4
#: Points between two columns.
_GUTTER = 5
#: Lines across a gutter, as a share of those beside it.
_CROSSING = 0.6
#: Share of the lines by which places of one gutter may differ.
_ALIKE = 0.1
#: Heights of a letter between two lines of one block.
_BLOCK_GAP = 1.0
#: Share of a line's height by which two blocks may overlap.
_OVERLAP = 0.3
_DEEPEST = 12

#: What a region without columns becomes: its tables are found, and take their place.
Leaf = Callable[[list[Piece]], list[Piece]]


def in_reading_order(pieces: Sequence[Piece], leaf: Leaf, depth: int = 0) -> list[Piece]:
    """The pieces as they are read.

    Text in columns is read column by column, between the lines that run across. Other
    text stays in the order in which it was drawn, block by block from top to bottom.
    """
    gutter = _gutter(pieces) if depth < _DEEPEST else None
    if gutter is None:
        return _by_blocks(leaf(list(pieces)), 0)
    is_right_to_left = sum(piece.is_right_to_left for piece in pieces) > len(pieces) / 2
    ordered: list[Piece] = []
    for band in chain.from_iterable(map(_parts, _bands(pieces, gutter))):
        left = [piece for piece in band if piece.right <= gutter]
        right = [piece for piece in band if piece.left >= gutter]
        if not left and not right:
            ordered += in_reading_order(band, leaf, depth + 1)
        for column in (right, left) if is_right_to_left else (left, right):
            if column:
                ordered += in_reading_order(column, leaf, depth + 1)
    return ordered


def _bands(pieces: Sequence[Piece], gutter: float) -> list[list[Piece]]:
    """Stripes of the page from the top, with lines across the gutter or without."""
    crossing = [piece for piece in pieces if piece.left < gutter < piece.right]
    crossing.sort(key=lambda piece: piece.middle)
    edges = [piece.middle for piece in crossing]
    places = [float(bisect_left(edges, piece.middle)) for piece in pieces]
    bands: dict[float, list[Piece]] = {}
    for piece, place in zip(pieces, places, strict=True):
        is_crossing = piece.left < gutter < piece.right
        bands.setdefault(place + 0.5 if is_crossing else place, []).append(piece)
    joined: list[list[Piece]] = []
    was_crossing = False
    for key in sorted(bands):
        is_crossing = key % 1 > 0
        if joined and is_crossing and was_crossing:
            joined[-1] += bands[key]
        else:
            joined.append(bands[key])
        was_crossing = is_crossing
    return joined


def _parts(band: Sequence[Piece]) -> Iterator[list[Piece]]:
    """The parts of a band between which it is blank from side to side."""
    edges: list[float] = []
    bottom = float("inf")
    for piece in sorted(band, key=lambda piece: piece.top):
        if piece.top - bottom > _BLANK * piece.size:
            edges.append(piece.top)
        bottom = piece.bottom if bottom == float("inf") else max(bottom, piece.bottom)
    parts: list[list[Piece]] = [[] for _ in range(len(edges) + 1)]
    for piece in band:
        parts[bisect_right(edges, piece.top)].append(piece)
    yield from parts


def _gutter(pieces: Sequence[Piece]) -> float | None:
    """Where the space between two columns is; None when there are none."""
    if len(pieces) < 2 * _COLUMN_LINES:
        return None
    lefts = np.array([piece.left for piece in pieces])
    rights = np.array([piece.right for piece in pieces])
    start, end = int(lefts.min()) + 1, int(rights.max())
    if end - start < 2 * _GUTTER:
        return None
    places = np.arange(start, end)
    before = np.searchsorted(np.sort(rights), places, side="right")
    after = len(pieces) - np.searchsorted(np.sort(lefts), places, side="left")
    crossing = len(pieces) - before - after
    beside = np.minimum(before, after)
    score = np.where(crossing <= _CROSSING * (before + after), beside - crossing, -np.inf)
    for _ in range(3):
        best = int(score.argmax())
        if not np.isfinite(score[best]) or beside[best] < _COLUMN_LINES:
            return None
        is_same = (score >= score[best] - _ALIKE * beside[best]).tolist()
        first = last = best
        while last + 1 < len(places) and is_same[last + 1]:
            last += 1
        while first > 0 and is_same[first - 1]:
            first -= 1
        gutter = float(places[first : last + 1][score[first : last + 1].argmax()])
        if last - first >= _GUTTER and _are_columns(pieces, gutter):
            return gutter
        score[max(first - _GUTTER, 0) : last + _GUTTER] = -np.inf
    return None


def _are_columns(pieces: Sequence[Piece], gutter: float) -> bool:
    """Whether prose stands on both sides, as against the cells of a table.

    It may also stand on one side only, if the other has lines of its own.
    """
    for band in _bands(pieces, gutter):
        left = [piece for piece in band if piece.right <= gutter]
        right = [piece for piece in band if piece.left >= gutter]
        if min(len(left), len(right)) < _COLUMN_LINES:
            continue
        top, bottom = max(_top(left), _top(right)), min(_bottom(left), _bottom(right))
        sides = _between(left, top, bottom), _between(right, top, bottom)
        if min(map(len, sides)) < _COLUMN_LINES:
            continue
        proses = sum(map(_is_prose, sides))
        is_long = proses == 2 and min(map(_usual_length, sides)) >= _PROSE_LINE
        if is_long or (proses == 2 and not _is_by_row(band, gutter)):
            return True
        if proses == 1 and _have_own_lines(*sides):
            return True
    return False


def _have_own_lines(left: Sequence[Piece], right: Sequence[Piece]) -> bool:
    """Whether both sides are text, and few of their lines are on one level."""
    if not (_is_text(left) and _is_text(right)):
        return False
    few, many = sorted((left, right), key=len)
    return _share_alone(few, many) >= _ALONE


def _is_text(pieces: Sequence[Piece]) -> bool:
    """Whether these are words, as against numbers and marks."""
    letters = sum(map(str.isalpha, chain.from_iterable(piece.text for piece in pieces)))
    return letters >= _TEXT_LETTERS * len(pieces)


def _is_by_row(pieces: Sequence[Piece], gutter: float) -> bool:
    """Whether most lines were drawn across the gutter, one after the other."""
    pairs = lines = 0
    for one, other in pairwise(pieces):
        lines += one.right <= gutter
        pairs += one.right <= gutter <= other.left and one.is_beside(other)
    return pairs >= lines / 2


def _usual_length(pieces: Sequence[Piece]) -> float:
    """How many letters most lines have."""
    lengths: Counter[int] = Counter()
    for piece in pieces:
        lengths[round(piece.middle)] += len(piece.text)
    return median(lengths.values())


def _share_alone(pieces: Sequence[Piece], others: Sequence[Piece]) -> float:
    """The share of the pieces that stand on no line of the others."""
    middles = np.sort([piece.middle for piece in others])
    places = np.array([piece.middle for piece in pieces])
    after = np.searchsorted(middles, places).clip(1, len(middles) - 1)
    apart = np.minimum(np.abs(middles[after] - places), np.abs(middles[after - 1] - places))
    return float(np.mean(apart > _LEVEL * np.array([piece.size for piece in pieces])))


def _top(pieces: Sequence[Piece]) -> float:
    return min(piece.top for piece in pieces)


def _bottom(pieces: Sequence[Piece]) -> float:
    return max(piece.bottom for piece in pieces)


def _between(pieces: Sequence[Piece], top: float, bottom: float) -> list[Piece]:
    return [piece for piece in pieces if top <= piece.middle <= bottom]


def _is_prose(pieces: Sequence[Piece]) -> bool:
    """Whether most lines are wide, and fill the column or one of several columns.

    A line may be drawn in parts, such as the mark and the words of an item.
    """
    widths = [piece.width for piece in pieces if piece.table is None]
    if not widths:
        return False
    size = median(piece.size for piece in pieces)
    if _are_full(widths, size):
        return True
    lines = _long_lines(pieces)
    return len(lines) >= _COLUMN_LINES and _are_full(lines, size)


def _are_full(widths: Sequence[float], size: float) -> bool:
    widest = sorted(widths)[int(0.9 * (len(widths) - 1))]
    full = sum(width >= _FULL * widest for width in widths)
    return median(widths) >= _COLUMN_WIDTH * size and full >= _FULL_LINES * len(widths)


def _long_lines(pieces: Sequence[Piece]) -> list[float]:
    """The widths of lines with parts close to each other; [] when they are short."""
    lines: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: (round(piece.middle), piece.left)):
        last = lines[-1][-1] if lines else None
        if last and piece.is_beside(last) and piece.left - last.right <= _PARTS * piece.size:
            lines[-1].append(piece)
        else:
            lines.append([piece])
    letters = [sum(len(piece.text) for piece in line) for line in lines]
    if median(letters) < _LONG_LINE:
        return []
    return [line[-1].right - line[0].left for line in lines]


def _by_blocks(pieces: Sequence[Piece], depth: int) -> list[Piece]:
    blocks = _blocks(pieces)
    return list(chain.from_iterable(_sorted_blocks(blocks, depth)))


def _blocks(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces that were drawn in a row and stand below or beside each other."""
    blocks = [[piece] for piece in pieces[:1]]
    for previous, piece in pairwise(pieces):
        gap = piece.top - previous.bottom
        height = max(min(piece.size, previous.size), 1)
        is_below = -_OVERLAP * height <= gap <= _BLOCK_GAP * height and piece.is_over(previous)
        is_beside = piece.is_beside(previous) and piece.left >= previous.left
        if (is_below or is_beside) and piece.table is None and previous.table is None:
            blocks[-1].append(piece)
        else:
            blocks.append([piece])
    return blocks


def _sorted_blocks(blocks: list[list[Piece]], depth: int) -> list[list[Piece]]:
    """Blocks from the top; those side by side from the left; else as drawn."""
    if len(blocks) < 2 or depth > _DEEPEST:
        return blocks
    sides = [
        lambda block: (_top(block), _bottom(block)),
        lambda block: (min(one.left for one in block), max(one.right for one in block)),
    ]
    for side in sides:
        groups = _parted(blocks, side)
        if len(groups) > 1:
            ordered = []
            for group in groups:
                ordered += _sorted_blocks(group, depth + 1)
            return ordered
    return blocks


def _parted(
    blocks: list[list[Piece]], side: Callable[[list[Piece]], tuple[float, float]]
) -> list[list[list[Piece]]]:
    """Groups of blocks with a free line between them; each in the order drawn."""
    spans = [side(block) for block in blocks]
    tolerance = _OVERLAP * median(block[0].size for block in blocks)
    groups: list[list[int]] = []
    end = float("-inf")
    for index in sorted(range(len(blocks)), key=lambda index: spans[index][0]):
        if not groups or spans[index][0] > end - tolerance:
            groups.append([])
        groups[-1].append(index)
        end = max(end, spans[index][1])
    return [[blocks[index] for index in sorted(group)] for group in groups]
