"""A stored document in a notebook: chunks, headings and pages, drawn over its text.

Colours are see-through and text keeps the notebook's own colour, so that a drawing can
be read on a light and on a dark background.
"""

import html
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from headrace.types import display

if TYPE_CHECKING:
    from headrace.types.documents import Chunk, StoredDocument

#: In a longer document, chunks that begin after this many characters are left out.
_SHOWN_CHARACTERS = 20_000
_HEADING = re.compile(r"#{1,6} +\S")
_FENCE = re.compile(r" {0,3}(```|~~~)")
#: Neighbouring chunks are tinted with one and the other.
_TINTS = ("rgba(59,125,196,.15)", "rgba(214,137,16,.17)")
_BORDERS = ("rgb(59,125,196)", "rgb(214,137,16)")
_MONOSPACED = "font-family:monospace;white-space:pre-wrap;overflow-wrap:anywhere"
_TEXT = f"{_MONOSPACED};text-align:left;padding:.1em .7em"
_SMALL = "font-size:85%;text-align:left"
_PAGE = f"{_SMALL};border-top:2px dotted;margin-top:.7em;padding-top:.1em"
_DIM = "opacity:.65"


class Piece(NamedTuple):
    """Characters `start` to before `end` of a document, and the chunks that hold them.

    There are two where neighbours overlap, and none where a text is in no chunk.
    """

    start: int
    end: int
    chunks: tuple["Chunk", ...]


def pieces(document: "StoredDocument") -> Iterator[Piece]:
    """The document's text, cut wherever a chunk begins or ends."""
    borders = {0, len(document.text or "")}
    for chunk in document.chunks:
        borders |= {chunk.start, chunk.end}
    ordered = sorted(borders)
    coming = list(document.chunks)[::-1]
    inside: list[Chunk] = []
    for start, end in zip(ordered, ordered[1:], strict=False):
        while coming and coming[-1].start <= start:
            inside.append(coming.pop())
        inside = [chunk for chunk in inside if chunk.end > start]
        yield Piece(start, end, tuple(inside))


def document_html(document: "StoredDocument") -> str:
    """The document as HTML, everything in it escaped."""
    drawn = "".join(_Drawing(document).parts())
    return f'<div class="headrace-document">{_head(document)}{drawn}</div>'


def _head(document: "StoredDocument") -> str:
    pages, count = len(document.page_starts), document.chunk_count
    facts = [document.document_id, document.language, f"{count:,} chunk{'s' * (count != 1)}"]
    if pages:
        facts.append(f"{pages:,} page{'s' * (pages != 1)}")
    for name, value in document.metadata.items():
        facts.append(f"{name}: {display.snippet(str(value))}")
    title = html.escape(document.title or document.document_id)
    return f"<div><b>{title}</b></div>" + _block(f"{_SMALL};{_DIM}", " · ".join(facts))


