"""The prompt, the answer with its citations, and the events by which it is streamed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from headrace.types.hits import Passage


@dataclass(frozen=True, slots=True)
class AnswerabilitySigns:
    """What says whether a context answers a question: whether anything was `found` by meaning; the `cosine` of the nearest chunk; the share of the
    question's names that are `missing`; the `margin` of the best keyword hit.
    """

    found: bool = False
    cosine: float = 0.0
    missing: float = 0.0
    margin: float = 0.0


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence of the context (passage and sentence counted from 0) and how well it fits each sub-query."""

    passage: int
    sentence: int
    scores: tuple[float, ...]

    @property
    def best(self) -> float:
        return max(self.scores)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a language model is asked: the rules, the passages as data, the question (with the turns before it); `schema` is the JSON schema of
    what it has to reply with, None for text."""

    system: str
    passages: tuple[Passage, ...]
    question: str
    history: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class SentenceRange:
    """A claim that passage `passage` (from 0) says so in its sentences `first` to before `last`, in the words `quote`."""

    passage: int
    first: int
    last: int
    quote: str


@dataclass(frozen=True, slots=True)
class CitedText:
    """A stretch of an answer and where its model says it comes from (unverified)."""

    text: str
    ranges: tuple[SentenceRange, ...] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """What a language model returned. `usage` is in tokens, by the service's own names."""

    parts: tuple[CitedText, ...]
    model: str
    stop_reason: str
    usage: Mapping[str, int] = field(default_factory=dict)
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a statement of the answer stands: `quote` is, verified, characters `start` to `end` of the stored text."""

    number: int
    document_id: str
    title: str
    source: str
    chunk_id: int
    start: int
    end: int
    page: int | None
    quote: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One node's run: both times in milliseconds, `start_ms` counted from the start of the question."""

    node: str
    ms: float
    start_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A question's answer: `answered` is False when the documents do not hold one, and then `text` is "".

    In `text`, [1] stands after what citation 1 supports; `unsupported` are those of its sentences behind which no citation stands, in order.
    `degraded` says in words what ran below its best ("rerank: ..."); `cost_usd` is None when the model's price is not known, 0.0 when no paid
    model was called.
    """

    question: str
    text: str
    answered: bool
    citations: tuple[Citation, ...] = ()
    unsupported: tuple[str, ...] = ()
    degraded: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    total_ms: float = 0.0
    usage: Mapping[str, int] = field(default_factory=dict)
    cost_usd: float | None = 0.0
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """What its reader should know: the sentences that no citation supports, and what ran below its best."""
        return (
            *(f"no citation supports: {sentence}" for sentence in self.unsupported),
            *self.degraded,
        )

    def to_dict(self) -> dict[str, Any]:
        """The object that `run.py ask --json` prints; see the README for its fields."""
        from headrace.types.display import answer_dict

        return answer_dict(self)

    def to_frame(self):
        """One row per citation: number, title, quote, source, start, end, page."""
        from headrace.types.display import answer_frame

        return answer_frame(self)

    def _repr_html_(self) -> str:
        from headrace.types.display import answer_html

        return answer_html(self)


@dataclass(frozen=True, slots=True)
class TextEvent:
    """The next piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class CitationEvent:
    """A citation that has just been verified against the stored text."""

    citation: Citation


@dataclass(frozen=True, slots=True)
class ResetEvent:
    """What was streamed so far is withdrawn, for `reason`; what follows stands in its place."""

    reason: str


Listener = Callable[[TextEvent | CitationEvent | ResetEvent], None]
