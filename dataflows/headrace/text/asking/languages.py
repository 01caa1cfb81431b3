"""The language of a question, by its function words and its script.

A question has too few letters for a statistical model, but hardly any has no function
word. A word counts for each language that has it, and less the more languages have it.
"""

import re
from collections.abc import Sequence
from functools import cache

from headrace.text.folding import folded, typed_plainly
from headrace.text.function_words import listed_by_language, stop_words

#: Scripts that one language, or hardly any other, is written in.
_SCRIPTS = {
    "russian": "\u0400-\u04ff",
    "greek": "\u0370-\u03ff",
    "arabic": "\u0600-\u06ff",
    "hebrew": "\u0590-\u05ff",
    "hindi": "\u0900-\u097f",
    "armenian": "\u0530-\u058f",
    "tamil": "\u0b80-\u0bff",
    "thai": "\u0e00-\u0e7f",
    "korean": "\uac00-\ud7af",
    "japanese": "\u3040-\u30ff\u4e00-\u9fff",
    "chinese": "\u4e00-\u9fff",
}
#: Without one of these, writing in Chinese characters is Chinese.
_KANA = re.compile("[\u3040-\u30ff]")
#: Cyrillic letters that Russian does not have.
_UKRAINIAN = re.compile("[іїєґ]")
#: Scripts of which every character counts like a word.
_UNSPACED = frozenset(("thai", "japanese", "chinese"))
#: Languages of which PostgreSQL has no text search configuration here.
_SIMPLE = frozenset(
    "armenian hebrew hindi tamil thai korean japanese chinese polish ukrainian".split()
)
#: Letters and signs that English does not have.
_LETTERS = {
    "german": "äöüß",
    "french": "àâæçèéêëîïôùûüœ",
    "spanish": "áéíñóúü¿¡",
    "italian": "àèéìòù",
    "portuguese": "àáâãçéêíóôõú",
    "dutch": "ëï",
    "polish": "ąćęłńóśźż",
    "hungarian": "áéíóöúüőű",
    "turkish": "çöüğış",
    "danish": "æøå",
    "norwegian": "æøå",
    "swedish": "äåö",
    "finnish": "äö",
}
#: Words of a language that hardly a question in it has: "tu es".
_SELDOM = {"french": frozenset(("es",))}
#: Shorter words are not recognised without their marks: "bár" would be "bar".
_LEAST_PLAIN = 4
#: "N348I" and "M. stadtmanae" have no word of one letter.
_WORD = re.compile(r"(?<![^\W_])[^\W\d_]+(?![\d_]|(?<=\b\w)\.)")
#: Words and codes with what joins their parts.
_TOKEN = re.compile(r"[^\W_](?:[\w.+#/&'’=-]*[\w+#])?")
#: What makes a word a code: a digit, a sign, a capital inside.
_CODE = re.compile(r"\d|\w[_.+#/&=]\w|\w[A-Z]")
#: A question of at most this many characters, written without spaces, is only a name.
_NAME_CHARACTERS = 4
_TITLE = re.compile("《([^《》]+)》|「([^「」]+)」")
_NOT_LATIN = re.compile(r"[^\W\d_\u0000-\u024f]")
#: Words of a text that tell its language.
_READ_WORDS = 200
_READ_CHARACTERS = 4000
#: What a language needs, in words that no other language has.
_LEAST = 0.5
#: A language that none of the documents is in needs this much more than each of theirs,
#: and this many words or letters: one word may belong to a name, "los angeles".
_LEAST_FOREIGN = 0.6
_LEAST_FOREIGN_WORDS = 2
#: A language is as likely as the best one if it is behind it by less than this.
_LEAST_LEAD = 0.2
#: Languages that share function words with another one, those of more speakers first.
_BY_SPEAKERS = (
    *("spanish", "portuguese", "russian", "german", "french", "italian", "ukrainian", "polish"),
    *("dutch", "romanian", "hungarian", "catalan", "swedish", "danish", "norwegian", "finnish"),
)


def language_of(text: str, of_documents: Sequence[str] = ()) -> str:
    """The language of a question, such as "german"; "" if it is not clear.

    Args:
        of_documents: text search configurations of the documents asked. Of equally
            likely languages, it is the one that documents are in: "Hvem skrev den?" is
            Danish to Danish documents. If there is none, it is the one with more
            speakers.
    Example: "Wie lange dauert die Elternzeit?" -> "german".
    """
    text = folded(text[:_READ_CHARACTERS])
    return _of_script(text) or _of_words(text, of_documents)


def is_foreign(language: str, of_documents: Sequence[str]) -> bool:
    """Whether documents in these text search configurations are in other languages.

    False if the language is not known.
    """
    return bool(language) and configuration_of(language) not in of_documents


def configuration_of(language: str) -> str:
    """The text search configuration of documents in a language."""
    return "simple" if language in _SIMPLE else language


