"""Directives that docutils does not know, or would read from elsewhere."""

import re
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive, directives
from docutils.parsers.rst.languages import en as english

#: The directives of docutils.
_OWN = frozenset(english.directives)
_NAME = re.compile(r"\.\.[ \t]+(?:\|[^|\n]+\|[ \t]+)?([\w+.:-]*?\w)[ \t]*::")
#: What leads elsewhere, or says nothing to a reader of this file.
_LEFT_OUT = frozenset(
    "automodule autosummary contents currentmodule date default-domain default-role-any digraph "
    "graph graphviz highlight include index inheritance-diagram literalinclude meta mermaid "
    "plantuml raw sectionauthor codeauthor moduleauthor tabularcolumns testcleanup testsetup "
    "target-notes toctree uml".split()
)
_CODE = frozenset(
    "code code-block code-cell console ipython jupyter-execute productionlist prompt sourcecode "
    "testcode testoutput doctest".split()
)
_VERSIONS = {
    "versionadded": "Added in version",
    "version-added": "Added in version",
    "versionchanged": "Changed in version",
    "version-changed": "Changed in version",
    "version-deprecated": "Deprecated since version",
    "deprecated": "Deprecated since version",
    "versionremoved": "Removed in version",
    "version-removed": "Removed in version",
}
_REMARKS = {"seealso": "See also", "todo": "To do", "versionnote": "Note"}
#: What describes something by its name or signature.
_OBJECTS = frozenset(
    "attribute class classmethod cmdoption confval data decorator decoratormethod describe "
    "django-admin envvar event exception function macro member method object opcode option "
    "property setting staticmethod templatefilter templatetag type var".split()
)
#: Arguments that arrange or choose, and are not shown.
_ARRANGING = frozenset(
    "container cssclass grid hlist ifconfig module only rst-class tab-set tabs py:module "
    "grid-item flat-table".split()
)


def register_directives(text: str) -> None:
    """Makes docutils take every directive that a text uses.

    Its own ones stay, except those that read files or repeat the headings.
    """
    for name in {found.lower() for found in _NAME.findall(text)}:
        kind = _kind(name)
        if kind != "other" or name not in _OWN:
            directives.register_directive(name, _CLASSES[kind])


def _kind(name: str) -> str:
    last = name.rpartition(":")[2]
    if name in _LEFT_OUT or last in _LEFT_OUT:
        return "left out"
    if name in _CODE:
        return "code"
    if name in _VERSIONS:
        return "version"
    if name in _REMARKS:
        return "remark"
    if name.startswith("auto") or name in _OBJECTS or ":" in name and name not in _ARRANGING:
        return "object"
    return "other"


class _AnyOption(dict[str, Any]):
    """Options of any name and value."""

    def __bool__(self) -> bool:
        return True

    def __missing__(self, name: str) -> Any:
        return lambda value: value


class _Lenient(Directive):
    """A directive with any argument, options and content."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = _AnyOption()

    def parsed_content(self) -> list[Any]:
        holder = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, holder, match_titles=True)
        return holder.children

    def paragraph(self, text: str) -> list[Any]:
        if not text.strip():
            return []
        words, messages = self.state.inline_text(text, self.lineno)
        return [nodes.paragraph(text, "", *words), *messages]

    def argument(self) -> str:
        return self.arguments[0] if self.arguments else ""


class _LeftOut(_Lenient):
    """What is not shown."""

    def run(self) -> list[Any]:
        return []


class _Code(_Lenient):
    """Code, or what a program prints."""

    def run(self) -> list[Any]:
        first, _, rest = self.argument().partition("\n")
        if self.name.lower() == "productionlist":
            first, rest = "", self.argument()
        lines = "\n".join([*filter(None, [rest]), *self.content])
        language = first.split(maxsplit=1)[:1]
        code = nodes.literal_block(lines, lines, classes=["code", *language])
        caption = self.paragraph(self.options.get("caption") or "")
        return [*caption, code] if lines.strip() else caption


class _Version(_Lenient):
    """What changed in a version: "Added in version 2.0: ..."."""

    def run(self) -> list[Any]:
        version, rest = [*self.argument().split(maxsplit=1), "", ""][:2]
        said = f"{_VERSIONS[self.name.lower()]} {version}"
        content = self.parsed_content()
        introduction = nodes.inline("", f"{said}: " if rest or content else f"{said}.")
        return _introduced(introduction, [*self.paragraph(rest), *content])


class _Remark(_Lenient):
    """A remark that docutils does not know: "See also: ..."."""

    def run(self) -> list[Any]:
        introduction = nodes.inline("", f"{_REMARKS[self.name.lower()]}: ")
        content = [*self.paragraph(self.argument()), *self.parsed_content()]
        return _introduced(introduction, content) if content else []


class _Object(_Lenient):
    """Something named by its signature, which introduces what is said of it."""

    def run(self) -> list[Any]:
        name = self.name.lower()
        argument = self.argument()
        is_style = name == "class" and not re.search(r"[A-Z.(]", argument)
        lines = [] if is_style else argument.replace("\\\n", " ").split("\n")
        signatures = [line.strip() for line in lines if line.strip()]
        content = self.parsed_content()
        if signatures and content and isinstance(content[0], nodes.paragraph):
            content = _introduced(nodes.inline("", f"{signatures.pop()}: "), content)
        return [*(nodes.paragraph(line, line) for line in signatures), *content]


class _Other(_Lenient):
    """Anything else: its content, below an argument of words."""

    def run(self) -> list[Any]:
        content = self.parsed_content()
        argument = self.argument()
        is_shown = self.name.lower() not in _ARRANGING and (content or " " in argument)
        return [*(self.paragraph(argument) if is_shown else []), *content]


def _introduced(introduction: Any, content: list[Any]) -> list[Any]:
    """The content, with an introduction at the beginning of its first paragraph."""
    if content and isinstance(content[0], nodes.paragraph):
        content[0].insert(0, introduction)
        return content
    return [nodes.paragraph("", "", introduction), *content]


_CLASSES = {
    "left out": _LeftOut,
    "code": _Code,
    "version": _Version,
    "remark": _Remark,
    "object": _Object,
    "other": _Other,
}
