"""Lines of Org to blocks of Markdown."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from headrace.ingest.readers.kinds.markup import fenced
from headrace.ingest.readers.kinds.tabular.tables import Row, headed_passages
from headrace.ingest.readers.org.words import marked
from headrace.ingest.readers.outcomes import Block

KEYWORD = re.compile(r"\s*#\+([\w-]+)(?:\[[^\]]*\])?:\s*(.*)$")
HEADING = re.compile(r"(\*+)\s+(\S.*)$")
_COMMENT = re.compile(r"\s*#(?:\s|$)")
_DRAWER = re.compile(r"\s*:([\w-]+):\s*$")
_END_OF_DRAWER = re.compile(r"\s*:END:\s*$", re.IGNORECASE)
BEGIN = re.compile(r"\s*#\+begin_(\S+)(?:\s+(.*))?$", re.IGNORECASE)
END = re.compile(r"\s*#\+end_\S+\s*$", re.IGNORECASE)
_FIXED = re.compile(r"\s*:(?: (.*)|)$")
_PLANNED = re.compile(r"(SCHEDULED|DEADLINE|CLOSED):\s*[<\[]([^>\]\n]*)[>\]]")
_CLOCK = re.compile(r"\s*CLOCK:")
_RULE = re.compile(r"\s*-{5,}\s*$")
_ITEM = re.compile(r"(\s*)(?:([-+]|(?<=\s)\*)|((?:\d{1,4}|[A-Za-z])[.)]))(?:\s+(.*))?$")
_COUNTER = re.compile(r"\[@\w+\]\s*")
_TERM = re.compile(r"(.*\S)\s+::(?:\s+|$)(.*)$")
_ROW = re.compile(r"\s*\|")
_LINE_OF_TABLE = re.compile(r"\s*\|-")
#: Cells that say how wide a column is, or where a group of columns begins or ends.
_OF_LAYOUT = re.compile(r"<[lrc]?\d*>|[<>]")
_TAGS = re.compile(r"\s+:([\w@#%:]+):\s*$")
_STATISTICS = re.compile(r"\s*\[(?:\d*/\d*|\d*%)\]")
_PRIORITY = re.compile(r"\[#\w{1,2}\]\s*")
_BREAK = re.compile(r"\\\\$")
_FOOTNOTE = re.compile(r"\[fn:[\w-]+\]\s+")
_ESCAPED = re.compile(r"^(\s*),(,*(?:\*|#\+))", re.MULTILINE)
#: Blocks whose lines are shown as they are, and those that are not shown.
_AS_IT_IS = ("src", "example")
_NOT_SHOWN = ("comment", "export")
_NOTES = ("note", "tip", "important", "warning", "caution")
#: A heading that begins so is a remark, with all that is beneath it.
_REMARK = "COMMENT"


@dataclass
class Conventions:
    """What a document's keywords say of the rest.

    Attributes:
        deeper: how many levels its headings are below its title.
        states: words before a heading that say how far a task is.
        macros: by name.
    """

    deeper: int = 0
    states: frozenset[str] = frozenset(("TODO", "DONE"))
    macros: dict[str, str] = field(default_factory=dict)


class Blocks:
    """The blocks of a document.

    Args:
        lines: without the keywords at its beginning.
    """

    def __init__(self, lines: Sequence[str], conventions: Conventions) -> None:
        self._lines = lines
        self._conventions = conventions
        self._next = 0
        self._paragraph: list[str] = []
        self._prefix = ""
        #: How far the items are indented that the next line may be part of.
        self._indents: list[int] = []
        self._note = ""

    def all(self) -> Iterator[Block]:
        """Every block, in order; those without text part lists."""
        while self._next < len(self._lines):
            line = self._lines[self._next].rstrip()
            self._next += 1
            yield from self._of_line(line)
        yield from self._paragraph_block()

    def _of_line(self, line: str) -> Iterator[Block]:
        if heading := HEADING.match(line):
            yield from self._paragraph_block()
            self._indents = []
            yield from self._heading(len(heading[1]), heading[2])
        elif not line:
            yield from self._paragraph_block()
        elif begun := BEGIN.match(line):
            yield from self._paragraph_block()
            yield from self._block(begun[1].lower(), begun[2] or "")
        elif (drawer := _DRAWER.match(line)) and drawer[1].upper() != "END":
            yield from self._paragraph_block()
            if drawer[1].upper() in ("PROPERTIES", "LOGBOOK"):
                self._pass(_END_OF_DRAWER)
        elif keyword := KEYWORD.match(line):
            yield from self._paragraph_block()
            if keyword[1].lower() == "caption" and keyword[2]:
                yield Block(f"**{self._words(keyword[2])}**")
        elif _is_passed(line):
            pass
        elif fixed := _FIXED.match(line):
            yield from self._paragraph_block()
            yield from self._code([fixed[1] or "", *self._while(_FIXED)], "")
        elif _ROW.match(line):
            yield from self._paragraph_block()
            yield from self._table([line, *self._rows()])
        else:
            yield from self._of_text(line)

    def _of_text(self, line: str) -> Iterator[Block]:
        """A line of a paragraph or of an item, or the first of an item."""
        indent = len(line) - len(line.lstrip())
        if item := _ITEM.match(line):
            yield from self._paragraph_block()
            while self._indents and self._indents[-1] >= indent:
                self._indents.pop()
            self._indents.append(indent)
            mark = "1. " if item[3] else "- "
            self._prefix = "  " * (len(self._indents) - 1) + mark
            self._paragraph = [_of_item(item[4] or "")]
            return
        if not self._paragraph and self._indents:
            while self._indents and self._indents[-1] >= indent:
                self._indents.pop()
            if not self._indents:
                yield Block("")
            self._prefix = "  " * len(self._indents)
        self._paragraph.append(_FOOTNOTE.sub("", line.strip()))

    def _heading(self, level: int, text: str) -> Iterator[Block]:
        """A heading, then its tags, and when its task is planned."""
        found = _TAGS.search(text)
        tags = found[1].split(":") if found else []
        text = text[: found.start()] if found else text
        if text.split()[:1] == [_REMARK]:
            self._pass_beneath(level)
            return
        words = text.split(maxsplit=1)
        state = words[0] if words and words[0] in self._conventions.states else ""
        text = words[1] if state and len(words) > 1 else "" if state else text
        title = self._words(_STATISTICS.sub("", _PRIORITY.sub("", text)).strip())
        depth = min(level + self._conventions.deeper, 6)
        shown = f"{state} {title}".strip()
        if shown:
            yield Block(shown, "#" * depth + " ")
        if tags:
            yield Block(f"Tags: {', '.join(tags)}")
        if self._next < len(self._lines):
            planned = _PLANNED.findall(self._lines[self._next])
            if planned:
                self._next += 1
                yield Block("; ".join(f"{what.capitalize()}: {when}" for what, when in planned))

    def _pass_beneath(self, level: int) -> None:
        """Passes all up to the next heading of this level or a higher one."""
        while self._next < len(self._lines):
            heading = HEADING.match(self._lines[self._next])
            if heading and len(heading[1]) <= level:
                return
            self._next += 1

    def _block(self, name: str, argument: str) -> Iterator[Block]:
        """What stands between #+begin_NAME and #+end_NAME."""
        if name in _AS_IT_IS:
            language = argument.split()[0] if name == "src" and argument else ""
            lines = [_ESCAPED.sub(r"\1\2", line) for line in self._until(_end_of(name))]
            yield from self._code(lines, language if not language.startswith((":", "-")) else "")
        elif name in _NOT_SHOWN:
            self._pass(_end_of(name))
        elif name in _NOTES:
            self._note = name.capitalize()

    def _pass(self, end: re.Pattern[str]) -> None:
        """Passes the lines up to the one that ends them, if there is one."""
        start = self._next
        self._until(end)
        if self._next > len(self._lines):
            self._next = start

    def _until(self, end: re.Pattern[str]) -> list[str]:
        """The lines up to the one that ends them, which is passed."""
        start = self._next
        while self._next < len(self._lines) and not end.match(self._lines[self._next]):
            self._next += 1
        self._next += 1
        return list(self._lines[start : self._next - 1])

    def _while(self, pattern: re.Pattern[str]) -> list[str]:
        """What a pattern finds in the lines that follow, as long as it does."""
        found = []
        while self._next < len(self._lines):
            match = pattern.match(self._lines[self._next].rstrip())
            if match is None:
                break
            found.append(match[1] or "")
            self._next += 1
        return found

    def _rows(self) -> list[str]:
        """The rows of a table that follow."""
        start = self._next
        while self._next < len(self._lines) and _ROW.match(self._lines[self._next]):
            self._next += 1
        return list(self._lines[start : self._next])

    def _code(self, lines: Sequence[str], language: str) -> Iterator[Block]:
        text = textwrap.dedent("\n".join(line.rstrip() for line in lines)).strip("\n")
        if text.strip():
            yield Block(fenced(text, language))

    def _table(self, lines: Sequence[str]) -> Iterator[Block]:
        """Each row as a line with the headers of its columns, where there are any."""
        rows: list[Row] = []
        header_rows = 0
        for line in map(str.strip, lines):
            if _LINE_OF_TABLE.match(line):
                header_rows = header_rows or len(rows)
                continue
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            is_layout = all(_OF_LAYOUT.fullmatch(cell) for cell in cells if cell)
            if not is_layout and cells[0] != "/":
                row = {column: self._words(cell) for column, cell in enumerate(cells) if cell}
                rows.append(row)
        is_headed = 0 < header_rows < len(rows)
        yield from headed_passages(rows, header_rows if is_headed else 0)

    def _paragraph_block(self) -> Iterator[Block]:
        lines, prefix, note = self._paragraph, self._prefix, self._note
        self._paragraph, self._prefix = [], ""
        text = self._words(" ".join(_BREAK.sub("", line).strip() for line in lines)).strip()
        if text:
            self._note = ""
            shown = f"{note}: {text}" if note else text
            yield Block(shown, prefix, "item" if prefix.strip() else "")

    def _words(self, text: str) -> str:
        return marked(text, self._conventions.macros)


def _is_passed(line: str) -> bool:
    """Whether a line is a remark, a rule, a time spent or the end of a block."""
    return any(pattern.match(line) for pattern in (_COMMENT, END, _RULE, _CLOCK, _END_OF_DRAWER))


def _end_of(name: str) -> re.Pattern[str]:
    return re.compile(rf"\s*#\+end_{re.escape(name)}\s*$", re.IGNORECASE)


def _of_item(text: str) -> str:
    """The text of an item; "term :: what it is" reads "term: what it is"."""
    text = _COUNTER.sub("", text)
    if term := _TERM.match(text):
        return f"{term[1]}: {term[2]}".strip()
    return text
