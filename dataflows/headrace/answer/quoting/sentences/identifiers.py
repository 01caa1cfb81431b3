"""Identifiers: codes, versions, years and numbers that name one of many things."""

import re

from headrace.text.folding import folded
from headrace.text.function_words import EMPTY_WORDS
from headrace.text.terms import without_unspaced
from headrace.text.words import VERSION_MARK, operators, stem

#: "PST-1044", "0.9.3", "hnsw_ef", "057".
_TOKEN = re.compile(r"\w+(?:[._/-]\w+)*")
_YEAR = re.compile(r"(?<![\d.])(?:1[89]|20)\d\d(?![\d.]?\d)")


def identifiers(question: str) -> set[str]:
    """The identifiers in a question, in small letters.

    They are words with a digit that are not plain numbers, years, numbers right after
    the word that they number, and operators ("<=>").
    Example: "What is in ticket 4711 of 2.3.1 for 20 users?" -> {"4711", "2.3.1"}.
    """
    found = set(_YEAR.findall(question))
    before = ""
    for token in _TOKEN.findall(without_unspaced(folded(question))):
        if any(map(str.isdigit, token)):
            is_plain = token.isdigit() and (token == "0" or token[0] != "0")
            numbers_something = before.isalpha() and before.lower() not in EMPTY_WORDS
            if not is_plain or numbers_something:
                found.add(_plain(token))
        before = token
    return found | operators(question)


def numbered_words(question: str) -> dict[str, str]:
    """The stem of the word before each identifier.

    Example: "of NetBox 3.7" -> {"3.7": "netbox"}.
    """
    tokens = _TOKEN.findall(without_unspaced(folded(question)))
    asked = identifiers(question)
    numbered = {}
    for before, token in zip(tokens, tokens[1:], strict=False):
        if _plain(token) in asked and before.isalpha():
            numbered[_plain(token)] = stem(before.lower())
    return numbered


def held_identifiers(text: str) -> set[str]:
    """Whatever in a text may be one: words with digits, years and operators."""
    found = set(_YEAR.findall(text))
    for token in _TOKEN.findall(without_unspaced(folded(text))):
        if any(map(str.isdigit, token)):
            found.add(_plain(token))
    return found | operators(text)


def years(text: str) -> list[int]:
    """The years in a text, in its order."""
    return list(map(int, _YEAR.findall(text)))


def _plain(token: str) -> str:
    return VERSION_MARK.sub("", token.lower())
