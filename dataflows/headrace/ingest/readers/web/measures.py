"""How much text and how many links the parts of a page hold."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_WORDS = re.compile(r"[a-z]+|[A-Z][a-z]*|[A-Z]+(?![a-z])")
#: A stretch of text without links that is longer than what menus say.
_LONG_TEXT = 30
#: The last three hold text for browsers that cannot show frames, unparsed.
_NEVER_TEXT = frozenset(
    "script style template svg iframe noscript noframes noembed object canvas audio video "
    "head datalist math-renderer".split()
)
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)", re.I)


@dataclass(slots=True, eq=False)
class Part:
    """An element with what it holds, hidden elements left out.

    `letters` counts its characters, without white space; `linked` those within links,
    and `long_text` those in stretches of text between links that menus do not have.
    `around` are the tags and roles of the elements around it; `is_inside` is whether
    one of these is a main part of the page.
    `links` counts links, `anchors` those to places on the same page, `buttons` also
    submitting inputs. `words` are those of its class, id, role and label.
    """

    node: "LexborNode"
    tag: str
    parent: "Part | None"
    attributes: dict[str, str | None]
    words: frozenset[str]
    role: str
    around: frozenset[str]
    children: "list[Part]" = field(default_factory=list)
    letters: int = 0
    linked: int = 0
    long_text: int = 0
    links: int = 0
    anchors: int = 0
    buttons: int = 0
    fields: int = 0
    headings: int = 0
    is_inside: bool = False

    @property
    def link_density(self) -> float:
        return self.linked / self.letters if self.letters else 0.0

    def within(self) -> "Iterator[Part]":
        """The elements around this one, the nearest first."""
        around = self.parent
        while around is not None:
            yield around
            around = around.parent


def measured(body: "LexborNode") -> list[Part]:
    """The elements of a page that can be seen, in document order.

    A loop, not a recursion: pages nest deeper than Python's stack.
    """
    parts: list[Part] = []
    waiting: list[tuple[LexborNode, Part | None]] = [(body, None)]
    while waiting:
        node, parent = waiting.pop()
        if node.is_text_node:
            if parent is not None:
                _count_text(parent, node.text_content or "")
            continue
        if not node.is_element_node:
            continue
        part = _part(node, parent)
        if parent is not None and _is_hidden(part):
            continue
        parts.append(part)
        if parent is not None:
            parent.children.append(part)
        child = node.last_child
        while child is not None:
            waiting.append((child, part))
            child = child.prev
    for part in reversed(parts):
        _add_up(part)
    return parts


def _part(node: "LexborNode", parent: Part | None) -> Part:
    attributes = node.attributes
    words: set[str] = set()
    for name in ("class", "id", "aria-label"):
        if given := attributes.get(name):
            words.update(word.lower() for word in _WORDS.findall(given[:500]))
    role = (attributes.get("role") or "").lower()
    around = _around(parent) if parent is not None else frozenset[str]()
    return Part(node, node.tag or "", parent, attributes, frozenset(words), role, around)


def _around(parent: Part) -> frozenset[str]:
    """The tags and roles around the children of an element."""
    own = {parent.tag, parent.role}
    return parent.around if own <= parent.around else parent.around | own


def _is_hidden(part: Part) -> bool:
    """Whether nobody sees an element, unless a click in the page shows it."""
    given = part.attributes
    if part.tag in _NEVER_TEXT or part.tag == "dialog" and "open" not in given:
        return True
    if not given or part.role == "tabpanel":
        return False
    if "hidden" in given and given["hidden"] != "until-found":
        return True
    is_decoration = (given.get("aria-hidden") or "").lower() == "true"
    return is_decoration or bool(_HIDING_STYLE.search(given.get("style") or ""))


def _count_text(parent: Part, text: str) -> None:
    letters = len("".join(text.split()))
    parent.letters += letters
    if len(text.strip()) >= _LONG_TEXT:
        parent.long_text += letters


def _add_up(part: Part) -> None:
    """Adds what an element holds to its parent; those within it were added before."""
    if part.tag == "a" and "href" in part.attributes:
        part.linked, part.long_text = part.letters, 0
        part.links += 1
        part.anchors += (part.attributes["href"] or "").startswith("#")
    elif part.tag == "button" or part.role == "button" or _input_type(part) in _SENDING:
        part.buttons += 1
    elif part.tag in ("input", "textarea", "select"):
        part.fields += 1
    elif part.tag in ("h1", "h2"):
        part.headings += 1
    if (parent := part.parent) is not None:
        parent.letters += part.letters
        parent.linked += part.linked
        parent.long_text += part.long_text
        parent.links += part.links
        parent.anchors += part.anchors
        parent.buttons += part.buttons
        parent.fields += part.fields
        parent.headings += part.headings


_SENDING = ("submit", "button", "image", "reset")


def _input_type(part: Part) -> str:
    return (part.attributes.get("type") or "").lower() if part.tag == "input" else ""