class _Drawing:
    """Draws the text of a document from its beginning."""

    def __init__(self, document: "StoredDocument") -> None:
        self.document = document
        self.text = document.text or ""
        self.heading_starts = _heading_starts(self.text, document.chunks)

    def parts(self) -> Iterator[str]:
        for piece in pieces(self.document):
            if piece.start >= _SHOWN_CHARACTERS:
                yield self._left_out(piece.start)
                return
            yield from self._piece(piece)
        starts = self.document.page_starts
        for page in range(bisect_left(starts, len(self.text)), len(starts)):
            yield self._page(page + 1)

    def _piece(self, piece: Piece) -> Iterator[str]:
        """The text of a piece, after what is to be said of pages and chunks there."""
        starts = self.document.page_starts
        first = bisect_left(starts, piece.start)
        last = bisect_left(starts, piece.end)
        breaks = list(enumerate(starts[first:last], start=first + 1))
        if breaks and breaks[0][1] == piece.start:
            yield self._page(breaks.pop(0)[0])
        for chunk in piece.chunks:
            if chunk.start == piece.start:
                yield _label(chunk)
        if len(piece.chunks) > 1:
            numbers = " and ".join(str(chunk.ordinal + 1) for chunk in piece.chunks)
            yield _block(f"{_SMALL};{_DIM};padding-left:.8em", f"shared by {numbers}:")
        start = piece.start
        for page, place in breaks:
            yield self._text(start, place, piece.chunks)
            yield self._page(page)
            start = place
        yield self._text(start, piece.end, piece.chunks)

    def _text(self, start: int, end: int, chunks: Sequence["Chunk"]) -> str:
        lines: list[str] = []
        for place, line in _lines(self.text[start:end]):
            shown = html.escape(line)
            is_heading = shown and start + place in self.heading_starts
            lines.append(f"<b>{shown}</b>" if is_heading else shown)
        shown = "\n".join(lines).strip("\n")
        return f'<div style="{_TEXT};{_tint(chunks)}">{shown}</div>' if shown.strip() else ""

    def _page(self, number: int) -> str:
        """Says that a page begins, and whether it has any text."""
        start, *following = self.document.page_starts[number - 1 : number + 1]
        end = following[0] if following else len(self.text)
        is_empty = not self.text[start:end].strip()
        return _block(_PAGE, f"page {number}{': no text' * is_empty}")

    def _left_out(self, place: int) -> str:
        document = self.document
        coming = [chunk.ordinal + 1 for chunk in document.chunks if chunk.start >= place]
        which = f"chunks {coming[0]:,} to {coming[-1]:,}, " if coming else ""
        return _block(
            f"{_SMALL};margin-top:.7em",
            f"Left out here: {which}{len(self.text) - place:,} characters. "
            f"run.py documents show {document.document_id} shows all.",
        )


def _label(chunk: "Chunk") -> str:
    """What a chunk is called, and what stands above it and is read with it."""
    facts = [f"chunk {chunk.chunk_id}", f"characters {chunk.start:,}-{chunk.end:,}"]
    if chunk.page:
        facts.append(f"page {chunk.page}")
    if chunk.headings:
        facts.append(f"under {' > '.join(chunk.headings)}")
    border = _BORDERS[chunk.ordinal % 2]
    style = f"{_SMALL};margin-top:.7em;border-left:4px solid {border};padding-left:.5em"
    said = html.escape(" · ".join(facts))
    return f'<div style="{style}"><b>{chunk.ordinal + 1}</b> {said}</div>{_lead(chunk)}'


def _lead(chunk: "Chunk") -> str:
    """What leads to a chunk, such as the header of its table; "" without any."""
    lead = "\n".join(line for line in chunk.above.split("\n") if not _HEADING.match(line))
    border = f"border-left:4px dotted {_BORDERS[chunk.ordinal % 2]}"
    return _block(f"{_TEXT};{border};{_DIM};font-style:italic", lead) if lead else ""


def _tint(chunks: Sequence["Chunk"]) -> str:
    """How the text of these chunks is told from others: striped where they overlap."""
    if not chunks:
        return f"{_DIM};border-left:4px solid transparent"
    tints = [_TINTS[chunk.ordinal % 2] for chunk in chunks]
    border = f"border-left:4px solid {_BORDERS[chunks[-1].ordinal % 2]}"
    if len(tints) == 1:
        return f"background:{tints[0]};{border}"
    stripes = f"{tints[0]} 0 8px,{tints[-1]} 8px 16px"
    return f"background:repeating-linear-gradient(135deg,{stripes});{border}"


def _block(style: str, text: str) -> str:
    return f'<div style="{style}">{html.escape(text)}</div>'


def _heading_starts(text: str, chunks: Sequence["Chunk"]) -> set[int]:
    """Where lines begin that are headings, if the text is Markdown.

    That it is can be seen from its chunks: one stands under a heading or begins with
    one. In plain text, "# " may begin any line.
    """
    is_markdown = any(chunk.above or _HEADING.match(chunk.text) for chunk in chunks)
    starts: set[int] = set()
    fence = ""
    for place, line in _lines(text) if is_markdown else ():
        mark = _FENCE.match(line)
        if mark and fence in ("", mark[1]):
            fence = "" if fence else mark[1]
        elif not fence and _HEADING.match(line):
            starts.add(place)
    return starts


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The place of each line, and the line without its end."""
    place = 0
    for line in text.split("\n"):
        yield place, line
        place += len(line) + 1
