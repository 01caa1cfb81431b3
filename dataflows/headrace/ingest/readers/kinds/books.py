"""Electronic books (.epub): their chapters as one text, in the order of reading."""

import re
import zipfile
from collections.abc import Iterator
from typing import Any

from headrace.errors import SourceError
from headrace.ingest.readers.cleaning import day_of, one_line
from headrace.ingest.readers.html import html_content
from headrace.ingest.readers.kinds.packages import opened_package, part_of, resolved
from headrace.ingest.readers.limits import Limits
from headrace.ingest.readers.outcomes import Content

_PAGES = ("application/xhtml+xml", "text/html")
#: Elements that XHTML may close in one tag, and HTML reads as being left open.
_SELF_CLOSED = re.compile(
    rb"<(title|script|style|a|p|i|b|em|strong|div|span|iframe|textarea|td|th|li)(\s[^<>]*)?/>"
)


def epub_content(data: bytes, limits: Limits) -> Content:
    """The chapters as Markdown. Title, authors, day and language are the book's own.

    Raises:
        SourceError: it is no book, or its chapters are encrypted.
    """
    with opened_package(data, ".epub", limits) as archive:
        package_name, package = _package(archive)
        chapters = list(_chapter_names(archive, package_name, package))
        if set(chapters) & set(_encrypted(archive)):
            raise SourceError("the book is encrypted (DRM); a copy without that can be read")
        texts = [_chapter_text(archive.read(name)) for name in chapters]
    title, metadata = _properties(package)
    text = "\n\n".join(filter(None, texts))
    return Content(text=text, title=title, metadata=metadata, markup="markdown")


def _chapter_text(data: bytes) -> str:
    return html_content(_SELF_CLOSED.sub(rb"<\1\2></\1>", data), is_part=True).text.strip("\n")


def _package(archive: zipfile.ZipFile) -> tuple[str, Any]:
    """The part that lists all others, and its name."""
    container = part_of(archive, "META-INF/container.xml")
    root = container.find("rootfiles/rootfile") if container is not None else None
    name = root.get("full-path", "") if root is not None else ""
    package = part_of(archive, name) if name else None
    if package is None:
        raise SourceError("damaged, or not an .epub in spite of its name: it lists no chapters")
    return name, package


def _chapter_names(archive: zipfile.ZipFile, base: str, package: Any) -> Iterator[str]:
    items = {}
    for item in package.iterfind("manifest/item"):
        is_contents = "nav" in item.get("properties", "").split()
        if item.get("media-type") in _PAGES and not is_contents:
            items[item.get("id")] = resolved(base, item.get("href", ""))
    for reference in package.iterfind("spine/itemref"):
        name = items.get(reference.get("idref"))
        if name in archive.NameToInfo:
            yield name


def _encrypted(archive: zipfile.ZipFile) -> Iterator[str]:
    listed = part_of(archive, "META-INF/encryption.xml")
    for reference in listed.iter("CipherReference") if listed is not None else ():
        yield resolved("", reference.get("URI", ""))


def _properties(package: Any) -> tuple[str, dict[str, Any]]:
    values: dict[str, list[str]] = {}
    for element in package.iterfind("metadata//*"):
        text = one_line(element.text or "")
        if text:
            values.setdefault(element.tag, []).append(text)
    metadata: dict[str, Any] = {"author": ", ".join(values.get("creator", []))}
    metadata["language"] = values.get("language", [""])[0]
    metadata["created"] = day_of(values.get("date", [""])[0])
    title = values.get("title", [""])[0]
    return title, {name: value for name, value in metadata.items() if value}
