"""The names, codes and numbers that a question has."""

import re
from functools import lru_cache
from typing import NamedTuple

from headrace.answer.claims.dates import MONTHS
from headrace.text.asking.languages import language_of
from headrace.text.folding import folded
from headrace.text.function_words import EMPTY_WORDS, FUNCTION_WORDS
from headrace.text.terms import without_unspaced
from headrace.text.words import operators

#: "PST-1044", "0.9.3", "hnsw.ef_search", "Norway's", "1,536".
TOKEN = re.compile(r"\w+(?:[.,'’_-]\w+)*")
#: What is no part of a name: "Norway's", "I'm", "we've".
_POSSESSIVE = re.compile(r"['’](?:[smd]|ll|re|ve)?$")
#: After these a sentence or a value begins: "debug = True".
_SENTENCE_END = re.compile(r"[.!?:;…\"“”„«»(=]")
#: Names of the asker's own things, which documents cannot know: "a field called
#: api_key", "my ID is UA-12", "files named like 2019-a.md", the drive "C:".
_OWN = re.compile(
    r"(\b(?:(?:an?|one|some|my|our|ein\w*|mein\w*|unser\w*)\s+(?:[\w'’-]{1,40}\s+){1,3}?"
    r"(?:called|named|namens)"
    r"|(?:my|our|mein\w*|unser\w*)\s+(?:[\w-]{1,40}\s+)?(?:id|name|key|token|address|domain|url"
    r"|e-?mail|account|username|host(?:name)?|folder|directory|path|file|bucket|repo(?:sitory)?"
    r"|branch|project|database|table)\s+(?:is|ist)"
    r"|(?:called|named|things|names|files|keys|paths|looks?|looking)\s+like)\s+[\"'“`]?)"
    r"[^\s\"'”`?,;]{0,60}[\d_.][^\s\"'”`?,;]{0,60}\b"
    r"|\b[A-Z]:(?=\\|\s+(?:drive|disk|Laufwerk)\b)",
    re.IGNORECASE,
)
_MOST_TOKENS = 200
#: "21st", "1990s": a number with an ending.
_ENDED_NUMBER = re.compile(r"\d+(?:st|nd|rd|th|s)")
#: "4w", "10GB", "2.5km": a number with its unit.
_QUANTITY = re.compile(r"\d+(?:[.,]\d+)*(?:[a-z]|[^\W\d_]{2})")
YEAR = re.compile(r"[12]\d{3}")
#: A number of things in writing without spaces, "3个", "10公里"; and the month and the
#: day of a date, "3月".
_COUNTED = re.compile(
    r"(?<![A-Za-z\d.,_-])\d+(?:[.,]\d+)*(?=[月日号號个個人名次倍天周週岁歳回本枚円元公里米分秒时時小度件条種种款位只월일개명번회])"
)
#: A hyphen beside a word that other languages translate: "Sauerstoff-18".
_WORDED = re.compile(r"(?<=[^\W\d_A-Z]{3})-|-(?=[^\W\d_]?[^\W\d_A-Z]{2})")
#: Words before what a question takes for granted: "on Debian 12", "our PostgreSQL 16".
_SETTING = frozenset("on with under using my our auf mit unter mein unser".split())
_ARTICLES = frozenset("a an the ein eine einem einer dem der".split())
#: Parts of a document that are numbered: "clause 2.2".
SECTION_WORDS = frozenset(
    "section chapter clause article paragraph appendix annex abschnitt kapitel klausel artikel "
    "absatz ziffer punkt anhang".split()
)
#: Words before a number that is not theirs.
_NEVER_NUMBERED = FUNCTION_WORDS | EMPTY_WORDS | MONTHS


class Name(NamedTuple):
    """A name, a code or a number, and the word whose number it is: "version" 3."""

    text: str
    is_code: bool = False
    numbered: str = ""

    @property
    def is_date(self) -> bool:
        """Whether it is a month, or a number that may be a year or a day."""
        is_plain = not self.is_code and _is_number(self.text)
        return is_plain or self.text.lower() in MONTHS

    @property
    def is_numbered_code(self) -> bool:
        return self.is_code and bool(self.numbered)

    @property
    def said(self) -> str:
        return f"{self.numbered} {self.text}" if self.is_numbered_code else self.text


class _Token(NamedTuple):
    """A word of a question, with its neighbours; "" where there is none beside it.

    Attributes:
        begins: whether a sentence or a value begins with it.
        is_option: whether it is what a command is given: "--dry-run".
    """

    text: str
    before: str
    follower: str
    begins: bool
    is_option: bool


