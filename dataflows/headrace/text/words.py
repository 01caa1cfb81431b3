"""Words that carry meaning, and the share of a query's words that a sentence holds.

In code, operators are words too.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Container, Iterable, Sequence, Set
from functools import lru_cache
from itertools import accumulate

import numpy as np

from headrace.text.folding import folded, without_marks
from headrace.text.function_words import EMPTY_WORDS
from headrace.text.terms import in_pairs

_WORD = re.compile(r"\w+")
#: Operators that stand alone. What consists of dashes only may be a dash, an arrow or a
#: line.
_OPERATOR = re.compile(r"(?<![^\s`'\"(|])[<>=~@#|&!^%*+:-]{2,5}(?![^\s`'\"),;.?|])")
_DASHES = re.compile(r"-+>?|=+>?|<?-+|[*#~=+:|]+")
_ENDING = re.compile(r"[\u3041-\u309f]{2}$")
_STEM_LETTERS = 6
#: The name of a setting at the beginning of a row, an item or a heading: "SMTP_PORT",
#: "stripIndexHTML"; and the words in it.
_SETTING = re.compile(
    r"(?:^|> )[ \t|*`-]{0,8}(?=[\w.]{0,60}(?:[^\W_]_[^\W_]|[a-z][A-Z]))([\w.]{1,80})"
    r"(?=[`<\[]|[ \t]*(?:[|>]|$))",
    re.MULTILINE,
)
_PART = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{2,}(?![a-z])")
#: "v2.3" is the version 2.3.
VERSION_MARK = re.compile(r"v(?=\d)")
#: Separates texts that are searched together: no word has it.
_BETWEEN_TEXTS = "\0"
#: Stems that are kept in memory: of most words in a text.
_KEPT_STEMS = 20_000
#: Words of at most this many letters have no ending.
_SHORT = 3
#: "city" and what is left of "cities".
_Y = re.compile(r"(?:ie|(?<![aeiou])y)$")


@lru_cache(maxsize=_KEPT_STEMS)
def stem(word: str) -> str:
    """The first six letters of a word, without the s of a plural or a verb.

    It is a stemmer for any language. The letters have no marks, since many people type
    none. A word with a digit or another sign in it stays whole.

    Example: "stands" -> "stand", "policies" and "policy" -> "polici", "zürich" ->
    "zurich".
    """
    word = without_marks(word)
    if not word.isalpha():
        return word
    if len(word) > _SHORT and word.endswith("s") and not word.endswith(("ss", "us")):
        word = word[:-1]
    if len(word) > _SHORT:
        word = _Y.sub("i", word)
    return word[:_STEM_LETTERS]


def stems(text: str) -> set[str]:
    """The stems of the words of a text that carry meaning, in plain small letters.

    In writing without spaces, overlapping pairs of characters count as words. Pairs of
    Hiragana, which usually are particles and endings, carry no meaning.
    """
    return _stems_of(in_pairs(folded(text)).lower())


def with_parts(text: str) -> str:
    """A text, followed by the words of the settings that its lines begin with.

    Example: "| SMTP_PORT | 587" -> "| SMTP_PORT | 587 SMTP PORT".
    """
    if "> " in text:
        names = _SETTING.findall(text)
    else:
        # At the beginnings of lines alone, which few texts have several of.
        found = map(_SETTING.match, text.split("\n"))
        names = [name[1] for name in found if name]
    return " ".join([text, *_PART.findall(" ".join(names))]) if names else text


def operators(text: str) -> set[str]:
    """The operators that stand alone in a text, as in code.

    Example: "What does `<=>` do -- and ->?" -> {"<=>"}.
    """
    return {sign for sign in _OPERATOR.findall(text) if not _DASHES.fullmatch(sign)}


def _stems_of(text: str) -> set[str]:
    """The same of a text in plain small letters."""
    words = set(_WORD.findall(text)) - EMPTY_WORDS
    if not text.isascii():
        words = {word for word in words if not _ENDING.match(word)}
    return set(map(stem, words))


def shares(sentences: Sequence[str], queries: Sequence[str]) -> np.ndarray:
    """The share of each query's words and operators that each sentence holds.

    Words that few of the sentences hold count more.

    Returns:
        (n_sentences, n_queries) float64 in [0, 1]; 0 for a query without words.
    """
    words_of = [stems(query) | operators(query) for query in queries]
    asked = set().union(*words_of)
    of_sentences = words_in_each(sentences, asked)
    found = np.zeros((len(sentences), len(queries)))
    for column, words in enumerate(words_of):
        weights = rarity_weights(words, of_sentences)
        # Exact sums: those of a set of words would depend on its order.
        total = math.fsum(weights.values()) or 1.0
        for row, of_row in enumerate(of_sentences):
            if of_row:
                found[row, column] = math.fsum(weights[word] for word in words & of_row) / total
    return found


def rarity_weights(words: Iterable[str], texts: Sequence[Container[str]]) -> dict[str, float]:
    """The weight of each word: the fewer of the texts hold it, the more.

    It is ln(1 + n / (1 + k)) if k of n texts hold the word.

    Args:
        texts: sets of words, or texts in small letters without marks, in which a word
            is looked for.
    """
    are_texts = bool(texts) and isinstance(texts[0], str)
    weights = {}
    for word in words:
        sought = _beginning(word) if are_texts else word
        holding = [sought in text for text in texts].count(True)
        weights[word] = math.log(1 + len(texts) / (1 + holding))
    return weights


def beside(values: np.ndarray, first: Sequence[int] | np.ndarray = ()) -> np.ndarray:
    """The larger share of each sentence's two neighbours.

    Args:
        values: (n_sentences,), a share for each, in reading order; may be empty.
        first: the numbers of sentences that begin another text, so that those before
            them are no neighbours.
    Returns:
        (n_sentences,); beyond the first and the last sentence the share is 0.
    """
    if not len(values):
        return values
    before = np.append(0.0, values[:-1])
    after = np.append(values[1:], 0.0)
    for number in first:
        if number < len(values):
            before[number] = 0.0
        if number > 0:
            after[number - 1] = 0.0
    return np.maximum(after, before)


def words_in_each(texts: Iterable[str], words: Set[str]) -> list[set[str]]:
    """For each text, which of these stems and operators it holds.

    Few words of a sentence begin like a word of a question. So only these are stemmed,
    which is faster than to stem all words. They are searched for in all texts at once.
    """
    texts = list(texts)
    signs = {word for word in words if not any(map(str.isalnum, word))}
    small = [without_marks(in_pairs(folded(with_parts(text))).lower()) for text in texts]
    joined = _BETWEEN_TEXTS.join(small)
    starts = [0, *accumulate(len(text) + 1 for text in small)]
    found: list[set[str]] = [signs & operators(text) if signs else set() for text in texts]
    for word in words - signs:
        beginning = _beginning(word)
        place = joined.find(beginning) if small else -1
        while place >= 0:
            number = bisect_right(starts, place) - 1
            if _has_stem(small[number], beginning, word):
                found[number].add(word)
            place = joined.find(beginning, starts[number + 1])
    return found


def _has_stem(text: str, beginning: str, sought: str) -> bool:
    """Whether a word of a text that carries meaning has this stem.

    Args:
        text: in plain small letters without marks.
        beginning: what all words of the stem begin with.
    """
    place = text.find(beginning)
    while place >= 0:
        is_inside = place > 0 and (text[place - 1].isalnum() or text[place - 1] == "_")
        word = None if is_inside else _WORD.match(text, place)
        if word and stem(word[0]) == sought and _carries_meaning(word[0]):
            return True
        place = text.find(beginning, word.end() if word else place + 1)
    return False


def _carries_meaning(word: str) -> bool:
    return word not in EMPTY_WORDS and (word.isascii() or not _ENDING.match(word))


def _beginning(stem: str) -> str:
    """What all words of a stem begin with, in small letters.

    The words "policy" and "policies" begin as their stem "polici" does without its i.
    """
    return stem.removesuffix("i")
