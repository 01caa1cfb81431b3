"""The length of a text to its reader."""

import math
import re
from dataclasses import dataclass

from headrace.text.terms import in_pairs
from headrace.types import TokenCounter

#: A token has at least this many letters, and a word at most this many tokens
#: (DECISIONS.md, "length of a quotation").
_TOKEN_LETTERS = 3.65
_WORD_TOKENS = 1.6
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Lengths:
    """Counts tokens, but no more than plain English has for as many letters or words.

    A tokenizer made for English cuts German words, foreign names and phonetic signs
    into pieces of two or three letters. That does not make them longer to a reader.
    """

    counter: TokenCounter

    def count(self, text: str) -> int:
        # A character of writing without spaces says as much as three letters.
        spaced = in_pairs(text)
        words = len(_WORD.findall(spaced))
        by_letters = math.ceil(len(spaced) / _TOKEN_LETTERS)
        return min(self.counter.count(text), by_letters, math.ceil(_WORD_TOKENS * words))
