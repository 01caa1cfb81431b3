"""Tables with rules: the lines that are drawn on a page, and the cells between them."""

import ctypes
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from headrace.ingest.readers.pdf.hyphens import without_line_hyphen
from headrace.ingest.readers.pdf.pieces import Piece
from headrace.ingest.readers.pdf.tables import Table, replaced, rows_of

#: Points that a rule is thick at most, and long at least.
_THICK = 3
_LONG = 6
#: Points by which places differ that are the same.
_SAME = 2.5
_MOST_OBJECTS = 4_000
_MOST_SEGMENTS = 400
_MOST_RULES = 1_200
_MOST_CELLS = 4_000
_LEAST_TEXTS = 4
#: Share of the areas of a grid that hold text, and of the columns with texts of theirs.
_FILLED = 0.4
#: More characters than this are not in a cell, but in a box on the page.
_LONGEST_CELL = 1_500


class Rule(NamedTuple):
    """A line along one axis: its place on the other, and where it begins and ends."""

    place: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a page, in points from the left and from the top."""

    across: tuple[Rule, ...] = ()
    down: tuple[Rule, ...] = ()


def rule_boxes(page: Any) -> np.ndarray:
    """The lines on a page and the sides of its boxes, (n, 4): left, top, right, bottom.

    In PDF's coordinates, y upwards. A page with thousands of lines is a drawing.
    """
    from pypdfium2 import raw

    boxes: list[tuple[float, float, float, float]] = []
    sides = [ctypes.c_float() for _ in range(4)]
    count = raw.FPDFPage_CountObjects(page)
    for number in range(count if count <= _MOST_OBJECTS else 0):
        item = raw.FPDFPage_GetObject(page, number)
        if raw.FPDFPageObj_GetType(item) == raw.FPDF_PAGEOBJ_PATH:
            boxes += _path_boxes(item, sides)
        if len(boxes) > 2 * _MOST_RULES:
            boxes = []
            break
    return np.array(boxes, np.float64).reshape(-1, 4)


def _path_boxes(
    item: Any, sides: Sequence[ctypes.c_float]
) -> Iterator[tuple[float, float, float, float]]:
    from pypdfium2 import raw

    left, bottom, right, top = sides
    if not raw.FPDFPageObj_GetBounds(item, left, bottom, right, top):
        return
    width, height = right.value - left.value, top.value - bottom.value
    if min(width, height) <= _THICK:
        if max(width, height) >= _LONG:
            yield left.value, top.value, right.value, bottom.value
        return
    for start, end in _straight(item):
        (x, y), (next_x, next_y) = start, end
        is_rule = min(abs(x - next_x), abs(y - next_y)) < 1
        if is_rule and max(abs(x - next_x), abs(y - next_y)) >= _LONG:
            yield min(x, next_x), max(y, next_y), max(x, next_x), min(y, next_y)


def _straight(item: Any) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """The straight lines of a path, from point to point."""
    from pypdfium2 import raw

    matrix = raw.FS_MATRIX()
    count = raw.FPDFPath_CountSegments(item)
    if not 0 < count <= _MOST_SEGMENTS or not raw.FPDFPageObj_GetMatrix(item, matrix):
        return
    x, y = ctypes.c_float(), ctypes.c_float()
    first = previous = (0.0, 0.0)
    for number in range(count):
        segment = raw.FPDFPath_GetPathSegment(item, number)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        point = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            first = point
        elif kind == raw.FPDF_SEGMENT_LINETO:
            yield previous, point
        if raw.FPDFPathSegment_GetClose(segment):
            yield point, first
        previous = point


def rules_of(boxes: np.ndarray) -> Rules:
    """Rules from their boxes as (n, 4) left, top, right, bottom, y downwards."""
    across, down = [], []
    for box in boxes.tolist():
        left, top, right, bottom = box
        if right - left >= bottom - top:
            across.append(Rule((top + bottom) / 2, left, right))
        else:
            down.append(Rule((left + right) / 2, top, bottom))
    if max(len(across), len(down)) > _MOST_RULES:
        return Rules()
    return Rules(tuple(across), tuple(down))


def with_grids(pieces: Sequence[Piece], rules: Rules) -> list[Piece]:
    """The pieces of a page, in which those within a grid have become one piece."""
    found: list[tuple[Table, list[Piece]]] = []
    taken: set[int] = set()
    for across, down in _connected(rules):
        ys, xs = _places(across), _places(down)
        if len(ys) < 3 or len(xs) < 3 or len(ys) * len(xs) > _MOST_CELLS:
            continue
        free = (piece for piece in pieces if piece.table is None and id(piece) not in taken)
        inside = [piece for piece in free if _is_inside(piece, xs, ys)]
        table = _table(inside, _areas(xs, ys, across, down), xs, ys)
        if table is not None:
            found.append((table, inside))
            taken |= {id(piece) for piece in inside}
    return replaced(pieces, found)


def _is_inside(piece: Piece, xs: Sequence[float], ys: Sequence[float]) -> bool:
    return xs[0] < (piece.left + piece.right) / 2 < xs[-1] and ys[0] < piece.middle < ys[-1]


def _connected(rules: Rules) -> Iterator[tuple[list[Rule], list[Rule]]]:
    """Rules that cross or touch one another, group by group."""
    if len(rules.across) < 3 or len(rules.down) < 3:
        return
    across, down = np.array(rules.across), np.array(rules.down)
    place, start, end = (across[:, [side]] for side in range(3))
    meets = (start - _SAME <= down[:, 0]) & (down[:, 0] <= end + _SAME)
    meets &= (down[:, 1] - _SAME <= place) & (place <= down[:, 2] + _SAME)
    left = np.ones(len(across), bool)
    while left.any():
        rows = np.zeros(len(across), bool)
        rows[int(left.argmax())] = True
        columns = np.zeros(len(down), bool)
        size = -1
        while size != (size := int(rows.sum() + columns.sum())):
            columns = meets[rows].any(axis=0)
            rows |= meets[:, columns].any(axis=1)
        left &= ~rows
        yield (
            [rules.across[index] for index in np.flatnonzero(rows)],
            [rules.down[index] for index in np.flatnonzero(columns)],
        )


def _places(rules: Iterable[Rule]) -> list[float]:
    """Where the rules are, each place once."""
    places: list[float] = []
    for place in sorted(rule.place for rule in rules):
        if not places or place - places[-1] > 2 * _SAME:
            places.append(place)
    return places


def _areas(
    xs: Sequence[float], ys: Sequence[float], across: Sequence[Rule], down: Sequence[Rule]
) -> np.ndarray:
    """The number of the area that each cell belongs to; merged cells share one."""
    areas = np.arange((len(ys) - 1) * (len(xs) - 1)).reshape(len(ys) - 1, len(xs) - 1)
    for row, column in np.argwhere(~_walls(down, xs, ys)).tolist():
        areas[areas == areas[row, column + 1]] = areas[row, column]
    for column, row in np.argwhere(~_walls(across, ys, xs)).tolist():
        areas[areas == areas[row + 1, column]] = areas[row, column]
    return areas


def _walls(rules: Sequence[Rule], places: Sequence[float], edges: Sequence[float]) -> np.ndarray:
    """Where rules part cells: by the cell along the rules, and the inner place."""
    along = (np.array(edges[1:]) + np.array(edges[:-1])) / 2
    place, start, end = np.array(rules).T[:, :, np.newaxis]
    is_here = np.abs(np.array(places[1:-1]) - place) <= 2 * _SAME
    is_along = (start - _SAME <= along) & (along <= end + _SAME)
    return is_along.T.astype(np.float32) @ is_here.astype(np.float32) > 0


def _table(
    pieces: Sequence[Piece], areas: np.ndarray, xs: Sequence[float], ys: Sequence[float]
) -> Table | None:
    held: dict[int, list[Piece]] = {}
    for piece in pieces:
        column = int(np.searchsorted(xs, (piece.left + piece.right) / 2)) - 1
        row = int(np.searchsorted(ys, piece.middle)) - 1
        held.setdefault(int(areas[row, column]), []).append(piece)
    texts = {area: _text(inside) for area, inside in held.items()}
    if len(texts) < _LEAST_TEXTS or len(texts) < _FILLED * len(np.unique(areas)):
        return None
    if max(map(len, texts.values())) > _LONGEST_CELL:
        return None
    rows: list[dict[int, str]] = []
    above: list[int] = []
    for line in areas.tolist():
        cells = {column: texts[area] for column, area in enumerate(line) if area in texts}
        is_one_cell = len({area for area in line if area in texts}) == 1
        if cells and line != above:
            rows.append(dict([min(cells.items())]) if is_one_cell else cells)
        above = line
    if not rows or sum(map(_filled, rows)) < _FILLED * len(rows) * (len(xs) - 1):
        return None  # the frames of a form or a diagram
    columns = tuple(pairwise(xs))
    return Table(tuple(rows), columns) if max(map(len, rows), default=0) > 1 else None


def _filled(row: dict[int, str]) -> int:
    return len(set(row.values()))


def _text(pieces: Sequence[Piece]) -> str:
    lines = [" ".join(piece.text for piece in row) for row in rows_of(pieces)]
    text = ""
    for line in lines:
        text = f"{without_line_hyphen(text)} {line}" if text else line
    return without_line_hyphen(text)
