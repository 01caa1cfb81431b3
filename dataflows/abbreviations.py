"""Abbreviations that a text defines itself: "reciprocal rank fusion (RRF)".

Source: Schwartz & Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical text", PSB 2003.
"""

import re

_PARENTHESIS = re.compile(r"\(([^()\n]{2,80})\)")
_SHORT_FORM = re.compile(r"[^\W_][\w.&/+-]{1,9}")


def find_definitions(text: str) -> list[tuple[str, str]]:
    """The (short form, long form) pairs that `text` defines, in order of appearance, without repetition.

    Example: "the mean reciprocal rank (MRR) of" -> [("MRR", "mean reciprocal rank")].
    """
    found: dict[tuple[str, str], None] = {}
    for match in _PARENTHESIS.finditer(text):
        short = re.split(r"[;,]\s", match.group(1))[0].strip()
        if not _is_short_form(short):
            continue
        before = re.split(r"[.;:!?]\s|\n\n", text[max(0, match.start() - 200) : match.start()])[-1]
        long = _long_form(short, before.split())
        if long:
            found[short, long] = None
    return list(found)


def _is_short_form(text: str) -> bool:
    """Two to ten characters, a letter at the start, at least one capital: what people shorten names to."""
    return bool(_SHORT_FORM.fullmatch(text)) and text[0].isalpha() and any(letter.isupper() for letter in text)


def _long_form(short: str, words: list[str]) -> str | None:
    """The shortest run of words at the end that holds the short form's letters in order, the first one opening a word."""
    most = min(len(short) + 5, len(short) * 2)
    candidate = " ".join(words[-most:])
    at = len(candidate) - 1
    for index in range(len(short) - 1, -1, -1):
        letter = short[index].lower()
        if not letter.isalnum():
            continue
        while at >= 0 and (candidate[at].lower() != letter or (index == 0 and at > 0 and candidate[at - 1].isalnum())):
            at -= 1
        if at < 0:
            return None
        at -= 1
    long = candidate[at + 1 :].strip(" \"'(")
    plausible = len(long) > len(short) and short.lower() not in long.lower().split()
    return re.sub(r"\s+", " ", long) if plausible else None
