"""Web pages: what they say, as Markdown, without what surrounds it on the site."""

from typing import TYPE_CHECKING

from headrace.ingest.readers.cleaning import clean_text
from headrace.ingest.readers.outcomes import Content, joined_blocks
from headrace.ingest.readers.web.about import page_metadata, page_title
from headrace.ingest.readers.web.charsets import page_text
from headrace.ingest.readers.web.furniture import left_out
from headrace.ingest.readers.web.links import Addresses
from headrace.ingest.readers.web.nesting import flattened
from headrace.ingest.readers.web.writing import blocks_of

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser


def html_content(data: bytes, *, is_part: bool = False) -> Content:
    """The text of a page as Markdown.

    Blank lines part its blocks. Headings begin with "## ", items with "- ", rows of
    tables hold their headers ("Depot: Verwood; Deposit: 155"), definitions are "term:
    meaning", and <pre> is fenced. Links have their addresses where these say more than
    their text, and pictures are their alternative texts. What belongs to the site
    rather than to the page is left out, as is what nobody sees (`web.furniture`).
    Title, author, days and language are those that the page names.

    Args:
        is_part: it is a part of a book, not a page of a site.
    """
    from selectolax.lexbor import LexborHTMLParser

    text, metadata = page_text(data)
    page = LexborHTMLParser(flattened(text))
    text = clean_text(_markdown(page, is_part)) if page.body else ""
    return Content(
        text=text,
        title=page_title(page),
        metadata={**metadata, **page_metadata(page, text)},
        markup="markdown",
    )


def _markdown(page: "LexborHTMLParser", is_part: bool) -> str:
    body = page.body
    if body is None:
        return ""
    addresses = Addresses(_base(page), is_part=is_part)
    text = joined_blocks(blocks_of(body, *left_out(body), addresses))
    if text:
        return text
    # A page of nothing but links, such as the contents of a book.
    return joined_blocks(blocks_of(body, *left_out(body, without_menus=False), addresses))


def _base(page: "LexborHTMLParser") -> str:
    """What the addresses on a page are relative to; "" if it does not say."""
    for selector in ("base[href]", "link[rel=canonical][href]", "meta[property='og:url'][content]"):
        node = page.css_first(selector)
        if node is not None:
            found = node.attributes.get("href") or node.attributes.get("content") or ""
            if found.strip():
                return found.strip()
    return ""
