"""Sentences of a text, with their places in it."""

import re
from collections.abc import Iterator

import sentencex

#: Longer "sentences" are tables or code: cut at their lines.
_LONG = 600
#: A line that begins something of its own: a heading, a list item, a table row, a directive.
_NEW_BLOCK = re.compile(r"\n(?=\s*(?:[-*+•]\s|\d{1,3}[.)]\s|#{1,6}\s|[|>]|\.\. |```|:\w+:))")


def sentence_spans(text: str, language: str = "en") -> list[tuple[int, int]]:
    """(start, end) of each sentence of `text`, in order, without the white space around it; together they hold all its visible text.

    Headings, list items and table rows stand for themselves.
    """
    spans = []
    for start, end in _blocks(text):
        for sentence in sentencex.get_sentence_boundaries(language, text[start:end]):
            for piece in _pieces(
                text, start + sentence["start_index"], start + sentence["end_index"]
            ):
                spans += _stripped(text, *piece)
    return spans


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Paragraphs, headings and list items: what no sentence reaches across."""
    if "\n" not in text:
        return iter([(0, len(text))] if text else [])
    cuts = {0, len(text)}
    cuts.update(match.end() for match in re.finditer(r"\n[ \t]*\n", text))
    cuts.update(match.end() for match in _NEW_BLOCK.finditer(text))
    cuts.update(
        match.end()
        for match in re.finditer(r"(?m)^#{1,6}\s[^\n]*\n|^[^\n]+\n[=~^*\-]{3,}[ \t]*\n", text)
    )
    edges = sorted(cuts)
    return zip(edges, edges[1:], strict=False)


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentence itself, or its lines when it is too long to be one; a long line by its length."""
    if end - start <= _LONG:
        yield start, end
        return
    for line in re.finditer(r"[^\n]+", text[start:end]):
        for offset in range(line.start(), line.end(), _LONG):
            yield start + offset, start + min(offset + _LONG, line.end())


def _stripped(text: str, start: int, end: int) -> list[tuple[int, int]]:
    piece = text[start:end]
    inner = piece.strip()
    if not inner:
        return []
    start += piece.index(inner)
    return [(start, start + len(inner))]
