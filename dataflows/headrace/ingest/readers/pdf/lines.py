"""The lines of a page as they are read, and the text that they make."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from headrace.ingest.readers.pdf.hyphens import Words, without_line_hyphen
from headrace.ingest.readers.pdf.pieces import Piece

_LINE_END = "\n"
_PARAGRAPH_END = "\n\n"
#: Heights of a letter by which lines of two paragraphs are further apart than others.
_PARAGRAPH_GAP = 0.35
_SAME_SIZE = 0.15
#: Gap between two parts of a word at most, as a share of the height of its letters.
_IN_WORD = 0.02
_USUAL_GAP = 0.15
_BULLET = re.compile(r"[•▪◦●■‣⁃∙○□➢➤\uf0b7\uf0a7\uf076\uf0d8]\s*(?=\S)")
_MARK = re.compile(r"(#{1,6}) ")
_UNDERLINE = re.compile(r"(?:=+|-+)")
_ENDS_SENTENCE = re.compile(r"[.!?:;。！？؟][\"'”’»)\]]*$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line or a table; `level` is that of a heading, from 1, else 0."""

    piece: Piece
    level: int = 0

    @property
    def text(self) -> str:
        return self.piece.text


def lines_of(pieces: Iterable[Piece]) -> list[Line]:
    """Pieces in reading order as lines; those beside each other are one."""
    lines: list[Piece] = []
    for piece in pieces:
        if lines and _goes_on_line(lines[-1], piece):
            lines[-1] = _joined(lines[-1], piece)
        else:
            lines.append(piece)
    return [Line(piece) for piece in lines]


def _goes_on_line(line: Piece, piece: Piece) -> bool:
    if line.table or piece.table or not piece.is_beside(line):
        return False
    return piece.left >= line.right - line.size or piece.is_right_to_left


def _joined(line: Piece, piece: Piece) -> Piece:
    is_one_word = abs(piece.left - line.right) <= _IN_WORD * min(line.size, piece.size)
    blank = "" if is_one_word and not piece.is_right_to_left else " "
    return replace(
        line,
        text=f"{without_line_hyphen(line.text)}{blank}{piece.text}",
        left=min(line.left, piece.left),
        top=min(line.top, piece.top),
        right=max(line.right, piece.right),
        bottom=max(line.bottom, piece.bottom),
        is_bold=line.is_bold and piece.is_bold,
    )


def body_size(pieces: Iterable[Piece]) -> float:
    """The size of most letters."""
    sizes: Counter[float] = Counter()
    for piece in pieces:
        if piece.table is None:
            sizes[round(piece.size * 4) / 4] += len(piece.text)
    return sizes.most_common(1)[0][0] if sizes else 0


def usual_gap(pages: Iterable[Sequence[Line]]) -> float:
    """The space between two lines of a paragraph, in heights of a letter."""
    gaps = []
    for lines in pages:
        for above, below in pairwise(lines):
            gap = (below.piece.top - above.piece.bottom) / max(above.piece.size, 1)
            if -0.5 < gap < 1 and above.piece.is_over(below.piece):
                gaps.append(gap)
    return min(median(gaps), 1) if gaps else _USUAL_GAP


def text_of(lines: Sequence[Line], words: Words, gap: float) -> str:
    """Lines as Markdown; `gap` is the usual one between two lines of a paragraph."""
    pieces: list[str] = []
    previous: Line | None = None
    for line in lines:
        text = _marked(line)
        if previous is not None:
            between = _between(previous, line, gap)
            link = None
            if between == _LINE_END or not previous.level and not line.level:
                link = words.link(previous.text, text)
            if link is None:
                pieces[-1] = without_line_hyphen(pieces[-1])
                pieces.append(between)
            else:
                pieces[-1] = pieces[-1][:-1] + link
        pieces.append(text)
        previous = line
    return "".join(pieces)


def page_gap(last: Line, first: Line) -> str:
    """What stands between the last line of a page and the first of the next."""
    is_plain = not (last.level or first.level or last.piece.table or first.piece.table)
    return _LINE_END if is_plain and _goes_on(last, first) else _PARAGRAPH_END


def _between(above: Line, below: Line, gap: float) -> str:
    if above.level or below.level or above.piece.table or below.piece.table:
        return _PARAGRAPH_END
    if _UNDERLINE.fullmatch(below.text):
        return _PARAGRAPH_END
    one, other = above.piece, below.piece
    if other.bottom <= one.top:  # the next column
        return _LINE_END if _goes_on(above, below) else _PARAGRAPH_END
    size = max(min(one.size, other.size), 1)
    if abs(one.size - other.size) > _SAME_SIZE * size:
        return _PARAGRAPH_END
    is_far = (other.top - one.bottom) / size > gap + _PARAGRAPH_GAP
    return _PARAGRAPH_END if is_far else _LINE_END


def _goes_on(above: Line, below: Line) -> bool:
    """Whether a sentence continues from one line to the next."""
    if _BULLET.match(below.text):
        return False
    return below.text[:1].islower() or not _ENDS_SENTENCE.search(above.text)


def _marked(line: Line) -> str:
    """A line with its Markdown.

    A no-break space keeps what begins with a "#" from being read as a heading.
    """
    if line.piece.table:
        return _PARAGRAPH_END.join(line.text.split(_LINE_END))
    if line.level:
        return f"{'#' * line.level} {line.text}"
    return (
        _MARK.sub("\\1\xa0", _BULLET.sub("- ", line.text, count=1), count=1)
        if _BULLET.match(line.text) or _MARK.match(line.text)
        else line.text
    )
