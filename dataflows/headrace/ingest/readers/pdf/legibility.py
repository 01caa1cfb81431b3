"""Whether letters make words, or are those of a font without a mapping to text.

A page whose text is real must never be lost. So only what cannot be text is illegible,
and everything in doubt is text.
"""

import re
import unicodedata
from collections.abc import Sequence
from statistics import correlation, median
from typing import Any

#: Different tokens that a judgement looks at.
_TOKENS = 300
_LEAST_LETTERS = 30
#: Marks without a letter or digit that are no text.
_LEAST_MARKS = 10
#: Share of the letters in tokens that may be words or numbers.
_LEGIBLE = 0.25
#: Share of the letters that stand for nothing: in a line that is no text, on a page
#: where such lines are looked for, and where they are the blanks between words.
_UNMAPPED = 0.3
_FEW_UNMAPPED = 0.1
_UNMAPPED_BLANKS = 0.05
#: What a judgement of a language needs: long words, letters, and words that are common.
_LEAST_LATIN = 20
_LEAST_ALPHABET = 10
_LEAST_COMMON = 2
#: No page whose letters are read by a wrong key has this many common words.
_MANY_COMMON = 6
#: Share of vowels in the long words of any Latin language; it is 0.35 at least.
_VOWELS = 0.28
_LONG_WORD = 4
_LONGEST_WORD = 24
_OPEN = "\"'“‘«„(\\[{<*¿¡•·/"
_CLOSE = "\"'”’»)\\]}>*.,:;!?…%†‡®™©="
_WORD = re.compile(rf"[{_OPEN}]*[^\W_](?:[-'’.,/@&_:+()\u2010-\u2015\ufffe]*[^\W_])*[{_CLOSE}-]*")
_NUMBER = re.compile(r"[-+−–(<>~±≤≥$€£¥#*]*\d[\d.,:/%'’°–-]*[)%*°]*[.,;:]?")
_ADDRESS = re.compile(r".*(?:://|www\.|@\w).*")
_SYMBOLS = re.compile(r"[-+−–—=<>|/&*•·▪■□☐☑☒✓✗~.…_(){}\[\]§©®™%$€£]|(\W)\1+")
_LEADERS = re.compile(r"([._·…])[\s._·…]*\1[\s._·…]*\1[\s._·…]*")
_UNMAPPED_LETTER = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]")
_LATIN = re.compile("[A-Za-z]+")
#: A name within code: it has a vowel, and is written in small letters or capitals.
_NAME = re.compile(r"(?<![A-Za-z])(?=[a-z]*[aeiouy])[A-Za-z]?[a-z]{2,}(?![a-z])")
_VOWEL = re.compile("[aeiouy]", re.IGNORECASE)
#: Words without which hardly a page is written in a Latin alphabet.
_COMMON = frozenset(
    "the of and to in is for on with as by at de la el los que en le les des et un une du der die "
    "das und den von zu mit im il di che del per da do em os na se och att det som er og af het "
    "een van ja on jest nie za ve bir da je si az es og no si ne".split()
)
#: How wide the letters from a to z are in Helvetica, in thousandths of the size.
_HELVETICA = (
    "556 556 500 556 556 278 556 556 222 222 500 222 833 "
    "556 556 556 556 333 500 278 556 500 722 500 500 500"
)
_WIDTHS = list(map(int, _HELVETICA.split()))
_LEAST_WIDTHS = 10
#: Correlation of widths from which they are those of the letters that are drawn.
_SAME_WIDTHS = 0.75


def legible_lines(lines: Sequence[str], text_page: Any) -> list[bool]:
    """Which lines of a page can be read.

    That is all or none, except where many letters stand for nothing. A short text has
    the benefit of the doubt.
    """
    unmapped = _unmapped(" ".join(lines))
    if unmapped <= _FEW_UNMAPPED:
        is_text = _is_legible(" ".join(lines)) or _shows_its_letters(text_page)
        return [is_text] * len(lines)
    is_mapped = [_unmapped(line) <= _UNMAPPED for line in lines]
    rest = " ".join(line for line, mapped in zip(lines, is_mapped, strict=True) if mapped)
    is_text = _is_legible(rest) and (unmapped <= _UNMAPPED or _has_words(rest))
    return is_mapped if is_text else [False] * len(lines)


