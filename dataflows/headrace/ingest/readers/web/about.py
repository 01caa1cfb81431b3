"""What a page says about itself: title, author, dates and language."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, Any

from headrace.ingest.readers.cleaning import one_line
from headrace.text.function_words import EMPTY_WORDS

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_AUTHORS = ("author", "article:author", "dc.creator", "dcterms.creator", "citation_author")
_CREATED = (
    "article:published_time",
    "datepublished",
    "date",
    "dc.date",
    "dc.date.created",
    "dc.date.issued",
    "dcterms.created",
    "dcterms.issued",
    "dcterms.date",
    "citation_publication_date",
    "pubdate",
    "publish-date",
    "og:published_time",
    "og:article:published_time",
)
_MODIFIED = (
    "article:modified_time",
    "datemodified",
    "dcterms.modified",
    "dc.date.modified",
    "last-modified",
    "og:updated_time",
    "revised",
)
_SEPARATOR = re.compile(r"\s+(?:[|\u2013\u2014\u00b7\u2022\u00bb\u00ab-]|::)\s+")
_PERMALINK = re.compile(r"[\s\u00b6\u00a7#\U0001f517]+$")
_ADDRESS = re.compile(r"(?:https?:)?//|@\w+$")
_LANGUAGE = re.compile(r"[a-z]{2}(?=$|[-_])")
_DAY = re.compile(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})(?!\d)")
_LONGEST_JSON = 1_000_000
_MOST_VALUES = 10_000
#: The share of function words from which a text is taken for English.
_ENGLISH = 0.15


def page_title(page: "LexborHTMLParser") -> str:
    """The title of a page without the name of its site; "" when it has none.

    It is what other sites are to show (og:title), else <title>, else the first <h1>. Of
    "Install the pump | Acme Docs" the part remains that is a heading of the page, or
    that is not the site's name.
    """
    named = _named_values(page)
    headings = [_PERMALINK.sub("", one_line(node.text())) for node in page.css("h1")]
    node = page.css_first("head title")
    titles = [*named.get("og:title", []), one_line(node.text()) if node else ""]
    title = next(filter(None, titles), "")
    if not title:
        return next(filter(None, headings), "")
    known = {heading.casefold() for heading in headings}
    sites = {site.casefold() for site in named.get("og:site_name", [])}
    ends = [found.span() for found in _SEPARATOR.finditer(title)]
    for start, end in ends:
        for part in (title[:start], title[end:]):
            if part.casefold() in known:
                return part
    for start, end in ends:
        if title[end:].casefold() in sites:
            return title[:start]
        if title[:start].casefold() in sites:
            return title[end:]
    return title


def page_metadata(page: "LexborHTMLParser", text: str) -> dict[str, Any]:
    """Author, days and language of a page, as far as it names them.

    `text` is that of the page: many pages in other languages say that they are English,
    as the templates do that they were made from.
    """
    named = _named_values(page)
    described = list(_described(page))
    authors = _of(named, _AUTHORS)
    written = filter(None, [_names(entry.get("author")) for entry in described])
    authors = authors or next(written, [])
    authors = authors or [one_line(node.text()) for node in page.css("a[rel~=author]")]
    author = ", ".join(dict.fromkeys(one for one in authors if one and not _ADDRESS.search(one)))
    created = _of(named, _CREATED)
    created += [str(entry.get("datePublished") or "") for entry in described]
    created += _times(page)
    modified = _of(named, _MODIFIED)
    modified += [str(entry.get("dateModified") or "") for entry in described]
    metadata = {
        "author": one_line(author),
        "created": _first_day(created),
        "modified": _first_day(modified),
        "language": _language(page, text),
    }
    return {name: value for name, value in metadata.items() if value}


def _named_values(page: "LexborHTMLParser") -> dict[str, list[str]]:
    """The contents of <meta> elements by their names in small letters."""
    values: dict[str, list[str]] = {}
    for node in page.css("meta[content]"):
        given = node.attributes
        content = one_line(given.get("content") or "")
        for name in {given.get(key) or "" for key in ("name", "property", "itemprop")}:
            if name and content:
                values.setdefault(name.lower(), []).append(content)
    return values


def _of(named: Mapping[str, Sequence[str]], keys: Sequence[str]) -> list[str]:
    """The values of some names, in the order of these."""
    return list(chain.from_iterable(named.get(key, []) for key in keys))


def _described(page: "LexborHTMLParser") -> Iterator[Mapping[str, Any]]:
    """The objects in JSON-LD that have an author or a day."""
    for node in page.css("script[type='application/ld+json']"):
        text = node.text()
        try:
            waiting = [json.loads(text, strict=False)] if len(text) <= _LONGEST_JSON else []
        except (ValueError, RecursionError):  # a description is no reason to give up a page
            continue
        for _ in range(_MOST_VALUES):
            if not waiting:
                break
            value = waiting.pop(0)
            if isinstance(value, list):
                waiting += value
            elif isinstance(value, dict):
                if value.keys() & {"author", "datePublished", "dateModified"}:
                    yield value
                waiting += [inner for inner in value.values() if isinstance(inner, dict | list)]


def _names(author: Any) -> list[str]:
    """The names of an author, or of several, as JSON-LD writes them."""
    if isinstance(author, list):
        return list(
            chain.from_iterable(_names(one) for one in author if isinstance(one, str | dict))
        )
    if isinstance(author, dict):
        author = author.get("name")
    return [one_line(author)] if isinstance(author, str) else []


def _times(page: "LexborHTMLParser") -> list[str]:
    """The day of a <time> that is marked as the page's, or is the only one."""
    marked = page.css("time[itemprop=datePublished], time[pubdate], time.published")
    nodes = marked or page.css("time[datetime]")
    if not marked and len(nodes) != 1:
        return []
    return [(node.attributes.get("datetime") or "").strip() for node in nodes]


def _first_day(values: list[str]) -> date | None:
    for value in values:
        found = _DAY.match(value)
        try:
            if found:
                return date(int(found[1]), int(found[2]), int(found[3]))
            if re.search(r"[^\W\d_]{3}", value) and re.search(r"\b\d{4}\b", value):
                from dateutil.parser import parse

                return parse(value, ignoretz=True).date()
        except (ValueError, OverflowError):  # no day; another value may be one
            continue
    return None


def _language(page: "LexborHTMLParser", text: str) -> str:
    root: LexborNode | None = page.root
    given = (root.attributes.get("lang") or "").lower() if root else ""
    found = _LANGUAGE.match(given)
    if not found:
        return ""
    if found[0] == "en":
        words = re.findall(r"\w+", text[:5000].lower())
        common = sum(word in EMPTY_WORDS for word in words)
        return "en" if common >= _ENGLISH * max(len(words), 1) else ""
    return found[0]
