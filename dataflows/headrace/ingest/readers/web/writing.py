"""What a page says, as blocks of Markdown."""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headrace.ingest.readers.cleaning import one_line
from headrace.ingest.readers.kinds.markup import fenced, linked, running
from headrace.ingest.readers.outcomes import Block
from headrace.ingest.readers.web.grids import Cell, GridRow, table_blocks
from headrace.ingest.readers.web.links import Address, Addresses

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCK_NAMES = (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form header hgroup hr legend li main menu nav ol optgroup option p "
    "pre search section summary table tbody td tfoot th thead tr ul"
)
_BLOCKS = {*_BLOCK_NAMES.split(), *_HEADINGS}
_LISTS = {"ul", "ol", "menu", "dir"}
_CELLS = {"td", "th"}
#: Deeper lists are indented no further.
_DEEPEST_LIST = 8
_SPACES = re.compile(r"[ \t\n\r\f]+")
_RAISED = str.maketrans(
    "0123456789+-\u2212",
    "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b\u207b",
)
_NUMBER = re.compile(r"[+\u2212-]?\d{1,3}")
_LANGUAGE = re.compile(
    r"(?:^|\s)(?:language|lang|highlight-source|highlight)-([\w+#.-]+)|brush:\s*(\w+)"
)
_NO_LANGUAGES = frozenset(("default", "none", "text", "plaintext", "notranslate", "python3"))
#: Alternative texts that are names of files, or of ornaments.
_SAYS_NOTHING = re.compile(
    r"^\S*\.(?:png|jpe?g|gif|bmp|svg|webp|tiff?|avif)$|\b(?:logo|icon|badge|avatar|spacer)\b",
    re.IGNORECASE,
)
#: Links to pages of the same site are written in running text that has no more of them.
_MOST_PAGE_LINKS = 2
_MOST_LINKS = 8
#: A shorter term of a definition stands on the line of what it means.
_LONGEST_TERM = 200


@dataclass(frozen=True, slots=True)
class _Link:
    """A link in the current block: the number of its part, and where it leads."""

    part: int
    address: Address


