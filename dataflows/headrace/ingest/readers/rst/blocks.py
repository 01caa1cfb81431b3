"""A document parsed by docutils to blocks of Markdown."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from headrace.ingest.readers.cleaning import one_line
from headrace.ingest.readers.kinds.labels import label
from headrace.ingest.readers.kinds.markup import fenced, running
from headrace.ingest.readers.outcomes import Block
from headrace.ingest.readers.rst.tables import table_blocks
from headrace.ingest.readers.rst.words import words

#: Markdown has no deeper headings.
_DEEPEST_HEADING = 6
#: Deeper list items are indented no further.
_DEEPEST_ITEM = 8
#: Errors of docutils; lower levels are advice.
_ERROR = 3
_NO_LANGUAGES = ("code", "default", "none")
_UNDERLINE = re.compile(r"([!-/:-@[-`{-~])\1+\s*")
_FORMATS = {
    "loweralpha": "lowerLetter",
    "upperalpha": "upperLetter",
    "lowerroman": "lowerRoman",
    "upperroman": "upperRoman",
}
_ADMONITIONS = frozenset("attention caution danger error hint important note tip warning".split())
_LEFT_OUT = frozenset(
    "comment decoration docinfo_field meta pending raw substitution_definition target".split()
)
#: Metadata at the head of a document, which is no text.
_INFORMATION = frozenset(
    "address author authors contact copyright date organization revision status version".split()
)


def section_titles(document: Any) -> list[str]:
    """The titles of the sections of the first level."""
    sections = [child for child in document if child.tagname == "section"]
    return [one_line(words(section[0])) for section in sections if len(section)]


class Writer:
    """Writes one document; it keeps at which heading and in which list it is."""

    def __init__(self) -> None:
        self._level = 0
        self._list_depth = 0

    def blocks(self, element: Iterable[Any]) -> Iterator[Block]:
        """The blocks of everything within an element, in order."""
        for child in element:
            yield from self._block(child)

    def _block(self, node: Any) -> Iterator[Block]:
        name = node.tagname
        if name in _LEFT_OUT or name in _INFORMATION:
            return
        write = self._writers().get(name)
        if write:
            yield from write(node)
        elif name in _ADMONITIONS:
            yield from self._introduced(f"{name.capitalize()}: ", self.blocks(node))
        elif node.children and node.children[0].tagname == "#text":
            yield Block(running(one_line(words(node))))
        else:
            yield from self.blocks(node)

    def _writers(self) -> dict[str, Callable[[Any], Iterator[Block]]]:
        return {
            "section": self._section,
            "title": self._title,
            "subtitle": self._title,
            "paragraph": self._paragraph,
            "bullet_list": self._list,
            "enumerated_list": self._list,
            "definition_list_item": self._definition,
            "field": self._field,
            "option_list_item": self._option,
            "literal_block": self._code,
            "doctest_block": self._code,
            "math_block": self._formula,
            "line_block": self._lines,
            "table": lambda node: table_blocks(node, self.blocks),
            "image": self._picture,
            "footnote": self._note,
            "citation": self._note,
            "admonition": self._titled,
            "topic": self._titled,
            "sidebar": self._titled,
            "attribution": lambda node: iter([Block(f"— {one_line(words(node))}")]),
            "system_message": self._unparsed,
        }

    def _section(self, section: Any) -> Iterator[Block]:
        self._level += 1
        yield from self.blocks(section)
        self._level -= 1

    def _title(self, title: Any) -> Iterator[Block]:
        """A heading. Those of a document are above its sections."""
        if title.parent.tagname == "document":
            self._level += 1
        yield Block(one_line(words(title)), "#" * min(max(self._level, 1), _DEEPEST_HEADING) + " ")

    def _paragraph(self, paragraph: Any) -> Iterator[Block]:
        yield Block(running(one_line(words(paragraph))))

    def _list(self, items: Any) -> Iterator[Block]:
        indent = "  " * min(self._list_depth, _DEEPEST_ITEM)
        self._list_depth += 1
        number = items.get("start", 1)
        for item in items:
            prefix = indent + ("- " if items.tagname == "bullet_list" else _number(items, number))
            number += 1
            yield from self._introduced(prefix, self.blocks(item), kind="item")
        self._list_depth -= 1
        if not self._list_depth:
            yield Block("")

    def _introduced(self, prefix: str, blocks: Iterator[Block], kind: str = "") -> Iterator[Block]:
        """The blocks, the first of which begins with `prefix` if it is plain text."""
        first = next(blocks, None)
        is_item = kind == "item"
        if first is None:
            return
        if first.prefix or first.kind or first.text.startswith("```"):
            if not is_item:
                yield Block(prefix.rstrip())
            yield first
        else:
            yield Block(first.text, prefix, "item" if is_item else "")
        yield from blocks

    def _definition(self, item: Any) -> Iterator[Block]:
        """For example: port (number): Where the server listens."""
        terms = [one_line(words(child)) for child in item if child.tagname == "term"]
        kinds = [one_line(words(child)) for child in item if child.tagname == "classifier"]
        named = ", ".join(terms) + (f" ({', '.join(kinds)})" if kinds else "")
        body = [child for child in item if child.tagname == "definition"]
        prefix = f"{named.rstrip(':')}: " if any(map(len, body)) else named
        for definition in body:
            yield from self._introduced(prefix, self.blocks(definition))

    def _field(self, field: Any) -> Iterator[Block]:
        """For example: - param port: where the server listens."""
        name, body = field.children[0], field.children[-1]
        if body.children:
            yield from self._introduced(
                f"- {one_line(words(name))}: ", self.blocks(body), kind="item"
            )

    def _option(self, item: Any) -> Iterator[Block]:
        group, description = item.children[0], item.children[-1]
        options = ", ".join(one_line(option.astext()) for option in group)
        yield from self._introduced(f"- {options}: ", self.blocks(description), kind="item")

    def _code(self, block: Any) -> Iterator[Block]:
        languages = [name for name in block.get("classes", ()) if name not in _NO_LANGUAGES]
        text = block.astext().strip("\n")
        if text.strip():
            yield Block(fenced(text, languages[-1] if languages else ""))

    def _formula(self, block: Any) -> Iterator[Block]:
        yield Block(running(block.astext().strip()))

    def _lines(self, block: Any) -> Iterator[Block]:
        lines = [one_line(words(line)) for line in block.findall() if line.tagname == "line"]
        yield Block(running("\n".join(filter(None, lines))))

    def _picture(self, image: Any) -> Iterator[Block]:
        if image.get("alt"):
            yield Block(f"[Picture: {one_line(image['alt'])}]")

    def _note(self, note: Any) -> Iterator[Block]:
        name, *rest = note.children
        is_labelled = name.tagname == "label"
        mark = name.astext() if is_labelled else ""
        prefix = f"[^{mark}]: " if note.tagname == "footnote" else f"[{mark}] "
        for child in rest if is_labelled else note.children:
            yield from self._introduced(prefix, self._block(child))
            prefix = ""

    def _titled(self, node: Any) -> Iterator[Block]:
        """A part with a title of its own, which is no section."""
        if "contents" in node.get("classes", ()):
            return
        titles = [child for child in node if child.tagname == "title"]
        prefix = "".join(f"{one_line(words(title))}: " for title in titles)
        rest = [child for child in node if child.tagname not in ("title", "subtitle")]
        yield from self._introduced(prefix, self.blocks(rest))

    def _unparsed(self, message: Any) -> Iterator[Block]:
        """What docutils could not parse, as it is written."""
        if message.get("level", 0) < _ERROR:
            return
        for literal in message:
            if literal.tagname == "literal_block":
                lines = literal.astext().strip("\n").split("\n")
                kept = [line for line in lines if not _UNDERLINE.fullmatch(line)]
                if kept and len(kept) < len(lines) <= 3:
                    yield Block(one_line(kept[0]), "#" * max(self._level, 1) + " ")
                else:
                    yield Block(fenced("\n".join(lines), ""))


def _number(items: Any, number: int) -> str:
    """What stands before an item of an enumerated list: "2. ", "(b) "."""
    written = label(number, _FORMATS.get(items.get("enumtype", ""), "decimal"))
    return f"{items.get('prefix', '')}{written}{items.get('suffix', '.')} "
