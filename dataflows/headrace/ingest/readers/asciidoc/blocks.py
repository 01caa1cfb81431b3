"""Lines of AsciiDoc to blocks of Markdown."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from headrace.ingest.readers.asciidoc.conditions import ATTRIBUTE
from headrace.ingest.readers.asciidoc.sections import STYLE, marked_title, underlined_title
from headrace.ingest.readers.asciidoc.tables import table_blocks
from headrace.ingest.readers.asciidoc.words import marked
from headrace.ingest.readers.kinds.markup import fenced
from headrace.ingest.readers.outcomes import Block

#: What is included is a file of its own.
_INCLUDED = re.compile(r"include::\S+\[.*\]\s*$")
_TITLE = re.compile(r"\.([^\s.].*)$")
_ITEM = re.compile(r"\s*(?:(\*{1,6}|-|•)|(\.{1,6}|\d{1,4}\.|[a-z]\.)|<(?:\d{1,3}|\.)>)\s+(\S.*)$")
_TERM = re.compile(r"\s*(\S.*?)(:{2,4}|;;)(?:\s+(.*))?$")
_NOTE = re.compile(r"(NOTE|TIP|IMPORTANT|WARNING|CAUTION):\s+(\S.*)$")
_NOTES = ("NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION")
_MACRO = re.compile(r"(image|video|audio|toc)::(\S*)\[(.*)\]\s*$")
_CALLOUT = re.compile(r"(?:\s*(?://|#|--|;;|<!--)?\s*<(?:\d{1,3}|\.)>(?:\s*-->)?)+\s*$")
#: Lines that begin and end code or other text that is shown as it is written.
_AS_IT_IS = re.compile(r"(-{4,}|\.{4,}|\+{4,}|`{3,})(?:\s*([\w+#-]+))?\s*$")
#: Lines that begin and end a part whose text is read like any other; or a rule.
_AROUND = re.compile(r"(?:={4,}|\*{4,}|_{4,}|--|'{3,}|<{3,}|-{3}|\*{3})\s*$")
_COMMENT = re.compile(r"/{4,}\s*$")
_TABLE = re.compile(r"([|!])={3,}$")
_BREAK = re.compile(r"\s\+\s*$")


class _Item(NamedTuple):
    """The first line of an item of a list.

    Attributes:
        prefix: its Markdown.
        lines: its text so far; a term stands on a line before what it means.
        is_term_alone: whether what the term means is still to come.
    """

    prefix: str
    lines: list[str]
    is_term_alone: bool


class Blocks:
    """The blocks of a document, and what its attributes say by then.

    Args:
        lines: without the document's head.
        attributes: of the head; those of the lines join them.
    """

    def __init__(self, lines: Sequence[str], attributes: dict[str, str]) -> None:
        self._lines = lines
        self._attributes = attributes
        self._next = 0
        self._style = ""
        self._note = ""
        self._paragraph: list[str] = []
        self._prefix = ""
        self._is_term_alone = False
        self._open: set[str] = set()
        self._depth = 1
        self._is_asking = False

    def all(self) -> Iterator[Block]:
        """Every block, in order; those without text part lists."""
        while self._next < len(self._lines):
            line = self._lines[self._next].rstrip()
            self._next += 1
            yield from self._of_line(line)
        yield from self._paragraph_block()

    def _of_line(self, line: str) -> Iterator[Block]:
        if _COMMENT.match(line):
            self._until(line)
        elif line.startswith("//") and not line.startswith("///") or _INCLUDED.match(line):
            pass
        elif (attribute := ATTRIBUTE.match(line)) and not self._paragraph:
            self._attributes[attribute[1].lower()] = (attribute[2] or "").strip()
        elif not line.strip() or line == "+":
            if not self._is_term_alone:
                yield from self._paragraph_block()
        elif section := self._underlined(line):
            self._next += 1
            yield from self._paragraph_block()
            yield section
        elif (block := self._delimited(line)) is not None:
            yield from self._paragraph_block()
            yield from block
            self._style = ""
        else:
            yield from self._of_text(line)

    def _of_text(self, line: str) -> Iterator[Block]:
        item = self._item(line)
        if item and self._is_asking and item.lines[0].endswith("?"):
            yield from self._paragraph_block()
            question, *self._paragraph = item.lines
            yield Block(self._words(question), "#" * min(self._depth + 1, 6) + " ")
            self._is_term_alone, self._style = item.is_term_alone, ""
        elif item:
            yield from self._paragraph_block()
            self._prefix, self._paragraph, self._is_term_alone = item
            self._style = ""
        elif (self._paragraph or self._is_term_alone) and not STYLE.match(line):
            self._paragraph.append(line)
            self._is_term_alone = False
        elif (found := self._alone(line)) is not None:
            yield from self._paragraph_block()
            yield from found
        elif line[0] in " \t":
            yield from self._literal(line)
        else:
            self._paragraph.append(line)

    def _underlined(self, line: str) -> Block | None:
        """The title that a line is with the one under it, if no paragraph goes on."""
        below = "".join(self._lines[self._next : self._next + 1]).rstrip()
        if below in self._open or (self._paragraph and not self._is_term_alone):
            return None
        section = underlined_title(line, below)
        return self._section(*section) if section else None

    def _section(self, depth: int, title: str) -> Block:
        self._depth, self._is_asking = depth, False
        return Block(self._words(title), "#" * depth + " ")

    def _delimited(self, line: str) -> Iterator[Block] | None:
        """What a line begins that lasts until the same line comes again."""
        if table := _TABLE.match(line):
            return table_blocks(self._until(line), self._style, table[1], self._words)
        if fence := _AS_IT_IS.match(line):
            return self._code(self._until(fence[1]), fence[2] or "")
        if not _AROUND.match(line):
            return None
        self._open ^= {line}
        return iter(())

    def _until(self, end: str) -> list[str]:
        """The lines up to the next that is like `end`, which is passed."""
        start = self._next
        while self._next < len(self._lines) and self._lines[self._next].rstrip() != end.rstrip():
            self._next += 1
        self._next += 1
        return list(self._lines[start : self._next - 1])

    def _code(self, lines: Sequence[str], language: str) -> Iterator[Block]:
        names = [part.strip() for part in self._style.split(",")]
        if not language and names[0].startswith(("source", "%")) and len(names) > 1:
            language = names[1] if re.fullmatch(r"[\w+#-]+", names[1]) else ""
        code = [_CALLOUT.sub("", line) for line in lines if not _INCLUDED.match(line)]
        text = "\n".join(code).strip("\n")
        if text.strip():
            yield Block(fenced(text, language))

    def _literal(self, line: str) -> Iterator[Block]:
        """Lines that are indented, up to an empty one: code as it is."""
        lines = [line]
        while self._next < len(self._lines) and self._lines[self._next].strip() not in ("", "+"):
            lines.append(self._lines[self._next].rstrip())
            self._next += 1
        return self._code(textwrap.dedent("\n".join(lines)).splitlines(), "")

    def _alone(self, line: str) -> list[Block] | None:
        """What a line stands for by itself; None for one of a paragraph."""
        if section := marked_title(line):
            return [self._section(*section)]
        if style := STYLE.match(line):
            self._style = style[1] or self._style
            self._is_asking |= self._style == "qanda"
            self._note = self._style if self._style in _NOTES else self._note
            return []
        if title := _TITLE.match(line):
            return [Block(f"**{self._words(title[1])}**")]
        if macro := _MACRO.match(line):
            alternative = macro[3].partition(",")[0].strip('"')
            is_told = macro[1] == "image" and alternative and "=" not in alternative
            return [Block(f"[Picture: {self._words(alternative)}]")] if is_told else []
        return None

    def _item(self, line: str) -> _Item | None:
        """The item that a line begins; None when it begins none."""
        if item := _ITEM.match(line):
            mark = item[1] or item[2] or "."
            depth = len(mark) - 1 if mark[0] in "*." else 0
            return _Item("  " * depth + ("- " if item[1] else "1. "), [item[3]], False)
        term = _TERM.match(line)
        if term and (not self._paragraph or self._prefix):
            depth = len(term[2]) - 2
            name = term[1] if term[1].endswith(("?", "!", ".")) else f"{term[1]}:"
            lines = [name, *filter(None, [term[3]])]
            return _Item("  " * depth + "- ", lines, len(lines) == 1)
        return None

    def _paragraph_block(self) -> Iterator[Block]:
        lines, prefix = self._paragraph, self._prefix
        self._paragraph, self._prefix, self._is_term_alone = [], "", False
        if not lines:
            return
        text = " ".join(_BREAK.sub("", line).strip() for line in lines)
        if note := _NOTE.match(text):
            text = f"{note[1].capitalize()}: {note[2]}"
        elif self._note:
            text = f"{self._note.capitalize()}: {text}"
        self._note = self._style = ""
        yield Block(self._words(text), prefix, "item" if prefix else "")

    def _words(self, text: str) -> str:
        return marked(text, self._attributes)