def blocks_of(
    body: "LexborNode", seen: Collection[int], out: Collection[int], addresses: Addresses
) -> list[Block]:
    """The blocks beneath a node, in document order.

    A loop, not a recursion: pages nest deeper than Python's stack.

    Args:
        seen: the `mem_id` of each element that can be seen.
        out: of these, the ones to leave out with what they hold.
    """
    writer = _Writer(_layout_tables(body), addresses)
    waiting = [(body, False)]
    while waiting:
        node, is_leaving = waiting.pop()
        if is_leaving:
            writer.leave(node)
        elif node.is_text_node:
            writer.write(node.text_content or "")
        elif node.is_element_node and node.mem_id in seen and node.mem_id not in out:
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
    block, `rows` are those of the current table, None outside of one, and `term` is a
    defined term that waits for what it means. `prefix` is the Markdown of the next
    block.
    """

    def __init__(self, layout_tables: set[int], addresses: Addresses) -> None:
        self.layout_tables = layout_tables
        self.addresses = addresses
        self.blocks: list[Block] = []
        self.parts: list[str] = []
        self.links: list[_Link] = []
        self.open_links: list[int] = []
        self.raised_from: int | None = None
        self.rows: list[GridRow] | None = None
        self.cell: Cell | None = None
        self.is_head = False
        self.term = ""
        self.prefix = ""
        self.list_depth = 0
        self.verbatim_depth = 0
        self.language = ""

    def write(self, text: str) -> None:
        self.parts.append(text if self.verbatim_depth else _SPACES.sub(" ", text))

    def enter(self, node: "LexborNode") -> None:
        tag = node.tag or ""
        if tag in _BLOCKS:
            self.end_block()
        if tag == "br":
            self.parts.append("\n")
        elif tag == "img":
            self._write_picture(node)
        elif tag == "a":
            self.open_links.append(len(self.parts))
        elif tag == "sup":
            self.raised_from = len(self.parts)
        elif tag in ("pre", "code") or tag == "div":
            self._enter_code(node, tag)
        elif tag in _LISTS:
            self._end_run(self.list_depth == 0)
            self.list_depth += 1
        elif tag in ("table", "thead", "tr") or tag in _CELLS:
            self._enter_table(node, tag)
        if self.rows is None and (prefix := self._prefix(tag)):
            self.prefix = prefix

    def leave(self, node: "LexborNode") -> None:
        tag = node.tag or ""
        if tag == "a" and self.open_links:
            self._end_link(node, self.open_links.pop())
        elif tag == "sup":
            self._end_raised()
        elif tag == "pre":
            self._end_verbatim()
        elif tag == "dt" and self.rows is None:
            self._end_term()
        elif tag in _CELLS and self.cell is not None:
            self.cell.text = self._taken_text().replace("\n", " ")
            self.cell = None
        elif tag in _BLOCKS:
            self.end_block()
        if tag in _LISTS:
            self.list_depth -= 1
            self._end_run(self.list_depth == 0)
        elif tag == "thead":
            self.is_head = False
        elif tag == "table":
            self._end_table()
        elif tag == "dl":
            self._flush_term()
        if tag == "li" or tag in _HEADINGS:
            self.prefix = ""

    def end_block(self) -> None:
        """Stores the current block; within <pre> or a cell, it only ends the line."""
        if self.verbatim_depth or self.cell is not None:
            self.parts.append("\n" if self.parts and not self.parts[-1].endswith("\n") else "")
            return
        text = self._taken_text()
        if not text:
            return
        if self.prefix.startswith("#"):
            self.blocks.append(Block(text.replace("\n", " "), self.prefix))
        else:
            kind = "item" if self.prefix else "row" if self.term else ""
            self.blocks.append(Block(running(self.term + text), self.prefix, kind))
            self.term = ""
        self.prefix = ""

    def _prefix(self, tag: str) -> str:
        if tag in _HEADINGS:
            return "#" * int(tag[1]) + " "
        depth = min(self.list_depth, _DEEPEST_LIST)
        return "  " * max(depth - 1, 0) + "- " if tag == "li" else ""

    def _end_run(self, is_outermost: bool) -> None:
        """Ends a run of items or rows: at the edge of an outermost list or a table."""
        if is_outermost and self.rows is None:
            self.blocks.append(Block(""))

    # definitions

    def _end_term(self) -> None:
        """Keeps a term for the line of what it means; several terms share it."""
        self.links = [link for link in self.links if not link.address.is_page]
        text = one_line(self._taken_text())
        if self.verbatim_depth or not text or len(text) > _LONGEST_TERM:
            self._flush_term()
            self.parts = [text]
            self.end_block()
        else:
            self.term = f"{self.term.removesuffix(': ')}, {text}" if self.term else text
            self.term = f"{self.term.rstrip(':')}: "

    def _flush_term(self) -> None:
        """Stores a term of which nothing is said."""
        text, self.term = self.term.removesuffix(": "), ""
        if text:
            self.blocks.append(Block(running(text)))

    # links, pictures and raised numbers

    def _end_link(self, node: "LexborNode", start: int) -> None:
        """Makes the text of a link one part, and keeps where it leads."""
        if self.verbatim_depth or self.prefix.startswith("#") or start >= len(self.parts):
            return
        text = "".join(self.parts[start:])
        address = self.addresses.of(node.attributes.get("href") or "")
        if address is None or not text.strip() or text.strip().startswith("[Picture:"):
            return
        if address.is_page and node.css_first("code, tt") is not None:
            return  # the reference of a name, as documentation of code has for every word
        self.parts[start:] = [text]
        self.links.append(_Link(start, address))

    def _write_picture(self, node: "LexborNode") -> None:
        given = node.attributes
        text = one_line(given.get("alt") or "")
        if not text or _SAYS_NOTHING.search(text) or given.get("role") == "presentation":
            return
        if len(text.split()) > 1 and "math" not in (given.get("class") or ""):
            self.parts.append(f" [Picture: {text}] ")
        elif self.parts and self.parts[-1].strip():
            self.parts.append(text)

    def _end_raised(self) -> None:
        """Writes a raised number as one: "10<sup>6</sup>" is not 106."""
        start, self.raised_from = self.raised_from, None
        if start is not None and start < len(self.parts) and not self.verbatim_depth:
            text = "".join(self.parts[start:]).strip()
            if _NUMBER.fullmatch(text):
                self.parts[start:] = [text.translate(_RAISED)]

    # code

    def _enter_code(self, node: "LexborNode", tag: str) -> None:
        """Notes the language of code, which one of the elements around it has."""
        found = _LANGUAGE.search(node.attributes.get("class") or "")
        if found and (tag != "code" or self.verbatim_depth):
            name = (found[1] or found[2]).lower()
            self.language = "" if name in _NO_LANGUAGES else name
        self.verbatim_depth += tag == "pre"

    def _end_verbatim(self) -> None:
        """Stores a <pre> between fences, so that "# comment" in it is not a heading."""
        self.verbatim_depth -= 1
        if self.verbatim_depth or self.cell is not None:
            return
        text = "".join(self.parts).strip("\n")
        language, self.language = self.language, ""
        self._take_parts()
        if text.strip():
            self._flush_term()
            self.blocks.append(Block(fenced(text, language)))

    # tables

    def _enter_table(self, node: "LexborNode", tag: str) -> None:
        if tag == "table":
            self._end_run(True)
            self.rows = None if node.mem_id in self.layout_tables else []
        elif self.rows is None:
            return
        elif tag == "thead":
            self.is_head = True
        elif tag == "tr":
            self.rows.append(GridRow(self.is_head))
        else:
            spans = [_span(node, name) for name in ("colspan", "rowspan")]
            self.cell = Cell("", tag == "th" or _is_bold(node), *spans)
            if not self.rows:
                self.rows.append(GridRow(self.is_head))
            self.rows[-1].cells.append(self.cell)

    def _end_table(self) -> None:
        rows, self.rows = self.rows, None
        for block in table_blocks(rows or []):
            self.blocks.append(Block(running(block.text), kind="row"))
        self._end_run(True)

    # the current block

    def _take_parts(self) -> list[str]:
        parts, self.parts, self.links = self.parts, [], []
        self.open_links = [0] * len(self.open_links)
        return parts

    def _taken_text(self) -> str:
        """The text of the current block, which is empty afterwards.

        Soft hyphens are removed: nobody sees them, and a search would miss the word.
        """
        pages = sum(link.address.is_page for link in self.links)
        whole = "".join(self.parts).strip() if pages else ""
        for link in self.links[:_MOST_LINKS]:
            text = self.parts[link.part]
            is_index = self.cell is not None or pages > _MOST_PAGE_LINKS or text.strip() == whole
            if not (link.address.is_page and is_index):
                self.parts[link.part] = linked(text, link.address.text)
        text = "".join(self._take_parts()).replace("\u00ad", "")
        text = re.sub(" *\n *", "\n", text)
        return re.sub(" {2,}", " ", text).strip()


def _is_bold(cell: "LexborNode") -> bool:
    """Whether all text of a cell is set in bold by itself."""
    bold = cell.css_first("b, strong")
    return bold is not None and bold.text().split() == cell.text().split() != []


def _span(node: "LexborNode", name: str) -> int:
    given = (node.attributes.get(name) or "").strip()
    return max(int(given[:5]), 1) if given.isdecimal() and given.isascii() else 1


def _layout_tables(body: "LexborNode") -> set[int]:
    """The `mem_id` of each table that arranges a page rather than holds data.

    Such a table holds headings, code or further tables, or one cell; or it says so.
    """
    cells: Counter[int] = Counter()
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
            if node.attributes.get("role") in ("presentation", "none"):
                found.add(table)
        elif table is not None:
            cells[table] += tag in _CELLS
        child = node.last_child
        while child is not None:
            waiting.append((child, table))
            child = child.prev
    return found | {table for table, count in cells.items() if count == 1}
