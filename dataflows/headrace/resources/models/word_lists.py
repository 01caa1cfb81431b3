"""General word lists, a language each, with how frequent every word is: what a typo may mean where the tenant's own words do not say.

The lists are those of pyspellchecker (MIT), counted in film subtitles: 160,000 English words, 340,000 German ones. One is read when a question
first has a word that is in no document, in about a tenth of a second.
"""

import gzip
import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files

from rapidfuzz import process
from rapidfuzz.distance import OSA

#: Text search configurations that there is a list for.
_CODES = {
    "arabic": "ar",
    "basque": "eu",
    "dutch": "nl",
    "english": "en",
    "french": "fr",
    "german": "de",
    "italian": "it",
    "portuguese": "pt",
    "russian": "ru",
    "spanish": "es",
}


class GeneralWords:
    """The words of some languages, in small letters. Languages without a list have none."""

    def frequency(self, word: str, languages: Sequence[str]) -> float:
        """The share of running text that is this word, in the language that has it most; 0 where none has it."""
        return max(
            (found.frequencies.get(word, 0) / found.total for found in _lists(languages)),
            default=0.0,
        )

    def near(self, word: str, languages: Sequence[str], most: int) -> list[str]:
        """The words at most so many slips away (letters left out, added, exchanged, or two neighbours swapped), in no order.

        Where there are some that begin with one of the word's first two letters, only those; else those that have one of them second.
        """
        return [other for found in _lists(languages) for other in found.near(word, most)]


#: (a letter at a certain place, how many letters) -> words.
_ByLetter = dict[tuple[str, int], list[str]]


class _List:
    """One language's list."""

    def __init__(self, code: str):
        path = files("spellchecker") / "resources" / f"{code}.json.gz"
        self.frequencies: dict[str, int] = json.loads(gzip.decompress(path.read_bytes()))
        self.total = sum(self.frequencies.values())
        self._by_first: _ByLetter = {}
        self._by_second: _ByLetter = {}
        for word in self.frequencies:
            self._by_first.setdefault((word[0], len(word)), []).append(word)
            self._by_second.setdefault((word[1:2], len(word)), []).append(word)

    def near(self, word: str, most: int) -> list[str]:
        return self._near(word, self._by_first, most) or self._near(word, self._by_second, most)

    @staticmethod
    def _near(word: str, by_letter: "_ByLetter", most: int) -> list[str]:
        lengths = range(len(word) - most, len(word) + most + 1)
        places = [
            by_letter.get((letter, length), ())
            for letter in dict.fromkeys(word[:2])
            for length in lengths
        ]
        return [
            found[0]
            for words in places
            if words
            for found in process.extract(
                word, words, scorer=OSA.distance, score_cutoff=most, limit=None
            )
        ]


@lru_cache(maxsize=len(_CODES))
def _list(code: str) -> _List:
    return _List(code)


def _lists(languages: Sequence[str]) -> Iterator[_List]:
    return (_list(_CODES[language]) for language in languages if language in _CODES)
