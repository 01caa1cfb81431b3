"""What an encoder reads of a chunk: its document's title, shortened when it is long, and then its text."""

from headrace.types import Encoder


def short_title(title: str, encoder: Encoder, capacity: int) -> str:
    """As many leading words of the title as take at most a quarter of `capacity`, which is in word pieces."""
    words = title.split()
    while words and encoder.count_tokens(" ".join(words)) > capacity // 4:
        words.pop()
    return " ".join(words)


def embedded_text(title: str, shortened: str, text: str) -> str:
    """The text with the shortened title in front; the text alone where there is none, or the text is the title."""
    return f"{shortened}\n{text}" if shortened and text.strip() != title else text
