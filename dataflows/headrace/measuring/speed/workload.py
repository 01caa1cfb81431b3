"""The benchmark's documents and questions: real text and real vectors, resampled.

No machine has a collection of a million documents, but each has the descriptions of its
Python packages. They become any number of chunks in this way:

1. Base chunks: `base_count` runs of consecutive sentences of the descriptions, drawn by
   the seed from the first 16 runs of each, each of about 180 word pieces. The real
   encoder gives each of their sentences a vector.
2. A chunk: a base chunk, drawn by the seed, in which every second sentence or so is
   replaced by a sentence of one of the base chunks nearest to it in meaning. So chunks
   keep to a subject. Of a sentence, every third longer word behind the first three is
   replaced in its turn: by a longer word of any sentence, drawn as often as it is
   there, or, one time in twenty, by a made word. So words are as frequent, as rare and
   as long as in real text, and hardly a sentence is there twice.
3. Made words are put together of the halves of real words. How often each is drawn
   falls with the square of its number (Zipf and Mandelbrot), so that they never run
   out: the vocabulary grows about as the square root of the text, as a real one does.
4. Its vector: the mean of its sentences' vectors, by their length, plus Gaussian noise
   of length 0.4, brought back to norm 1. README.md of this folder compares the
   distances to the nearest neighbours with those of real chunks.
5. A document: 8 such pieces, of which ingestion makes about 7 chunks, under the title
   and the metadata of the description that its first piece is from.
6. Questions: words of real prose sentences. Every eighth is a compound one, and every
   eighth has a slip of the pen.

The same seed on the same text gives the same documents, vectors and questions. Document
n does not depend on how many there are.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from headrace.measuring.speed.made_words import MadeWords
from headrace.text.sentences import sentence_spans
from headrace.types import Document, Encoder

_DOCUMENT_PIECES = 8
#: Word pieces of a base chunk at most: two do not fit into one chunk of 256, and one
#: does with its title.
_CHUNK_TOKENS = 180
#: The chance of a sentence to be replaced, and the share of all base chunks that it
#: may come from.
_REPLACED = 0.5
_NEAR_SHARE = 0.05
#: The first words of a sentence are kept, and with its length they tell which it is.
_KEPT_WORDS = 3
_LONG_WORD = 4
#: The chance of a later and longer word to be replaced, and of a replaced one to be a
#: made one.
_REPLACED_WORDS = 1 / 3
_MADE_WORDS = 0.05
_NOISE = 0.4
_FIELDS = ("license", "author", "requires_python")
#: Runs of a document at most: after its introduction, a description consists of
#: changes, tables and addresses.
_RUNS = 16
_WORD = re.compile(r"[A-Za-z]{2,}")
_PROSE_WORDS = 6
#: Prose has at least this share of its characters in words.
_PROSE_SHARE = 0.75
#: Of every eight questions, those at these places are compound, and misspelt.
_PERIOD = 8
_COMPOUND = 3
_MISSPELT = 6


@dataclass(frozen=True)
class BaseChunk:
    """Consecutive sentences of a real document.

    Attributes:
        document: where they are from.
        vectors: (n_sentences, dimension) float32, rows of norm 1.
    """

    sentences: tuple[str, ...]
    document: Document
    vectors: np.ndarray

    @property
    def text(self) -> str:
        return "\n".join(self.sentences)

    @property
    def vector(self) -> np.ndarray:
        """(dimension,) float32 of norm 1: the mean of its sentences', by length."""
        return _mean(self.vectors, [len(sentence) for sentence in self.sentences])


