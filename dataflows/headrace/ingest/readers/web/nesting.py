"""Pages whose elements are nested too deeply to be parsed in good time."""

import re

#: Browsers nest no deeper than about this either.
_DEEPEST = 500
#: Characters in which tags are counted at a time.
_WINDOW = 2000
#: A tag up to its name, and whether it closes itself.
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)(?:(?=[^<>]*(/)>))?")
#: Elements that cannot nest: they are empty, or the next one ends the last.
_FLAT = frozenset(
    "area base basefont bgsound br col embed frame hr image img input keygen link meta param "
    "source track wbr html head body p li dd dt option optgroup tr td th tbody thead tfoot "
    "colgroup caption".split()
)
#: Shapes of drawings (SVG), which may close themselves.
_SHAPES = frozenset(
    "path circle rect line polyline polygon ellipse use stop image text tspan g defs".split()
)
_INLINE = frozenset(
    "a abbr b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rb rp rt rtc "
    "ruby s samp small span strike strong sub sup time tt u var".split()
)


def flattened(page: str) -> str:
    """A page without elements nested deeper than 500; their text stays.

    A parser's time grows with the square of the depth. Where such an element began,
    there is a line break, unless the element is one within a line.
    """
    if not _may_be_deep(page):
        return page
    depth = 0

    def _bounded(tag: re.Match[str]) -> str:
        nonlocal depth
        name = tag[2].lower()
        if name in _FLAT or tag[3] and name in _SHAPES:
            return tag[0]
        if tag[1]:
            is_kept = depth <= _DEEPEST
            depth = max(depth - 1, 0)
            return tag[0] if is_kept else "</wbr"
        depth += 1
        if depth <= _DEEPEST:
            return tag[0]
        return "<wbr" if name in _INLINE else "<br"

    return _TAG.sub(_bounded, page)


def _may_be_deep(page: str) -> bool:
    """Whether more tags may be open at once than may be nested; a quick estimate."""
    depth = 0
    for start in range(0, len(page), _WINDOW):
        tags = page.count("<", start, start + _WINDOW)
        closing = page.count("</", start, start + _WINDOW)
        if depth + tags - closing > _DEEPEST:
            return True
        depth += tags - 2 * closing
    return False
