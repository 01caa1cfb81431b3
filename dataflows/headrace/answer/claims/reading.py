"""The words of a text with their places, and how its language writes numbers."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from headrace.text.folding import folded
from headrace.text.phrases import without_possessive

Language = Literal["english", "german", ""]

#: Letters and digits with hyphens, dots and such signs inside. A hyphen between two
#: digits parts them ("2-3 days"), unless a letter begins the word ("CVE-2024-3094").
_RUN = re.compile(
    r"[^\W\d]\w*(?:[-‐‑./,:'’&+]+\w+)*|\d\w*(?:(?:[./,:'’&+]+|(?<!\d)[-‐‑]|[-‐‑](?!\d))\w+)*"
)
#: Endings of inflected forms, and what a consonant doubles before them.
_ENDING = re.compile(r"(?:ing|ied|ies|ed|es|s|e|y)$")
_DOUBLED = re.compile(r"([b-df-hj-np-tv-z])\1$")
_STEM_LETTERS = 6
_LEAST_STEM = 3
_PER_CENT = re.compile(r"\bper cent\b")
_LETTER = re.compile(r"[^\W\d_]")
#: What may stand between a mark that ends a sentence and the next word.
_OPENING = "\"'“”‘’„«»()[]*_ \t\n"
_SENTENCE_ENDS = ".!?:;•|"
#: Words that only one of the two languages has, of those that nearly every sentence
#: holds.
_TELLING = {
    "english": frozenset(
        "the of and to is are that for with on by at from it this be have has which not or".split()
    ),
    "german": frozenset(
        "der das und ist nicht ein eine einen einem einer den dem des mit auf für von zu im sich "
        "wird werden sind bei nach aus auch es wir sie als innerhalb kann haben hat".split()
    ),
}
#: More letters of the same kind than this share, and capitals say nothing.
_CAPITALS_SHARE = 0.6
_LEAST_WORDS = 4


def places_within(spans: Iterable[tuple[int, int]]) -> set[int]:
    """Every place from a start to before its end."""
    found: set[int] = set()
    for start, end in spans:
        found.update(range(start, end))
    return found


@dataclass(frozen=True)
class Word:
    """A run of letters and digits, with hyphens, dots and apostrophes inside.

    Attributes:
        text: in the plain form of `folded`, without a possessive ending.
        begins: whether a sentence, a quotation or a bracket begins with it.
    """

    text: str
    start: int
    end: int
    begins: bool

    @cached_property
    def lower(self) -> str:
        return self.text.lower().replace("’", "'")

    @cached_property
    def stem(self) -> str:
        """The word without its ending, six letters at most: "stopped" -> "stop"."""
        cut = _ENDING.sub("", self.lower)
        if len(cut) < _LEAST_STEM:
            cut = self.lower.rstrip("ds") if len(self.lower) > _LEAST_STEM else self.lower
        return _DOUBLED.sub(r"\1", cut)[:_STEM_LETTERS]

    @cached_property
    def has_digit(self) -> bool:
        return any(map(str.isdigit, self.text))

    @cached_property
    def is_capitalised(self) -> bool:
        """Whether a capital is in it: "Oslo", "iPhone", "mRNA"."""
        return self.text != self.text.lower()


@dataclass(frozen=True)
class Text:
    """A text, its words, and what its language means for reading it."""

    text: str
    words: Sequence[Word]

    @classmethod
    def of(cls, text: str) -> "Text":
        text = _PER_CENT.sub("percent", folded(text))
        words = []
        for match in _RUN.finditer(text):
            before = text[: match.start()][-6:].rstrip(_OPENING)
            begins = not words or text[match.start() - 1] in "\"'“„‘«(["
            begins = begins or (before != "" and before[-1] in _SENTENCE_ENDS)
            words.append(Word(without_possessive(match[0]), match.start(), match.end(), begins))
        return cls(text, words)

    @cached_property
    def language(self) -> Language:
        """The language that most of its function words are of; "" without any."""
        counts = dict.fromkeys(_TELLING, 0)
        for word in self.words:
            for name, telling in _TELLING.items():
                counts[name] += word.lower in telling
        if counts["english"] == counts["german"]:
            return ""
        return "english" if counts["english"] > counts["german"] else "german"

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset(word.stem for word in self.words)

    @cached_property
    def capitals_tell(self) -> bool:
        """Whether a capital marks a name: not in German, nor in a line of capitals."""
        if self.language == "german":
            return False
        words = [word for word in self.words if _LETTER.search(word.text)]
        capitalised = sum(word.is_capitalised for word in words)
        return len(words) < _LEAST_WORDS or capitalised <= _CAPITALS_SHARE * len(words)

    def between(self, first: int, second: int) -> str:
        """What stands between two words; beyond the last word, the rest."""
        start = self.words[first].end
        end = self.words[second].start if second < len(self.words) else len(self.text)
        return self.text[start:end]