class Workload:
    """Documents, vectors and questions made of base chunks, as the module describes.

    Nothing is drawn before it is asked for.
    """

    def __init__(self, base: Sequence[BaseChunk], seed: int):
        self.base = list(base)
        self.seed = seed
        self._sentences: list[str] = []
        self._numbers: list[range] = []
        self._place: dict[tuple[str, int], int] = {}
        for chunk in self.base:
            first = len(self._sentences)
            self._sentences += chunk.sentences
            self._numbers.append(range(first, len(self._sentences)))
        self._vectors = np.concatenate([chunk.vectors for chunk in self.base])
        self._words = [sentence.split(" ") for sentence in self._sentences]
        for number, words in enumerate(self._words):
            self._place.setdefault(_mark(words), number)
        self._long = [_long_places(words) for words in self._words]
        drawn = []
        for words, places in zip(self._words, self._long, strict=True):
            drawn += [words[place] for place in places]
        self._drawn = drawn or ["word"]
        self._made = MadeWords(self._drawn)
        self._near = _nearest(np.array([chunk.vector for chunk in self.base]))

    def documents(self, first: int = 0) -> Iterator[Document]:
        """Documents `first`, `first` + 1, ... without end."""
        while True:
            yield self._document(first)
            first += 1

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """The vectors of chunks made here, whatever was put before their text.

        Returns:
            (len(texts), dimension) float32, rows of norm 1.
        """
        vectors = np.array([self._vector(text) for text in texts], np.float32)
        return vectors.reshape(len(texts), self._vectors.shape[1])

    def questions(self, count: int) -> list[str]:
        """`count` questions, all different as long as there is text to draw from."""
        random = np.random.default_rng([self.seed, 1])
        prose = [_prose(sentence) for sentence in dict.fromkeys(self._sentences)]
        askable = [words for words in prose if words]
        drawn = [askable[index] for index in random.permutation(len(askable))]
        questions = []
        for number in range(count):
            words = drawn[number % len(drawn)]
            others = drawn[(number + 1) % len(drawn)]
            questions.append(_question(number, words, others))
        return questions

    def _document(self, number: int) -> Document:
        random = np.random.default_rng([self.seed, 0, number])
        origins = random.integers(len(self.base), size=_DOCUMENT_PIECES)
        pieces = ["\n".join(self._resampled(int(origin), random)) for origin in origins]
        like = self.base[origins[0]].document
        fields = {name: like.metadata[name] for name in _FIELDS if name in like.metadata}
        text = "\n\n".join(pieces)
        return Document(f"resampled:{number}", like.title, text, f"resampled/{number}", fields)

    def _resampled(self, origin: int, random: np.random.Generator) -> list[str]:
        """The sentences of a base chunk, some of them and of their words replaced."""
        numbers = list(self._numbers[origin])
        for place in np.flatnonzero(random.random(len(numbers)) < _REPLACED):
            nearest = self._near[origin]
            near = self._numbers[nearest[random.integers(len(nearest))]]
            numbers[place] = near[random.integers(len(near))]
        places = [len(self._long[number]) for number in numbers]
        replaced = iter(self._replacements(sum(places), random))
        return [self._reworded(number, replaced) for number in numbers]

    def _replacements(self, count: int, random: np.random.Generator) -> list[str]:
        """For each of `count` words, the one that takes its place, or "" to keep it."""
        is_kept = random.random(count) >= _REPLACED_WORDS
        is_made = random.random(count) < _MADE_WORDS
        drawn = random.integers(len(self._drawn), size=count)
        words = [self._drawn[index] for index in drawn]
        for place in np.flatnonzero(is_made & ~is_kept):
            words[place] = self._made.drawn(random)
        for place in np.flatnonzero(is_kept):
            words[place] = ""
        return words

    def _reworded(self, number: int, replaced: Iterator[str]) -> str:
        words = self._words[number].copy()
        for place in self._long[number]:
            words[place] = next(replaced) or words[place]
        return " ".join(words)

    def _vector(self, text: str) -> np.ndarray:
        digest = hashlib.sha256(f"{self.seed}\0{text}".encode()).digest()
        random = np.random.default_rng(int.from_bytes(digest[:8], "big"))
        numbers = []
        lengths = []
        for line in text.split("\n"):
            number = self._place.get(_mark(line.split(" ")))
            if number is not None:
                numbers.append(number)
                lengths.append(len(line))
        if not numbers:
            numbers = [int(random.integers(len(self._sentences)))]
            lengths = [1]
        mean = _mean(self._vectors[numbers], lengths)
        vector = mean + random.normal(0, _NOISE / len(mean) ** 0.5, len(mean))
        return vector / np.linalg.norm(vector)


