"""The benchmark's documents and questions: real text and real vectors, resampled.

No machine has a collection of a million documents, but each has the descriptions of its
Python packages. They become any number of chunks in this way:

1. Base chunks: `base_count` runs of consecutive sentences of the descriptions, drawn by
   the seed from the first 16 runs of each, each of about 180 word pieces, with the
   vector that the real encoder gives it.
2. A chunk: a base chunk, drawn by the seed, in which about every second sentence is
   replaced by a sentence of any base chunk. So words are as frequent, as rare and as
   long as in real text, chunks from the same base chunk share some of their text, and a
   word's share of all chunks stays the same at every size. One thing is not like real
   text: the vocabulary does not grow.
3. Its vector: that of the base chunk which most of its text is from, plus Gaussian
   noise of length 0.5 (cosine to the base chunk about 0.89), brought back to norm 1.
4. A document: 8 such pieces, of which ingestion makes about 7 chunks, under the title
   and the metadata of the description that its first piece is from.
5. Questions: words of real prose sentences. Every eighth is a compound one, and every
   eighth has a slip of the pen.

The same seed on the same text gives the same documents, vectors and questions. Document
n does not depend on how many there are.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from headrace.text.sentences import sentence_spans
from headrace.text.titles import titled
from headrace.types import Document, Encoder

_DOCUMENT_PIECES = 8
#: Word pieces of a base chunk at most: two do not fit into one chunk of 256, and one
#: does with its title.
_CHUNK_TOKENS = 180
#: The chance of a sentence to be replaced.
_REPLACED = 0.5
_NOISE = 0.5
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
        vector: (dimension,) float32 of norm 1.
    """

    sentences: tuple[str, ...]
    document: Document
    vector: np.ndarray

    @property
    def text(self) -> str:
        return "\n".join(self.sentences)


class Workload:
    """Documents, vectors and questions made of base chunks, as the module describes.

    Nothing is drawn before it is asked for.
    """

    def __init__(self, base: Sequence[BaseChunk], seed: int):
        self.base = list(base)
        self.seed = seed
        self._sentences: list[str] = []
        self._origin: dict[str, int] = {}
        for number, chunk in enumerate(self.base):
            self._sentences += chunk.sentences
            self._origin |= dict.fromkeys(chunk.sentences, number)

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
        return vectors.reshape(len(texts), len(self.base[0].vector))

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
        pieces = ["\n".join(self._resampled(self.base[origin], random)) for origin in origins]
        like = self.base[origins[0]].document
        fields = {name: like.metadata[name] for name in _FIELDS if name in like.metadata}
        text = "\n\n".join(pieces)
        return Document(f"resampled:{number}", like.title, text, f"resampled/{number}", fields)

    def _resampled(self, chunk: BaseChunk, random: np.random.Generator) -> list[str]:
        """The chunk's sentences, some of them replaced."""
        is_replaced = random.random(len(chunk.sentences)) < _REPLACED
        others = random.integers(len(self._sentences), size=len(chunk.sentences))
        sentences = list(chunk.sentences)
        for place in np.flatnonzero(is_replaced):
            sentences[place] = self._sentences[others[place]]
        return sentences

    def _vector(self, text: str) -> np.ndarray:
        digest = hashlib.sha256(f"{self.seed}\0{text}".encode()).digest()
        random = np.random.default_rng(int.from_bytes(digest[:8], "big"))
        shares: Counter[int] = Counter()
        for line in text.split("\n"):
            if line in self._origin:
                shares[self._origin[line]] += len(line)
        origin = shares.most_common(1)[0][0] if shares else int(random.integers(len(self.base)))
        base = self.base[origin].vector
        vector = base + random.normal(0, _NOISE / len(base) ** 0.5, len(base))
        return vector / np.linalg.norm(vector)


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

    They are drawn by the seed, and encoded by the real encoder.
    """
    runs: list[tuple[Document, tuple[str, ...]]] = []
    for document in documents:
        for sentences in islice(_runs(document, encoder), _RUNS):
            runs.append((document, sentences))
    drawn = np.random.default_rng([seed, 2]).permutation(len(runs))[:base_count]
    chosen = [runs[index] for index in sorted(drawn)]
    texts = [titled(document.title, "\n".join(sentences)) for document, sentences in chosen]
    base = []
    for (document, sentences), vector in zip(chosen, encoder.encode(texts), strict=True):
        base.append(BaseChunk(sentences, document, vector))
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
