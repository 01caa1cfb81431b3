"""How the outline of a Markdown text is read, line by line."""

import re
from collections.abc import Iterator

from headrace.text.markup.outline import Fence, Heading, Item, Outline, Table, holding
from headrace.text.markup.plain_lines import plain_words

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(\S.*))?$")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_RULE_CELL = r"[ \t]*:?-+:?[ \t]*"
_TABLE_RULE = re.compile(rf" {{0,3}}(?=[^|]*\|)\|?{_RULE_CELL}(?:\|{_RULE_CELL})*\|?[ \t]*$")
_ITEM = re.compile(r"([ \t]*)(?:[-*+•]|\d{1,3}[.)])[ \t]+\S")
#: A line with a term, and below it the meaning: ": the time in seconds".
_DEFINITION = re.compile(
    r"(?m)^([^\s:][^\n]*)\n"
    r"(?::[ \t]+[^\n]*+(?:\n|\Z)(?:[^\s:][^\n]*\n(?!:[ \t]))*+"
    r"(?:[ \t]*\n|[ \t][^\n]*+(?:\n|\Z))*+)++"
)
#: A sentence of a paragraph, for the last one, which may introduce a list.
_SENTENCE_END = re.compile(r"[.!?:。！？：][)\"”’]?\s+(?=\S)")
#: Characters that headings, items and fences are cut at; a longer "sentence"
#: introduces nothing.
_LONGEST_LEAD = 300
#: Items above an item that are part of its lead, at most.
_MOST_PARENTS = 3
#: The end of an item that is still being read.
_OPEN = -1
#: A heading written in HTML, which ends within so many lines.
_TAGGED = re.compile(r"\s{0,3}<h([1-6])\b[^>]*>", re.IGNORECASE)
_TAG_END = re.compile("</h", re.IGNORECASE)
_MOST_LINES = 12