def _mark(words: Sequence[str]) -> tuple[str, int]:
    """What tells which sentence this is, whatever words were replaced in it."""
    return " ".join(words[:_KEPT_WORDS]), len(words)


def _long_places(words: Sequence[str]) -> list[int]:
    """Where the words are that may be replaced."""
    later = range(_KEPT_WORDS, len(words))
    return [place for place in later if words[place].isalpha() and len(words[place]) >= _LONG_WORD]


def _mean(vectors: np.ndarray, lengths: Sequence[int]) -> np.ndarray:
    mean = np.asarray(lengths, np.float32) @ vectors
    return mean / np.linalg.norm(mean)


def _nearest(vectors: np.ndarray) -> np.ndarray:
    """For each vector, the indices of the nearest others, a twentieth of all."""
    count = max(1, int(len(vectors) * _NEAR_SHARE))
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1)
    return np.argsort(-cosines, axis=1)[:, :count]


class GivenVectors:
    """An encoder whose vectors are given: with it, ingestion runs without the model.

    Name, dimension and tokens are those of the real encoder.
    """

    def __init__(self, workload: Workload, encoder: Encoder):
        self.name = encoder.name
        self.dimension = encoder.dimension
        self.max_tokens = encoder.max_tokens
        self.tokenizer = encoder.tokenizer
        self._encoder = encoder
        self._workload = workload

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return self._workload.vectors(texts)

    def count_tokens(self, text: str) -> int:
        return self._encoder.count_tokens(text)


def sample_base(
    documents: Sequence[Document], encoder: Encoder, base_count: int, seed: int
) -> list[BaseChunk]:
    """`base_count` base chunks of the documents, or all there are if fewer.

    They are drawn by the seed, and the real encoder encodes their sentences.
    """
    runs: list[tuple[Document, tuple[str, ...]]] = []
    for document in documents:
        for sentences in islice(_runs(document, encoder), _RUNS):
            runs.append((document, sentences))
    drawn = np.random.default_rng([seed, 2]).permutation(len(runs))[:base_count]
    chosen = [runs[index] for index in sorted(drawn)]
    sentences = list(dict.fromkeys(chain.from_iterable(run for _, run in chosen)))
    vectors = dict(zip(sentences, encoder.encode(sentences), strict=True))
    base = []
    for document, run in chosen:
        base.append(BaseChunk(run, document, np.array([vectors[one] for one in run])))
    return base


def _runs(document: Document, encoder: Encoder) -> Iterator[tuple[str, ...]]:
    """The document's sentences, each on one line, in runs of about 180 word pieces.

    What is left over at the end is left out.
    """
    taken: list[str] = []
    pieces = 0
    for start, end in sentence_spans(document.text):
        sentence = " ".join(document.text[start:end].split())
        length = encoder.count_tokens(sentence)
        if pieces + length > _CHUNK_TOKENS and taken:
            yield tuple(taken)
            taken = []
            pieces = 0
        if length <= _CHUNK_TOKENS:
            taken.append(sentence)
            pieces += length


def _prose(sentence: str) -> list[str]:
    """The words of a sentence of prose, six or more; else [].

    Addresses, tables and code are no prose.
    """
    words = _WORD.findall(sentence)
    if len(words) < _PROSE_WORDS or "://" in sentence:
        return []
    in_words = sum(map(len, words))
    return words if in_words >= _PROSE_SHARE * len(sentence) else []


def _question(number: int, words: list[str], others: list[str]) -> str:
    if number % _PERIOD == _COMPOUND:
        first = " ".join(words[:6])
        second = " ".join(others[:6])
        return f"What is said about {first}, and what is said about {second}?"
    asked = " ".join(words[:10])
    if number % _PERIOD == _MISSPELT:
        longest = max(words[:10], key=len)
        asked = asked.replace(longest, longest[:2] + longest[3:], 1)
    return f"What is said about {asked}?"
