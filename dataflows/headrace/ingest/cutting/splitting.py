"""Where a document is cut into chunks, and how many tokens a chunk may have."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from headrace.text.word_pieces import word_piece_counter
from headrace.types import Document, Encoder

if TYPE_CHECKING:
    from semantic_text_splitter import MarkdownSplitter, TextSplitter
    from tokenizers import Tokenizer

#: An encoder adds [CLS] and [SEP] to every text.
SPECIAL_TOKENS = 2
#: The tokens of a text are a multiple of this, so that documents with titles of
#: different lengths share a splitter.
_STEP_TOKENS = 4
#: A chunk has at most this many characters for each of its tokens. To the tokenizer, an
#: endless "word" is one unknown token, however long it is.
_CHARACTERS_PER_TOKEN = 16
# The splitter's time grows with the square of a text that has no structure. So texts
# are cut beforehand: in very long white space, words and lines, which no person wrote,
# and between the paragraphs of a book. Up to some hundred blanks before a bar are the
# column of a table.
_LONGEST_WORD = 500
_LONGEST_LINE = 20_000
_LONGEST_PART = 100_000
_IN_WORD = r"^\s。！？，、；：…"
_BLANK = re.compile(r"(?<!\s)(?:\s{2000,}|\s{200,}(?![\s|]))")
_LONG_WORD = re.compile(rf"(?<![{_IN_WORD}])[{_IN_WORD}]{{{_LONGEST_WORD + 1},}}")
_LONG_LINE = re.compile(rf"(?<![^\n])[^\n]{{{_LONGEST_LINE + 1},}}")


class Span(NamedTuple):
    """Characters `start` to before `end` of a document's text."""

    start: int
    end: int


def text_tokens(encoder: Encoder, capacity: int, *before: str) -> int:
    """How many tokens are left for a chunk's text.

    Args:
        capacity: the tokens of the whole, special tokens included.
        before: texts that come before it in the chunk.
    """
    return whole_steps(capacity - SPECIAL_TOKENS - sum(map(encoder.count_tokens, before)))


def whole_steps(tokens: int) -> int:
    """A number of tokens, rounded down so that a splitter may exist for it already."""
    return tokens - tokens % _STEP_TOKENS


def counted_with(encoder: Encoder) -> "Tokenizer | Callable[[str], int]":
    """What counts the tokens of a text: an encoder's own counter, or its tokenizer."""
    return getattr(encoder, "piece_counter", None) or encoder.tokenizer


def chunk_spans(
    document: Document,
    tokenizer: "Tokenizer | Callable[[str], int]",
    tokens: int,
    overlap: int,
    within: Span | None = None,
) -> Iterator[Span]:
    """The places of a document's chunks, in reading order.

    Args:
        tokenizer: neither truncates nor pads; or a function that counts tokens.
        tokens: the most that the text of a chunk may have.
        overlap: the tokens that neighbouring chunks share, at most half of `tokens`.
        within: the part of the document to cut; None for the whole.
    """
    is_markdown = document.markup == "markdown"
    split = splitter(tokenizer, is_markdown, tokens, min(overlap, tokens // 2))
    most_characters = tokens * _CHARACTERS_PER_TOKEN
    first = within.start if within else 0
    whole = document.text[first : within.end] if within else document.text
    for part in parts(whole):
        for offset, text in split.chunk_indices(whole[part.start : part.end]):
            start = first + part.start + offset
            end = start + len(text)
            for cut in range(start, end, most_characters):
                yield Span(cut, min(cut + most_characters, end))


def parts(text: str) -> Iterator[Span]:
    """The parts of a text that are split one by one; usually there is only one."""
    cuts = {0, len(text)}
    for blank in _BLANK.finditer(text):
        cuts.update(blank.span())
    for word in _LONG_WORD.finditer(text):
        cuts.update(range(word.start(), word.end(), _LONGEST_WORD))
    for line in _LONG_LINE.finditer(text):
        for place in range(line.start() + _LONGEST_LINE, line.end(), _LONGEST_LINE):
            cuts.add(max(place, text.find(" ", place, place + _LONGEST_WORD)))
    for place in range(_LONGEST_PART, len(text), _LONGEST_PART):
        cuts.add(_paragraph_end(text, place))
    for start, end in pairwise(sorted(cuts)):
        if not text[start:end].isspace():
            yield Span(start, end)


def _paragraph_end(text: str, place: int) -> int:
    """Where a paragraph, or else a line, ends before a place; else the place."""
    for gap in ("\n\n", "\n"):
        found = text.rfind(gap, place - _LONGEST_LINE, place)
        if found >= 0:
            return found
    return place


@lru_cache(maxsize=128)
def splitter(
    tokenizer: "Tokenizer | Callable[[str], int]", is_markdown: bool, tokens: int, overlap: int
) -> "MarkdownSplitter | TextSplitter":
    """What cuts a text into chunks of at most `tokens` tokens.

    Kept, because making one copies the tokenizer's vocabulary, which takes 25 ms.
    """
    from semantic_text_splitter import MarkdownSplitter, TextSplitter

    kind = MarkdownSplitter if is_markdown else TextSplitter
    if callable(tokenizer):
        return kind.from_callback(tokenizer, tokens, overlap=overlap)
    count = word_piece_counter(tokenizer)
    if count is not None:  # the same chunks in a seventh of the time
        return kind.from_callback(count, tokens, overlap=overlap)
    return kind.from_huggingface_tokenizer(tokenizer, tokens, overlap=overlap)
