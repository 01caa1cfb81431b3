"""One page after the other, as pdfium gives them: pieces, fields, comments, faults."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from headrace.ingest.readers.pdf.forms import fields_and_comments, with_fields
from headrace.ingest.readers.pdf.grids import rule_boxes, rules_of, with_grids
from headrace.ingest.readers.pdf.legibility import legible_lines
from headrace.ingest.readers.pdf.letters.characters import turned_boxes
from headrace.ingest.readers.pdf.pieces import Direction, Piece, page_pieces

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument


@dataclass(frozen=True, slots=True)
class Page:
    """What is on a page, `number` from 1.

    `pieces` are those in the direction of most lines, `turned` those of each other
    direction. `is_drawn` says whether the page shows something, `is_legible` whether
    all of its text can be read, `fault` why the page could not be read.
    """

    number: int
    height: float = 0
    pieces: list[Piece] = field(default_factory=list)
    turned: list[list[Piece]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    is_drawn: bool = False
    is_legible: bool = True
    fault: str = ""

    @property
    def has_text(self) -> bool:
        return bool(self.pieces or self.turned or self.comments)


def read_pages(pdf: "PdfDocument") -> Iterator[Page]:
    """The pages one by one; a page that is damaged has a fault."""
    from pypdfium2.raw import FORMTYPE_NONE

    if pdf.get_formtype() != FORMTYPE_NONE:
        pdf.init_forms()
    for index in range(len(pdf)):
        yield _page(pdf, index)


def _page(pdf: "PdfDocument", index: int) -> Page:
    from pypdfium2 import PdfiumError

    try:
        with closing(pdf[index]) as page, closing(page.get_textpage()) as text_page:
            return _read(index + 1, page, text_page, pdf.formenv)
    except PdfiumError as fault:
        return Page(index + 1, fault=str(fault))


def _read(number: int, page: Any, text_page: Any, form: Any) -> Page:
    turn = page.get_rotation()
    width, height = page.get_size()
    if turn in (90, 270):
        width, height = height, width
    rules = rule_boxes(page)
    directions = page_pieces(text_page, width, height, rules)
    is_drawn = bool(directions) or any(True for _ in page.get_objects(max_depth=1))
    directions, is_legible = _legible(directions, text_page)
    fields, comments = fields_and_comments(page, form, turn, width, height)
    main, turned = (directions[0], directions[1:]) if directions else (Direction(turn, []), [])
    pieces = with_fields(main.pieces, fields) if fields else main.pieces
    if len(rules):
        pieces = with_grids(pieces, rules_of(turned_boxes(rules, main.turn, width, height)))
    return Page(
        number,
        width if main.turn in (90, 270) else height,
        pieces,
        [direction.pieces for direction in turned],
        comments,
        is_drawn,
        is_legible,
    )


def _legible(directions: list[Direction], text_page: Any) -> tuple[list[Direction], bool]:
    """The pieces that can be read, and whether these are all."""
    pieces = list(chain.from_iterable(direction.pieces for direction in directions))
    is_read = legible_lines([piece.text for piece in pieces], text_page)
    if all(is_read):
        return directions, True
    read = {id(piece) for piece, legible in zip(pieces, is_read, strict=True) if legible}
    kept = []
    for turn, drawn in directions:
        legible = [piece for piece in drawn if id(piece) in read]
        if legible:
            kept.append(Direction(turn, legible))
    return kept, False
