"""How many word pieces a text has: counted word by word, since cutting a document into chunks asks five times for each of its words."""

from collections.abc import Callable
from functools import cache
from typing import Any

_KEPT_WORDS = 200_000


@cache
def word_piece_counter(tokenizer: Any) -> Callable[[str], int] | None:
    """A function that says how many pieces `tokenizer` makes of a text, special tokens left out; None where words cannot be counted apart.

    They can with BERT's tokenizers, which take any text apart at blanks before all else. For others a word may depend on those around it.

    Args:
        tokenizer: a `tokenizers.Tokenizer`, neither truncating nor padding.
    """
    kinds = type(tokenizer.normalizer).__name__, type(tokenizer.pre_tokenizer).__name__
    blank = any(" " in token.content for token in tokenizer.get_added_tokens_decoder().values())
    return (
        _WordPieces(tokenizer).count
        if kinds == ("BertNormalizer", "BertPreTokenizer") and not blank
        else None
    )


class _WordPieces(dict[str, int]):
    """The pieces of each word met, the word being what stands between two blanks."""

    def __init__(self, tokenizer: Any):
        self._tokenizer = tokenizer

    def __missing__(self, word: str) -> int:
        if len(self) >= _KEPT_WORDS:
            self.clear()
        pieces = self[word] = len(self._tokenizer.encode(word, add_special_tokens=False).ids)
        return pieces

    def count(self, text: str) -> int:
        return sum(map(self.__getitem__, text.replace("\n", " ").split(" ")))
