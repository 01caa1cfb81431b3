"""The benchmark's documents and questions: real text and real vectors, resampled with noise as often as wanted.

A collection of a million documents is on no machine; the descriptions of its Python packages are. How they become any number of chunks:

1. Base chunks: `base_count` runs of consecutive sentences of the descriptions, drawn by the seed from the first 16 of each, each of about 180
   word pieces, with the vector that the real encoder gives it.
2. A chunk: a base chunk, drawn by the seed, in which every second sentence (by chance) gives way to a sentence of any base chunk. So words
   are as frequent, as rare and as long as in real text, chunks of one origin share some of their text, and a word's share of all chunks stays
   the same at every size. What is not like real text: the vocabulary does not grow.
3. Its vector: that of the base chunk which most of its text is from, plus Gaussian noise of length 0.5 (cosine to the base chunk about 0.89),
   brought back to norm 1.
4. A document: 8 such pieces, of which ingestion makes about 7 chunks, under the title and the metadata of the description that its first
   piece is from.
5. Questions: words of real prose sentences; every eighth is a compound one, every eighth has a slip of the pen.

The same seed on the same text gives the same documents, vectors and questions; document n does not depend on how many there are.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from headrace.text.sentences import sentence_spans
from headrace.types import Document, Encoder

_DOCUMENT_PIECES = 8
_CHUNK_TOKENS = 180  # word pieces of a base chunk at most: two do not fit into one chunk of 256, and one with its title does
_REPLACED = 0.5
_NOISE = 0.5
_FIELDS = ("license", "author", "requires_python")
_RUNS = 16  # of a document at most: after its introduction a description is changes, tables and addresses
_WORD = re.compile(r"[A-Za-z]{2,}")
_PROSE_SHARE = 0.75  # of a sentence's characters that are in its words


@dataclass(frozen=True)
class BaseChunk:
    """Consecutive sentences of a real document, with where they are from and their vector, (dimension,) float32 of norm 1."""

    sentences: tuple[str, ...]
    document: Document
    vector: np.ndarray

    @property
    def text(self) -> str:
        return "\n".join(self.sentences)


class Workload:
    """Documents, vectors and questions made of base chunks, as the module describes. It draws nothing until it is asked."""

    def __init__(self, base: Sequence[BaseChunk], seed: int):
        self.base, self.seed = list(base), seed
        self._sentences = [sentence for chunk in self.base for sentence in chunk.sentences]
        self._origin = {
            sentence: number
            for number, chunk in enumerate(self.base)
            for sentence in chunk.sentences
        }

    def documents(self, first: int = 0) -> Iterator[Document]:
        """Documents `first`, `first` + 1, ... without end."""
        while True:
            yield self._document(first)
            first += 1

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), dimension) float32, rows of norm 1: the vectors of chunks made here, whatever was put in front of their text."""
        return np.array([self._vector(text) for text in texts], np.float32).reshape(
            len(texts), len(self.base[0].vector)
        )

    def questions(self, count: int) -> list[str]:
        """`count` questions, all different as long as there is text to draw them from."""
        random = np.random.default_rng([self.seed, 1])
        askable = [
            words for sentence in dict.fromkeys(self._sentences) if (words := _prose(sentence))
        ]
        drawn = [askable[index] for index in random.permutation(len(askable))]
        return [
            _question(number, drawn[number % len(drawn)], drawn[(number + 1) % len(drawn)])
            for number in range(count)
        ]

    def _document(self, number: int) -> Document:
        random = np.random.default_rng([self.seed, 0, number])
        origins = random.integers(len(self.base), size=_DOCUMENT_PIECES)
        text = "\n\n".join(
            "\n".join(self._resampled(self.base[origin], random)) for origin in origins
        )
        like = self.base[origins[0]].document
        fields = {name: like.metadata[name] for name in _FIELDS if name in like.metadata}
        return Document(f"resampled:{number}", like.title, text, f"resampled/{number}", fields)

    def _resampled(self, chunk: BaseChunk, random: np.random.Generator) -> list[str]:
        replaced = random.random(len(chunk.sentences)) < _REPLACED
        others = random.integers(len(self._sentences), size=len(chunk.sentences))
        return [
            self._sentences[other] if gone else own
            for own, gone, other in zip(chunk.sentences, replaced, others, strict=True)
        ]

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
    """Stands for an encoder where the vectors are given: all of ingestion but the model."""

    def __init__(self, workload: Workload, encoder: Encoder):
        self.name, self.dimension, self.max_tokens, self.tokenizer = (
            encoder.name,
            encoder.dimension,
            encoder.max_tokens,
            encoder.tokenizer,
        )
        self.count_tokens = encoder.count_tokens
        self.encode = workload.vectors


def sample_base(
    documents: Sequence[Document], encoder: Encoder, base_count: int, seed: int
) -> list[BaseChunk]:
    """`base_count` base chunks of the documents (all there are, if fewer), drawn by the seed, encoded by the real encoder."""
    runs = [
        (sentences, document)
        for document in documents
        for sentences in islice(_runs(document, encoder), _RUNS)
    ]
    drawn = np.random.default_rng([seed, 2]).permutation(len(runs))[:base_count]
    chosen = [runs[index] for index in sorted(drawn)]
    vectors = encoder.encode(
        [f"{document.title}\n" + "\n".join(sentences) for sentences, document in chosen]
    )
    return [
        BaseChunk(sentences, document, vector)
        for (sentences, document), vector in zip(chosen, vectors, strict=True)
    ]


def _runs(document: Document, encoder: Encoder) -> Iterator[tuple[str, ...]]:
    """The document's sentences, each on one line, in runs of about `_CHUNK_TOKENS` word pieces; what is left over at the end is left out."""
    taken: list[str] = []
    pieces = 0
    for start, end in sentence_spans(document.text):
        sentence = " ".join(document.text[start:end].split())
        length = encoder.count_tokens(sentence)
        if pieces + length > _CHUNK_TOKENS and taken:
            yield tuple(taken)
            taken, pieces = [], 0
        if length <= _CHUNK_TOKENS:
            taken.append(sentence)
            pieces += length


def _prose(sentence: str) -> list[str]:
    """The words of a sentence that is made of words, six or more; [] for addresses, tables, code and the like."""
    words = _WORD.findall(sentence)
    return (
        words
        if len(words) >= 6
        and "://" not in sentence
        and sum(map(len, words)) >= _PROSE_SHARE * len(sentence)
        else []
    )


def _question(number: int, words: list[str], others: list[str]) -> str:
    asked = " ".join(words[:10])
    if number % 8 == 3:
        return f"What is said about {' '.join(words[:6])}, and what is said about {' '.join(others[:6])}?"
    if number % 8 == 6:
        longest = max(words[:10], key=len)
        asked = asked.replace(longest, longest[:2] + longest[3:], 1)
    return f"What is said about {asked}?"
