"""What an encoder reads of a chunk: its document's title, shortened, and its text."""

from headrace.text.titles import titled
from headrace.types import Encoder

#: An encoder adds [CLS] and [SEP] to every text.
SPECIAL_TOKENS = 2


def short_title(title: str, encoder: Encoder, capacity: int) -> str:
    """The leading words of a title, up to a quarter of `capacity` (both in tokens)."""
    words = title.split()
    while words and encoder.count_tokens(" ".join(words)) > capacity // 4:
        words.pop()
    return " ".join(words)


def embedded_text(title: str, shortened: str, text: str) -> str:
    """A chunk's text after its document's title; the text alone if both are the same.

    Args:
        title: the whole title.
        shortened: by `short_title`; may be "".
        text: the chunk's.
    """
    return text if text.strip() == title else titled(shortened, text)
