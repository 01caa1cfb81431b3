"""Marks within a line of AsciiDoc, as Markdown."""

import re
from collections.abc import Mapping

_ATTRIBUTE = re.compile(r"(\\?)\{([\w][\w-]*)\}")
#: Attributes that every document has, and what is shown for them.
_CHARACTERS = {
    "nbsp": " ",
    "sp": " ",
    "empty": "",
    "blank": "",
    "zwsp": "",
    "wj": "",
    "apos": "'",
    "quot": '"',
    "lsquo": "‘",
    "rsquo": "’",
    "ldquo": "“",
    "rdquo": "”",
    "deg": "°",
    "plus": "+",
    "brvbar": "¦",
    "vbar": "|",
    "amp": "&",
    "lt": "<",
    "gt": ">",
    "startsb": "[",
    "endsb": "]",
    "caret": "^",
    "asterisk": "*",
    "tilde": "~",
    "backslash": "\\",
    "backtick": "`",
    "two-colons": "::",
    "two-semicolons": ";;",
    "cpp": "C++",
    "pp": "++",
}
#: Code is left as it is: `+code+`, `code`, and text that is passed through.
_CODE = re.compile(r"`\+(.{1,2000}?)\+`|(?<![\w`])(`[^`\n]{1,2000}`)(?![\w`])")
_PASSED = re.compile(
    r"pass:[\w,]{0,9}\[([^\]]{0,1000})\]|\+\+\+(.{0,1000}?)\+\+\+"
    r"|(?<![\w+])\+(?=\S)([^+\n]{1,1000}?)(?<=\S)\+(?![\w+])"
)
_ANCHOR = re.compile(r"\[\[[^\[\]]{1,300}\]\]|anchor:[\w-]{1,300}\[[^\]]{0,300}\]")
_REFERENCE = re.compile(r"<<#?([^<>,]{1,300}?)(?:,\s*([^<>]{0,1000}))?>>")
_MACRO = re.compile(
    r"\b(?P<name>link|xref|mailto|image|icon|kbd|btn|menu|footnote|footnoteref|indexterm2?"
    r"|stem|latexmath|asciimath):(?P<target>[^\s\[\]]{0,1000})\[(?P<text>[^\]]{0,1000})\]"
)
#: Macros of extensions, and addresses that begin with an attribute nobody gave.
_OTHER = re.compile(
    r"(?<![\w:/])(?:[a-z][a-z\d]{2,}:(?![:/])|(?=\{))"
    r"(?P<target>[^\s\[\]]{1,1000})\[(?P<text>[^\]]{0,1000})\]"
)
_ADDRESS = re.compile(
    r"(?P<address>\b(?:https?|ftp|irc)://[^\s\[\]<>]{1,1000})\[(?P<text>[^\]]{0,1000})\]"
)
_ROLE = re.compile(r"(?:\[[^\[\]\s]{1,100}\])?(?<![\w#])#(?=\S)([^#\n]{1,1000}?)(?<=\S)#(?![\w#])")
_BOLD = re.compile(r"(?<![\w*\\])\*(?=[^\s*])([^*\n]{1,500}?)(?<=\S)\*(?![\w*])")
_DOUBLED = re.compile(r"(\*\*|__|##)(?=\S)([^\n]{1,500}?)(?<=\S)\1")
_QUOTED = re.compile("\"`(?=\\S)(.{1,1000}?)(?<=\\S)`\"|'`(?=\\S)(.{1,1000}?)(?<=\\S)`'")
_KEPT = re.compile("\ue000(\\d+)\ue001")


def marked(line: str, attributes: Mapping[str, str]) -> str:
    """A line with its links, emphasis and attributes as Markdown has them.

    Args:
        attributes: what the document says that {name} is.
    """
    kept: list[str] = []

    def keep(text: str) -> str:
        kept.append(text)
        return f"\ue000{len(kept) - 1}\ue001"

    line = line.replace("\ue000", "").replace("\ue001", "")
    line = _QUOTED.sub(lambda found: f"“{found[1]}”" if found[1] else f"‘{found[2]}’", line)
    line = _CODE.sub(lambda found: keep(_code(found, attributes)), line)
    line = _PASSED.sub(lambda found: keep(found[1] or found[2] or found[3] or ""), line)
    line = resolved(line, attributes)
    line = _ANCHOR.sub("", line)
    line = _REFERENCE.sub(lambda found: _reference(found[1], found[2] or ""), line)
    line = _ADDRESS.sub(lambda found: _link(found["address"], found["text"]), line)
    line = _MACRO.sub(lambda found: _macro(found["name"], found["target"], found["text"]), line)
    line = _OTHER.sub(lambda found: _other(found["target"], found["text"]), line)
    line = _DOUBLED.sub(lambda found: f"**{found[2]}**" if found[1] == "**" else found[2], line)
    line = _BOLD.sub(r"**\1**", _ROLE.sub(r"\1", line)).replace("\\*", "*")
    return _KEPT.sub(lambda found: kept[int(found[1])], line)


def resolved(text: str, attributes: Mapping[str, str]) -> str:
    """A text with the values of {attributes}; unknown ones stand as they are."""

    def value(found: re.Match[str]) -> str:
        name = found[2].lower()
        if found[1]:
            return found[0][1:]
        return attributes.get(name, _CHARACTERS.get(name, found[0]))

    return _ATTRIBUTE.sub(value, text)


def _code(found: re.Match[str], attributes: Mapping[str, str]) -> str:
    return f"`{found[1]}`" if found[1] else resolved(found[2], attributes)


def _reference(target: str, text: str) -> str:
    words = target.rpartition("#")[2] or target
    return text or words.removesuffix(".adoc").strip("_").replace("_", " ").replace("-", " ")


def _link(target: str, text: str) -> str:
    shown = _first(text)
    return f"[{shown}]({target})" if shown and target else shown or target


def _other(target: str, text: str) -> str:
    return target if "=" in text or not text else text


def _first(text: str) -> str:
    """What a link shows: of 'here,window=_blank' or '"here, now",role=x' the first."""
    if text.startswith('"') and text.count('"') > 1:
        return text[1:].partition('"')[0]
    return re.split(r",\s*\w+=", text)[0].removesuffix("^")


def _macro(name: str, target: str, text: str) -> str:
    if name in ("link", "mailto"):
        return _link(f"mailto:{target}" if name == "mailto" else target, text)
    if name == "xref":
        return _reference(target, _first(text))
    if name in ("image", "icon"):
        alternative = text.partition(",")[0].strip('"')
        return f"[Picture: {alternative}]" if name == "image" and alternative else ""
    if name == "menu":
        return " > ".join(filter(None, [target, *map(str.strip, text.split(">"))]))
    if name.startswith("footnote"):
        return f" ({text})" if text else ""
    return "" if name == "indexterm" else text
