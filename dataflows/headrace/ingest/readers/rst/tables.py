"""Tables of reStructuredText, whatever they are written as."""

from collections.abc import Callable, Iterator
from typing import Any

from headrace.ingest.readers.cleaning import one_line
from headrace.ingest.readers.kinds.tabular.tables import ACROSS, headed_passages
from headrace.ingest.readers.outcomes import Block


def table_blocks(table: Any, read: Callable[[Any], Iterator[Block]]) -> Iterator[Block]:
    """The rows as passages; a merged cell is repeated wherever it covers.

    Args:
        read: gives the blocks of a cell.
    """
    for child in table:
        if child.tagname == "title":
            yield Block(one_line(child.astext()))
        elif child.tagname == "tgroup":
            parts = {part.tagname: part for part in child}
            header = list(parts.get("thead", ()))
            body = list(parts.get("tbody", ()))
            width = int(child.get("cols", 0))
            rows = [*_rows(header, width, read), *_rows(body, width, read)]
            yield from headed_passages(rows, len(header))
    yield Block("")


def _rows(
    rows: list[Any], width: int, read: Callable[[Any], Iterator[Block]]
) -> Iterator[dict[int, str]]:
    #: By column: the text of a cell above, and how many rows it still covers.
    covered: dict[int, tuple[str, int]] = {}
    for row in rows:
        texts: dict[int, str] = {}
        column = 0
        for entry in row:
            column = _below(covered, texts, column)
            text = one_line(" ".join(block.text for block in read(entry)))
            if entry.get("morecols", 0) + 1 == width > 1:
                texts[ACROSS] = text
                break
            for place in range(column, column + 1 + entry.get("morecols", 0)):
                texts[place] = text
                covered[place] = text, entry.get("morerows", 0)
                column = place + 1
        _below(covered, texts, column)
        yield {place: text for place, text in sorted(texts.items()) if text}


def _below(covered: dict[int, tuple[str, int]], texts: dict[int, str], column: int) -> int:
    """Fills in the cells that reach down from above; the next free column."""
    while covered.get(column, ("", 0))[1]:
        text, count = covered[column]
        texts[column] = text
        covered[column] = text, count - 1
        column += 1
    return column
