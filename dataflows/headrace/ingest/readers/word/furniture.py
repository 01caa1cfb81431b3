"""Page headers and footers, each once, without the numbers of the pages."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from headrace.ingest.readers.cleaning import one_line
from headrace.ingest.readers.kinds.packages import attribute
from headrace.ingest.readers.outcomes import Block
from headrace.ingest.readers.word.fields import PAGE_NUMBER
from headrace.ingest.readers.word.package import Relation
from headrace.ingest.readers.word.story import Source, Story

_KINDS = {"headerReference": "Page header: ", "footerReference": "Page footer: "}
#: "Page 3 of 12", with the words around the numbers.
_PAGE = re.compile(
    r"(?:\b(?:page|p|pg|seite|s|página|pagina|sida|side|strona|стр)\b\.?\s*)?[-–—|(\[]?\s*"
    rf"{PAGE_NUMBER}(?:\s*(?:of|/|von|de|di|van|av|af|z|из|\||-)?\s*{PAGE_NUMBER})?\s*[-–—|)\]]?",
    re.IGNORECASE,
)


def furniture_blocks(
    source: Source, relations: Mapping[str, Relation], root: Any
) -> Iterator[Block]:
    """The headers and footers of all sections: of first, even and other pages."""
    said: set[str] = set()
    for prefix, part in _references(relations, root):
        element = source.package.part(part)
        if element is None:
            continue
        story = Story(source, source.package.relations(part), element)
        lines = [_without_pages(block.text) for block in story.all_blocks(element)]
        text = " | ".join(filter(None, lines))
        if text and prefix + text not in said:
            said.add(prefix + text)
            yield Block(text, prefix)


def _references(relations: Mapping[str, Relation], root: Any) -> Iterator[tuple[str, str]]:
    """What to call each header or footer, and its part; headers come first."""
    for tag, prefix in _KINDS.items():
        for reference in root.iter(tag):
            relation = relations.get(attribute(reference, "id"))
            if relation and not relation.is_external:
                yield prefix, relation.target


def _without_pages(text: str) -> str:
    return one_line(_PAGE.sub(" ", text)).strip(" |–—-") if PAGE_NUMBER in text else one_line(text)
