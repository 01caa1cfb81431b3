"""Words of a question that no document has, and the spellings that may be meant."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from headrace.text.asking.languages import language_of
from headrace.text.folding import differ_in_marks, folded, typed_plainly
from headrace.text.slips import slip_cost, spelled_otherwise
from headrace.types import LookedUp, WordLists

#: Shorter words are not looked up.
_LEAST_LETTERS = 4
#: The shortest part of a word that may be two.
_LEAST_PART_LETTERS = 3
#: From this many letters on, a word of the general list may be three slips away.
_LONG_LETTERS = 9
#: Shorter names are not taken for misspelt ones.
_LEAST_NAME_LETTERS = 6
#: A word that is more frequent in general text is seldom meant by a name, unless it is
#: at most this many slips away.
_ORDINARY = 1e-6
_ORDINARY_SLIPS = 1.0
#: A word that is more frequent in general text is right without marks: "that".
_FREQUENT = 1e-4
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_POSSESSIVE = re.compile(r"['’]s$")
_QUOTED = re.compile(r'"[^"]*"|“[^”]*”|„[^“”]*[“”]')


class TypedWords(NamedTuple):
    """The words of a question that may be misspelt, in small letters.

    Attributes:
        words: those in small letters, and the first one.
        names: others with a capital.
    """

    words: frozenset[str]
    names: frozenset[str]

    def to_look_up(self) -> list[str]:
        """These words, and how those with marks are typed without."""
        typed = self.words | self.names
        return sorted(typed.union(*map(typed_plainly, typed)))


@dataclass(frozen=True, slots=True)
class Guesses:
    """What may have been meant by an unknown word of the question.

    Attributes:
        own: near words of the tenant, with the number of chunks that have them.
        general: near words of the general list.
        halves: the word cut in two.
        pairs: the word with each of its neighbours in the question.
        is_word: whether it is right in British or American spelling, and `general` is
            the other one. The other one then only counts if a chunk has it.
    """

    word: str
    own: Mapping[str, int]
    general: Sequence[str] = ()
    halves: Sequence[tuple[str, str]] = ()
    pairs: Sequence[tuple[str, str]] = ()
    is_word: bool = False

    def to_look_up(self) -> set[str]:
        """The words that are still to be counted in the chunks."""
        words = set(self.general)
        for half, other in self.halves:
            words.update((half, other))
        words.update(first + second for first, second in self.pairs)
        return words


def typed_words(text: str, languages: Sequence[str]) -> TypedWords:
    """The words of a text that may be misspelt.

    Words of four letters and more are, if they are not quoted. In a language that
    writes nouns with capitals, a capital makes no name.
    """
    has_capital_nouns = "german" in languages and language_of(text, languages) in ("german", "")
    words, names = set(), set()
    for number, match in enumerate(_WORD.finditer(_QUOTED.sub(" ", folded(text)))):
        word = _POSSESSIVE.sub("", match.group())
        if len(word) < _LEAST_LETTERS or not word.isalpha():
            continue
        if word.islower() or (word.istitle() and (has_capital_nouns or number == 0)):
            words.add(word.lower())
        elif word.istitle():
            names.add(word.lower())
    return TypedWords(frozenset(words), frozenset(names - words))


def guesses_of(
    typed: TypedWords, text: str, found: LookedUp, languages: Sequence[str], lists: WordLists
) -> list[Guesses]:
    """What may have been meant by each word that no document has.

    Args:
        text: of the question.
        found: what the database has of the words.
        languages: of the documents.
    """
    counts = {word: count for word, candidate, count in found.words if candidate is None}
    own: dict[str, dict[str, int]] = {}
    for word, candidate, count in found.words:
        if candidate:
            own.setdefault(word, {})[candidate] = count
    guesses = []
    for word in sorted(typed.words | typed.names):
        if counts.get(word, 1) > 0:
            continue
        near = own.get(word, {})
        frequency = lists.frequency(word, languages)
        marked = _with_other_marks(word, near, counts)
        if marked and frequency <= _FREQUENT:
            guesses.append(Guesses(word, marked))
        elif frequency:
            continue
        elif word in typed.words:
            guesses.append(_guesses_of_word(word, near, text, languages, lists))
        elif names := _names_near(word, near, languages, lists):
            guesses.append(Guesses(word, names))
    return guesses


def _with_other_marks(
    word: str, own: Mapping[str, int], counts: Mapping[str, int]
) -> dict[str, int]:
    """The words of the documents that are this one with other marks on its letters."""
    marked = {near: count for near, count in own.items() if differ_in_marks(word, near)}
    for plain in typed_plainly(word):
        if counts.get(plain, 0) > 0:
            marked[plain] = counts[plain]
    return marked


def _guesses_of_word(
    word: str, own: Mapping[str, int], text: str, languages: Sequence[str], lists: WordLists
) -> Guesses:
    variants = [other for other in spelled_otherwise(word) if lists.frequency(other, languages)]
    if variants:
        return Guesses(word, {}, variants, is_word=True)
    near = lists.near(word, languages, 2 if len(word) < _LONG_LETTERS else 3)
    return Guesses(word, own, near, _halves(word), _with_neighbours(word, text))


def _names_near(
    name: str, own: Mapping[str, int], languages: Sequence[str], lists: WordLists
) -> dict[str, int]:
    """The words of the documents that may be meant by a name.

    Names differ by little, and most names that no document has are right. So short ones
    stay as they are, and ordinary words have to be nearer than other names.
    """
    if len(name) < _LEAST_NAME_LETTERS:
        return {}
    near = {}
    for word, count in own.items():
        is_ordinary = lists.frequency(word, languages) > _ORDINARY
        if not is_ordinary or slip_cost(name, word) <= _ORDINARY_SLIPS:
            near[word] = count
    return near


def _halves(word: str) -> list[tuple[str, str]]:
    """The ways to cut a word in two."""
    cuts = range(_LEAST_PART_LETTERS, len(word) - _LEAST_PART_LETTERS + 1)
    return [(word[:cut], word[cut:]) for cut in cuts]


def _with_neighbours(word: str, text: str) -> list[tuple[str, str]]:
    """The word with each of its neighbours in the text, in small letters.

    A word with an apostrophe is whole: "Kraft's capex" is not misspelt.
    """
    words = [match.group().lower() for match in _WORD.finditer(text)]
    pairs = []
    for pair in zip(words, words[1:], strict=False):
        if word in pair and all(map(str.isalpha, pair)):
            pairs.append(pair)
    return list(dict.fromkeys(pairs))
