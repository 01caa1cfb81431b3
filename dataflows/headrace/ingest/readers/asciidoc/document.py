"""The bytes of a file of AsciiDoc to its content."""

import re
from collections.abc import Sequence
from typing import Any

from headrace.ingest.readers.asciidoc.blocks import Blocks
from headrace.ingest.readers.asciidoc.conditions import ATTRIBUTE, decided
from headrace.ingest.readers.asciidoc.sections import marked_title, underlined_title
from headrace.ingest.readers.asciidoc.words import marked, resolved
from headrace.ingest.readers.cleaning import clean_text, day_of, one_line
from headrace.ingest.readers.decoding import decoded_text
from headrace.ingest.readers.headings import titled_content
from headrace.ingest.readers.outcomes import Content

_AUTHOR = re.compile(r"[^\W\d_][\w.' -]{0,100}?(?:\s*<[^<>\s]+>)?(?:;.*)?$")
_REVISION = re.compile(r"(?:v[\w.-]+|\d{4}-\d\d-\d\d)(?:,.*|:.*)?$")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
#: Attributes that say something of the document as a whole, and the fields they become.
_METADATA = {
    "author": "author",
    "authors": "author",
    "revdate": "date",
    "docdate": "date",
    "revnumber": "version",
    "keywords": "keywords",
    "lang": "language",
}


def asciidoc_content(data: bytes) -> Content:
    """A file of AsciiDoc as Markdown: sections, lists, tables, code, notes, links.

    Files that it includes are not read. What depends on a condition is read where the
    condition may be met (`decided`). The title is that of the document, else of its
    heading. Author, date, version, keywords and language of its head become metadata.
    """
    text, metadata = decoded_text(data)
    lines = list(decided(clean_text(text).splitlines()))
    title, attributes, start = _head(lines)
    blocks = list(Blocks(lines[start:], attributes).all())
    return titled_content(title, blocks, {**metadata, **_metadata(attributes)})


def _head(lines: list[str]) -> tuple[str, dict[str, str], int]:
    """The title, the attributes, and the number of lines of a document's head."""
    title = ""
    attributes: dict[str, str] = {}
    end = 0
    for number, line in enumerate(map(str.rstrip, lines)):
        if number < end:
            continue  # under a title
        if attribute := ATTRIBUTE.match(line):
            attributes[attribute[1].lower()] = resolved((attribute[2] or "").strip(), attributes)
        elif title:
            if not line or not _read_head_line(line, attributes):
                break
        elif found := _title(lines[number : number + 2]):
            title, of_title = found
            end = number + of_title
            continue
        elif not line or line.startswith(("//", "[")):
            continue  # of the body, if no title follows
        else:
            break
        end = number + 1
    return one_line(marked(title, attributes)), attributes, end


def _title(lines: Sequence[str]) -> tuple[str, int] | None:
    """The title of the document that begins these lines, and how many it has."""
    line, below = lines[0].rstrip(), lines[-1].rstrip()
    for found, count in ((marked_title(line), 1), (underlined_title(line, below), 2)):
        if found and found[0] == 1:
            return found[1], count
    return None


def _read_head_line(line: str, attributes: dict[str, str]) -> bool:
    """Takes the author or the revision from a line below the title.

    Returns:
        Whether the line belongs to the head: a remark does, too.
    """
    if line.startswith("//"):
        return True
    if _REVISION.match(line):
        attributes.setdefault("revnumber", line.partition(",")[0] if line[0] == "v" else "")
        if day := _DAY.search(line):
            attributes.setdefault("revdate", day[0])
        return True
    if "author" not in attributes and _AUTHOR.match(line):
        attributes["author"] = line.partition("<")[0].partition(";")[0].strip()
        return True
    return False


def _metadata(attributes: dict[str, str]) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    for name, field in _METADATA.items():
        if value := one_line(attributes.get(name, "")):
            metadata.setdefault(field, (day_of(value) or value) if field == "date" else value)
    return metadata
