"""Names that a text has and the text it cites does not."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from functools import cached_property

from headrace.answer.claims.number_words import CARDINALS, MULTIPLIERS, ORDINALS
from headrace.answer.claims.reading import Text, Word, places_within
from headrace.text.function_words import FUNCTION_WORDS, LINKING_WORDS

_APART = re.compile(r"[-‐‑/&+:,]+|'")
_NOT_LETTERS = re.compile(r"[\W_]+")
#: Titles and legal forms, which one text has and the other leaves out.
_COURTESY = frozenset(
    "mr mrs ms miss dr prof sir dame herr frau inc ltd corp co company llc plc gmbh ag sa".split()
)
#: By how much the forms of one name differ at their ends: "Italy", "Italian".
_ENDINGS = frozenset(
    "s n y a an ans ian ians ine ium ean ese ish ic ia i er ers ns in en al ies isch ische".split()
) | {""}
_SHARED_LETTERS = 4
#: Names of peoples that do not begin like that of their country.
_PEOPLES = {
    "french": "france",
    "dutch": "netherlands",
    "spanish": "spain",
    "danish": "denmark",
    "swiss": "switzerland",
    "welsh": "wales",
    "norwegian": "norway",
    "british": "uk",
}
_LETTERED = re.compile(r"([^\W\d_]+)[-. ]?(\d+(?:\.\d+)*)")
_ROMAN = re.compile(r"(?=[IVX])X{0,3}(?:IX|IV|V?I{0,3})")
_ROMAN_DIGITS = {
    "I": 1,
    "V": 5,
    "X": 10,
}
_ABBREVIATION_LETTERS = 5
_LEAST_INITIALS = 2
#: Shorter words are seldom meant by an acronym of two letters.
_LONG_LETTERS = 5


def strange_names(claim: Text, cited: Text, read: Collection[tuple[int, int]]) -> list[str]:
    """The names of a text that another has in no form, in order.

    A name is a word with a capital in it, or an identifier with digits. Where a capital
    says nothing, at the beginning of a sentence or in German, a word counts as a name
    if it replaces another between the same words: "Oslo has" for "Riga has". If the
    texts are in different languages, only names with digits or several capitals are
    compared.

    Args:
        read: places (start, end) of the claim that are numbers or dates.
    """
    known = _Known(cited)
    languages = {claim.language, cited.language} - {""}
    capitals_tell = claim.capitals_tell and languages <= {"english"}
    taken = places_within(read)
    spelt_out = _spelt_out(claim, known)
    strange = []
    for number, word in enumerate(claim.words):
        if word.start in taken or number in spelt_out or not _may_be_name(word):
            continue
        if known.has(word, is_abbreviation=claim.text[word.end : word.end + 1] == "."):
            continue
        following = claim.words[number + 1] if number + 1 < len(claim.words) else None
        if following and known.has_initial(word, following):
            continue
        tells = capitals_tell and not word.begins
        if tells or _is_marked(word, claim) or known.is_replaced(claim.words, number):
            strange.append(word.text)
    return strange


def roman(word: str) -> int:
    """The value of a Roman numeral up to 39; 0 for any other word."""
    if not word or not _ROMAN.fullmatch(word):
        return 0
    values = [_ROMAN_DIGITS[letter] for letter in word]
    total = 0
    for value, following in zip(values, [*values[1:], 0], strict=True):
        total += value if value >= following else -value
    return total


def _may_be_name(word: Word) -> bool:
    if word.has_digit:
        return True
    if not word.is_capitalised or word.lower in _COURTESY or word.text == "I":
        return False
    is_number = word.lower in CARDINALS or word.lower in ORDINALS or word.lower in MULTIPLIERS
    is_function_word = word.lower in FUNCTION_WORDS and not _is_acronym(word)
    return not (is_number or is_function_word or "'" in word.text[1:] and word.begins)


def _is_acronym(word: Word) -> bool:
    return word.text.isupper() and len(word.text) >= _LEAST_INITIALS


def _is_marked(word: Word, claim: Text) -> bool:
    """Whether a word is a name in any place: "iPhone", "GPT-4", "NATO"."""
    if word.has_digit:
        return True
    is_inside = word.text[1:] != word.text[1:].lower() and "-" not in word.text
    return is_inside and (claim.capitals_tell or not word.text.isupper())


def _spelt_out(claim: Text, known: "_Known") -> set[int]:
    """The places of words whose initials the other text has."""
    found: set[int] = set()
    for run in _capitalised_runs(claim):
        initials = "".join(claim.words[place].lower[0] for place in run)
        for acronym in known.acronyms:
            start = initials.find(acronym)
            if start >= 0:
                found.update(run[start : start + len(acronym)])
    return found


def _capitalised_runs(text: Text) -> Iterator[list[int]]:
    """The places of capitalised words that follow each other.

    Linking words do not part them: "Bank of England".
    """
    run: list[int] = []
    for place, word in enumerate(text.words):
        if word.is_capitalised and word.lower not in LINKING_WORDS:
            run.append(place)
        elif word.lower not in LINKING_WORDS:
            yield run
            run = []
    yield run


class _Known:
    """The names of a text, to look for those of another."""

    def __init__(self, text: Text):
        self._text = text
        self._forms: set[str] = set()
        self._by_beginning: dict[str, set[str]] = defaultdict(set)
        self.acronyms: set[str] = set()
        before = ""
        for word in text.words:
            whole = _squashed(word.text)
            parts = {_squashed(part) for part in _APART.split(word.text)} - {""}
            self._forms |= {whole, before + whole, *parts}
            for form in {whole, *parts}:
                self._by_beginning[form[:3]].add(form)
            if _is_acronym(word):
                self.acronyms.add(whole)
            before = whole

    def has(self, word: Word, is_abbreviation: bool) -> bool:
        """Whether the text has the name, a form of it, or its initials or long form."""
        whole = _squashed(word.text)
        if self._has_form(whole) or self._has_initials(word, whole):
            return True
        if is_abbreviation and self._has_abbreviated(whole):
            return True
        if word.has_digit:
            return self._has_identifier(word)
        parts = [_squashed(part) for part in _APART.split(word.text) if part != part.lower()]
        return len(parts) > 1 and all(map(self._has_form, parts))

    def has_initial(self, word: Word, following: Word) -> bool:
        """Whether a first name is there as an initial: "J. Rowling" for "Joanne"."""
        is_there = self._has_form(_squashed(following.text)) and following.is_capitalised
        return is_there and word.is_capitalised and word.lower[0] in self._forms

    def is_replaced(self, words: Collection[Word], number: int) -> bool:
        """Whether the other text has another name between the same words."""
        words = list(words)
        before, after = words[max(number - 1, 0) : number], words[number + 1 : number + 3]
        if before and not words[number].begins:
            after = after[:1]
        else:
            before = []
        if len(before) + len(after) < 2:
            return False
        pattern = [[word.lower for word in before], [word.lower for word in after]]
        return any(self._replaced_at(*pattern))

    def _replaced_at(self, before: list[str], after: list[str]) -> Iterator[bool]:
        words = self._text.words
        for place, word in enumerate(words):
            if word.is_capitalised and word.lower not in FUNCTION_WORDS:
                behind = [one.lower for one in words[place + 1 : place + 1 + len(after)]]
                ahead = [one.lower for one in words[max(place - len(before), 0) : place]]
                yield behind == after and ahead[len(ahead) - len(before) :] == before

    def _has_form(self, name: str) -> bool:
        """Whether a name is there, or one that differs from it at its end alone."""
        if name in self._forms or _PEOPLES.get(name) in self._forms:
            return True
        for people, country in _PEOPLES.items():
            if name == country and people in self._forms:
                return True
        near = self._by_beginning.get(name[:3], ())
        return any(_is_inflected(name, form) for form in near)

    def _has_initials(self, word: Word, whole: str) -> bool:
        if len(whole) == 1:
            return any(one.is_capitalised and one.lower[0] == whole for one in self._text.words)
        if not _is_acronym(word):
            return False
        capitalised, content = self._initials
        return whole in capitalised or len(whole) > _LEAST_INITIALS and whole in content

    @cached_property
    def _initials(self) -> tuple[str, str]:
        """The first letters of its capitalised or long words, run by run, and of all.

        Linking words have none, as in acronyms.
        """
        words = self._text.words
        runs = []
        for run in _capitalised_runs(self._text):
            runs.append("".join(words[place].lower[0] for place in run))
        content, long_words = "", ""
        for word in words:
            if word.lower not in LINKING_WORDS:
                content += word.lower[0]
                long_words += word.lower[0] if len(word.lower) >= _LONG_LETTERS else " "
        return " ".join([*runs, long_words]), content

    def _has_abbreviated(self, short: str) -> bool:
        if not 2 <= len(short) <= _ABBREVIATION_LETTERS:
            return False
        return any(form[0] == short[0] and _is_within(short, form) for form in self._forms if form)

    def _has_identifier(self, word: Word) -> bool:
        """Whether the parts of an identifier are there: "Q3" for "third quarter"."""
        match = _LETTERED.fullmatch(word.lower)
        if match is None or match[2] not in self._numbers:
            return False
        letters = match[1]
        if len(letters) > 1 and letters in self._initials[1]:
            return True
        return any(form.startswith(letters) for form in self._forms)

    @cached_property
    def _numbers(self) -> set[str]:
        found: set[str] = set()
        for word in self._text.words:
            found.update(re.findall(r"\d+(?:\.\d+)*", word.text))
            if word.lower in ORDINALS:
                found.add(str(ORDINALS[word.lower]))
            if word.lower in CARDINALS:
                found.add(str(CARDINALS[word.lower]))
            found.update(digits[-2:] for digits in re.findall(r"\b20\d\d\b", word.text))
        return found


def _squashed(text: str) -> str:
    return _NOT_LETTERS.sub("", text).lower()


def _is_inflected(one: str, other: str) -> bool:
    shared = 0
    for letter, counterpart in zip(one, other, strict=False):
        if letter != counterpart:
            break
        shared += 1
    if shared < min(_SHARED_LETTERS, len(one), len(other)) or shared < 3:
        return False
    cuts = range(shared, min(shared, _SHARED_LETTERS) - 1, -1)
    return any(one[cut:] in _ENDINGS and other[cut:] in _ENDINGS for cut in cuts)


def _is_within(short: str, word: str) -> bool:
    """Whether the letters of an abbreviation are in a word: "dr" in "doctor"."""
    letters = iter(word)
    return all(letter in letters for letter in short)