@lru_cache(maxsize=64)
def names_of(question: str, is_foreign: bool) -> tuple[Name, ...]:
    """The names, codes and numbers of a question, each once.

    Left out are numbers of things ("1536 dimensions"), numbers with a unit ("4w"), days
    of a month, names of the asker's own things ("a field called api_key"), and words in
    capitals if nearly every word has one. In German, no capital makes a name.

    Args:
        is_foreign: whether they are looked for in another language: codes and numbers
            only.
    """
    text = without_unspaced(_COUNTED.sub(" ", _OWN.sub(r"\1 ", folded(question))))
    tokens = _tokens(_WORDED.sub(" ", text) if is_foreign else text)
    # In German, every noun has a capital.
    is_german = language_of(question) == "german"
    is_telling = not is_foreign and not is_german
    capitals_tell = is_telling and _capitals_tell([token.text for token in tokens])
    found: dict[str, Name] = {}
    is_name = is_setting = False
    for token in tokens:
        text, before = token.text, token.before
        is_day = before.lower() in MONTHS and not YEAR.fullmatch(text)
        if _is_number(text) and not is_day:
            is_numbered = not is_setting and _is_numbered(before, text, is_german)
            numbered = before if is_numbered else ""
            is_section = before.lower() in SECTION_WORDS and "." in text
            numbered = "" if is_section else numbered
            is_code = is_section or (bool(numbered) and is_name)
            if is_code or not _is_thing(token.follower):
                found[text] = Name(text, is_code, numbered)
        is_name = capitals_tell and not token.begins and _has_capital(text)
        continues = is_name or text.lower() in _ARTICLES
        is_setting = text.lower() in _SETTING or (is_setting and continues)
        if _is_code(text) or token.is_option:
            found[text] = Name(text, is_code=True)
        elif is_name:
            found[text] = Name(text)
    for operator in sorted(operators(question)):
        found[operator] = Name(operator, is_code=True)
    return tuple(found.values())


def _tokens(question: str) -> list[_Token]:
    matches = list(TOKEN.finditer(question))[:_MOST_TOKENS]
    texts = [_POSSESSIVE.sub("", match.group()) for match in matches]
    tokens = []
    end = 0
    before = ""
    for match, text, follower in zip(matches, texts, [*texts[1:], ""], strict=False):
        between = question[end : match.start()]
        begins = end == 0 or bool(_SENTENCE_END.search(between))
        is_option = between.endswith("--")
        beside = before if between.isspace() else ""
        tokens.append(_Token(text, beside, follower, begins, is_option))
        before, end = match.group(), match.end()
    return tokens


def _has_capital(token: str) -> bool:
    """Whether a word is written as a name is: "Oslo", "iOS"."""
    has_capital = token[0].isalpha() and any(map(str.isupper, token))
    return has_capital and token.lower() not in FUNCTION_WORDS


def _capitals_tell(tokens: list[str]) -> bool:
    """Whether some words beside the function words are in small letters."""
    words = [token for token in tokens if token.isalpha() and token.lower() not in FUNCTION_WORDS]
    return any(word[0].islower() for word in words) or len(words) < 3


def _is_number(token: str) -> bool:
    is_plain = token[0].isdigit() and token.count(".") < 2 and not any(map(str.isalpha, token))
    return is_plain or bool(_ENDED_NUMBER.fullmatch(token))


def _is_code(token: str) -> bool:
    """Whether a token has digits and letters, is a version or is written as in code."""
    if _ENDED_NUMBER.fullmatch(token) or _QUANTITY.fullmatch(token):
        return False
    if any(map(str.isdigit, token)):
        return any(map(str.isalpha, token)) or token.count(".") > 1
    return "_" in token or bool(re.search(r"[^\W\d_]{2}\.[^\W\d_]{2}", token))


def _is_thing(token: str) -> bool:
    """Whether a word after a number says what there are that many of."""
    return token.isalpha() and token.islower() and token not in FUNCTION_WORDS


def _is_numbered(word: str, number: str, is_german: bool) -> bool:
    """Whether a word may be what the number after it is of, and no part of a date."""
    is_name = word.isalpha() and len(word) > 1 and word.lower() not in _NEVER_NUMBERED
    is_date = (is_german or word[:1].islower()) and YEAR.fullmatch(number)
    return is_name and not is_date and not _ENDED_NUMBER.fullmatch(number)
