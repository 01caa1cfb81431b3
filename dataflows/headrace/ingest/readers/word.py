"""Word files (.docx): everything in the body, in document order, as Markdown.

python-docx opens the file and knows its styles. The text is taken from the XML itself,
because `paragraph.text` silently leaves out content controls, tracked insertions, text
boxes and formulas.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from headrace.errors import SourceError
from headrace.ingest.readers.cleaning import clean_text, one_line
from headrace.ingest.readers.limits import Limits
from headrace.ingest.readers.outcomes import Block, Content, joined_blocks

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
#: Repeats the content of the element beside it.
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_PARAGRAPH = _W + "p"
_TABLE = _W + "tbl"
_ROW = _W + "tr"
_CELL = _W + "tc"
_TEXT_BOX = _W + "txbxContent"
_SKIPPED = {
    _W + "del",
    _W + "moveFrom",
    _W + "pPr",
    _W + "rPr",
    _W + "sdtPr",
    _W + "sectPr",
    _TEXT_BOX,
    _FALLBACK,
}
_CHARACTERS = {
    _W + "tab": "\t",
    _W + "ptab": "\t",
    _W + "br": "\n",
    _W + "cr": "\n",
    _W + "noBreakHyphen": "-",
}
_NOTES = {"footnote": "", "endnote": "e"}  # the mark before a note's number: [^1], [^e1]
_LIST_STYLES = ("list bullet", "list number")
#: Deeper list items are indented no further.
_DEEPEST_LEVEL = 8
#: Styles that one style is based on; a damaged file may name a circle.
_MOST_ANCESTORS = 12
#: How old .doc files begin, and .docx files with a password.
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def docx_content(data: bytes, limits: Limits) -> Content:
    """The body of a Word file as Markdown.

    Headings begin with "# ", list items with "- ", table rows are "a | b", and notes
    follow at the end as "[^1]: ". Deleted text, comments, running headers and footers,
    charts and pictures are left out. Title, author and day of creation are its
    properties.

    Args:
        data: the bytes of the file.
        limits: among them that of its unpacked size.
    Raises:
        SourceError: it is not a .docx, or is over the limit once unpacked.
        Exception: what python-docx and lxml raise for a damaged file.
    """
    import docx

    if data.startswith(_OLE_MAGIC):
        raise SourceError(
            "not a .docx: either protected by a password or an old .doc; "
            "save it as .docx without a password"
        )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        unpacked_bytes = sum(entry.file_size for entry in archive.infolist())
    if unpacked_bytes > limits.max_bytes:
        raise limits.size_error(unpacked_bytes, "unpacked it is ")
    document = docx.Document(io.BytesIO(data))
    prefixes = _style_prefixes(document.styles)
    blocks = [*_blocks(document.element.body, prefixes), *_note_blocks(document.part, prefixes)]
    title, metadata = _properties(document)
    return Content(
        text=clean_text(joined_blocks(blocks)), title=title, metadata=metadata, markup="markdown"
    )


def _blocks(element: Any, prefixes: dict[str, str]) -> Iterator[Block]:
    """The paragraphs and rows beneath an element.

    Those within content controls and tracked insertions are among them.
    """
    for child in element:
        if child.tag == _PARAGRAPH:
            yield from _paragraph_blocks(child, prefixes)
        elif child.tag == _TABLE:
            yield from _table_blocks(child, prefixes)
        elif child.tag not in _SKIPPED:
            yield from _blocks(child, prefixes)


def _paragraph_blocks(paragraph: Any, prefixes: dict[str, str]) -> Iterator[Block]:
    """A paragraph, then the text boxes anchored in it."""
    text = "".join(_inline_texts(paragraph)).strip()
    prefix = _prefix(paragraph, prefixes)
    if prefix.startswith("#"):
        text = one_line(text)
    if text:
        yield Block(text, prefix, "item" if prefix.endswith("- ") else "")
    for box in paragraph.iter(_TEXT_BOX):
        ancestors = list(box.iterancestors(_PARAGRAPH, _FALLBACK))
        if ancestors[0] is paragraph:
            yield from _blocks(box, prefixes)


def _inline_texts(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag in (_W + "t", _MATH_TEXT):
            yield child.text or ""
        elif child.tag in _CHARACTERS:
            yield _CHARACTERS[child.tag]
        elif mark := _note_mark(child, "Reference"):
            yield f"[^{mark}]"
        elif child.tag not in _SKIPPED:
            yield from _inline_texts(child)


def _prefix(paragraph: Any, prefixes: dict[str, str]) -> str:
    """The Markdown before a paragraph.

    Its style gives "## " or "- ". Its own numbering gives "- ", indented by level.
    """
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    prefix = prefixes.get(style.get(_W + "val"), "") if style is not None else ""
    numbering = paragraph.find(f"{_W}pPr/{_W}numPr")
    if prefix.startswith("#") or numbering is None:
        return prefix
    values = {child.tag: child.get(_W + "val", "0") for child in numbering}
    level = min(int(values.get(_W + "ilvl", 0)), _DEEPEST_LEVEL)
    if values.get(_W + "numId") == "0":  # takes the numbering of the style away
        return ""
    return "  " * level + "- "


def _style_prefixes(styles: Iterable[Any]) -> dict[str, str]:
    """The Markdown prefix of each paragraph style, by style id."""
    prefixes = {}
    for style in styles:
        if style.element.get(_W + "type", "paragraph") == "paragraph":
            prefixes[style.style_id] = _style_prefix(style)
    return prefixes


def _style_prefix(style: Any) -> str:
    """The Markdown prefix of a style, by itself and the styles that it is based on."""
    lineage = [style]
    while len(lineage) < _MOST_ANCESTORS and lineage[-1].base_style is not None:
        lineage.append(lineage[-1].base_style)
    for ancestor in lineage:
        level = _heading_level(ancestor)
        if level:
            return "#" * min(level, 6) + " "
    return "- " if any(map(_is_list_style, lineage)) else ""


def _heading_level(style: Any) -> int:
    """The level of a heading style, 1 to 9, by its name or outline; 0 for others."""
    name = (style.name or "").lower()
    heading = re.fullmatch(r"heading ([1-9])", name)
    if heading:
        return int(heading[1])
    if name == "title":
        return 1
    outline = style.element.find(f"{_W}pPr/{_W}outlineLvl")
    level = int(outline.get(_W + "val", 9)) if outline is not None else 9
    return level + 1 if level < 9 else 0


def _is_list_style(style: Any) -> bool:
    if style.element.find(f"{_W}pPr/{_W}numPr") is not None:
        return True
    return (style.name or "").lower().startswith(_LIST_STYLES)


def _table_blocks(table: Any, prefixes: dict[str, str]) -> Iterator[Block]:
    """One block a row. A row of one cell frames text, and gives the blocks of that."""
    yield Block("")
    for row in _nested(table, _ROW):
        cells = [list(_blocks(cell, prefixes)) for cell in _nested(row, _CELL)]
        texts = [one_line(" ".join(block.text for block in cell)) for cell in cells]
        if len(cells) == 1:
            yield from cells[0]
        elif any(texts):
            yield Block(" | ".join(texts), kind="row")
    yield Block("")


def _nested(element: Any, tag: str) -> Iterator[Any]:
    """The nearest elements of a tag.

    Those within content controls and tracked insertions are among them, those of inner
    tables are not.
    """
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag not in _SKIPPED | {_PARAGRAPH, _TABLE}:
            yield from _nested(child, tag)


def _note_blocks(part: Any, prefixes: dict[str, str]) -> Iterator[Block]:
    """The footnotes and endnotes, in the order in which they are stored."""
    from docx.oxml.parser import parse_xml

    for relation in part.rels.values():
        if relation.reltype.endswith(("/footnotes", "/endnotes")) and not relation.is_external:
            for note in parse_xml(relation.target_part.blob):
                text = "\n".join(block.text for block in _blocks(note, prefixes))
                if text and (mark := _note_mark(note)):
                    yield Block(text, f"[^{mark}]: ")


def _note_mark(element: Any, ending: str = "") -> str:
    """The mark of a note, which stands between "[^" and "]"; "" for any other element.

    `ending` is "" for a note, "Reference" for a reference to one.
    """
    for kind, mark in _NOTES.items():
        if element.tag == f"{_W}{kind}{ending}" and element.get(_W + "type", "normal") == "normal":
            return mark + element.get(_W + "id", "")
    return ""


def _properties(document: "WordDocument") -> tuple[str, dict[str, Any]]:
    """The title, and author and day of creation as metadata.

    All are empty for a file without properties: python-docx would invent some.
    """
    from docx.opc.constants import RELATIONSHIP_TYPE

    package = document.part.package
    relations = package.rels.values() if package else ()
    if all(relation.reltype != RELATIONSHIP_TYPE.CORE_PROPERTIES for relation in relations):
        return "", {}
    properties = document.core_properties
    created = properties.created.date() if properties.created else None
    metadata = {"author": one_line(properties.author), "created": created}
    return one_line(properties.title), {name: value for name, value in metadata.items() if value}
