"""The phrases of a question, with their places: what is looked up among the names that documents know."""

import re
from itertools import islice

#: Words that no name begins or ends with; a name may have them inside ("university of oslo").
FUNCTION_WORDS = frozenset(
    "a about an and any are as at be been but by can could did do does for from had has have having how i if in into is it its me my no not of on or "
    "our should so than that the their them then there these they this those to was we were what when where which who whom whose why will with "
    "would you your der die das den dem des ein eine einer eines und oder von vom im in zu zum zur mit auf für ist sind war wer wie was wo".split()
)
_TOKEN = re.compile(r"[^\W_](?:[\w.+#/&'’-]*[\w+#])?")
_MOST_WORDS = 6
_MOST_TOKENS = 120


def tokens_of(text: str) -> list[str]:
    """The words of a text in small letters, without the punctuation around them."""
    return [match.group().lower() for match in _TOKEN.finditer(text)]


def content_words(text: str) -> list[str]:
    """The words of a text that are no function words, in small letters, in order."""
    return [word for word in tokens_of(text) if word not in FUNCTION_WORDS]


def phrases_of(text: str) -> dict[str, list[tuple[int, int]]]:
    """Each phrase of one to six words, in small letters, single spaces between its words, with where it stands in `text` (start, end).

    None begins or ends with a function word, unless it is written in capitals ("MIT"). A possessive ending is no part of a phrase: "Reuters'
    report" has "reuters". Punctuation between words does not part them ("Pooch, U. W.").
    """
    matches = list(islice(_TOKEN.finditer(text), _MOST_TOKENS))
    words = [match.group().lower() for match in matches]
    bounds = [
        match.group().isupper() or word not in FUNCTION_WORDS
        for match, word in zip(matches, words, strict=True)
    ]
    found: dict[str, list[tuple[int, int]]] = {}
    for first in range(len(words)):
        for last in range(first, min(first + _MOST_WORDS, len(words)) if bounds[first] else 0):
            if bounds[last]:
                plain = re.sub(r"['’]s?$", "", words[last])
                place = matches[first].start(), matches[last].end() - len(words[last]) + len(plain)
                found.setdefault(" ".join([*words[first:last], plain]), []).append(place)
    return found
