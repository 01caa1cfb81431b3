"""Markdown as a reader wants it: words and code, without the marks of the source."""

import html
import re
from collections.abc import Sequence
from itertools import zip_longest

#: No backticks follow those of a fence: "```a``` and" is code in a line.
_FENCE = re.compile(r"\s{0,12}(`{3,}(?!.*`)|~{3,})[ \t]*([\w+#.-]*)[^\n]*")
_BULLET = re.compile(r"\s*(?:[-*+•]|(\d{1,3})[.)])[ \t]+")
#: Marks that begin a line: of a heading, a quotation, an admonition or a directive.
_LINE_MARK = re.compile(
    r"(?m)^ ?(?:#{1,6} |> ?|(?:!!!|\?\?\?\+?|/{3,}|:::) ?(?:[\w-]+\b ?\|?)?(?:\"\")?"
    r"|===[!+]? ?(?=\"[^\"\n]{1,100}\"$)|\.\. [\w-]+:: ?)"
)
#: Shortcodes of a site's generator: "{{< note >}}", "{{% /steps %}}"; but not escaped
#: ones, which are meant to be seen: "{{</* note */>}}".
_SHORTCODE = r"\{\{[<%](?!/\*)[^{}\n]{0,300}[>%]\}\}"
#: And "{* ../code.py hl[3] *}", "{% include %}".
_INSERTED = re.compile(_SHORTCODE + r"|\{([*%!])[^{}\n]{0,300}\1\}")
#: The mark of an alert: "> [!NOTE]".
_ALERT_MARK = r"(?:>[ \t]?)?\[![A-Za-z]{2,20}\][+-]?"
_ALERT = re.compile(rf"(?m)^ ?{_ALERT_MARK} ?")
#: The target of a link that is written elsewhere: "[guide]: /docs/guide".
_TARGET_LINE = (
    r"\[(?!\^)[^][\n]{1,200}\]:[ \t]*(?=\S{0,200}[/#.:])\S{1,2000}"
    r"(?:[ \t]+[\"'(][^\n]{0,300})?"
)
_TARGET = re.compile(rf"(?m)^ ?{_TARGET_LINE}$")
#: Marks of a generator around code: "{{< highlight go >}}", "{% endhighlight %}". Those
#: that end themselves, "{{< code-toggle config=x />}}", stand alone.
_CODE_NAME = r"(?:[a-z]{1,20}[-_])?code(?:[-_][a-z]{1,20}){0,3}|highlight"
_CODE_MARK = re.compile(
    rf"[ \t]*(?:\{{\{{[<%][ \t]?(?P<end>/?)[ \t]?(?P<name>{_CODE_NAME})\b"
    r"(?P<given>[^{}\n]{0,300})(?<![/*])[>%]\}\}"
    rf"|\{{%-?[ \t]?(?P<liquid_end>(?:end)?)(?P<liquid>{_CODE_NAME})\b"
    r"(?P<liquid_given>[^{}\n]{0,300})%\})[ \t]*"
)
#: The language, where it is named first: "go" of "go {linenos=table}".
_LANGUAGE = re.compile(r"[ \t]*([\w+#.-]+)(?![\w+#.=-])")
#: Between the cells of a row whose columns have no names: "Car | 9 coins".
_CELLS = re.compile(r"\S \| \S")
#: The meaning of a term, on the line below it.
_MEANING = re.compile(r"\n: ")
#: A line that is only a rule, or what underlines a heading.
_RULE = re.compile(r"(?m)^ ?(?:[-=*_~^]{3,}|/{3,}|:{3,}) ?$")
#: Lines that a reader does not see: the marks of admonitions and tabs, fences, tags,
#: targets of links, and shortcodes, which may be cut off after their "!".
_UNSEEN = re.compile(
    r"(?:[ \t]*(?:/{3,}[ \t]*(?:\w+[ \t]*(?:\|[^\n\"]*)?)?|:{3,}[ \t]*\{?[\w.-]*\}?"
    r"|(?:!!!|\?\?\?\+?)[ \t]*[\w-]*(?:[ \t]*\"\")?|(?:`{3,}|~{3,})[^\n]*|\{[*%!][^{}\n]*\}?|\}"
    rf"|{_ALERT_MARK}|(?:{_SHORTCODE}[ \t]*)+|{_TARGET_LINE}"
    r"|</?(?:div|details|figure|center|p|img|picture|br)\b[^<>\n]*>"
    r"|!\[\]\([^()\n]*\))[ \t]*(?:\n|\Z))+"
)
#: The name of a tab: "/// tab | Windows", "=== "Windows"".
_TAB = re.compile(r" ?(?:/{3,} ?tab ?\||===[!+]? ?\")[^\n]*")
_CODE_SPAN = re.compile(r"(`{1,3})(?!`)([^`\n]{1,300}?)\1(?!`)")
_IMAGE = re.compile(
    r"!\[([^][]{0,300})\]\([^()\s]{0,2000}(?: \"[^\"\n]{0,300}\")?\)(?:\{[^{}\n]{0,200}\})?"
)
_LINK = re.compile(
    r"\[([^][]{1,500})\](?:\([^()\s]{0,2000}(?:\([^()\s]{0,300}\)[^()\s]{0,300})?"
    r"(?: \"[^\"\n]{0,300}\")?\)(?:\{[^{}\n]{0,200}\})?|\[[^][\n]{0,300}\])"
)
#: An icon of a site's generator, which has a name: ":material-android:".
_ICON = re.compile(r":(?:material|octicons|fontawesome|simple)-([a-z0-9-]{1,60}):")
#: Places: "{ #install }", "{: .class}", "[^1]", "[](#top)", "¶".
_ANCHOR = re.compile(
    r" ?\{:? ?[#.][^{}\n]{0,300}\}|\[\^[^][\n]{1,60}\]:?|\[\]\([^()\s]{0,300}\)| ?¶"
)
_ROLE = re.compile(r":[a-z][\w:+-]{0,40}:`~?([^`<\n]{0,300}?)(?:\s?<[^<>`\n]{0,300}>)?`")
_RST_LINK = re.compile(r"`([^`<\n]{1,300}?)\s?<[^<>`\n]{1,1000}>`__?")
_HTML = (
    r"(?:a|abbr|article|aside|b|big|blockquote|br|button|caption|center|cite|code|col|dd|del"
    r"|details|div|dl|dt|em|figcaption|figure|font|footer|h[1-6]|header|hr|i|iframe|img|input"
    r"|ins|kbd|label|li|main|mark|nav|ol|p|path|picture|pre|q|s|samp|script|section|small"
    r"|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|tfoot|th|thead|time"
    r"|tr|tt|u|ul|var|video|wbr)"
)
#: Tags: those of HTML, those with attributes, and closing ones. "<key>", which a reader
#: fills in, stays.
_TAG = re.compile(
    rf"</[A-Za-z][^<>\n]{{0,300}}>|<{_HTML}(?:\s[^<>\n]{{0,300}})?/?>"
    r"|<[A-Za-z][\w-]{0,40}\s[^<>=\n]{0,100}=[^<>\n]{0,300}>|<!--[^<>]{0,300}-->",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(
    r"(?<![\w*])(\*{1,3})(?=[^\s*])([^*\n]{1,300}?)(?<=[^\s*])\1(?![\w*])"
    r"|(?<![\w_])(_)(?=[^\s_])([^_\n]{1,300}?)(?<=[^\s_])\3(?![\w_])"
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_SPACE = re.compile(r"\s+")
#: The placeholder of a piece of code while the rest is read.
_HELD = re.compile("\ue000(\\d+)\ue001")
_NO_MARKS: dict[int, None] = {0xE000: None, 0xE001: None}


def readable(sentences: Sequence[str]) -> str:
    """Sentences of a Markdown or RST text, one after the other, as a reader wants them.

    Marks of lists, headings and quotations, anchors, roles, tags and the targets of
    links are left out; words and code stay. Several items, or rows of a table, become a
    list, each on its own line. Blocks of code get a missing fence, and a line end after
    them. A block that only names a file for a site's generator to insert is left out,
    with the name of its tab.
    Example: "- See [the docs](a.md) { #see }" -> "See the docs".
    """
    blocks = _blocks(_fenced(sentences))
    items = sum(block.is_item for block in blocks)
    parts: list[str] = []
    for block, following in zip_longest(blocks, blocks[1:]):
        shown = block.shown(in_list=items > 1)
        is_of_nothing = block.is_tab and following and following.is_inserted
        if not shown or is_of_nothing:
            continue
        stands_apart = block.is_code or (block.is_item and items > 1)
        if parts and (stands_apart or parts[-1].endswith("\n")):
            parts[-1] = parts[-1].rstrip()
            parts.append("\n" if block.is_item else "\n\n")
        elif parts:
            parts.append(" ")
        parts.append(shown)
    return "".join(parts)


def is_unseen(text: str) -> bool:
    """Whether a sentence is only what a reader does not see."""
    return bool(_UNSEEN.fullmatch(text))


class _Block:
    """A sentence, an item of a list, or a block of code."""

    def __init__(self, lines: list[str], language: str = "", *, is_code: bool = False) -> None:
        self.lines = lines
        self.language = language
        self.is_code = is_code
        found = None if is_code else _BULLET.match(lines[0])
        self.is_item = bool(found) or (not is_code and _is_row(lines))
        self.mark = f"{found[1]}." if found and found[1] else "-"
        if found:
            self.lines[0] = lines[0][found.end() :]

    @property
    def is_tab(self) -> bool:
        """Whether it is the name of a tab alone."""
        return len(self.lines) == 1 and bool(_TAB.fullmatch(self.lines[0]))

    @property
    def is_inserted(self) -> bool:
        """Whether it is a block of code that a generator would insert."""
        return self.is_code and not _INSERTED.sub("", "\n".join(self.lines)).strip()

    def shown(self, *, in_list: bool) -> str:
        if self.is_code:
            body = "\n".join(self.lines).strip("\n")
            return "" if self.is_inserted else f"```{self.language}\n{body}\n```\n"
        text = readable_words("\n".join(self.lines))
        return f"{self.mark} {text}" if self.is_item and in_list and text else text


def _is_row(lines: Sequence[str]) -> bool:
    """Whether it is a row of a table whose columns have no names."""
    is_one = not any(lines[1:]) and not _LINE_MARK.match(lines[0])
    return is_one and bool(_CELLS.search(lines[0]))


def _fenced(sentences: Sequence[str]) -> Sequence[str]:
    """The sentences with fences for a generator's marks around code.

    Two marks are a pair if the second follows the first with no other first one
    between: "{{< code >}}" alone may insert a file.
    """
    lines = [sentence.split("\n") for sentence in sentences]
    opened: tuple[str, int, int, str] | None = None
    for row, of_sentence in enumerate(lines):
        for column, line in enumerate(of_sentence):
            found = _CODE_MARK.fullmatch(line)
            if not found:
                continue
            name = found["name"] or found["liquid"]
            if not (found["end"] or found["liquid_end"]):
                opened = name, row, column, _language_of(found)
            elif opened and opened[0] == name:
                lines[opened[1]][opened[2]] = f"```{opened[3]}"
                of_sentence[column] = "```"
                opened = None
    return ["\n".join(of_sentence) for of_sentence in lines]


def _language_of(opening: re.Match[str]) -> str:
    found = _LANGUAGE.match(opening["given"] or opening["liquid_given"] or "")
    return found[1] if found else "text"


def _blocks(sentences: Sequence[str]) -> list[_Block]:
    """The sentences as blocks; lines between two fences are one."""
    blocks: list[_Block] = []
    in_code = False
    for sentence in sentences:
        text: list[str] = []
        for line in sentence.split("\n"):
            fence = _FENCE.match(line)
            if fence and in_code:
                in_code = False
            elif fence:
                # A fence that stands alone closes a block whose beginning is not here.
                in_code = bool(fence[2]) or line != sentence.rstrip("\n")
                _add_text(blocks, text)
                text = []
                if in_code:
                    blocks.append(_Block([], fence[2], is_code=True))
            elif in_code:
                blocks[-1].lines.append(line)
            else:
                text.append(line)
        _add_text(blocks, text)
    return blocks


def _add_text(blocks: list[_Block], lines: list[str]) -> None:
    if any(line.strip() for line in lines):
        blocks.append(_Block(lines))


def readable_words(text: str) -> str:
    """The words of a sentence, a heading or a cell, without marks, on one line."""
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        code = found[2] if found.re is _CODE_SPAN else found[1]
        held.append(code if found.re is _ROLE and " " in code else f"`{code}`")
        return f"\ue000{len(held) - 1}\ue001"

    # No pattern below meets more than one blank: their time would grow with the square.
    lines = [" ".join(line.split()) for line in text.translate(_NO_MARKS).split("\n")]
    text = _RULE.sub(" ", _MEANING.sub(": ", "\n".join(filter(None, lines))))
    text = _LINE_MARK.sub("", _ALERT.sub("", _TARGET.sub("", text)))
    text = _RST_LINK.sub(r"\1", _ROLE.sub(hold, text))
    text = _CODE_SPAN.sub(hold, text)
    text = _ICON.sub(r"\1", _ANCHOR.sub("", _INSERTED.sub("", text)))
    text = _ANCHOR.sub("", _LINK.sub(r"\1", _IMAGE.sub(r"\1", text)))
    text = html.unescape(_TAG.sub("", text))
    for _ in range(2):  # "**a _b_ c**"
        text = _EMPHASIS.sub(lambda found: found[2] or found[4] or "", text)
    text = _ESCAPED.sub(r"\1", text)
    text = _HELD.sub(lambda found: held[int(found[1])], text)
    return _SPACE.sub(" ", text).strip()
