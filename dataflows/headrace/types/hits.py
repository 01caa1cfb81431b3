"""What the searches find, and the context made of it."""

from dataclasses import dataclass
from typing import NamedTuple

from headrace.types.documents import Chunk


class Hit(NamedTuple):
    """A chunk found by a search: `rank` counts from 1 within its `stream`.

    A stream is an arm and a sub-query ("semantic 0", "keyword 1") or a later stage ("fused", "reranked").
    `found_by` lists, for a later stage, the streams and ranks the chunk came from. `coverage` is said by BM25 alone: the share of the query's
    words that the chunk has, rare ones counting more, 0 to 1.
    """

    chunk: Chunk
    score: float
    rank: int = 0
    stream: str = ""
    found_by: tuple[tuple[str, int], ...] = ()
    coverage: float = 0.0

    @property
    def chunk_id(self) -> int:
        return self.chunk.chunk_id

    def to_frame(self):
        """This hit as a one-row pandas DataFrame; `to_frame(hits)` of the package does a list."""
        from headrace.types.display import hits_frame

        return hits_frame([self])

    def _repr_html_(self) -> str:
        from headrace.types.display import hits_html

        return hits_html([self])


@dataclass(frozen=True, slots=True)
class RerankScores:
    """A reranker's logits for the first hits, in fused order, None for those not scored; `note` says what fell short, if anything."""

    logits: tuple[float | None, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a stored document: `text` is `document.text[start:end]`."""

    text: str
    start: int
    end: int
    chunk_id: int
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """What the context holds of one place in one document: its sentences, in reading order. `number` counts from 1."""

    number: int
    document_id: str
    title: str
    source: str
    sentences: tuple[Sentence, ...]

    @property
    def text(self) -> str:
        return " ".join(sentence.text for sentence in self.sentences)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A candidate that did not reach the context whole, and why."""

    chunk_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Context:
    """The passages that fit the budget. `text` is exactly what was counted: `tokens` of it, at most `budget`."""

    passages: tuple[Passage, ...]
    text: str
    tokens: int
    budget: int
    dropped: tuple[Dropped, ...] = ()

    def to_frame(self):
        """One row per passage: number, title, source, start, end, sentences, text."""
        from headrace.types.display import context_frame

        return context_frame(self)

    def _repr_html_(self) -> str:
        from headrace.types.display import context_html

        return context_html(self)
