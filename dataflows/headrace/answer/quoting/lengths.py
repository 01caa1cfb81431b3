"""How long a text is to its reader."""

import math
from dataclasses import dataclass

from headrace.text.terms import in_pairs
from headrace.types import TokenCounter

#: Letters that count as a token at least (DECISIONS.md, "length of a quotation").
_TOKEN_LETTERS = 3.65


@dataclass(frozen=True)
class Lengths:
    """Counts tokens, but no more than a text of so many letters has in plain English.

    A tokenizer made for English cuts German words, foreign names and phonetic signs
    into pieces of two or three letters. To a reader they are no longer for that.
    """

    counter: TokenCounter

    def count(self, text: str) -> int:
        # A character of writing without spaces says as much as three letters.
        letters = len(in_pairs(text))
        return min(self.counter.count(text), math.ceil(letters / _TOKEN_LETTERS))
