"""Whether the letters of a page make words, or are those of a font without a mapping."""

import re

_LEAST_LETTERS = 20
#: Share of the letters in tokens that may be words or numbers.
_LEGIBLE = 0.35
#: Share of the letters that stand for nothing.
_UNMAPPED = 0.3
_LONG_WORD = 4
_NUMBER = re.compile(r"[-+(<>~±≤≥$€£¥#§*]*\d[\d.,:/%'’°\-–()]*[A-Za-z]{0,3}[.,;:)%]*")
_EDGES = "\"'“”‘’«»„()[]{}<>.,;:!?…*•·|/\\-–—_=+&@#$%€£©®™†‡§~^`"
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]+")
_VOWEL = re.compile("[aeiouyäöüàáâãåæèéêëìíîïòóôõøœùúûýÿāăąēĕėęěīĭįıōŏőūŭůűų]", re.I)
_WORD = re.compile(r"[^\W\d_][^\W_]*(?:[-'’./@&_:+\u2010\u2011\xad\ufffe][^\W_]+)*")


def is_legible(text: str) -> bool:
    """Whether a page's text can be read; a short one is given the benefit of the doubt."""
    tokens = text.split()
    letters = sum(map(len, tokens))
    if letters == 0:
        return True
    unmapped = sum(map(_is_unmapped, text))
    if unmapped > _UNMAPPED * letters:
        return False
    if letters < _LEAST_LETTERS:
        return True
    if not any(letter.isalnum() for letter in text):
        return False
    legible = sum(len(token) for token in tokens if _may_be_word(token))
    return legible >= _LEGIBLE * letters


def _is_unmapped(letter: str) -> bool:
    return letter == "\ufffd" or "\ue000" <= letter <= "\uf8ff" or letter >= "\U000f0000"


def _may_be_word(token: str) -> bool:
    bare = token.strip(_EDGES)
    if not bare:
        return len(token) == 1 or len(set(token)) == 1
    if _NUMBER.fullmatch(bare):
        return True
    if not _WORD.fullmatch(bare):
        return False
    latin = _LATIN.findall(bare)
    longest = max(latin, key=len, default="")
    return len(longest) < _LONG_WORD or bare.isupper() and len(longest) < 6 or _has_vowels(longest)


def _has_vowels(word: str) -> bool:
    return bool(_VOWEL.search(word))
