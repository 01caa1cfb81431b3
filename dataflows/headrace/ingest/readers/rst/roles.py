"""Roles that docutils does not know: their text, as Sphinx shows it."""

import re
from typing import Any

from docutils import nodes, utils
from docutils.parsers.rst import roles
from docutils.parsers.rst.languages import en as english

#: The roles of docutils.
_OWN = frozenset(english.roles)
_NAME = re.compile(r":([\w+.:-]*\w):`|`:([\w+.:-]*\w):")
_TITLED = re.compile(r"(.+?)\s*<([^<>]+)>", re.DOTALL)


def register_roles(text: str) -> None:
    """Makes docutils take every role that a text uses."""
    for before, after in _NAME.findall(text):
        name = (before or after).lower()
        if name not in _OWN:
            roles.register_local_role(name, _role)


def shown(text: str, name: str) -> str:
    """What a role shows of its text.

    Examples: "the page <quickstart>" -> "the page"; "~flask.Flask" -> "Flask".
    """
    titled = _TITLED.fullmatch(text)
    if titled:
        return titled[1].strip()
    if name.rpartition(":")[2] == "guilabel":
        return text.replace("&", "")
    if text.startswith("~"):
        return text[1:].rpartition(".")[2]
    return text.lstrip("!.") if text[:1] in "!." and text[1:2].isalpha() else text


def _role(
    name: str,
    rawtext: str,
    text: str,
    lineno: int,
    inliner: Any,
    options: Any = None,
    content: Any = None,
) -> tuple[list[Any], list[Any]]:
    words = utils.unescape(text)
    titled = _TITLED.fullmatch(words)
    if titled and titled[2].startswith(("http://", "https://")):
        return [nodes.reference(rawtext, titled[1].strip(), refuri=titled[2])], []
    return [nodes.inline(rawtext, shown(words, name))], []
