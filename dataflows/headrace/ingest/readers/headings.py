"""The title of a Markdown text, above it or among its headings."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from headrace.ingest.readers.cleaning import clean_text
from headrace.ingest.readers.outcomes import Block, Content, joined_blocks
from headrace.text.markup.outlining import outline

_RELEASE = re.compile(
    r"\W*(?:v(?:ersion)?\.?\s*|release\s+)?(?:\d+\.\d+|\d{4}-\d\d)|\W*unreleased\b", re.IGNORECASE
)


def markdown_title(text: str) -> str:
    """The heading that names the whole text, as plain words; "" without one.

    It is the first of the highest level, unless that is the first section of several:
    of a changelog that has a heading for each release, none names the whole.
    Example: "# Guide" -> "Guide"; "## 1.2.0 ... ## 1.1.0" -> "".
    """
    headings = outline(text).headings
    if not headings:
        return ""
    counts = Counter(heading.level for heading in headings)
    highest = min(counts)
    first = next(heading.words for heading in headings if heading.level == highest)
    is_section = counts[highest] > 1 and (highest > 1 or bool(_RELEASE.match(first)))
    return "" if is_section else first


def titled_content(title: str, blocks: Sequence[Block], metadata: Mapping[str, Any]) -> Content:
    """Blocks of Markdown beneath their title, or beneath the first of their headings.

    Args:
        title: "" where the file tells none.
    """
    heading = [Block(title, "# ")] if title else []
    text = clean_text(joined_blocks([*heading, *blocks])) if blocks else ""
    return Content(text, title or markdown_title(text), metadata, markup="markdown")