def lasting_words(text: str, language: str) -> str:
    """The words of a question that are the same in other languages.

    They are names, numbers and codes; in a language that writes all nouns with a
    capital, also nouns. Words in other than Latin letters stay too, since no text has
    them by chance. But a text may well have single characters of a language that is
    written without spaces, as in a name. So of such a language, only titles in 《》 or
    「」 stay, and a question that is no longer than a name.
    Examples: "Wie alt ist der Sluice-Server 2.4?" in German -> "Sluice-Server 2.4";
    "NTL的服务改名成了什么？" in Chinese -> "NTL".
    """
    stop = stop_words().get(language, frozenset())
    if language in _UNSPACED and len(text.strip()) > _NAME_CHARACTERS:
        titles = [found[1] or found[2] for found in _TITLE.finditer(text)]
        others = re.sub(f"[{_SCRIPTS[language]}]+", " ", _TITLE.sub(" ", text))
        text = " ".join([others, *titles])
    kept = []
    for word in _TOKEN.findall(text):
        is_name = word[0].isupper() or _NOT_LATIN.search(word)
        if is_name and word.lower() not in stop or _CODE.search(word):
            kept.append(word)
    return " ".join(kept)


def without_asking_words(text: str, language: str) -> str:
    """A question written without spaces, without the words that only ask.

    The keyword search reads pairs of its characters, and those of such words are in
    texts about anything. A question in another language is returned as it is.
    Example: "MSSP 是什么？" in Chinese -> "MSSP ？".
    """
    words = stop_words().get(language) if language in _UNSPACED else None
    if not words:
        return text
    longest_first = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return " ".join(re.sub(longest_first, " ", text).split())


@cache
def parallel_questions() -> dict[str, tuple[str, ...]]:
    """The same questions in each of about twenty languages, in the same order."""
    listed = listed_by_language("headrace.text.asking", "parallel_questions.txt")
    return {language: tuple(questions) for language, questions in listed.items()}


def _of_script(text: str) -> str:
    """The language whose script more words of the text are in than in any other."""
    if text.isascii():
        return ""
    for language, letters in _SCRIPTS.items():
        if language == "japanese" and not _KANA.search(text):
            continue
        size = "" if language in _UNSPACED else "+"
        own = len(re.findall(f"[{letters}]{size}", text))
        if own > len(re.findall(rf"[^\W\d_{letters}]+", text)):
            is_ukrainian = language == "russian" and _UKRAINIAN.search(text.lower())
            return "ukrainian" if is_ukrainian else language
    return ""


def _of_words(text: str, of_documents: Sequence[str]) -> str:
    """The language of which a text has most function words and letters."""
    said = _said(text)
    counted: dict[str, float] = {}
    for word in said:
        for language, share in _shares().get(word, {}).items():
            counted[language] = counted.get(language, 0.0) + share
    most = max(counted.values(), default=0.0)
    likely = [language for language, count in counted.items() if count > most - _LEAST_LEAD]
    if len(likely) > 1:
        own = [language for language in likely if configuration_of(language) in of_documents]
        if own or not of_documents:
            return own[0] if len(own) == 1 else ""
        # Which of them it is matters little: it is none of the documents'.
        likely = [language for language in _BY_SPEAKERS if language in likely][:1]
    if not likely or most < _LEAST:
        return ""
    if not of_documents or not is_foreign(likely[0], of_documents):
        return likely[0]
    words = {word for word in said if likely[0] in _shares().get(word, ())}
    of_own = [counted[one] for one in counted if not is_foreign(one, of_documents)]
    own = max(of_own, default=0.0)
    is_clear = most - own >= _LEAST_FOREIGN and len(words) >= _LEAST_FOREIGN_WORDS
    return likely[0] if is_clear else ""


def _said(text: str) -> list[str]:
    """The words of a text that may tell its language, and its letters beyond ASCII."""
    words = _WORD.findall(text)[:_READ_WORDS]
    # A capital within a question begins a name, or a noun: "the city of El Paso".
    said = [word.lower() for word in words[:1] if word.istitle() or word.islower()]
    said += [word for word in words[1:] if word.islower()]
    return said + [sign for sign in set(text.lower()) if not sign.isascii()]


@cache
def _shares() -> dict[str, dict[str, float]]:
    """What a word or letter counts for each language: 1 / number of these languages.

    A word typed without its marks counts too, if it is no other word: "fuer", "coute".
    """
    languages: dict[str, list[str]] = {}
    for language, words in stop_words().items():
        for word in words - _SELDOM.get(language, frozenset()):
            languages.setdefault(word, []).append(language)
    for word, of in _typed_plainly().items():
        languages.setdefault(word, of)
    for language, letters in _LETTERS.items():
        for letter in letters:
            languages.setdefault(letter, []).append(language)
    return {word: dict.fromkeys(of, 1 / len(of)) for word, of in languages.items()}


def _typed_plainly() -> dict[str, list[str]]:
    """The languages of function words as they are typed without their marks."""
    languages: dict[str, list[str]] = {}
    for language, words in stop_words().items():
        if language in _SCRIPTS:
            continue  # told by its letters
        for word in set().union(*map(typed_plainly, words)):
            if len(word) >= _LEAST_PLAIN:
                languages.setdefault(word, []).append(language)
    return languages