def outline(text: str) -> Outline:
    """The outline of a Markdown text, in time linear in its length."""
    return _Reading(text).outline()


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The start of each line, and the line without its end."""
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


class _Reading:
    """Reads a text line by line, and knows what the line before belongs to."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.headings: list[Heading] = []
        #: The numbers of those that the next line stands under.
        self.open_headings: list[int] = []
        self.tables: list[Table] = []
        self.items: list[Item] = []
        self.fences: list[Fence] = []
        self.lines: list[tuple[int, str]] = list(_lines(text))
        #: The indents and texts of the items that the next one may belong to; and what
        #: introduces their list. None outside of a list.
        self.parents: list[tuple[int, str]] | None = None
        self.introduction = ""
        #: The lines of the last paragraph, if nothing but blank lines came after it.
        self.paragraph: list[tuple[int, str]] = []
        self.was_blank = True

    def outline(self) -> Outline:
        number = 0
        while number < len(self.lines):
            start, line = self.lines[number]
            if line[:1].isalpha() and "|" not in line:  # as most lines: nothing else can be
                self._prose(start, line)
                number += 1
                continue
            taken = self._fence(number) or self._table(number) or self._tagged(number)
            if taken:
                number += taken
                continue
            if not line.strip():
                self.was_blank = True
            elif not (self._heading(start, line) or self._item(start, line)):
                self._prose(start, line)
            number += 1
        self._end_list(len(self.text))
        definitions = [*self._definitions()] if "\n:" in self.text else []
        return Outline(self.headings, self.tables, self.items, self.fences, definitions)

    def _definitions(self) -> Iterator[Item]:
        for found in _DEFINITION.finditer(self.text):
            if not holding(self.fences, found.start()):
                yield Item(found.start(), found.end(1), found.end(), "", found[1][:_LONGEST_LEAD])

    def _fence(self, number: int) -> int:
        """How many lines a block of code takes that begins here."""
        start, line = self.lines[number]
        opening = _FENCE.match(line)
        if not opening:
            return 0
        mark = opening[1]
        last = number + 1
        while last < len(self.lines):
            closing = _FENCE.match(self.lines[last][1])
            last += 1
            if closing and closing[1].startswith(mark) and not self._rest(last - 1, closing):
                break
        self.fences.append(Fence(start, self._end_of(last - 1), line.strip()[:_LONGEST_LEAD]))
        self.was_blank, self.paragraph = False, []
        return last - number

    def _rest(self, number: int, found: re.Match[str]) -> str:
        return self.lines[number][1][found.end() :].strip()

    def _table(self, number: int) -> int:
        """How many lines a table takes that begins here, with the line of its names."""
        start, header = self.lines[number]
        if "|" not in header or number + 1 == len(self.lines):
            return 0
        rule = self.lines[number + 1][1]
        if not _TABLE_RULE.match(rule):
            return 0
        last = number + 2
        while last < len(self.lines) and "|" in self.lines[last][1]:
            last += 1
        self._end_list(start)
        body = self._end_of(number + 1)
        self.tables.append(Table(start, body, self._end_of(last - 1), header.strip(), rule.strip()))
        self.was_blank, self.paragraph = False, []
        return last - number

    def _tagged(self, number: int) -> int:
        """How many lines a heading takes that is written in HTML and begins here."""
        start, line = self.lines[number]
        tag = _TAGGED.match(line)
        if not tag:
            return 0
        text, last = line[tag.end() :], number + 1
        while not _TAG_END.search(text) and last < min(number + _MOST_LINES, len(self.lines)):
            text += f" {self.lines[last][1]}"
            last += 1
        words = plain_words(_TAG_END.split(text, maxsplit=1)[0])
        if not words:
            return 0
        end = self._end_of(last - 1)
        self._add_heading(Heading(start, end, int(tag[1]), words[:_LONGEST_LEAD]))
        return last - number

    def _heading(self, start: int, line: str) -> bool:
        end = start + len(line) + 1
        found = _HEADING.match(line)
        if found and (words := plain_words(found[2] or "")):
            self._add_heading(Heading(start, end, len(found[1]), words[:_LONGEST_LEAD]))
            return True
        underline = _UNDERLINE.match(line)
        if underline and not self.was_blank and len(self.paragraph) == 1:
            first, above = self.paragraph[0]
            if words := plain_words(above):
                level = 1 if underline[1].startswith("=") else 2
                self._add_heading(Heading(first, end, level, words[:_LONGEST_LEAD]))
                return True
        return False

    def _add_heading(self, heading: Heading) -> None:
        self._end_list(heading.start)
        while self.open_headings and self.headings[self.open_headings[-1]].level >= heading.level:
            self.open_headings.pop()
        parent = self.open_headings[-1] if self.open_headings else -1
        self.open_headings.append(len(self.headings))
        self.headings.append(heading._replace(parent=parent))
        self.paragraph, self.was_blank = [], True

    def _item(self, start: int, line: str) -> bool:
        found = _ITEM.match(line)
        if not found:
            return False
        if self.parents is None:
            self.parents, self.introduction = [], self._introduction()
        indent = len(found[1].expandtabs(4))
        while self.parents and self.parents[-1][0] >= indent:
            self.parents.pop()
        above = [text for _, text in self.parents[-_MOST_PARENTS:]]
        lead = "\n".join(filter(None, [self.introduction, *above]))
        text = line.strip()[:_LONGEST_LEAD]
        self._end_item(start)
        self.items.append(Item(start, start + len(line), _OPEN, lead, text))
        self.parents.append((indent, text))
        self.was_blank, self.paragraph = False, []
        return True

    def _prose(self, start: int, line: str) -> None:
        if self.parents is not None:
            if not self.was_blank or line[0].isspace():
                self.was_blank = False
                return
            self._end_list(start)
        if self.was_blank:
            self.paragraph = []
        self.paragraph.append((start, line))
        self.was_blank = False

    def _end_item(self, place: int) -> None:
        if self.items and self.items[-1].end == _OPEN:
            self.items[-1] = self.items[-1]._replace(end=place)

    def _end_list(self, place: int) -> None:
        self._end_item(place)
        self.parents = None

    def _introduction(self) -> str:
        """The last sentence of the paragraph before a list, if it may lead to it."""
        paragraph = " ".join(line.strip() for _, line in self.paragraph)
        ends = [found.end() for found in _SENTENCE_END.finditer(paragraph)]
        sentence = paragraph[ends[-1] :] if ends else paragraph
        leads = sentence.endswith((":", "：")) or not ends
        return sentence if leads and len(sentence) <= _LONGEST_LEAD else ""

    def _end_of(self, number: int) -> int:
        return self.lines[number + 1][0] if number + 1 < len(self.lines) else len(self.text)
