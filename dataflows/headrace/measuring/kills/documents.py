"""Documents of which everything is known, for a run that kills (`kills.py`), and a pipeline for them.

A document's `Version` is a few numbers from which its text follows. Every sentence begins with a marker, a word that names its document,
paragraph and the version that wrote it, and is a chunk of its own: what a search returns says which versions it saw.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from headrace.pipeline import Pipeline
from headrace.resources.postgres.database import open_database
from headrace.settings import Settings
from headrace.types import Document, Hit

#: A word that is in every chunk, and how many hits are asked for: more than there are chunks, so that a search returns all of a tenant.
EVERYWHERE = "walrus"
ALL = 2000

_WORDS = [
    "".join(syllables)
    for syllables in product(
        ("ba", "ke", "li", "mo", "nu", "ta"), ("ra", "do", "si", "mu"), ("nel", "pok", "vim")
    )
]
_MARKER = re.compile(r"\bw\d+d\d+p\d+v\d+s\d+\b")


@dataclass(frozen=True)
class Version:
    """One state of a document.

    Attributes:
        title: the version that wrote the title.
        paragraphs: (a number that the paragraph keeps, the version that wrote it), in order.
    """

    writer: int
    number: int
    title: int
    paragraphs: tuple[tuple[int, int], ...]

    @property
    def document_id(self) -> str:
        return f"w{self.writer}d{self.number}"

    @property
    def version(self) -> int:
        return max(version for _, version in self.paragraphs)

    @property
    def markers(self) -> tuple[str, ...]:
        """The first word of every sentence, in order."""
        return tuple(
            f"{self.document_id}p{paragraph}v{version}s{sentence}"
            for paragraph, version in self.paragraphs
            for sentence in range(1 + (paragraph + version) % 2)
        )

    @property
    def document(self) -> Document:
        """The document in this state."""
        paragraphs: dict[str, list[str]] = {}
        for marker in self.markers:
            paragraphs.setdefault(marker.rpartition("s")[0], []).append(_sentence(marker))
        text = "\n\n".join("\n".join(sentences) for sentences in paragraphs.values())
        metadata = {"language": "english", "version": self.version, "writer": f"w{self.writer}"}
        return Document(
            self.document_id, f"Walrus {self.title}", text, source(self.document_id), metadata
        )


class DrawnVectors:
    """Stands for an encoder: tokens are words, a text's vector is drawn by its hash."""

    name, dimension, max_tokens = "drawn-vectors", 32, 64

    @cached_property
    def tokenizer(self) -> Any:
        from tokenizers import Tokenizer
        from tokenizers.models import WordLevel
        from tokenizers.pre_tokenizers import Whitespace

        tokenizer = Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
        tokenizer.pre_tokenizer = Whitespace()
        return tokenizer

    def encode(self, texts: Iterable[str]) -> np.ndarray:
        """(len(texts), 32) float32, rows of norm 1."""
        seeds = [
            int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") for text in texts
        ]
        drawn = np.array(
            [np.random.default_rng(seed).normal(size=self.dimension) for seed in seeds], np.float32
        ).reshape(-1, self.dimension)
        return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)

    def count_tokens(self, text: str) -> int:
        return len(self.tokenizer.encode(text).ids)


def opened(settings: Settings) -> Pipeline:
    """A pipeline with drawn vectors, and chunks of a sentence."""
    encoder = DrawnVectors()
    settings = settings.model_copy(
        update={
            "reranking": "off",
            "generation": "extractive",
            "chunk_tokens": 32,
            "chunk_overlap": 0,
        }
    )
    return Pipeline(settings, encoder, open_database(settings, encoder))


def everything(rag: Pipeline, tenant: str) -> dict[str, list[Hit]]:
    """All chunks of a tenant, as each of the two searches finds them."""
    return rag.run(
        ["semantic_hits", "keyword_hits"], question=EVERYWHERE, tenant=tenant, candidate_count=ALL
    )


def source(document_id: str) -> str:
    """The path that a document is said to come from; there is no such file."""
    return Path(f"/headrace-kills/{document_id}.txt").resolve().as_posix()


def _sentence(marker: str) -> str:
    random = Random(marker)
    defined = " walrus tusk report (WTR)" if random.random() < 0.2 else ""
    return f"{marker} {EVERYWHERE} {' '.join(random.choices(_WORDS, k=12))}{defined}."


def documents_of(hits: Iterable[Hit]) -> dict[str, tuple[str, ...]]:
    """The markers of its chunks in reading order, for every document among the hits."""
    chunks: dict[str, list[tuple[int, int, str]]] = {}
    for hit in hits:
        chunks.setdefault(hit.chunk.document_id, []).append(
            (hit.chunk.start, hit.chunk.chunk_id, hit.chunk.text)
        )
    return {
        name: tuple(_MARKER.findall(" ".join(text for *_, text in sorted(of_document))))
        for name, of_document in chunks.items()
    }


def disagree(first: Mapping[str, tuple[str, ...]], second: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether two searches show a document in two versions: a ranking fused of them has chunks of both."""
    return any(markers != second[name] for name, markers in first.items() if name in second)
