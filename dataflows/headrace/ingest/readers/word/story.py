"""The paragraphs and tables of a body, note or page header, in the order of reading."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from headrace.ingest.readers.cleaning import one_line
from headrace.ingest.readers.html import html_content
from headrace.ingest.readers.kinds.markup import fenced, running
from headrace.ingest.readers.kinds.packages import attribute
from headrace.ingest.readers.outcomes import Block
from headrace.ingest.readers.word.fields import PAGE_NUMBER, Fields
from headrace.ingest.readers.word.inline import SKIPPED, Inline, box_of, is_placeholder, preferred
from headrace.ingest.readers.word.numbering import Number, Numbering
from headrace.ingest.readers.word.package import Package, Relation
from headrace.ingest.readers.word.pictures import graphic_blocks
from headrace.ingest.readers.word.remarks import References, Remarks
from headrace.ingest.readers.word.styles import Styles, value, whole
from headrace.ingest.readers.word.tables import table_blocks

_BODY_TEXT = 9
#: Markdown has no deeper headings.
_DEEPEST_HEADING = 6
#: Deeper list items are indented no further.
_DEEPEST_ITEM = 8
#: Labels such as "2.1" number a clause, labels such as "(a)" an item.
_PARTS = re.compile(r"[^\W_]+")
_TABLES_OF_CONTENTS = "table of contents"


@dataclass(frozen=True, slots=True)
class Source:
    """What all stories of a file share."""

    package: Package
    styles: Styles
    numbering: Numbering
    references: References
    remarks: Remarks


class Story:
    """One flow of text, read once from its beginning.

    Attributes:
        title: the first paragraph in the style for titles.
        headings: those of the first level.
    """

    def __init__(
        self, source: Source, relations: Mapping[str, Relation], root: Any, *, is_body: bool = False
    ) -> None:
        fields = Fields(root)
        self.title = ""
        self.headings: list[str] = []
        self._source = source
        self._styles = source.styles
        self._relations = relations
        self._fields = fields
        self._inline = Inline(source.styles, relations, source.references, fields)
        self._is_body = is_body
        self._deleted_mark = ""
        self._code: list[str] = []
        self._levels: list[int] = []

    def all_blocks(self, root: Any) -> Iterator[Block]:
        """The blocks; notes and comments end the section that refers to them."""
        yield from self._blocks(root)
        yield from self._remarks()

    def _blocks(self, container: Any) -> Iterator[Block]:
        yield from self._within(container)
        yield from self._ended()

    def _within(self, container: Any) -> Iterator[Block]:
        for child in container:
            tag = child.tag
            if tag == "p":
                yield from self._paragraph(child)
            elif tag == "tbl":
                yield from self._ended()
                yield from table_blocks(child, self._cell)
            elif tag == "sdt":
                yield from self._control(child)
            elif tag == "AlternateContent":
                yield from self._within(preferred(child))
            elif tag == "altChunk":
                yield from self._embedded(child)
            elif tag == "commentRangeStart":
                self._source.references.begin(attribute(child, "id"))
            elif tag == "commentRangeEnd":
                self._source.references.end(attribute(child, "id"))
            elif tag not in SKIPPED:
                yield from self._within(child)

    def _cell(self, cell: Any) -> Iterator[Block]:
        was_body, self._is_body = self._is_body, False
        yield from self._blocks(cell)
        self._is_body = was_body

    def _control(self, control: Any) -> Iterator[Block]:
        """A content control around paragraphs or rows."""
        gallery = value(control, "sdtPr/docPartObj/docPartGallery").lower()
        if gallery == _TABLES_OF_CONTENTS:
            for paragraph in control.iter("p"):
                self._inline.text(paragraph, "")  # its fields may end in it, or after it
        elif box := box_of(control):
            yield Block(box)
        elif not is_placeholder(control):
            for content in control.iterfind("sdtContent"):
                yield from self._within(content)

    def _embedded(self, chunk: Any) -> Iterator[Block]:
        """A web page in the place of paragraphs, as programs write them."""
        relation = self._relations.get(attribute(chunk, "id"))
        if relation and relation.target.lower().endswith((".html", ".htm", ".xhtml")):
            yield Block(html_content(self._source.package.data(relation.target)).text)

    def _paragraph(self, paragraph: Any) -> Iterator[Block]:
        properties = paragraph.find("pPr")
        style_id = value(properties, "pStyle") or self._styles.default
        level = self._heading_level(properties, style_id)
        if level and self._is_body:
            yield from self._ended()
            yield from self._remarks()
        is_contents = self._fields.is_contents() or self._styles.is_contents(style_id)
        text = self._inline.text(paragraph, style_id)
        is_contents = is_contents or self._fields.is_contents() and not level
        text = self._deleted_mark + ("" if is_contents else text)
        if _has_no_mark(properties):
            self._deleted_mark = text
            return
        self._deleted_mark = ""
        number = self._source.numbering.number(properties, style_id)
        if self._styles.is_code(style_id) and text.strip():
            self._code.append(text)
        else:
            yield from self._ended()
            yield from self._written(text.strip(), style_id, level, number)
        yield from self._beside(paragraph)

    def _heading_level(self, properties: Any, style_id: str) -> int:
        outline = whole(value(properties, "outlineLvl"))
        level = self._styles.heading_level(style_id)
        if outline is not None and not level:
            level = outline + 1 if outline < _BODY_TEXT else 0
        return min(level, _DEEPEST_HEADING)

    def _written(
        self, text: str, style_id: str, level: int, number: Number | None
    ) -> Iterator[Block]:
        """A paragraph as a heading, clause, item or plain text."""
        if not text:
            return
        label = f"{number.label} " if number and number.label else ""
        if level:
            self._levels = []
            text = one_line(text)
            self._note_heading(text, style_id, level)
            yield Block(label + text, "#" * level + " ")
        elif number and (number.is_bullet or len(_PARTS.findall(label)) == 1):
            yield Block(label + running(text), self._indented(number), "item")
        elif not number and self._styles.is_list(style_id):
            yield Block(running(text), "- ", "item")
        else:
            self._levels = []
            yield Block(running(label + text))

    def _note_heading(self, text: str, style_id: str, level: int) -> None:
        if self._styles.is_title(style_id):
            self.title = self.title or text
        elif level == 1:
            self.headings.append(text)

    def _indented(self, number: Number) -> str:
        """What stands before an item: the indent of its level within this list."""
        while self._levels and self._levels[-1] > number.level:
            self._levels.pop()
        if not self._levels or self._levels[-1] < number.level:
            self._levels.append(number.level)
        depth = min(len(self._levels) - 1, _DEEPEST_ITEM)
        return "  " * depth + ("- " if number.is_bullet else "")

    def _beside(self, paragraph: Any) -> Iterator[Block]:
        """The text boxes, charts and diagrams that are anchored in a paragraph."""
        for box in _boxes(paragraph):
            yield from self._blocks(box)
        yield from graphic_blocks(paragraph, self._source.package, self._relations)

    def _ended(self) -> Iterator[Block]:
        """What waited for a paragraph that would go on with it."""
        if self._deleted_mark.strip():
            text, self._deleted_mark = self._deleted_mark, ""
            yield Block(running(text.strip()))
        if self._code:
            lines, self._code = self._code, []
            yield Block(fenced("\n".join(lines).strip("\n"), ""))

    def _remarks(self) -> Iterator[Block]:
        yield from self._source.remarks.blocks(self._source.references, self._remark)

    def _remark(self, element: Any, part: str) -> Iterator[Block]:
        relations = self._source.package.relations(part)
        yield from Story(self._source, relations, element)._blocks(element)


def without_page_numbers(blocks: Iterator[Block]) -> Iterator[Block]:
    """The blocks as text, in which the numbers of pages say nothing."""
    for block in blocks:
        text = block.text.replace(PAGE_NUMBER, "")
        yield Block(text, block.prefix, block.kind)


def _has_no_mark(properties: Any) -> bool:
    """Whether the end of a paragraph is deleted, so that the next one continues it."""
    marks = properties.find("rPr") if properties is not None else None
    if marks is None:
        return False
    return marks.find("del") is not None or marks.find("moveFrom") is not None


def _boxes(element: Any) -> Iterator[Any]:
    """The text boxes anchored in a paragraph, each once."""
    if next(element.iter("txbxContent"), None) is None:
        return
    for child in element:
        if child.tag == "txbxContent":
            yield child
        elif child.tag == "AlternateContent":
            yield from _boxes(preferred(child)) if len(preferred(child)) else ()
        elif child.tag not in SKIPPED:
            yield from _boxes(child)
