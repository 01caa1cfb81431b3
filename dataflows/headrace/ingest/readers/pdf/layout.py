"""The pages of a document as one text: what is read where, and what is left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

from headrace.ingest.readers.pdf.furniture import furniture, is_page_number
from headrace.ingest.readers.pdf.headings import Outline, largest_heading, with_headings
from headrace.ingest.readers.pdf.hyphens import Words, without_line_hyphen
from headrace.ingest.readers.pdf.lines import (
    Line,
    body_size,
    lines_of,
    page_gap,
    text_of,
    usual_gap,
)
from headrace.ingest.readers.pdf.order import in_reading_order
from headrace.ingest.readers.pdf.pages import Page
from headrace.ingest.readers.pdf.pieces import Piece
from headrace.ingest.readers.pdf.tables import continued_tables, with_tables

_GAP = "\n\n"


@dataclass(frozen=True, slots=True)
class Layout:
    """The text with the starts of its pages, and the largest heading of the first."""

    text: str
    page_starts: tuple[int, ...]
    heading: str


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The lines of a page, what is kept of its furniture, and its comments."""

    lines: list[Line]
    kept: list[str]
    comments: list[str]


def laid_out(pages: Sequence[Page], outline: Outline) -> Layout:
    """The text of the pages in reading order, headings and tables as Markdown."""
    body = body_size(chain.from_iterable(page.pieces for page in pages))
    left_out = furniture({page.number: (page.pieces, page.height) for page in pages}, body)
    ordered = [_ordered(page, left_out.get(page.number, set())) for page in pages]
    lines = [lines_of(pieces) for pieces in continued_tables(ordered)]
    gap = usual_gap(lines)
    lines = with_headings(lines, body, gap, outline)
    lines = [found + _turned(page) for found, page in zip(lines, pages, strict=True)]
    kept = _kept(left_out, lines)
    sheets = [
        _Sheet(found, kept.get(page.number, []), page.comments)
        for found, page in zip(lines, pages, strict=True)
    ]
    text, starts = _joined(sheets, gap)
    heading = largest_heading(lines[0], body) if lines else ""
    return Layout(text, starts, heading)


def _ordered(page: Page, left_out: set[Piece]) -> list[Piece]:
    pieces = [piece for piece in page.pieces if piece not in left_out]
    return in_reading_order(pieces, with_tables)


def _turned(page: Page) -> list[Line]:
    """Lines that run in other directions than most; they come last."""
    return list(chain.from_iterable(map(lines_of, page.turned)))


def _kept(
    left_out: Mapping[int, set[Piece]], lines: Sequence[Sequence[Line]]
) -> dict[int, list[str]]:
    """Each line of furniture once, by the number of a page on which it stood.

    That is the first one that does not begin in the middle of a sentence, so that it
    parts none. Page numbers are not kept.
    """
    kept: dict[int, list[str]] = {}
    told: set[str] = set()
    for is_clean_only in (True, False):
        for number in sorted(left_out):
            if is_clean_only and not _begins_cleanly(number - 1, lines):
                continue
            for piece in sorted(left_out[number], key=lambda piece: (piece.top, piece.left)):
                folded = "".join(letter for letter in piece.text if not letter.isdigit())
                if folded not in told and not is_page_number(piece.text):
                    told.add(folded)
                    kept.setdefault(number, []).append(without_line_hyphen(piece.text))
    return kept


def _begins_cleanly(index: int, lines: Sequence[Sequence[Line]]) -> bool:
    if index == 0 or not lines[index] or not lines[index - 1]:
        return True
    return page_gap(lines[index - 1][-1], lines[index][0]) == _GAP


def _joined(sheets: Sequence[_Sheet], gap: float) -> tuple[str, tuple[int, ...]]:
    lines = chain.from_iterable(sheet.lines for sheet in sheets)
    words = Words(line.text for line in lines)
    texts: list[str] = []
    for sheet, following in zip(sheets, [*sheets[1:], None], strict=True):
        parts = ["\n".join(sheet.kept), text_of(sheet.lines, words, gap), *sheet.comments]
        text = _GAP.join(part for part in parts if part)
        texts.append(_with_gap(text, sheet, following, words) if following else text)
    texts[-1:] = [without_line_hyphen(text) for text in texts[-1:]]
    ends = accumulate(map(len, texts))
    return "".join(texts), tuple([0, *ends][: len(texts)])


def _with_gap(text: str, sheet: _Sheet, following: _Sheet, words: Words) -> str:
    """The text of a page, and what stands between it and the next page."""
    if sheet.comments or following.kept or not sheet.lines or not following.lines:
        return without_line_hyphen(text) + _GAP
    last, first = sheet.lines[-1], following.lines[0]
    between = page_gap(last, first)
    link = None if between == _GAP else words.link(last.text, first.text)
    if link is None:
        return without_line_hyphen(text) + between
    return text[:-1] + link
