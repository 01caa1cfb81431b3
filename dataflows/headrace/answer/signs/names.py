"""The names, codes and numbers of a question, which a text has whole or not at all."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from typing import NamedTuple

from rapidfuzz.distance import OSA

from headrace.answer.signs.asked_names import TOKEN, YEAR, Name, names_of
from headrace.text.folding import folded, without_marks
from headrace.text.terms import without_unspaced
from headrace.text.words import VERSION_MARK, operators, stem

#: A hyphen may be left out: "GPT-4" is "GPT4" and "GPT 4".
_HYPHENS = re.compile(r"[-_,'’]")
_PARTS = re.compile(r"[-_,'’]|\.(?=[^\W\d_]{2})")
#: "hnsw.ef_search" is the "ef_search" of "hnsw".
_MEMBERS = re.compile(r"\.(?=[^\W\d_])")
#: "proxy.pac" is a "proxy" file of the kind ".pac".
_FILE = re.compile(r"[A-Za-z]{2,30}\.[a-z]{2,5}")
#: "U.S." is the US.
_DOTTED = re.compile(r"[^\W\d_](?:\.[^\W\d_])+")
#: "US", which may be written out: "United States of America", "Single Sign-On".
_INITIALS = re.compile(r"[A-Z]{2,5}")
_WRITTEN_OUT = re.compile(r"\b[A-Z]\w+(?:[ -](?:(?:of|the|and|for) )?[A-Z]\w+)+")
_CAPITAL = re.compile(r"\b[A-Z]")
#: Names of this many letters may be inflected, by up to two letters.
_INFLECTED_LETTERS = 4
_ENDING_LETTERS = 2
#: From this many letters on, a name that differs in one is a slip of the pen.
_SLIP_LETTERS = 8
#: A name that a larger share of the places has is the subject of the whole text.
_MOST_PLACES = 0.5
#: With fewer places, no name counts as one of most.
_FEWEST_PLACES = 3
#: How many names a code counts for (DECISIONS.md, "codes").
CODE_WEIGHT = 3
#: A word with its number, as neighbours are held: "version2", "netbox3.1".
_NUMBERED = re.compile(r"([^\W\d_]+)\d[\d.]*")
_DIGIT = re.compile(r"\d")
#: A year in a title: "Annual report 2023".
_DATED = re.compile(rf"(?<![\w.]){YEAR.pattern}(?!\w)")
#: What follows these is not asked about: "PostgreSQL instead of SQLite".
_INSTEAD = re.compile(
    r"\b(?:instead\s+of|rather\s+than|other\s+than|apart\s+from|besides|statt|anstatt"
    r"|anstelle\s+von)\s+(?:(?:an?|the|my|our)\s+)?([\w.-]*\w)",
    re.IGNORECASE,
)


class AbsentNames(NamedTuple):
    """What a text lacks of a question's names, codes and numbers.

    Attributes:
        absent: in the order of the question; a number with the word it is of.
        absence: how much that is, 0 to 1.
        has_codes: whether the question has codes, and the text all of them.
    """

    absent: tuple[str, ...]
    absence: float
    has_codes: bool


def absent_names(
    question: str,
    places: Sequence[str],
    conditions: str = "",
    *,
    is_foreign: bool = False,
    words: Set[str] | None = None,
    titles: Iterable[str] = (),
) -> AbsentNames:
    """The names, codes and numbers of a question that a text lacks, and their weight.

    Codes (letters with digits, versions, "snake_case", "--option", "<=>") and numbers
    are compared whole. A name, which is a word with a capital within a sentence, may be
    inflected, written out ("US") or, if it is long, misspelt by one letter.

    A code is also the number of a name, "NetBox 2.9", except where the asker works, "on
    Debian 12"; that of a word which the text numbers too, "version 3"; and a year, if
    titles have years. It must be in one place with its word; a whole number of a name
    only if the text numbers that name: "HTTP 412" may be there as "Code: 412". The
    number of a word that the text lacks, "ticket 4711", does not count.

    The absence is k / (n + 1) if k of n are absent, or 3k / (3n + 1) of the codes if
    that is more; n without names that most places have, and Y of "X instead of Y".

    Args:
        places: the text's sentences, each with its title and headings.
        conditions: what became a filter, and so is not absent.
        is_foreign: whether the text is in another language than the question, with its
            own names: "Lutero". Then only codes and numbers count.
        words: of the places (`words_of`), where these were read before.
        titles: of the documents.
    """
    if not (names := names_of(question, is_foreign)):
        return AbsentNames((), 0.0, has_codes=False)
    given = _held(conditions)
    held = given | (words_of(places) if words is None else words)
    stems = set(map(stem, held))
    series = {stem(found[1]) for found in map(_NUMBERED.fullmatch, held) if found}
    asked = [_as_numbered(name, series) for name in names if not _is_own(name, stems)]
    unheld = [name for name in asked if not is_held(name.text, held)]
    absent = set(unheld) - _written_out(unheld, places)
    absent |= _apart([name for name in asked if _plain(name.text) not in given], places, series)
    codes = {name for name in asked if name.is_code and not name.numbered}
    has_codes = bool(codes) and absent.isdisjoint(codes)
    said = tuple(name.said for name in asked if name in absent)
    told = [name for name in _asked_about(asked, question) if name not in absent]
    absent = _dated(absent, titles)
    absence = _absence(absent, [*absent, *_told_here(told, places)] if absent else asked)
    return AbsentNames(said, absence, has_codes)


def _dated(names: set[Name], titles: Iterable[str]) -> set[Name]:
    """The names, years among them as codes where titles have years."""
    if not any(map(_DATED.search, titles)):
        return names
    return {name._replace(is_code=True) if YEAR.fullmatch(name.text) else name for name in names}


def _asked_about(names: Iterable[Name], question: str) -> list[Name]:
    """The names without those that another one is asked about instead of."""
    instead = set(_INSTEAD.findall(question))
    return [name for name in names if name.text not in instead]


def held_names(names: Sequence[Name], places: Sequence[str], words: Set[str]) -> set[Name]:
    """Those of a question's names that a text has.

    Args:
        words: of the places (`words_of`), and of what became a filter.
    """
    found = {name for name in names if is_held(name.text, words)}
    return found | _written_out([name for name in names if name not in found], places)


def words_of(places: Sequence[str]) -> set[str]:
    """The words of a text as they are compared, their parts, and neighbours joined."""
    # Each line once: sentences share their titles and headings.
    return _held("\n".join(dict.fromkeys("\n".join(places).split("\n"))))


def _written_out(names: Iterable[Name], places: Sequence[str]) -> set[Name]:
    """The names that are initials of words which the text has: "US"."""
    short = {name for name in names if _INITIALS.fullmatch(name.text)}
    if not short:
        return set()
    written = _WRITTEN_OUT.findall("\n".join(places))
    initials = {"".join(_CAPITAL.findall(words)) for words in written}
    return {name for name in short if any(name.text in found for found in initials)}


def _apart(names: Iterable[Name], places: Sequence[str], series: Set[str]) -> set[Name]:
    """The numbers of names that stand in no place with the word that they number."""
    numbered = [name for name in names if name.is_numbered_code]
    numbered = [name for name in numbered if "." in name.text or _word(name) in series]
    if not numbered:
        return set()
    places_read = [(words, set(map(stem, words))) for words in map(_held, places)]
    return {name for name in numbered if not _stand_together(name, places_read)}


def _told_here(names: Sequence[Name], places: Sequence[str]) -> list[Name]:
    """The names without those that most places have.

    What all documents are about says nothing of this one.
    """
    if not names or len(places) < _FEWEST_PLACES:
        return list(names)
    often: Counter[Name] = Counter()
    for place in places:
        held = _held(place)
        often.update(name for name in names if is_held(name.text, held))
    return [name for name in names if often[name] <= _MOST_PLACES * len(places)]


def _absence(absent: Set[Name], asked: Sequence[Name]) -> float:
    codes = sum(name.is_code for name in asked)
    absent_codes = sum(name.is_code for name in absent)
    return max(
        len(absent) / (len(asked) + 1), CODE_WEIGHT * absent_codes / (CODE_WEIGHT * codes + 1)
    )


def _word(name: Name) -> str:
    """The stem of the word whose number it is; "" of another name."""
    return stem(name.numbered.lower())


def _is_own(name: Name, stems: Set[str]) -> bool:
    """Whether a number is of what the text knows nothing about: "ticket 4711"."""
    return bool(name.numbered) and not name.is_code and _word(name) not in stems


def _as_numbered(name: Name, series: Set[str]) -> Name:
    """A number as a code, where the text numbers the same word: "versions 1 and 2"."""
    return name._replace(is_code=name.is_code or _word(name) in series)


def is_held(name: str, held: Set[str]) -> bool:
    """Whether a text with these words (`words_of`) has a name, perhaps inflected."""
    plain = _plain(name)
    if plain in held or (_FILE.fullmatch(name) and held >= set(name.lower().split("."))):
        return True
    may_be_inflected = name.replace("-", "").isalpha() and len(plain) >= _INFLECTED_LETTERS
    if may_be_inflected and not held.isdisjoint((plain[:-1], plain[:-2])):
        return True
    if may_be_inflected and any(_is_inflected(plain, word) for word in held):
        return True
    return len(plain) >= _SLIP_LETTERS and any(_is_slip(plain, word) for word in held)


def _is_inflected(plain: str, word: str) -> bool:
    """Whether a word is a name and its ending of one or two letters."""
    is_longer = 0 < len(word) - len(plain) <= _ENDING_LETTERS
    return is_longer and word.startswith(plain) and len(word) > _INFLECTED_LETTERS


def _is_slip(plain: str, word: str) -> bool:
    """Whether a word differs from a name in one letter at most, and in no digit."""
    if not word.startswith(plain[0]) or abs(len(plain) - len(word)) > 1:
        return False
    differ = OSA.distance(plain, word, score_cutoff=1)
    return differ <= 1 and _DIGIT.findall(plain) == _DIGIT.findall(word)


def _stand_together(name: Name, places: Iterable[tuple[set[str], set[str]]]) -> bool:
    """Whether a number stands in one place with the word whose number it is.

    Args:
        places: the words of each, and their stems.
    """
    number, word = _plain(name.text), _word(name)
    return any(number in held and word in stems for held, stems in places)


def _held(text: str) -> set[str]:
    """The tokens of a text as they are compared, their parts, and neighbours joined."""
    found = TOKEN.findall(without_marks(without_unspaced(folded(text)).lower()))
    tokens = [_plain(token) for token in found]
    held = {first + second for first, second in zip(tokens, tokens[1:], strict=False)}
    held.update(tokens)
    for token in found:
        if not token.isalnum():
            held.update(_PARTS.split(token))
            held.update(map(_plain, _MEMBERS.split(token)))
    return held | operators(text)


def _plain(token: str) -> str:
    """A token as it is compared: "PST-1044" -> "pst1044", "U.S" -> "us", "é" -> "e"."""
    if _DOTTED.fullmatch(token):
        token = token.replace(".", "")
    return _HYPHENS.sub("", VERSION_MARK.sub("", without_marks(token.lower())))
