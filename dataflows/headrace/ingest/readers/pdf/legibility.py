"""Whether letters make words, or are those of a font without a mapping to text."""

import re
import unicodedata

#: Different tokens that a judgement looks at.
_TOKENS = 200
_LEAST_LETTERS = 30
#: Marks without a letter or digit that are no text.
_LEAST_MARKS = 10
#: Share of the letters in tokens that may be words or numbers.
_LEGIBLE = 0.35
#: Share of the letters that stand for nothing.
_UNMAPPED = 0.3
#: Long Latin words that allow a judgement, and share of vowels in any Latin language.
_LEAST_LATIN = 20
_VOWELS = 0.3
_LONG_WORD = 4
_OPEN = "\"'“‘«„(\\[{<*¿¡•·/"
_CLOSE = "\"'”’»)\\]}>*.,:;!?…%†‡®™©"
_WORD = re.compile(rf"[{_OPEN}]*[^\W_](?:[-'’.,/@&_:+()\u2010-\u2015\ufffe]*[^\W_])*[{_CLOSE}-]*")
_NUMBER = re.compile(r"[-+−–(<>~±≤≥$€£¥#*]*\d[\d.,:/%'’°–-]*[)%*°]*[.,;:]?")
_ADDRESS = re.compile(r".*(?:://|www\.|@\w).*")
_SYMBOLS = re.compile(r"[-+−–—=<>|/&*•·▪■□☐☑☒✓✗~.…_(){}\[\]§©®™%$€£]|(\W)\1+")
_LEADERS = re.compile(r"([._·…])[\s._·…]*\1[\s._·…]*\1[\s._·…]*")
_UNMAPPED_LETTER = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]")
_LATIN = re.compile("[A-Za-z]+")
_VOWEL = re.compile("[aeiouy]", re.IGNORECASE)
#: Words without which hardly a page is written in a Latin alphabet.
_COMMON = frozenset(
    "the of and to in is for on with as by at de la el los que en le les des et un une du der die "
    "das und den von zu mit im il di che del per da do em os na se och att det som er og af het "
    "een van ja on jest nie za ve bir da je si az es og no si ne".split()
)


def is_legible(text: str) -> bool:
    """Whether a page's text can be read; a short one has the benefit of the doubt."""
    if not any(letter.isalnum() for letter in text):
        return len("".join(text.split())) < _LEAST_MARKS
    tokens = list(dict.fromkeys(_LEADERS.sub(" ", text).split()))[:_TOKENS]
    letters = sum(map(len, tokens))
    if letters == 0:
        return True
    if len(_UNMAPPED_LETTER.findall("".join(tokens))) > _UNMAPPED * letters:
        return False
    if letters < _LEAST_LETTERS:
        return True
    legible = sum(len(token) for token in tokens if _may_be_word(token))
    return legible >= _LEGIBLE * letters and _may_be_language(tokens)


def _may_be_word(token: str) -> bool:
    if _SYMBOLS.fullmatch(token) or _NUMBER.fullmatch(token) or _ADDRESS.fullmatch(token):
        return True
    if not token.isascii() and sum(letter > "\u024f" for letter in token) > len(token) / 2:
        return True  # another alphabet, pictographs
    if not _WORD.fullmatch(token):
        return False
    longest = max(_LATIN.findall(_plain(token)), key=len, default="")
    is_short = len(longest) < (_LONG_WORD + 2 if longest.isupper() else _LONG_WORD)
    return is_short or bool(_VOWEL.search(longest))


def _may_be_language(tokens: list[str]) -> bool:
    """Whether long Latin text has the vowels, or the words, of a language."""
    if any(token.lower() in _COMMON for token in tokens):
        return True
    everything = _plain(" ".join(tokens))
    words = {word.lower() for word in _LATIN.findall(everything) if len(word) >= _LONG_WORD}
    letters = "".join(words)
    is_latin = 2 * len(letters) >= sum(letter.isalpha() for letter in everything)
    if len(words) < _LEAST_LATIN or not is_latin:
        return True
    return len(_VOWEL.findall(letters)) >= _VOWELS * len(letters)


def _plain(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKD", text)
