"""Documents of which everything is known, and a pipeline for them.

A document's `Version` is a few numbers from which its text follows. Every sentence
begins with a marker, a word that names its document, its paragraph and the version that
wrote it, and is a chunk by itself: what a search returns says which versions it saw.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from headrace.pipeline import Pipeline
from headrace.resources.postgres.opening import open_database
from headrace.settings import Settings
from headrace.types import Document, Hit

#: A word that is in every chunk.
EVERYWHERE = "walrus"
#: More hits than there are chunks, so that a search returns all of a tenant.
ALL = 2000

#: English words, so that the language of a file is beyond doubt.
_WORDS = (
    "about above after along among around before behind below beneath beside between "
    "harbour island northern people river season shadow should silver someone southern "
    "spring station stone strange summer their there these thing those thought through "
    "together toward village water weather where which while white winter within without"
).split()
_WORDS_OF_A_SENTENCE = 12
_MARKER = re.compile(r"\bw\d+d\d+p\d+v\d+s\d+\b")
#: What some sentences say, to define an abbreviation.
_DEFINITION = " walrus tusk report (WTR)"


@dataclass(frozen=True)
class Version:
    """One state of a document.

    Attributes:
        title: the version that wrote the title.
        paragraphs: in order, each with a number that it keeps, and the version that
            wrote it.
    """

    writer: int
    number: int
    title: int
    paragraphs: tuple[tuple[int, int], ...]

    @property
    def name(self) -> str:
        """What its markers begin with."""
        return f"w{self.writer}d{self.number}"

    @property
    def document_id(self) -> str:
        return self.name

    @property
    def version(self) -> int:
        return max(version for _, version in self.paragraphs)

    @property
    def markers(self) -> tuple[str, ...]:
        """The first word of every sentence, in order."""
        markers = []
        for paragraph, version in self.paragraphs:
            markers += self._markers_of(paragraph, version)
        return tuple(markers)

    @property
    def sentences(self) -> list[list[str]]:
        """The sentences of each paragraph."""
        paragraphs = []
        for paragraph, version in self.paragraphs:
            markers = self._markers_of(paragraph, version)
            paragraphs.append([_sentence(marker) for marker in markers])
        return paragraphs

    @property
    def document(self) -> Document:
        """The document in this state."""
        text = "\n\n".join("\n".join(paragraph) for paragraph in self.sentences)
        metadata = {"language": "english", "version": self.version, "writer": f"w{self.writer}"}
        title = f"Walrus {self.title}"
        return Document(self.document_id, title, text, source(self.document_id), metadata)

    def _markers_of(self, paragraph: int, version: int) -> list[str]:
        """One sentence, or two."""
        beginning = f"{self.name}p{paragraph}v{version}"
        return [f"{beginning}s{sentence}" for sentence in range(1 + (paragraph + version) % 2)]


class DrawnVectors:
    """An encoder without a model: tokens are words, vectors are drawn by their text."""

    name = "drawn-vectors"
    dimension = 32
    max_tokens = 64

    @cached_property
    def tokenizer(self) -> Any:
        from tokenizers import Tokenizer
        from tokenizers.models import WordLevel
        from tokenizers.pre_tokenizers import Whitespace

        tokenizer = Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
        tokenizer.pre_tokenizer = Whitespace()
        return tokenizer

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), 32) float32, rows of norm 1."""
        drawn = np.empty((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
            drawn[row] = np.random.default_rng(seed).normal(size=self.dimension)
        return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)

    def count_tokens(self, text: str) -> int:
        return len(self.tokenizer.encode(text).ids)


def opened(settings: Settings) -> Pipeline:
    """A pipeline with drawn vectors, and chunks of one sentence."""
    changes = {
        "reranking": "off",
        "generation": "extractive",
        "chunk_tokens": 32,
        "chunk_overlap": 0,
    }
    settings = settings.model_copy(update=changes)
    encoder = DrawnVectors()
    return Pipeline(settings, encoder, open_database(settings, encoder))


def everything(rag: Pipeline, tenant: str) -> dict[str, list[Hit]]:
    """All chunks of a tenant, as each of the two searches finds them."""
    searches = ["semantic_hits", "keyword_hits"]
    return rag.run(searches, question=EVERYWHERE, tenant=tenant, candidate_count=ALL)


def source(document_id: str) -> str:
    """The path that a document is said to come from; there is no such file."""
    return Path(f"/headrace-kills/{document_id}.txt").resolve().as_posix()


def documents_of(hits: Iterable[Hit]) -> dict[str, tuple[str, ...]]:
    """The markers of every document among the hits, in reading order."""
    texts: dict[str, list[tuple[int, int, str]]] = {}
    for hit in hits:
        chunk = hit.chunk
        texts.setdefault(chunk.document_id, []).append((chunk.start, chunk.chunk_id, chunk.text))
    found = {}
    for document_id, of_document in texts.items():
        text = " ".join(text for _, _, text in sorted(of_document))
        found[document_id] = tuple(_MARKER.findall(text))
    return found


def disagree(first: Mapping[str, tuple[str, ...]], second: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether two searches show a document in two versions.

    A ranking fused of them has chunks of both.
    """
    return any(markers != second[name] for name, markers in first.items() if name in second)


def _sentence(marker: str) -> str:
    random = Random(marker)
    definition = _DEFINITION if random.random() < 0.2 else ""
    words = " ".join(random.choices(_WORDS, k=_WORDS_OF_A_SENTENCE))
    return f"{marker} {EVERYWHERE} {words}{definition}."
