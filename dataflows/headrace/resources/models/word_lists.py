"""General word lists, one per language, with the frequency of every word.

They say what a typo may mean when the tenant's own words do not. The lists are those of
pyspellchecker (MIT), counted in film subtitles: 160,000 English words, 340,000 German
ones. A list is read when a question first has a word that is in no document, in about a
tenth of a second.
"""

import gzip
import json
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files

from rapidfuzz import process
from rapidfuzz.distance import OSA

#: Text search configurations with a list, and the name of its file.
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
    """The words of languages, in lower case; a language without a list has none."""

    def frequency(self, word: str, languages: Sequence[str]) -> float:
        """The share of running text that is this word, in [0, 1].

        With several languages, that of the language which uses the word most; 0 when
        none has it.
        """
        shares = [words.frequency(word) for words in _word_lists(languages)]
        return max(shares, default=0.0)

    def near(self, word: str, languages: Sequence[str], most: int) -> list[str]:
        """The words at most `most` slips away, in no particular order.

        A slip is a letter left out, added or replaced, or two neighbours swapped. In
        each language, they begin with one of the word's first two letters; words with
        one of these in second place are at most one slip away ("sylinder", "cylinder").
        """
        found = []
        for words in _word_lists(languages):
            found += words.near(word, most)
        return found


#: A word that begins otherwise is seldom meant: looking for it takes as long again.
_MOST_WITH_OTHER_START = 1
#: Words in alphabetical order by a letter that they have in a certain place, and their
#: length.
_ByLetter = dict[tuple[str, int], list[str]]


class _WordList:
    """The list of one language."""

    def __init__(self, code: str):
        path = files("spellchecker") / "resources" / f"{code}.json.gz"
        counts: dict[str, int] = json.loads(gzip.decompress(path.read_bytes()))
        self._total = sum(counts.values())
        self._by_first: _ByLetter = defaultdict(list)
        self._by_second: _ByLetter = defaultdict(list)
        # Not by word: a dict would take as much memory as all the rest.
        self._counts: dict[tuple[str, int], array[int]] = defaultdict(lambda: array("Q"))
        for word, count in counts.items():  # in alphabetical order, as in the file
            key = (word[0], len(word))
            self._by_first[key].append(word)
            self._counts[key].append(count)
            self._by_second[word[1:2], len(word)].append(word)

    def frequency(self, word: str) -> float:
        key = (word[:1], len(word))
        words = self._by_first.get(key, [])
        place = bisect_left(words, word)
        is_there = place < len(words) and words[place] == word
        return self._counts[key][place] / self._total if is_there else 0.0

    def near(self, word: str, most: int) -> list[str]:
        found = _near(word, self._by_first, most)
        slips = min(most, _MOST_WITH_OTHER_START)
        return list(dict.fromkeys([*found, *_near(word, self._by_second, slips)]))


def _near(word: str, by_letter: _ByLetter, most: int) -> list[str]:
    """The words at most `most` slips away, of those with one of its first letters."""
    found = []
    for letter in dict.fromkeys(word[:2]):
        for length in range(len(word) - most, len(word) + most + 1):
            words = by_letter.get((letter, length))
            if words:
                near = process.extract(
                    word, words, scorer=OSA.distance, score_cutoff=most, limit=None
                )
                found += [other for other, _, _ in near]
    return found


@lru_cache(maxsize=len(_CODES))
def _word_list(code: str) -> _WordList:
    return _WordList(code)


def _word_lists(languages: Sequence[str]) -> Iterator[_WordList]:
    return (_word_list(_CODES[language]) for language in languages if language in _CODES)
