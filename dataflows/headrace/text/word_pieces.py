"""The number of word pieces of a text, counted word by word.

Cutting a document into chunks asks five times for each of its words, so the counts of
words are kept.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_KEPT_WORDS = 200_000
#: A word of plain letters and digits, or one mark: BERT's tokenizers cut at each mark.
_PART = re.compile(r"[A-Za-z0-9]+|[^A-Za-z0-9]")


@cache
def word_piece_counter(tokenizer: "Tokenizer") -> Callable[[str], int] | None:
    """A function that counts a text's pieces, special tokens left out.

    It exists for BERT's tokenizers, and for those that cut any text at blanks before
    anything else, as most of SentencePiece do. With others, the pieces of a word may
    depend on the words around it.

    Args:
        tokenizer: neither truncates nor pads.
    Returns:
        The function; None when the words of a text cannot be counted one by one.
    """
    added = tokenizer.get_added_tokens_decoder().values()
    if any(" " in token.content for token in added):
        return None
    kinds = type(tokenizer.normalizer).__name__, type(tokenizer.pre_tokenizer).__name__
    if kinds == ("BertNormalizer", "BertPreTokenizer"):
        return _WordPieces(tokenizer, cuts_at_marks=True).count
    if _cuts_at_blanks(tokenizer):
        return _WordPieces(tokenizer, cuts_at_marks=False).count
    return None


def _cuts_at_blanks(tokenizer: "Tokenizer") -> bool:
    """Whether a text is cut at blanks before anything else."""
    from tokenizers.pre_tokenizers import Metaspace, Sequence, WhitespaceSplit

    first = tokenizer.pre_tokenizer
    if isinstance(first, Sequence):
        first = first[0]
    if isinstance(first, WhitespaceSplit):
        return True
    return isinstance(first, Metaspace) and first.split and first.prepend_scheme == "always"


class _WordPieces(dict[str, int]):
    """The number of pieces of each word so far; blanks and line ends separate words."""

    def __init__(self, tokenizer: "Tokenizer", cuts_at_marks: bool):
        self._tokenizer = tokenizer
        self._cuts_at_marks = cuts_at_marks
        self._added = {token.content for token in tokenizer.get_added_tokens_decoder().values()}

    def __missing__(self, word: str) -> int:
        if len(self) >= _KEPT_WORDS:
            self.clear()
        parts = self._parts(word)
        if len(parts) > 1:
            pieces = sum(map(self.__getitem__, parts))
        else:
            pieces = len(self._tokenizer.encode(word, add_special_tokens=False).ids)
        self[word] = pieces
        return pieces

    def _parts(self, word: str) -> list[str]:
        """The words and marks in a word: "(cells," -> ["(", "cells", ","].

        A word with other letters, or with a token of the tokenizer's own, stays whole,
        as any word does where marks are no borders.
        """
        is_plain = word.isascii() and word.isprintable()
        if not self._cuts_at_marks or not is_plain or any(token in word for token in self._added):
            return [word]
        return _PART.findall(word)

    def count(self, text: str) -> int:
        return sum(map(self.__getitem__, text.replace("\n", " ").split(" ")))
