"""Web pages: what they say, as Markdown, without what surrounds it on the site."""

import re
from typing import Any

from headrace.ingest.readers.cleaning import clean_text, one_line
from headrace.ingest.readers.decoding import decoded_text
from headrace.ingest.readers.outcomes import Block, Content, joined_blocks

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# The last three hold text meant for browsers that cannot show frames, unparsed.
_DROPPED = {
    "script",
    "style",
    "nav",
    "aside",
    "noscript",
    "template",
    "svg",
    "iframe",
    "noframes",
    "noembed",
}
_BANNERS = {"header", "footer"}
_BLOCK_NAMES = (
    "address article blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form header"
    " hgroup hr legend li main menu ol optgroup option p pre search section summary table tbody td tfoot th thead tr ul"
)
_BLOCKS = {*_BLOCK_NAMES.split(), *_HEADINGS}
_LISTS = {"ul", "ol", "menu", "dir"}
_SPACES = re.compile(r"[ \t\n\r\f]+")


def html_content(data: bytes) -> Content:
    """A page's text: blocks parted by blank lines, headings as "## ", items as "- ", rows as "a | b", <pre> fenced.

    Navigation, asides, scripts and the site's header and footer are left out; an article's own header and footer are not.
    The title is that of <title>, else the first <h1>.
    """
    from selectolax.lexbor import LexborHTMLParser

    text, metadata = decoded_text(data)
    page = LexborHTMLParser(text)
    titles = (page.css_first("head title"), page.css_first("h1"))
    title = next(filter(None, (one_line(node.text()) for node in titles if node)), "")
    text = clean_text(joined_blocks(_blocks(page.body))) if page.body else ""
    return Content(text=text, title=title, metadata=metadata, markup="markdown")


def _blocks(body: Any) -> list[Block]:
    """The blocks beneath a node, in document order. A loop, not a recursion: pages nest deeper than Python's stack."""
    writer = _Writer()
    waiting = [(body, False)]
    while waiting:
        node, is_leaving = waiting.pop()
        if is_leaving:
            writer.leave(node)
        elif node.is_text_node:
            writer.parts.append(
                node.text_content if writer.is_verbatim else _SPACES.sub(" ", node.text_content)
            )
        elif node.is_element_node and not writer.drops(node.tag):
            writer.enter(node)
            waiting.append((node, True))
            child = node.last_child
            while child is not None:
                waiting.append((child, False))
                child = child.prev
    writer.end_block()
    return writer.blocks


class _Writer:
    """Collects blocks while a page is walked: `parts` is the text of the block begun, `cells` those of the row begun."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.parts: list[str] = []
        self.cells: list[str] | None = None
        self.prefix = ""
        self.list_depth = 0
        self.article_depth = 0
        self.is_verbatim = False
        self.is_data_table = False

    def drops(self, tag: str) -> bool:
        """Whether an element is page furniture. A header within an article is the article's: it often holds the headline."""
        return tag in _DROPPED or tag in _BANNERS and not self.article_depth

    def enter(self, node: Any) -> None:
        tag = node.tag
        if tag == "br":
            self.parts.append("\n")
        elif tag in _BLOCKS:
            self.end_block()
        if tag == "pre":
            self.is_verbatim = True
        elif tag in ("article", "main"):
            self.article_depth += 1
        elif tag in _LISTS:
            self._begin_run(self.list_depth == 0)
            self.list_depth += 1
        elif tag == "table":
            self._begin_run(True)
            self.is_data_table = not _is_layout(node)
        elif tag == "tr" and self.is_data_table:
            self.cells = []
        elif self.cells is None:
            self.prefix = self._prefix(tag) or self.prefix

    def leave(self, node: Any) -> None:
        tag = node.tag
        if tag in ("td", "th") and self.cells is not None:
            self.cells.append(self._taken_text().replace("\n", " "))
        elif tag == "tr" and self.cells is not None:
            self._end_row()
        elif tag == "pre":
            self._end_verbatim()
        elif tag in _BLOCKS:
            self.end_block()
        if tag in ("article", "main"):
            self.article_depth -= 1
        elif tag in _LISTS:
            self.list_depth -= 1
            self._begin_run(self.list_depth == 0)
        elif tag == "table":
            self._begin_run(True)
            self.is_data_table = False
        if tag == "li" or tag in _HEADINGS:
            self.prefix = ""

    def end_block(self) -> None:
        """Store the block begun. Within a table's cell and within <pre> a block's end is only a space or a line's end."""
        if self.is_verbatim or self.cells is not None:
            self.parts.append("\n" if self.parts and not self.parts[-1].endswith("\n") else "")
            return
        text = self._taken_text()
        if text:
            is_item = self.prefix.endswith("- ")
            text = text.replace("\n", " ") if self.prefix.startswith("#") else text
            self.blocks.append(Block(text, self.prefix, "item" if is_item else ""))
            self.prefix = ""

    def _prefix(self, tag: str) -> str:
        if tag in _HEADINGS:
            return "#" * int(tag[1]) + " "
        return "  " * max(self.list_depth - 1, 0) + "- " if tag == "li" else ""

    def _begin_run(self, is_outermost: bool) -> None:
        if is_outermost and self.cells is None:
            self.blocks.append(Block(""))

    def _end_row(self) -> None:
        row, self.cells = " | ".join(self.cells), None
        if row.strip(" |"):
            self.blocks.append(Block(row, kind="row"))

    def _end_verbatim(self) -> None:
        """Store a <pre> between fences, so that a "# comment" in it is not taken for a heading."""
        text = "".join(self.parts).strip("\n")
        self.parts, self.is_verbatim = [], False
        if text.strip():
            ticks = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
            self.blocks.append(Block(f"{ticks}\n{text}\n{ticks}"))

    def _taken_text(self) -> str:
        """The text of the block begun, which is then empty. Soft hyphens go: nobody sees them, and they split words for a search."""
        text = re.sub(
            " {2,}", " ", re.sub(" *\n *", "\n", "".join(self.parts).replace("\u00ad", ""))
        )
        self.parts = []
        return text.strip()


def _is_layout(table: Any) -> bool:
    """Whether a table arranges a page rather than holds data: there are headings, code or further tables in it."""
    return any(
        found.mem_id != table.mem_id for found in table.css("table, pre, h1, h2, h3, h4, h5, h6")
    )
