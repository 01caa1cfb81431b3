"""The names, codes and numbers of a question, which a text has whole or not at all."""

import re

from headrace.text.folding import folded
from headrace.text.function_words import FUNCTION_WORDS

#: "PST-1044", "0.9.3", "hnsw.ef_search", "Norway's", "1,536".
_TOKEN = re.compile(r"\w+(?:[.,'’_-]\w+)*")
_POSSESSIVE = re.compile(r"['’]s?$")
#: A hyphen is written or not: "GPT-4" is "GPT4" and "GPT 4".
_HYPHENS = re.compile(r"[-_,'’]")
_PARTS = re.compile(r"[-_,'’]|\.(?=[^\W\d_]{2})")
_SENTENCE_END = re.compile(r"[.!?:;…\"“”„«»(]")
#: "v2.3" is version 2.3.
_VERSION = re.compile(r"v(?=\d)")
#: Names of this many letters may be inflected, by up to two letters.
_INFLECTED_LETTERS = 4
_MOST_TOKENS = 200
#: What a code counts beside a name.
_CODE_WEIGHT = 3
#: "21st", "1990s": a number with an ending.
_ENDED_NUMBER = re.compile(r"\d+(?:st|nd|rd|th|s)")


def absent_names(question: str, text: str) -> tuple[list[str], float]:
    """The names, codes and numbers of a question that a text lacks, and their weight.

    A code (letters with digits, versions, "snake_case") and a number are compared
    whole. A name, a word with a capital that does not begin a sentence, may be
    inflected: "Norwegian" is in "Norwegians". Not counted is a number of things, "1536
    dimensions", and whatever is in capitals where nearly every word is.

    Returns:
        What is absent, in the order of the question; and its weight: k / (n + 1) where
        k of n names and numbers are absent. A code counts three times, since what is
        said of another one is no answer.
    """
    asked = _names(question)
    if not asked:
        return [], 0.0
    held = _held(text)
    bases = set(held)
    for word in held:
        if len(word) > _INFLECTED_LETTERS:
            bases.update((word[:-1], word[:-2]))
    absent = []
    for name in asked:
        plain = _plain(name)
        known = plain in held
        if not known and name.isalpha() and len(plain) >= _INFLECTED_LETTERS:
            known = plain in bases or bool({plain[:-1], plain[:-2]} & held)
        if not known:
            absent.append(name)
    return absent, _weight(absent) / (_weight(asked) + 1)


def _weight(names: list[str]) -> int:
    return sum(_CODE_WEIGHT if _is_code(name) else 1 for name in names)


def _names(question: str) -> list[str]:
    """The names, codes and numbers of a question, each once."""
    question = folded(question)
    matches = list(_TOKEN.finditer(question))[:_MOST_TOKENS]
    tokens = [match.group() for match in matches]
    capitals_tell = _capitals_tell(tokens)
    found: dict[str, None] = {}
    end = 0
    for match, token, follower in zip(matches, tokens, [*tokens[1:], ""], strict=False):
        begins = end == 0 or _SENTENCE_END.search(question[end : match.start()])
        is_name = capitals_tell and not begins and _has_capital(token)
        if is_name or _is_code(token) or (_is_number(token) and not _is_thing(follower)):
            found[_POSSESSIVE.sub("", token)] = None
        end = match.end()
    return list(found)


def _has_capital(token: str) -> bool:
    return token[0].isupper() and token.lower() not in FUNCTION_WORDS


def _capitals_tell(tokens: list[str]) -> bool:
    """Whether some words beside the function words are in small letters."""
    words = [token for token in tokens if token.isalpha() and token.lower() not in FUNCTION_WORDS]
    return any(word[0].islower() for word in words) or len(words) < 3


def _is_number(token: str) -> bool:
    is_plain = token[0].isdigit() and not any(map(str.isalpha, token))
    return is_plain or bool(_ENDED_NUMBER.fullmatch(token))


def _is_code(token: str) -> bool:
    """Whether a token has digits and letters, is a version or is written as in code."""
    digits = any(map(str.isdigit, token))
    if digits and not _ENDED_NUMBER.fullmatch(token):
        return any(map(str.isalpha, token)) or token.count(".") > 1
    return "_" in token or bool(re.search(r"[^\W\d_]{2}\.[^\W\d_]{2}", token))


def _is_thing(token: str) -> bool:
    """Whether a word after a number says what there are that many of."""
    return token.isalpha() and token.islower() and token not in FUNCTION_WORDS


def _held(text: str) -> set[str]:
    """The tokens of a text as they are compared, their parts, and neighbours as one."""
    found = _TOKEN.findall(folded(text).lower())
    tokens = [_plain(token) for token in found]
    held = {first + second for first, second in zip(tokens, tokens[1:], strict=False)}
    held.update(tokens)
    for token in found:
        if not token.isalnum():
            held.update(_PARTS.split(token))
    return held


def _plain(token: str) -> str:
    """A token as it is compared: "PST-1044" -> "pst1044"."""
    return _HYPHENS.sub("", _VERSION.sub("", token.lower()))
