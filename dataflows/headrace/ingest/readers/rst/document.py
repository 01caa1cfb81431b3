"""The bytes of a reStructuredText file to its content."""

import io
from typing import Any

from headrace.ingest.readers.cleaning import clean_text, day_of, one_line
from headrace.ingest.readers.decoding import decoded_text
from headrace.ingest.readers.outcomes import Content, joined_blocks
from headrace.ingest.readers.rst.blocks import Writer, section_titles

#: Characters above which parsing would take longer than a file may.
_LONGEST = 3_000_000
#: Nothing is read from elsewhere or reported, and no settings of the machine count.
_SETTINGS = {
    "_disable_config": True,
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "halt_level": 5,
    "report_level": 5,
    "input_encoding": "unicode",
    "line_length_limit": _LONGEST,
    "smart_quotes": False,
    "syntax_highlight": "none",
    "traceback": True,
}
#: Fields at the head of a document that say something of it as a whole.
_METADATA = (
    "author",
    "contact",
    "copyright",
    "date",
    "organization",
    "revision",
    "status",
    "version",
)


def rst_content(data: bytes) -> Content:
    """A reStructuredText file as Markdown.

    What Sphinx adds is understood as far as one file goes: signatures, notes on
    versions, references. Nothing is included from other files. The title is that of the
    document, or its only section's. Author, date, version and similar fields become
    metadata. A file that cannot be parsed is read as plain text, which is said.
    """
    text, metadata = decoded_text(data)
    if len(text) > _LONGEST:
        return Content(text=text, metadata=metadata, lost=_as_plain_text("it is too long"))
    try:
        document = _parsed(text)
        writer = Writer()
        markdown = clean_text(joined_blocks(writer.blocks(document)))
    except MemoryError:
        raise
    except Exception as fault:  # a parser that is not ours: any error
        return Content(text=text, metadata=metadata, lost=_as_plain_text(_reason(fault)))
    return Content(
        text=markdown,
        title=_title(document),
        metadata={**metadata, **_metadata(document)},
        markup="markdown",
    )


def _reason(fault: Exception) -> str:
    if isinstance(fault, RecursionError):
        return "it is nested too deeply"
    return f"it cannot be parsed ({type(fault).__name__}: {one_line(str(fault))})"


def _as_plain_text(reason: str) -> str:
    return f"read as plain text, without its headings and tables: as reStructuredText {reason}"


def _parsed(text: str) -> Any:
    from docutils.core import publish_doctree

    from headrace.ingest.readers.rst.directives import register_directives
    from headrace.ingest.readers.rst.roles import register_roles

    register_directives(text)
    register_roles(text)
    return publish_doctree(text, settings_overrides={**_SETTINGS, "warning_stream": io.StringIO()})


def _title(document: Any) -> str:
    titles = section_titles(document)
    own = document.get("title", "")
    return one_line(own) or (titles[0] if len(titles) == 1 else "")


def _metadata(document: Any) -> dict[str, Any]:
    """The author, date, version and similar fields of a document."""
    from docutils import nodes

    found: dict[str, Any] = {}
    for information in document.findall(nodes.docinfo):
        for element in information:
            value = one_line(element.astext())
            if element.tagname in _METADATA and value:
                found[element.tagname] = value
            elif element.tagname == "authors":
                found["author"] = [one_line(author.astext()) for author in element]
    if "date" in found:
        found["date"] = day_of(found["date"]) or found["date"]
    return found
