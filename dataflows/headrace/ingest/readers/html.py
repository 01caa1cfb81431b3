"""Web pages: what they say, as Markdown, without what surrounds it on the site."""

import re
from typing import TYPE_CHECKING

from headrace.ingest.readers.cleaning import clean_text, one_line
from headrace.ingest.readers.decoding import decoded_text
from headrace.ingest.readers.nesting import flattened
from headrace.ingest.readers.outcomes import Block, Content, joined_blocks

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# The last three hold text for browsers that cannot show frames, unparsed.
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
    "address article blockquote body caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form header hgroup hr legend li main menu ol optgroup option p pre "
    "search section summary table tbody td tfoot th thead tr ul"
)
_BLOCKS = {*_BLOCK_NAMES.split(), *_HEADINGS}
_LISTS = {"ul", "ol", "menu", "dir"}
_ARTICLES = {"article", "main"}
_CELLS = {"td", "th"}
#: Deeper lists are indented no further.
_DEEPEST_LIST = 8
_SPACES = re.compile(r"[ \t\n\r\f]+")


def html_content(data: bytes) -> Content:
    """The text of a page as Markdown.

    Blank lines part its blocks. Headings begin with "## ", items with "- ", table rows
    are "a | b", and <pre> is fenced. Navigation, asides, scripts, and the header and
    footer of the site are left out; those of an article are not. The title is that of
    <title>, else the first <h1>.
    """
    from selectolax.lexbor import LexborHTMLParser

    text, metadata = decoded_text(data)
    page = LexborHTMLParser(flattened(text))
    text = clean_text(joined_blocks(_blocks(page.body))) if page.body else ""
    title = ""
    for node in (page.css_first("head title"), page.css_first("h1")):
        if node and not title:
            title = one_line(node.text())
    return Content(text=text, title=title, metadata=metadata, markup="markdown")


def _blocks(body: "LexborNode") -> list[Block]:
    """The blocks beneath a node, in document order.

    A loop, not a recursion: pages nest deeper than Python's stack.
    """
    writer = _Writer(_layout_tables(body))
    waiting = [(body, False)]
    while waiting:
        node, is_leaving = waiting.pop()
        if is_leaving:
            writer.leave(node)
        elif node.is_text_node:
            writer.write(node.text_content or "")
        elif node.is_element_node and not writer.drops(node):
            writer.enter(node)
            waiting.append((node, True))
            child = node.last_child
            while child is not None:
                waiting.append((child, False))
                child = child.prev
    writer.end_block()
    return writer.blocks


class _Writer:
    """Collects blocks while a page is walked.

    `layout_tables` are those of `_layout_tables`. `parts` is the text of the current
    block, `cells` the texts of the current table row, None outside of one. `prefix` is
    the Markdown of the next block.
    """

    def __init__(self, layout_tables: set[int]) -> None:
        self.layout_tables = layout_tables
        self.blocks: list[Block] = []
        self.parts: list[str] = []
        self.cells: list[str] | None = None
        self.prefix = ""
        self.list_depth = 0
        self.article_depth = 0
        self.is_verbatim = False
        self.is_data_table = False

    def drops(self, node: "LexborNode") -> bool:
        """Whether an element belongs to the site, not to what the page says.

        A header within an article is the article's: it often holds the headline.
        """
        return node.tag in _DROPPED or node.tag in _BANNERS and not self.article_depth

    def write(self, text: str) -> None:
        self.parts.append(text if self.is_verbatim else _SPACES.sub(" ", text))

    def enter(self, node: "LexborNode") -> None:
        tag = node.tag or ""
        if tag == "br":
            self.parts.append("\n")
        elif tag in _BLOCKS:
            self.end_block()
        if tag == "pre":
            self.is_verbatim = True
        elif tag in _ARTICLES:
            self.article_depth += 1
        elif tag in _LISTS:
            self._end_run(self.list_depth == 0)
            self.list_depth += 1
        elif tag == "table":
            self._end_run(True)
            self.is_data_table = node.mem_id not in self.layout_tables
        elif tag == "tr" and self.is_data_table:
            self.cells = []
        elif self.cells is None:
            self.prefix = self._prefix(tag) or self.prefix

    def leave(self, node: "LexborNode") -> None:
        tag = node.tag or ""
        if tag in _CELLS and self.cells is not None:
            self.cells.append(self._taken_text().replace("\n", " "))
        elif tag == "tr" and self.cells is not None:
            self._end_row(self.cells)
        elif tag == "pre":
            self._end_verbatim()
        elif tag in _BLOCKS:
            self.end_block()
        if tag in _ARTICLES:
            self.article_depth -= 1
        elif tag in _LISTS:
            self.list_depth -= 1
            self._end_run(self.list_depth == 0)
        elif tag == "table":
            self._end_run(True)
            self.is_data_table = False
        if tag == "li" or tag in _HEADINGS:
            self.prefix = ""

    def end_block(self) -> None:
        """Stores the current block; within <pre> or a row, it only ends the line."""
        if self.is_verbatim or self.cells is not None:
            self.parts.append("\n" if self.parts and not self.parts[-1].endswith("\n") else "")
            return
        text = self._taken_text()
        if not text:
            return
        if self.prefix.startswith("#"):
            text = text.replace("\n", " ")
        self.blocks.append(Block(text, self.prefix, "item" if self.prefix.endswith("- ") else ""))
        self.prefix = ""

    def _prefix(self, tag: str) -> str:
        if tag in _HEADINGS:
            return "#" * int(tag[1]) + " "
        depth = min(self.list_depth, _DEEPEST_LIST)
        return "  " * max(depth - 1, 0) + "- " if tag == "li" else ""

    def _end_run(self, is_outermost: bool) -> None:
        """Ends a run of items or rows: at the edge of an outermost list or a table."""
        if is_outermost and self.cells is None:
            self.blocks.append(Block(""))

    def _end_row(self, cells: list[str]) -> None:
        row = " | ".join(cells)
        self.cells = None
        if row.strip(" |"):
            self.blocks.append(Block(row, kind="row"))

    def _end_verbatim(self) -> None:
        """Stores a <pre> between fences, so that "# comment" in it is not a heading."""
        text = "".join(self.parts).strip("\n")
        self.parts, self.is_verbatim = [], False
        if text.strip():
            ticks = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
            self.blocks.append(Block(f"{ticks}\n{text}\n{ticks}"))

    def _taken_text(self) -> str:
        """The text of the current block, which is empty afterwards.

        Soft hyphens are removed: nobody sees them, and a search would miss the word.
        """
        text = "".join(self.parts).replace("\u00ad", "")
        self.parts = []
        text = re.sub(" *\n *", "\n", text)
        return re.sub(" {2,}", " ", text).strip()


def _layout_tables(body: "LexborNode") -> set[int]:
    """The `mem_id` of each table that arranges a page rather than holds data.

    Such a table holds headings, code or further tables.
    """
    found: set[int] = set()
    if body.css_first("table") is None:
        return found
    waiting: list[tuple[LexborNode, int | None]] = [(body, None)]
    while waiting:
        node, table = waiting.pop()
        tag = node.tag or ""
        if table is not None and (tag in ("table", "pre") or tag in _HEADINGS):
            found.add(table)
        if tag == "table":
            table = node.mem_id
        child = node.last_child
        while child is not None:
            waiting.append((child, table))
            child = child.prev
    return found