def _shows_its_letters(text_page: Any) -> bool:
    """Whether letters of an embedded font are as wide as those that their codes mean.

    Then the words of a page are what a reader sees, however strange they are.
    """
    from pypdfium2 import raw

    widths: dict[int, list[float]] = {}
    box = raw.FS_RECTF()
    for place in range(raw.FPDFText_CountChars(text_page)):
        letter = raw.FPDFText_GetUnicode(text_page, place) - ord("a")
        if not 0 <= letter < len(_WIDTHS):
            continue
        if not widths and not _is_embedded(text_page, place):
            return False
        raw.FPDFText_GetLooseCharBox(text_page, place, box)
        if box.top > box.bottom:
            widths.setdefault(letter, []).append((box.right - box.left) / (box.top - box.bottom))
    if len(widths) < _LEAST_WIDTHS:
        return False
    found = [median(values) for values in widths.values()]
    usual = [_WIDTHS[letter] for letter in widths]
    return max(found) > min(found) and correlation(found, usual) > _SAME_WIDTHS


def _is_embedded(text_page: Any, place: int) -> bool:
    from pypdfium2 import raw

    font = raw.FPDFTextObj_GetFont(raw.FPDFText_GetTextObject(text_page, place))
    return bool(font) and raw.FPDFFont_GetIsEmbedded(font) == 1


def _unmapped(text: str) -> float:
    """Share of the letters that stand for nothing."""
    letters = "".join(text.split())
    return len(_UNMAPPED_LETTER.findall(letters)) / max(len(letters), 1)


def _has_words(text: str) -> bool:
    """Whether a text has words of a language for certain."""
    return len(_COMMON.intersection(_LATIN.findall(text.lower()))) >= _LEAST_COMMON


def _is_legible(text: str) -> bool:
    if not any(letter.isalnum() for letter in text):
        return len("".join(text.split())) < _LEAST_MARKS
    tokens = list(dict.fromkeys(_LEADERS.sub(" ", text).split()))[:_TOKENS]
    letters = sum(map(len, tokens))
    if letters < _LEAST_LETTERS or len(_COMMON.intersection(tokens)) >= _MANY_COMMON:
        return True
    legible = sum(len(token) for token in tokens if _may_be_word(token))
    return legible >= _LEGIBLE * letters and _may_be_language(tokens)


def _may_be_word(token: str) -> bool:
    if _SYMBOLS.fullmatch(token) or _NUMBER.fullmatch(token) or _ADDRESS.fullmatch(token):
        return True
    if not token.isascii() and sum(letter > "\u024f" for letter in token) > len(token) / 2:
        return True  # another alphabet, pictographs
    if not _WORD.fullmatch(token):
        return bool(_NAME.search(token))
    longest = max(_LATIN.findall(_plain(token)), key=len, default="")
    is_short = len(longest) < (_LONG_WORD + 2 if longest.isupper() else _LONG_WORD)
    return is_short or bool(_VOWEL.search(longest))


def _may_be_language(tokens: list[str]) -> bool:
    """Whether long Latin text has the vowels, or the words, of a language.

    Codes are written in capitals, or in capitals and small letters, without a language.
    They are judged only where the blanks between them stand for nothing either.
    """
    common = {token.lower() for token in tokens} & _COMMON
    if len(common) >= _LEAST_COMMON:
        return True
    everything = _plain(" ".join(tokens))
    has_blanks = _unmapped(everything) < _UNMAPPED_BLANKS
    words = _long_words(everything, is_code_left_out=has_blanks)
    letters = "".join(words)
    is_latin = 2 * len(letters) >= sum(letter.isalpha() for letter in everything)
    if len(words) < _LEAST_LATIN or not is_latin or len(set(letters)) < _LEAST_ALPHABET:
        return True
    return len(_VOWEL.findall(letters)) >= _VOWELS * len(letters)


def _long_words(text: str, *, is_code_left_out: bool) -> set[str]:
    words = set()
    for word in _LATIN.findall(text):
        if is_code_left_out and not (word.islower() or word.istitle()):
            continue
        if _LONG_WORD <= len(word) <= _LONGEST_WORD:
            words.add(word.lower())
    return words


def _plain(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKD", text)
