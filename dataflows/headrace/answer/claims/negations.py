"""What one text says and the other denies."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from headrace.answer.claims.reading import Text, Word
from headrace.text.function_words import FUNCTION_WORDS

#: Words that deny what follows them.
_NEGATIONS = frozenset(
    "not no never none nor neither without nobody nothing nowhere cannot "
    "nicht nie niemals ohne weder nichts niemand".split()
)
_CONTRACTED = re.compile(r"\w+n['’]t|kein(?:e[mnrs]?)?")
#: Verbs and adjectives that deny what follows them: their beginnings.
_DENYING = re.compile(
    "fail|lack|absen|missing|exclu|refus|deni|deny|prevent|avoid|stop|ban|forbid|forbad|prohib"
    "|unabl|reject|declin|ceas|unless|until|imposs|incap|inabil|unwill|unmög|verbot|verhind"
    "|fehl|ausges|remov|drop|discontin|abolish|withdr|cancel|delet|expir|abgeschaff|entfern"
)
#: Those of them that deny what comes before them: "was excluded", "is absent".
_DENIED_BEFORE = re.compile(r"absen|missing|imposs|unmög|fehl|\w+(?:ed|en)$")
#: Words that may deny something in one wording, and nothing in another.
_DOUBTING = re.compile(
    "except|rare|hard|scarce|barel|few|littl|only|instead|rather|lose|lost"
    "|miss|less|zero|kaum|nur|selten|differ|opposit|contra"
)
_NEGATIVE_PREFIX = re.compile(r"(?:un|in|im|ir|il|dis|non|mis)-?(?=\w{4})")
_MAY_DENY = re.compile(
    rf"{_DENYING.pattern}|{_DOUBTING.pattern}|{_NEGATIVE_PREFIX.pattern}|\w+(?:less|los)$"
)
#: "not only", "not just": nothing is denied.
_NOT_DENIED = frozenset("only just merely simply nur bloß".split())
#: "no more than": a bound, no denial.
_COMPARED = frozenset(
    "more less later fewer earlier longer sooner greater higher lower mehr weniger".split()
)
#: Words that limit a denial in time, or to a condition.
_LIMITS = frozenset("until unless till before bis bevor".split())
_QUANTIFIERS = frozenset("some all every each always everyone necessarily alle immer jeder".split())
_BREAK = re.compile(r"[,;:()]|\.\s")
_CONJUNCTIONS = frozenset(
    "but although though because while whereas which who if when whether aber obwohl weil "
    "während wenn".split()
)
#: Share of a sentence's content words that the cited text has (DECISIONS.md, "claims").
_SHARED_WORDS = 0.75
_SCOPE = 3
_BEHIND = 2
_CLAUSE = 12
#: Auxiliaries and other words that say little about what is denied.
_EMPTY = FUNCTION_WORDS | frozenset(
    "also yet ever even very quite any such does will may might must shall would could should "
    "one being its their his her he she they it we you than then so auch noch sehr werden wird "
    "kann können hat haben sein".split()
)


@dataclass(frozen=True)
class _Denials:
    """What a text denies."""

    text: Text

    def strict(self) -> Iterator[tuple[str, list[str]]]:
        """Each negation and the stems of what it denies, the nearest first.

        "Not until 1687" denies nothing of 1687.
        """
        words = self.text.words
        for number, word in enumerate(words):
            behind = {one.lower for one in words[number + 1 : number + _CLAUSE]}
            if self._negates(number) and not behind & _LIMITS:
                yield word.text, self._scope(number)

    @cached_property
    def denied(self) -> frozenset[str]:
        """The stems that some negation, strict or not, may deny."""
        found: set[str] = set()
        for number, word in enumerate(self.text.words):
            if self._negates(number):
                found.update(self._clause(number))
            elif _DENYING.match(word.lower):
                deniable = self._clause if _DENIED_BEFORE.match(word.lower) else self._scope
                found.update(deniable(number))
        return frozenset(found)

    @cached_property
    def _denies_anything(self) -> bool:
        for number, word in enumerate(self.text.words):
            if self._negates(number) or _MAY_DENY.match(word.lower):
                return True
        return False

    @cached_property
    def affirmed(self) -> frozenset[str]:
        """The stems of words that no negation is near to."""
        near: set[int] = set()
        for number, word in enumerate(self.text.words):
            if self._negates(number) or _DENYING.match(word.lower):
                near.update(self._scope_places(number))
                near.update(self._behind_places(number))
        words = enumerate(self.text.words)
        return frozenset(word.stem for number, word in words if number not in near)

    def may_deny(self, stem: str) -> bool:
        """Whether the text may deny what a word says; without a word, anything."""
        if not stem:
            return self._denies_anything
        return stem in self.denied or self.has_opposite(stem)

    def has_opposite(self, stem: str) -> bool:
        """Whether a word is there with a prefix that denies: "impossible"."""
        for word in self.text.words:
            prefix = _NEGATIVE_PREFIX.match(word.lower)
            if prefix and word.lower[prefix.end() :].startswith(stem):
                return True
        return False

    def _negates(self, number: int) -> bool:
        """Whether a word denies what follows it.

        "No" before a comma is a reply, before a dot a number.
        """
        word = self.text.words[number]
        lower = word.lower
        if lower not in _NEGATIONS and not _CONTRACTED.fullmatch(lower):
            return False
        following = self._lower(number + 1)
        if following in _NOT_DENIED:
            return False
        if following in _COMPARED and self._lower(number + 2) in ("than", "als"):
            return False
        if lower == "no" and self.text.text[word.end : word.end + 1] in (",", ".", ":"):
            return False
        return self._lower(number - 1) not in ("or", "oder") if number else True

    def _lower(self, number: int) -> str:
        words = self.text.words
        return words[number].lower if 0 <= number < len(words) else ""

    def _scope(self, number: int) -> list[str]:
        return [self.text.words[place].stem for place in self._scope_places(number)]

    def _scope_places(self, number: int) -> list[int]:
        """The next content words, up to the end of the clause."""
        words, places = self.text.words, []
        for place in range(number + 1, min(number + _CLAUSE, len(words))):
            if _BREAK.search(self.text.between(place - 1, place)):
                break
            if _says_something(words[place]):
                places.append(place)
            if len(places) == _SCOPE or words[place].lower in _QUANTIFIERS:
                break
        return places

    def _clause(self, number: int) -> set[str]:
        """The stems of the content words of the clause that a word stands in."""
        words, found = self.text.words, set()
        for step in (1, -1):
            place = number + step
            while 0 <= place < len(words) and abs(place - number) <= _CLAUSE:
                between = self.text.between(min(place, place - step), max(place, place - step))
                if _BREAK.search(between) or words[place].lower in _CONJUNCTIONS:
                    break
                if _says_something(words[place]):
                    found.add(words[place].stem)
                place += step
        return found

    def _behind_places(self, number: int) -> list[int]:
        """The content words shortly before a negation: "gilt nicht".

        They are those of the whole clause where nothing follows in it.
        """
        most = _BEHIND if self._scope_places(number) else _CLAUSE
        places = []
        for place in range(number - 1, max(number - 1 - most, -1), -1):
            if most == _CLAUSE and _BREAK.search(self.text.between(place, place + 1)):
                break
            if _says_something(self.text.words[place]):
                places.append(place)
        return places


def contradictions(claim: Text, cited: Text) -> list[str]:
    """Why one of the texts denies what the other says; [] where neither does.

    A sentence in other words may deny in one way what the other text says in another.
    So only a sentence that takes most of its words from there is compared.
    """
    words = [word for word in claim.words if word.lower not in _QUANTIFIERS]
    content = [word.stem for word in words if _says_something(word)]
    shared = sum(stem in cited.stems for stem in content)
    if not content or shared < _SHARED_WORDS * len(content):
        return []
    said, known = _Denials(claim), _Denials(cited)
    found = []
    for negation, scope in said.strict():
        there = [stem for stem in scope if stem in cited.stems]
        nearest = there[0] if there else ""
        if scope and not known.may_deny(nearest):
            found.append(f'what it cites does not say "{negation}"')
    for negation, scope in known.strict():
        first = scope[0] if scope else ""
        is_said = first in said.affirmed and first not in said.denied
        if is_said and first not in known.affirmed and not said.has_opposite(first):
            found.append(f'what it cites says "{negation}"')
    return found


def _says_something(word: Word) -> bool:
    return word.lower not in _EMPTY and word.lower not in _NEGATIONS
