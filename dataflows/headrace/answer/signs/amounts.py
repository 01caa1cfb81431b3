"""Amounts that a question asks for, and whether any sentence gives them."""

import re
from collections.abc import Iterable, Sequence, Set
from typing import NamedTuple

from headrace.answer.quoting.units import without_mark
from headrace.text.function_words import EMPTY_WORDS, FUNCTION_WORDS
from headrace.text.markup.plain_lines import labelled_row
from headrace.text.titles import titled
from headrace.text.words import stem, stems
from headrace.types import Context

#: What `untold_amount` returns for a question that asks what a thing costs.
PRICE = "price"
#: "How many open connections ...?", "the maximum number of routers ...".
_COUNT_ASKED = re.compile(
    r"\bhow\s+many((?:\s+[\w-]+){1,5})"
    r"|\b(?:max(?:imum)?|min(?:imum)?|highest|largest|greatest)\s+(?:number|amount|count)\s+of"
    r"((?:\s+[\w-]+){1,5})",
    re.IGNORECASE,
)
#: A question about what is allowed, not about what there is.
_LIMIT_ASKED = re.compile(
    r"\b(?:at\s+most|maximum|limit|allow|support)"
    r"|\b(?:can|may|could)\s+(?:one|an?|each|i|we|you)\b",
    re.IGNORECASE,
)
_PRICE_ASKED = re.compile(
    r"\b(?:how\s+much|what)\s+(?:do|does|did|will|would)\b.{1,80}\b(?<!no\s)costs?\b"
    r"|\b(?:how\s+much\s+(?:is|are)|what(?:['’]s|\s+(?:is|are|was)))\s+(?:\w+\s+){0,4}?"
    r"(?:prices?|costs?|fees?)\b"
    r"|\bhow\s+(?:much\s+is\s+an?|expensive)\b",
    re.IGNORECASE,
)
#: What ends the name of the thing that is counted.
_ENDS = FUNCTION_WORDS | EMPTY_WORDS | frozenset("must during until before after".split())
#: Things that are counted under other names: "twice", "three astronauts", "two: ...".
_UNCOUNTED = frozenset("times persons kinds types sorts ways things items".split())
#: Plurals without an s. People have too many names to miss one: "86 males".
_PLURALS = frozenset("feet criteria media vertices indices".split())
#: A length of time may be told in any of these.
_TIMES = frozenset("milliseconds seconds minutes hours days weeks months years".split())
_NUMBER = re.compile(
    r"(?<![\w.])(?:\d+(?:[.,]\d+)*\+?|one|two|three|four|five|six|seven|eight|nine|ten|eleven"
    r"|twelve|\w+teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundreds?|thousands?"
    r"|[bm]illions?|dozens?|zero)(?![\w.]*\w)",
    re.IGNORECASE,
)
#: "up to three", of what the headings name.
_UP_TO = re.compile(
    r"\b(?:up\s+to|at\s+most|no\s+more\s+than|max(?:imum)?(?:\s+of)?|limit(?:ed)?(?:\s+(?:of|to))?"
    rf"|exceed)\s+{_NUMBER.pattern}",
    re.IGNORECASE,
)
#: Answers without a number: "unlimited", "as many as you like".
_ANY_NUMBER = re.compile(
    r"\bunlimited|\binfinite|\bany\s+number\s+of|\bas\s+many"
    r"|\bno\s+(?:\w+\s+){0,2}limits?(?:\s+(?:on|to|of|for))?(?:\s+the)?(?:\s+number\s+of)?",
    re.IGNORECASE,
)
_FEW = re.compile(r"\b(?:no|none|multiple|several|numerous|both|single|few|only)\b", re.IGNORECASE)
_LIMIT = re.compile(
    r"\b(?:max|min|limit|exceed|default|count|allow|restrict|at\s+(?:most|least)|up\s+to|within"
    r"|no(?:t)?\s+more|more\s+than|fewer|less\s+than|number\s+of|total|only\b)|[<>≤≥]",
    re.IGNORECASE,
)
_OF_COUNT = re.compile(
    r"\b(?:max(?:imum|imal)?|min(?:imum|imal)?|limit(?:s|ed)?|number|counts?|total)\b",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"[$€£¥]\s?\d|\d\s?[€£¥]|\b\d[\d.,]*\s?(?:usd|eur|gbp|dollars?|euros?|pounds?|cents?)\b"
    r"|\b(?:free\s+of\s+charge|for\s+free|is\s+free|no\s+cost)\b",
    re.IGNORECASE,
)
_PAID = re.compile(
    r"\b(?:costs?|prices?|fees?|pay(?:s|ing)?|paid|charge[sd]?|sold|sells?)\b", re.IGNORECASE
)
_OF_PRICES = stems("cost price fee pay charge expensive year month week day")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
#: What follows the end of a clause is about another thing.
_CLAUSE_END = re.compile(r"[.!?;]\s")
#: Shorter words make no longer ones: "hosts" are counted as "hostnames".
_ROOT = 4
#: The thing is among this many words after its number: "60 access tokens".
_REACH = 4
_PRICE_REACH = 6
#: A word that a larger share of the sentences has does not say what a price is for.
_OFTEN = 0.5


