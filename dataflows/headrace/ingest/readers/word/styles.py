"""Paragraph and character styles, and what they inherit."""

import re
from dataclasses import dataclass
from typing import Any

from headrace.ingest.readers.kinds.packages import attribute

#: Styles that one style is based on; a damaged file may name a circle.
_MOST_ANCESTORS = 12
_BODY_TEXT = 9
_HEADING = re.compile(r"heading ?([1-9])")
_CONTENTS = re.compile(r"toc ?\d|toc heading")
#: Not "HTML Preformatted", in which Word leaves any text that was copied from a page.
_CODE = ("source code", "macro text", "code")
_OFF = ("0", "false", "off")


@dataclass(frozen=True, slots=True)
class Style:
    """One style, without what it inherits; None is what it leaves open."""

    style_id: str
    name: str
    parent: str
    number_id: str | None
    level: int | None
    outline: int | None
    is_hidden: bool | None


class Styles:
    """The styles of a file, which may be missing or incomplete."""

    def __init__(self, root: Any) -> None:
        self._styles: dict[str, Style] = {}
        self._lineages: dict[str, list[Style]] = {}
        self.default = ""
        for element in root.iterfind("style") if root is not None else ():
            style = _style(element)
            self._styles.setdefault(style.style_id, style)
            is_default = attribute(element, "default") not in ("", *_OFF)
            if is_default and attribute(element, "type") == "paragraph":
                self.default = style.style_id

    def lineage(self, style_id: str) -> list[Style]:
        """A style and those that it is based on; [] when there is none."""
        if style_id not in self._lineages:
            found: list[Style] = []
            style = self._styles.get(style_id) or _known_by_its_id(style_id)
            while style and len(found) < _MOST_ANCESTORS:
                found.append(style)
                style = self._styles.get(style.parent)
            self._lineages[style_id] = found
        return self._lineages[style_id]

    def heading_level(self, style_id: str) -> int:
        """The level of a heading style, from 1; 0 for other styles."""
        for style in self.lineage(style_id):
            if style.name == "title":
                return 1
            if heading := _HEADING.fullmatch(style.name):
                return int(heading[1])
            if style.outline is not None:
                return style.outline + 1 if style.outline < _BODY_TEXT else 0
        return 0

    def is_title(self, style_id: str) -> bool:
        return any(style.name == "title" for style in self.lineage(style_id))

    def is_contents(self, style_id: str) -> bool:
        """Whether paragraphs of this style are lines of a table of contents."""
        return any(_CONTENTS.fullmatch(style.name) for style in self.lineage(style_id))

    def is_list(self, style_id: str) -> bool:
        """Whether a style is a list by its name; its numbers may be missing."""
        prefixes = ("list bullet", "list number")
        return any(style.name.startswith(prefixes) for style in self.lineage(style_id))

    def is_code(self, style_id: str) -> bool:
        return any(style.name in _CODE for style in self.lineage(style_id))

    def is_hidden(self, style_id: str) -> bool:
        for style in self.lineage(style_id):
            if style.is_hidden is not None:
                return style.is_hidden
        return False


def is_on(properties: Any, name: str) -> bool | None:
    """Whether a property such as `vanish` is on; None when nothing is said of it."""
    found = properties.find(name) if properties is not None else None
    return None if found is None else attribute(found, "val").lower() not in _OFF


def value(properties: Any, path: str) -> str:
    """The `val` of a property; "" when it is missing."""
    found = properties.find(path) if properties is not None else None
    return "" if found is None else attribute(found, "val")


def whole(text: str, default: int | None = None) -> int | None:
    """A text as a number from 0; `default` when it is none."""
    return int(text) if text.isascii() and text.isdigit() else default


def _style(element: Any) -> Style:
    paragraph = element.find("pPr")
    return Style(
        style_id=attribute(element, "styleId"),
        name=value(element, "name").strip().lower(),
        parent=value(element, "basedOn"),
        number_id=value(paragraph, "numPr/numId") or None,
        level=whole(value(paragraph, "numPr/ilvl")),
        outline=whole(value(paragraph, "outlineLvl")),
        is_hidden=is_on(element.find("rPr"), "vanish"),
    )


def _known_by_its_id(style_id: str) -> Style | None:
    """A style of Word's own that a file uses without describing it."""
    name = style_id.lower()
    if not style_id or not (_HEADING.fullmatch(name) or name == "title"):
        return None
    return Style(style_id, name, "", None, None, None, None)
