"""The bytes of an Org file to its content."""

import re
from collections.abc import Sequence
from typing import Any

from headrace.ingest.readers.cleaning import clean_text, day_of, one_line
from headrace.ingest.readers.decoding import decoded_text
from headrace.ingest.readers.headings import titled_content
from headrace.ingest.readers.org.blocks import BEGIN, END, HEADING, KEYWORD, Blocks, Conventions
from headrace.ingest.readers.org.words import marked
from headrace.ingest.readers.outcomes import Content

_PROPERTY = re.compile(r"\s*:([\w+-]+):\s+(\S.*)$")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
#: Keywords and properties of a file, and the fields they become.
_METADATA = {
    "author": "author",
    "date": "date",
    "language": "language",
    "keywords": "keywords",
    "filetags": "tags",
    "category": "category",
    "roam_aliases": "aliases",
}
#: Keywords that name the states of tasks.
_STATES = ("todo", "seq_todo", "typ_todo")
_STATE = re.compile(r"([A-Z][\w-]*)(?:\([^)]*\))?$")


def org_content(data: bytes) -> Content:
    """A file of Org as Markdown: headings, lists, tables, code, links to their text.

    The title is that of the document, else of its first heading. Author, date,
    language, keywords, tags, category and aliases of the file become metadata.
    Properties of headings, remarks, headings with COMMENT, and what is for one format
    of export alone are left out. Files that it includes are not read.
    """
    text, metadata = decoded_text(data)
    lines = clean_text(text).splitlines()
    said, conventions = _keywords(lines)
    title = one_line(marked(" ".join(said.get("title", ())), conventions.macros))
    conventions.deeper = int(bool(title))
    blocks = list(Blocks(lines, conventions).all())
    return titled_content(title, blocks, {**metadata, **_metadata(said, lines)})


def _keywords(lines: Sequence[str]) -> tuple[dict[str, list[str]], Conventions]:
    """What the keywords of a file say, by name in small letters."""
    said: dict[str, list[str]] = {}
    conventions = Conventions()
    states = set(conventions.states)
    is_within_block = False
    for line in lines:
        is_within_block = bool(BEGIN.match(line)) or is_within_block and not END.match(line)
        keyword = None if is_within_block else KEYWORD.match(line)
        if keyword is None or not keyword[2].strip():
            continue
        name, value = keyword[1].lower(), keyword[2].strip()
        said.setdefault(name, []).append(value)
        if name in _STATES:
            states.update(found[1] for found in map(_STATE.match, value.split()) if found)
        elif name == "macro" and len(value.split(maxsplit=1)) == 2:
            macro, stands_for = value.split(maxsplit=1)
            is_instruction = stands_for.startswith(("#+", "(eval "))
            conventions.macros[macro.lower()] = "" if is_instruction else stands_for
    conventions.states = frozenset(states)
    return said, conventions


def _metadata(said: dict[str, list[str]], lines: Sequence[str]) -> dict[str, Any]:
    """Fields of the file's keywords and of the properties above its first heading."""
    found = {name: " ".join(values) for name, values in said.items()}
    for line in lines:
        if HEADING.match(line):
            break
        if (drawn := _PROPERTY.match(line)) and not line.lstrip().startswith("#"):
            found.setdefault(drawn[1].lower(), drawn[2])
    metadata: dict[str, Any] = {}
    for name, field in _METADATA.items():
        value = one_line(found.get(name, ""))
        if field == "tags":
            value = ", ".join(filter(None, re.split(r"[:\s]+", value)))
        if field == "date":
            value = next(filter(None, map(day_of, _DAY.findall(value))), None)
        if value:
            metadata[field] = value
    return metadata