class _Line(NamedTuple):
    """A sentence, or a row of a table with the names of its columns, and its place."""

    text: str
    in_place: str
    is_row: bool


def untold_amount(question: str, context: Context) -> str:
    """The thing whose number or price a question asks for, if no sentence gives it.

    "How many routers may there be?" needs a number of routers, "unlimited" or a similar
    word. If a limit is asked for, a number alone is not enough, but "up to three" under
    a heading that names the thing is. "What does support cost?" needs an amount of
    money, or a number after a word for paying, in a place that has one of the
    question's telling words. Numbers of the question do not count.

    Returns:
        The thing counted, or `PRICE`; "" if the question asks for no amount, if a
        sentence gives it, and if no sentence has the word for the thing at all.
    """
    thing = _counted(question)
    if thing:
        return "" if _tells_count(thing, question, _lines(context)) else thing
    if _PRICE_ASKED.search(question) and not _tells_price(question, _lines(context)):
        return PRICE
    return ""


def _counted(question: str) -> str:
    """The thing that a question counts, in small letters; "" for none.

    Example: "How many access tokens may one user have?" -> "tokens".
    """
    found = _COUNT_ASKED.search(question)
    thing = ""
    for word in (found[1] or found[2]).lower().split() if found else []:
        is_plural = word in _PLURALS or (word.endswith("s") and not word.endswith("ss"))
        if word in _ENDS or (thing and not is_plural):
            break
        thing = word if is_plural else ""
    return "" if thing in _UNCOUNTED else thing


def _lines(context: Context) -> list[_Line]:
    lines = []
    for passage in context.passages:
        for one in passage.sentences:
            row = labelled_row(one.lead, one.text)
            in_place = titled(passage.title, one.text_in_place)
            lines.append(_Line(without_mark(row or one.text), in_place, bool(row)))
    return lines


def _tells_count(thing: str, question: str, lines: Sequence[_Line]) -> bool:
    """Whether a line says how many there are, or no line has the word for them."""
    roots = frozenset(map(stem, _TIMES if thing in _TIMES else (thing,)))
    asked, is_limit = _numbers(question), bool(_LIMIT_ASKED.search(question))
    held = [line for line in lines if _has_word(roots, _WORD.findall(line.text))]
    if not held or any(_has_count(roots, asked, line, is_limit) for line in held):
        return True
    if any(line.is_row and _has_column(roots, line.text) for line in held):
        return True
    placed = [line for line in lines if _UP_TO.search(line.text)]
    return any(roots & stems(line.in_place) for line in placed)


def _has_count(roots: Set[str], asked: Set[str], line: _Line, is_limit: bool) -> bool:
    text = line.text
    if _stand_before(roots, _ANY_NUMBER.finditer(text), text):
        return True
    if not is_limit and _stand_before(roots, _FEW.finditer(text), text):
        return True
    numbers = [found for found in _NUMBER.finditer(text) if found[0].lower() not in asked]
    has_limit = bool(_LIMIT.search(text))
    if _stand_before(roots, numbers, text) and (has_limit or not is_limit):
        return True
    of_count = line.is_row or _stand_before(roots, _OF_COUNT.finditer(text), text)
    return bool(numbers) and has_limit and of_count


def _has_column(roots: Set[str], row: str) -> bool:
    """Whether a row of a table has a number in the column of the thing: "Beds: 3"."""
    for cell in row.split("; "):
        name, _, value = cell.partition(": ")
        if _has_word(roots, _WORD.findall(name)) and _NUMBER.match(value):
            return True
    return False


def _stand_before(roots: Set[str], found: Iterable[re.Match[str]], text: str) -> bool:
    """Whether one of these is followed by the thing, a few words further on."""
    for one in found:
        clause = _CLAUSE_END.split(text[one.end() : one.end() + 80], maxsplit=1)[0]
        if _has_word(roots, _WORD.findall(clause)[:_REACH]):
            return True
    return False


def _has_word(roots: Set[str], words: Iterable[str]) -> bool:
    """Whether one of the words has one of these stems, or is made of one."""
    longer = tuple(root for root in roots if len(root) >= _ROOT)
    small = [word.lower() for word in words]
    return not roots.isdisjoint(map(stem, small)) or any(one.startswith(longer) for one in small)


def _tells_price(question: str, lines: Sequence[_Line]) -> bool:
    telling = stems(question) - _OF_PRICES - set(map(stem, _ENDS))
    places = [telling & stems(line.in_place) for line in lines]
    often = {word for word in telling if sum(word in one for one in places) > _OFTEN * len(lines)}
    asked = _numbers(question)
    return any(
        (place - often or telling <= often) and _has_price(line.text, asked)
        for line, place in zip(lines, places, strict=True)
    )


def _has_price(text: str, asked: Set[str]) -> bool:
    if _MONEY.search(text):
        return True
    for found in _PAID.finditer(text):
        beside = " ".join(text[found.end() : found.end() + 120].split()[:_PRICE_REACH])
        if _numbers(beside) - asked:
            return True
    return False


def _numbers(text: str) -> set[str]:
    return {found[0].lower() for found in _NUMBER.finditer(text)}
