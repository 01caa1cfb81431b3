"""The phrases of a question, which are looked up among the names in documents."""

import re
from itertools import islice

from headrace.text.function_words import FUNCTION_WORDS

_TOKEN = re.compile(r"[^\W_](?:[\w.+#/&'’-]*[\w+#])?")
_POSSESSIVE = re.compile(r"['’]s?$")
_MOST_WORDS = 6
_MOST_TOKENS = 120


def tokens_of(text: str) -> list[str]:
    """The words of a text in small letters, without the punctuation around them."""
    return [match.group().lower() for match in _TOKEN.finditer(text)]


def content_words(text: str) -> list[str]:
    """The words of a text that are not function words, in small letters, in order."""
    return [word for word in tokens_of(text) if word not in FUNCTION_WORDS]


def phrases_of(text: str) -> dict[str, list[tuple[int, int]]]:
    """The phrases of one to six words, and their places in the text.

    A phrase does not begin or end with a function word, unless that is in capitals
    ("IT"). It has no possessive ending: "Reuters' report" gives "reuters". Punctuation
    between words does not end a phrase: "Pooch, U. W.". Only the first 120 words are
    read.

    Returns:
        Phrase in small letters, with single spaces -> its (start, end) offsets.
    """
    matches = list(islice(_TOKEN.finditer(text), _MOST_TOKENS))
    words = [match.group().lower() for match in matches]
    is_edge = [
        word not in FUNCTION_WORDS or match.group().isupper()
        for word, match in zip(words, matches, strict=True)
    ]
    found: dict[str, list[tuple[int, int]]] = {}
    for first in range(len(words)):
        for last in range(first, min(first + _MOST_WORDS, len(words))):
            if not (is_edge[first] and is_edge[last]):
                continue
            last_word = without_possessive(words[last])
            end = matches[last].end() - len(words[last]) + len(last_word)
            phrase = " ".join([*words[first:last], last_word])
            found.setdefault(phrase, []).append((matches[first].start(), end))
    return found


def without_possessive(word: str) -> str:
    """A word without its possessive ending: "earth's" and "earth'" -> "earth"."""
    return _POSSESSIVE.sub("", word)
