"""Which parts of a page belong to its site, such as menus, or are seen by nobody.

They are told by what they hold and where they stand. The names that sites give to their
elements only add to that: a "menu" may be that of a restaurant.
"""

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from headrace.ingest.readers.web.measures import Part, measured

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_CONSENT = frozenset("cookie cookies consent gdpr ccpa onetrust cookiebot usercentrics".split())
_OVERLAYS = frozenset("banner popup modal overlay notice notification dialog bar toast".split())
_TRAILS = frozenset("breadcrumb breadcrumbs crumbs".split())
_MENUS = frozenset(
    "nav navbar navigation menu sidebar toc related share sharing social pagination pager "
    "footer header topbar breadcrumb breadcrumbs tags links skip promo recommended popular "
    "trending sitemap catlinks navbox navheader navfooter".split()
)
_PROMOTIONS = frozenset(
    "ad ads advert advertisement advertising sponsor sponsored promo promotion newsletter "
    "subscribe subscription signup share sharing social related recommended popular "
    "trending".split()
)
_ASKING = frozenset("newsletter subscribe subscription signup".split())
_UNSEEN = frozenset(
    ("sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "screenreader")
)
_MARKS = frozenset(
    ("headerlink", "anchor-link", "anchorlink", "mw-editsection", "hash-link", "permalink")
)
_LINE_NUMBERS = frozenset(
    ("linenos", "linenodiv", "lineno", "line-numbers", "gutter", "lineno-col")
)
_MENU_ROLES = ("navigation", "menu", "menubar", "search", "toolbar")
_ARTICLES = ("article", "main")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LISTS = ("ul", "ol", "menu", "dir", "table", "div", "p", "section")
_TEXT_BLOCKS = (
    "p",
    "div",
    "section",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "form",
    "address",
)
_TEXT_BLOCKS = frozenset((*_TEXT_BLOCKS, *_HEADINGS, "figure", "blockquote", "article", "header"))
_SKIPPING = re.compile(r"\s*(?:skip|jump) (?:to|over)\b", re.IGNORECASE)
_ONLY_MARKS = re.compile(r"[\s\u00b6\u00a7#\U0001f517\u2693\ufe0f]*")
_SENTENCE_END = re.compile(r"[.!?\u3002]\s*$")
_COOKIES = re.compile(r"\bcookies?\b|\bGDPR\b|\bDSGVO\b|\bRGPD\b|\bconsent\b", re.IGNORECASE)
_AGREEING = re.compile(
    r"\b(?:accept|agree|consent|reject|decline|allow|dismiss|privacy|preferences|settings|we use"
    r"|uses? cookies|(?:this|our) (?:web)?site|got it|ok|okay|understood|continu\w+|akzept\w*"
    r"|zustimm\w*|einverstanden|verwende\w*|ablehnen|accepte\w*|refuser|acept\w*|rechazar|accett\w*"
    r"|rifiut\w*|akkoord|aceit\w*)\b",
    re.IGNORECASE,
)
_LEGAL = re.compile(
    r"\u00a9|\(c\) ?\d|copyright|all rights reserved|imprint|impressum|privacy|cookie"
    r"|terms (?:of|and)|powered by|subscribe|newsletter|follow us",
    re.IGNORECASE,
)
#: The most characters that a banner about cookies holds, and one without a name.
_LONGEST_BANNER = 3000
_LONGEST_PLAIN_BANNER = 500
_LONGEST_TRAIL = 300
_FEW_LETTERS = 200
#: From this share of text in links on, a part is a menu.
_MENU_DENSITY = 0.5
_LIST_DENSITY = 0.8
_LEAST_LINKS = 3
#: From this share on, a page is an index, whose lists of links are what it says.
_INDEX_DENSITY = 0.7
#: The share of a page's text that its main part holds.
_MAIN_SHARE = 0.7
_LEAST_WORDS = 5
#: What holds this share of a page is what it says, whatever that is about.
_MOST_OF_PAGE = 0.7


def left_out(body: "LexborNode", *, without_menus: bool = True) -> tuple[set[int], set[int]]:
    """The `mem_id` of each element that is written, and of those that are not.

    Args:
        without_menus: whether lists of links are left out, beside those in <nav>.
    Returns:
        Those that can be seen, and of these the ones to leave out with what they hold.
    """
    parts = measured(body)
    judge = _Judge(parts, without_menus)
    out: set[int] = set()
    for part in parts[1:]:
        if part.parent is not None and part.parent.node.mem_id in out or judge.is_furniture(part):
            out.add(part.node.mem_id)
    return {part.node.mem_id for part in parts}, out


class _Judge:
    """Judges the parts of one page."""

    def __init__(self, parts: Sequence[Part], without_menus: bool) -> None:
        self.without_menus = without_menus
        self.page = parts[0]
        self.main = _main_parts(parts)
        self.around_main: set[Part] = set()
        for part in self.main:
            for around in part.within():
                if around in self.around_main:
                    break
                self.around_main.add(around)
        for part in parts:
            above = part.parent
            part.is_inside = above is not None and (above.is_inside or above in self.main)
        self.is_index = self.page.link_density >= _INDEX_DENSITY
        self.has_headings = sum(part.tag == "h1" for part in parts)

    def is_furniture(self, part: Part) -> bool:
        """Whether a part is to be left out; those around it are not."""
        if part in self.main or part in self.around_main:
            return False
        return (
            _is_mark(part)
            or _is_form_control(part)
            or part.letters < _MOST_OF_PAGE * self.page.letters
            and _is_consent(part)
            or self._is_menu(part)
            or self._is_at_the_edge(part)
        )

    def _is_menu(self, part: Part) -> bool:
        if part.tag == "nav" or part.role in _MENU_ROLES:
            return part.long_text < 2 * part.linked + _FEW_LETTERS / 2
        if not self.without_menus:
            return False
        if part.words & _TRAILS and part.letters <= _LONGEST_TRAIL:
            return part.links > 0
        is_search = part.tag == "form" and part.fields and not part.long_text
        if is_search and part.letters < _FEW_LETTERS and not part.is_inside:
            return True
        if part.tag in _HEADINGS or not part.links:
            return False
        is_list = part.tag in _LISTS and part.links >= _LEAST_LINKS
        if is_list and part.anchors == part.links and part.link_density >= _LIST_DENSITY:
            return True
        is_inside = part.is_inside
        if part.words & _MENUS:
            least = _LIST_DENSITY if is_inside else _MENU_DENSITY
            if part.link_density >= least and part.links >= (2 if is_inside else 1):
                return True
            is_terse = not part.long_text and not part.headings and part.letters < _FEW_LETTERS
            return is_terse and part.links > 1 and not is_inside
        is_menu = not is_inside and not self.is_index
        return is_list and is_menu and part.link_density >= _LIST_DENSITY

    def _is_at_the_edge(self, part: Part) -> bool:
        """Whether it is a header, footer or aside of the site, or a part of one."""
        if part.words & _PROMOTIONS and _is_promotion(part):
            return True
        if part.tag == "aside" or part.role == "complementary":
            return part.link_density >= _MENU_DENSITY
        if part.is_inside:
            return False
        edge = _edge(part)
        if not edge or any(child.tag in _TEXT_BLOCKS for child in part.children):
            return False
        if part.tag not in _TEXT_BLOCKS and part.tag not in ("header", "footer"):
            # Text beside such blocks, and what stands in a line of text, go with them.
            return part.parent is not None and part.parent.tag in ("header", "footer")
        text = part.node.text()
        if edge == "header" and part.tag in _HEADINGS:
            return part.link_density > _MENU_DENSITY and self.has_headings > 1
        least = _LEAST_WORDS if not _SENTENCE_END.search(text) else _LEAST_WORDS // 2
        is_sentence = len(text.split()) >= least and part.link_density < _MENU_DENSITY
        return not is_sentence or edge == "footer" and bool(_LEGAL.search(text))


def _main_parts(parts: Sequence[Part]) -> Collection[Part]:
    """The parts that hold what the page says: articles, or where most text stands."""
    page = parts[0]
    found = set(filter(_is_article, parts))
    least = _MAIN_SHARE * page.long_text
    if sum(part.long_text for part in found) >= least / 2 and found:
        return found
    main = page
    while True:
        inner = [child for child in main.children if child.long_text >= least]
        if not inner or not least or inner[0].tag in ("p", "td", "tr", "table", "ul", "ol"):
            break
        main = inner[0]
    return found | ({main} if main is not page else set())


def _is_article(part: Part) -> bool:
    if part.tag not in _ARTICLES and part.role not in _ARTICLES:
        return False
    return part.around.isdisjoint(("nav", "footer", "aside"))


def _edge(part: Part) -> str:
    """ "header" or "footer", if the part is one of the site or stands in one."""
    places = part.around | {part.tag, part.role}
    if not places.isdisjoint(("header", "banner")):
        return "header"
    return "" if places.isdisjoint(("footer", "contentinfo")) else "footer"


def _is_mark(part: Part) -> bool:
    """Whether it is a mark beside a heading or line, or text for screen readers."""
    given = part.attributes
    if not given:
        return False
    names = frozenset((given.get("class") or "").lower().split())
    if names & _LINE_NUMBERS or names & _MARKS and part.letters < _FEW_LETTERS:
        return True
    if names & _UNSEEN and part.letters < _FEW_LETTERS:
        return True
    if part.tag != "a" or not (given.get("href") or "").startswith("#"):
        return False
    text = part.node.text()
    has_picture = part.node.css_first("img") is not None
    return bool(_SKIPPING.match(text)) or not has_picture and bool(_ONLY_MARKS.fullmatch(text))


def _is_form_control(part: Part) -> bool:
    """A button, unless it is the heading of what it opens."""
    if part.tag != "button":
        return False
    if part.attributes.keys() & {"aria-expanded", "aria-controls"} and part.letters >= 10:
        return False
    return part.around.isdisjoint((*_HEADINGS, "summary", "dt"))


def _is_consent(part: Part) -> bool:
    """Whether it asks to agree to cookies."""
    if not part.letters or part.letters > _LONGEST_BANNER or part.tag in _HEADINGS:
        return False
    is_named = bool(part.words & _CONSENT)
    if not (is_named or part.buttons or part.fields or part.links):
        return False
    is_over = part.role in ("dialog", "alertdialog") or bool(part.words & _OVERLAYS)
    if not (is_named or is_over or part.buttons and part.letters <= _LONGEST_PLAIN_BANNER):
        return False
    if not part.around.isdisjoint(_ARTICLES) and not is_over:
        return False
    is_main = part.headings and not is_over
    if is_main or part.tag in ("p", "li", "a", "span") and not is_named:
        return False
    text = part.node.text(separator=" ")
    return bool(_COOKIES.search(text) and _AGREEING.search(text))


def _is_promotion(part: Part) -> bool:
    """Whether it asks for something, or leads elsewhere, and says nothing else."""
    if part.words & _ASKING:
        return part.fields > 0 and part.long_text < 3 * _FEW_LETTERS
    return part.link_density >= _MENU_DENSITY or part.letters < _FEW_LETTERS / 4
