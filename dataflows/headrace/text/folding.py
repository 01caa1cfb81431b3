"""Letters in their plain form: searches compare it, but it is not stored or quoted."""

import re
import unicodedata

#: Signs that are a word of their own, or the mark of a note: "²", "½", "①", "㎏", "™".
_SIGN = "[\u00b2\u00b3\u00b9\u00bc-\u00be\u2070\u2074-\u2079\u2116\u2120-\u2122\u2150-\u215f\u2189"
_SIGN += "\u2460-\u249b\u24ea\u3200-\u33ff\U0001f100-\U0001f10c\U0001f200-\U0001f251]"
_BETWEEN = re.compile(rf"(?<=\w)(?={_SIGN})|(?<={_SIGN})(?=\w)")
#: Punctuation whose plain form would join the words around it, or cut a word.
_APART = str.maketrans(dict.fromkeys("\u2025\u2026\u00a8\u00af\u00b4\u00b8\u02d8-\u02dd", " "))

#: Ligatures, mathematical, presentation and full-width letters.
_LETTERS = re.compile(
    "[\ufb00-\ufb4f\ufb50-\ufdfb\ufe70-\ufefc\uff01-\uffee\U0001d400-\U0001d7ff]+"
)

_MARKS = re.compile("[\u0300-\u036f]+")
#: Letters that are not made of a letter and a mark.
_PLAIN = {
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ı": "i",
    "ð": "d",
}
_ONE_LETTER = re.compile(f"[{''.join(_PLAIN)}]")
#: How German and Nordic letters are written where they cannot be typed.
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})


def folded(text: str) -> str:
    """A text in Unicode NFKC, as searches read documents and questions alike.

    Ligatures, full-width and mathematical letters become plain ones. A sign that may be
    the mark of a note does not grow into the word before it.
    Example: "eﬃcient ＡＢＣ, H₂O, Acme™" -> "efficient ABC, H2O, Acme-TM".
    """
    if unicodedata.is_normalized("NFKC", text):
        return text
    return unicodedata.normalize("NFKC", _BETWEEN.sub("-", text.translate(_APART)))


def plain_letters(text: str) -> str:
    """A text whose ligatures, full-width and mathematical letters are plain ones.

    Signs stay: encoders have learnt "m²" and "CO₂", but no "ﬁ".
    Example: "eﬃcient ＡＢＣ, 5 m²" -> "efficient ABC, 5 m²".
    """
    if text.isascii():
        return text
    return _LETTERS.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)


def without_marks(text: str) -> str:
    """A text, in small letters, without the marks on its letters.

    Example: "zürich, straße, señor" -> "zurich, strasse, senor".
    """
    if text.isascii():
        return text
    plain = _ONE_LETTER.sub(lambda letter: _PLAIN[letter[0]], text)
    apart = unicodedata.normalize("NFD", plain)
    return unicodedata.normalize("NFC", _MARKS.sub("", apart))


def typed_plainly(word: str) -> list[str]:
    """How a word is typed without the marks on its letters; [] for a plain one.

    `typed_plainly` in the database does the same.

    Args:
        word: in small letters.
    Example: "zürich" -> ["zurich", "zuerich"]; "straße" -> ["strasse"].
    """
    if word.isascii():
        return []
    plain = [without_marks(way) for way in (word, word.translate(_SPELLED_OUT))]
    return [way for way in dict.fromkeys(plain) if way != word and len(way) >= len(word)]


def differ_in_marks(word: str, other: str) -> bool:
    """Whether two words, in small letters, are the same but for marks on letters."""
    ways = {word, *typed_plainly(word)}
    return word != other and not ways.isdisjoint((other, *typed_plainly(other)))
