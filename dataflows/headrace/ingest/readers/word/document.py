"""The bytes of a Word file to its content."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from headrace.ingest.readers.cleaning import clean_text, one_line
from headrace.ingest.readers.kinds.packages import core_properties, opened_package
from headrace.ingest.readers.limits import Limits
from headrace.ingest.readers.outcomes import Block, Content, joined_blocks
from headrace.ingest.readers.word.furniture import furniture_blocks
from headrace.ingest.readers.word.numbering import Numbering
from headrace.ingest.readers.word.package import Package, Relation
from headrace.ingest.readers.word.remarks import References, Remarks
from headrace.ingest.readers.word.story import Source, Story, without_page_numbers
from headrace.ingest.readers.word.styles import Styles

#: Titles that programs give by themselves.
_JUNK_TITLE = re.compile(
    r"(?:microsoft )?word\b.*|(?:document|dokument|doc|untitled|title|template)\s*\d*"
    r"|.*\.(?:docx?|dotx?|rtf|odt)",
    re.IGNORECASE,
)
#: Words of a sentence that continues in its items without a colon.
_LEAST_WORDS = 4


def docx_content(data: bytes, limits: Limits) -> Content:
    """A Word file as Markdown, once all its changes are accepted.

    The text is as Word shows it: with the numbers of headings, clauses and items, the
    values of fields and content controls, and without deleted or hidden text. Page
    headers and footers stand at the beginning, each once; notes and comments end the
    section that refers to them. Pictures are their alternative texts. A table of
    contents is left out, since it repeats the headings. Transitional and strict files
    are read alike.

    Args:
        data: the bytes of the file.
        limits: among them that of its unpacked size.
    Raises:
        SourceError: it is not a .docx, or is over the limit once unpacked.
        Exception: what lxml raises for a damaged body.
    """
    with opened_package(data, ".docx", limits) as archive:
        return _content(Package(archive))


def _content(package: Package) -> Content:
    main = package.main()
    root = package.body(main)
    relations = package.relations(main)
    styles = Styles(_part(package, relations, "styles"))
    numbering = Numbering(_part(package, relations, "numbering"), styles)
    source = Source(package, styles, numbering, References(), Remarks(package, relations))
    story = Story(source, relations, root, is_body=True)
    body = list(without_page_numbers(story.all_blocks(root)))
    blocks = [*furniture_blocks(source, relations, root), *_introduced(body)]
    title, metadata = _properties(package)
    return Content(
        text=clean_text(joined_blocks(blocks)),
        title=title or story.title or (story.headings[0] if len(story.headings) == 1 else ""),
        metadata=metadata,
        markup="markdown",
        lost=_lost(package),
    )


def _introduced(blocks: list[Block]) -> Iterator[Block]:
    """The blocks, with "(a) the doors" in one paragraph with what introduces it.

    Markdown has no such lists: for it they are lines of a paragraph.
    """
    before: Block | None = None
    for block in blocks:
        is_labelled = block.kind == "item" and not block.prefix.endswith("- ")
        if before and is_labelled:
            before = Block(f"{before.text}\n{block.prefix}{block.text}", before.prefix)
            continue
        if before:
            yield before
            before = None
        if not block.kind and not block.prefix and _introduces(block.text):
            before = block
        else:
            yield block
    if before:
        yield before


def _introduces(text: str) -> bool:
    """Whether a sentence continues in the items below it."""
    if text.endswith((":", "–", "—")):
        return True
    return not text.endswith((".", "!", "?", "`")) and len(text.split()) >= _LEAST_WORDS


def _part(package: Package, relations: Mapping[str, Relation], kind: str) -> Any:
    """The first part of a kind; None without one."""
    for relation in relations.values():
        if relation.kind == kind and not relation.is_external:
            return package.part(relation.target)
    return None


def _properties(package: Package) -> tuple[str, dict[str, Any]]:
    """The title, and author and day of creation as metadata."""
    core = _part(package, package.relations(""), "core-properties")
    title, metadata = core_properties(core)
    return "" if _JUNK_TITLE.fullmatch(title) else title, metadata


def _lost(package: Package) -> str:
    if not package.damaged:
        return ""
    names = ", ".join(dict.fromkeys(package.damaged))
    return f"damaged, and read without these parts of it: {one_line(names)}"
