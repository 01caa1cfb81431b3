"""Marks within a line of Org, as Markdown."""

import re
from collections.abc import Callable, Mapping

#: What stands before and after emphasis.
_BEFORE = r"(?<![^\s\-({'\"])"
_AFTER = r"(?![^\s\-.,;:!?'\")}\\\[])"
_CODE = re.compile(rf"{_BEFORE}([=~])(?=\S)(.{{1,500}}?)(?<=\S)\1{_AFTER}")
_SOURCE = re.compile(r"\bsrc_[\w-]{1,40}(?:\[[^\]\n]{0,200}\])?\{([^{}\n]{1,500})\}")
_BOLD = re.compile(rf"{_BEFORE}\*(?=\S)([^*\n]{{1,500}}?)(?<=\S)\*{_AFTER}")
_EMPHASIS = re.compile(rf"{_BEFORE}([/_+])(?=\S)([^\n]{{1,500}}?)(?<=\S)\1{_AFTER}")
_LINK = re.compile(r"\[\[([^\[\]\n]{1,2000})\](?:\[((?:[^\[\]\n]|\[[^\[\]\n]*\]){1,2000})\])?\]")
_ADDRESS = re.compile(r"<((?:https?|ftp|mailto):[^\s<>]{1,2000})>")
_WEB = re.compile(r"(?:https?|ftp|mailto):")
_FILE = re.compile(r"^(?:file|id|info|denote):")
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|pdf)$", re.IGNORECASE)
_DAY = r"\d{4}-\d\d-\d\d[^\]>\n]{0,60}"
_DATE = re.compile(rf"<({_DAY})>|\[({_DAY})\]")
_FOOTNOTE = re.compile(r"\s?\[fn:([\w-]*)(?::((?:[^\[\]]|\[[^\[\]]*\]){0,2000}))?\]")
_CITATION = re.compile(r"\s?\[cite(?:/[\w/-]+)?:[^\]\n]{0,500}\]")
_TARGET = re.compile(r"(?<!<)<<([^<>\n]{1,300})>>(?!>)")
_RADIO = re.compile(r"<<<([^<>\n]{1,300})>>>")
_EXPORTED = re.compile(r"@@[\w-]{1,20}:.{0,1000}?@@")
_MACRO = re.compile(r"\{\{\{([\w-]{1,60})(?:\((.{0,1000}?)\))?\}\}\}")
_ENTITY = re.compile(
    r"\\(_|nbsp|ldots|dots|ndash|mdash|rarr|to|times|deg|slash|under|vert)(?:\{\}|\b|(?<=_))"
)
_ENTITIES = {
    "_": "_",
    "nbsp": " ",
    "ldots": "…",
    "dots": "…",
    "ndash": "–",
    "mdash": "—",
    "rarr": "→",
    "to": "→",
    "times": "×",
    "deg": "°",
    "slash": "/",
    "under": "_",
    "vert": "|",
}
_KEPT = re.compile("\ue000(\\d+)\ue001")


def marked(line: str, macros: Mapping[str, str]) -> str:
    """A line with its links, emphasis, dates and macros as Markdown has them.

    Args:
        macros: what {{{name(1,2)}}} stands for, with $1 and $2 in it.
    """
    kept: list[str] = []

    def keep(text: str) -> str:
        kept.append(text)
        return f"\ue000{len(kept) - 1}\ue001"

    line = line.replace("\ue000", "").replace("\ue001", "")
    line = _MACRO.sub(lambda found: _macro(found[1].lower(), found[2] or "", macros), line)
    line = _EXPORTED.sub("", line)
    line = _with_code(line, keep)
    line = _LINK.sub(lambda found: _link(found[1], found[2] or "", keep), line)
    line = _ADDRESS.sub(lambda found: keep(found[1]), line)
    line = _TARGET.sub("", _RADIO.sub(r"\1", line))
    line = _DATE.sub(lambda found: found[1] or found[2], line)
    line = _FOOTNOTE.sub(lambda found: f" ({found[2]})" if found[2] else "", line)
    line = _EMPHASIS.sub(r"\2", _BOLD.sub(r"**\1**", _CITATION.sub("", line)))
    line = _ENTITY.sub(lambda found: _ENTITIES[found[1]], line)
    return _KEPT.sub(lambda found: kept[int(found[1])], line)


def _with_code(text: str, keep: Callable[[str], str]) -> str:
    """A text whose code is kept as it is."""
    text = _CODE.sub(lambda found: keep(_code(found[2])), text)
    return _SOURCE.sub(lambda found: keep(_code(found[1])), text)


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _link(target: str, text: str, keep: Callable[[str], str]) -> str:
    """What a link shows, with its address if that is of the web."""
    text = _with_code(text, keep)
    if _WEB.match(target):
        return f"[{text}{keep(f']({target})')}" if text else keep(target)
    if text:
        return text
    if _PICTURE.search(target):
        return ""
    return keep(_FILE.sub("", target).lstrip("*#"))


def _macro(name: str, given: str, macros: Mapping[str, str]) -> str:
    """What a macro stands for; of an unknown one, what it is given."""
    parts = [part.replace("\\,", ",").strip() for part in re.split(r"(?<!\\),", given)]
    if name not in macros:
        return parts[0]
    value = macros[name]
    for number in range(9, 0, -1):
        value = value.replace(f"${number}", parts[number - 1] if number <= len(parts) else "")
    return value
