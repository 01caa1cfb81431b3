"""The numbers that Word shows before paragraphs, which no paragraph holds."""

import re
from dataclasses import dataclass, field
from typing import Any

from headrace.ingest.readers.kinds.labels import label
from headrace.ingest.readers.kinds.packages import attribute
from headrace.ingest.readers.word.styles import Style, Styles, is_on, value, whole

#: The numId that takes a paragraph out of the list of its style.
_NO_LIST = "0"
_DEEPEST_LEVEL = 8
_PLACE = re.compile(r"%([1-9])")
_PADDED = re.compile(r"(0+)1\b")


@dataclass(frozen=True, slots=True)
class Number:
    """What stands before a paragraph: a label such as "2.1", or a bullet.

    `level` is that of the list, from 0. A bullet has the label "".
    """

    label: str
    level: int
    is_bullet: bool


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level counts; `restart` is the level after which it starts again."""

    start: int = 1
    number_format: str = "decimal"
    text: str = ""
    digits: int = 0
    is_legal: bool = False
    restart: int | None = None
    style_id: str = ""


@dataclass(slots=True)
class _List:
    """The levels of a list, and how far each has counted.

    Several lists of a file may be the same one: then they count on.
    """

    levels: dict[int, _Level]
    style_link: str
    counts: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Use:
    """A list as a number id names it, with levels and starts of its own."""

    counted: _List
    levels: dict[int, _Level]
    starts: dict[int, int]


class Numbering:
    """The lists of a file. They count: ask once for every paragraph, in order."""

    def __init__(self, root: Any, styles: Styles) -> None:
        self._styles = styles
        self._lists: dict[str, _List] = {}
        self._uses: dict[str, _Use] = {}
        if root is None:
            return
        for element in root.iterfind("abstractNum"):
            levels = dict(map(_level, element.iterfind("lvl")))
            link = value(element, "numStyleLink")
            self._lists[attribute(element, "abstractNumId")] = _List(levels, link)
        for element in root.iterfind("num"):
            counted = self._lists.get(value(element, "abstractNumId"))
            if counted:
                self._uses[attribute(element, "numId")] = _use(element, counted)

    def number(self, properties: Any, style_id: str) -> Number | None:
        """The number of the next paragraph; None when it has none.

        Args:
            properties: the paragraph's own, or None.
            style_id: its style, which may number it too.
        """
        number_id, level = self._place(properties, self._styles.lineage(style_id))
        use = self._use_of(number_id)
        if not use:
            return None
        if level not in use.levels:  # a list that is not described this deep
            return Number("", level, True)
        counts = _counted(use, level)
        shown = use.levels[level]
        if shown.number_format == "bullet":
            return Number("", level, True)
        text = _PLACE.sub(lambda place: _part(use.levels, counts, place, shown), shown.text)
        return Number(" ".join(text.split()), level, False) if text.strip() else None

    def _place(self, properties: Any, lineage: list[Style]) -> tuple[str, int]:
        """The number id and the level of a paragraph; ("", 0) without a list."""
        number_id = value(properties, "numPr/numId")
        level = whole(value(properties, "numPr/ilvl"))
        if number_id:
            return (
                ("", 0) if number_id == _NO_LIST else (number_id, min(level or 0, _DEEPEST_LEVEL))
            )
        for style in lineage:
            if level is None:
                level = style.level
            if style.number_id == _NO_LIST:
                return "", 0
            if style.number_id:
                if level is None:
                    level = self._level_of_style(style.number_id, lineage)
                return style.number_id, min(level or 0, _DEEPEST_LEVEL)
        return "", 0

    def _level_of_style(self, number_id: str, lineage: list[Style]) -> int | None:
        use = self._use_of(number_id)
        levels = use.levels if use else {}
        for style in lineage:
            for place, level in levels.items():
                if level.style_id == style.style_id:
                    return place
        return None

    def _use_of(self, number_id: str) -> _Use | None:
        """The list of a number id, which may be named by a style in its turn."""
        use = self._uses.get(number_id)
        if use and not use.counted.levels and use.counted.style_link:
            for style in self._styles.lineage(use.counted.style_link)[:1]:
                linked = self._uses.get(style.number_id or "")
                if linked and linked.counted.levels:
                    use = _Use(linked.counted, linked.levels | use.levels, use.starts)
                    self._uses[number_id] = use
        return use


def _counted(use: _Use, level: int) -> dict[int, int]:
    """Counts one paragraph, and starts deeper levels again."""
    counts = use.counted.counts
    if level in use.starts:
        counts[level] = use.starts.pop(level)
    elif level in counts:
        counts[level] += 1
    else:
        counts[level] = use.levels[level].start
    for deeper in [place for place in counts if place > level]:
        restart = use.levels[deeper].restart if deeper in use.levels else None
        if restart is None or level < restart:
            del counts[deeper]
    return counts


def _part(
    levels: dict[int, _Level], counts: dict[int, int], place: re.Match[str], shown: _Level
) -> str:
    """One count within a label; a level that has not been reached is at its start."""
    number = int(place[1]) - 1
    level = levels.get(number)
    if level is None:
        return ""
    count = counts.get(number, level.start)
    if level.digits:
        return str(count).zfill(level.digits)
    is_number = shown.is_legal and level.number_format != "none"
    return label(count, "decimal" if is_number else level.number_format)


def _level(element: Any) -> tuple[int, _Level]:
    number_format, digits = _format(element)
    return whole(attribute(element, "ilvl"), 0) or 0, _Level(
        start=whole(value(element, "start"), 0) or 0,
        number_format=number_format,
        text=value(element, "lvlText"),
        digits=digits,
        is_legal=bool(is_on(element, "isLgl")),
        restart=whole(value(element, "lvlRestart")),
        style_id=value(element, "pStyle"),
    )


def _format(element: Any) -> tuple[str, int]:
    """The number format, and how many digits numbers have at least, 0 for any."""
    own = element.find("numFmt")
    if own is None:
        own = next(element.iter("numFmt"), None)
    if own is None:
        return "decimal", 0
    padded = _PADDED.search(attribute(own, "format"))
    return attribute(own, "val"), len(padded[0]) if padded else 0


def _use(element: Any, counted: _List) -> _Use:
    use = _Use(counted, dict(counted.levels), {})
    for override in element.iterfind("lvlOverride"):
        place = whole(attribute(override, "ilvl"), 0) or 0
        own = override.find("lvl")
        if own is not None:
            use.levels[place] = _level(own)[1]
        start = whole(value(override, "startOverride"))
        if start is not None:
            use.starts[place] = start
    return use
