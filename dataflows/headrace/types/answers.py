"""The prompt, the answer with its citations, and the events by which it is streamed."""

import html
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from headrace.types import display
from headrace.types.hits import Passage, place_name
from headrace.types.notes import Note

if TYPE_CHECKING:
    import pandas as pd

_CITATION_COLUMNS = (
    "number",
    "title",
    "quote",
    "source",
    "start",
    "end",
    "page",
    "last_page",
    "headings",
    "lead",
    "document_id",
    "chunk_id",
)


@dataclass(frozen=True, slots=True)
class AnswerabilitySigns:
    """What speaks for or against a context's holding the answer.

    Attributes:
        found: whether the semantic search found anything.
        cosine: of the nearest chunk.
        missing: the share of the question's names that the context lacks, 0 to 1.
        margin: how far the best keyword hit is ahead of the tenth, as a share of its
            score.
    """

    found: bool = False
    cosine: float = 0.0
    missing: float = 0.0
    margin: float = 0.0


class AnswerabilityWeights(NamedTuple):
    """What each sign counts in the answerability, a logistic regression.

    The values are fitted (DECISIONS.md, "answerability weights"); `run.py tune --stage
    answerability` fits others.
    """

    cosine: float = 5.6
    missing: float = -1.35
    margin: float = 1.35
    intercept: float = -3.7


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence of the context and how well it fits each sub-query.

    `passage` and `sentence` are indices, counted from 0.
    """

    passage: int
    sentence: int
    scores: tuple[float, ...]

    @property
    def best(self) -> float:
        return max(self.scores)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a language model is asked.

    Attributes:
        system: the rules.
        passages: the retrieved text, as data.
        question: in the user's words.
        history: the turns before it.
        schema: the JSON schema of the reply; None for text.
    """

    system: str
    passages: tuple[Passage, ...]
    question: str
    history: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class SentenceRange:
    """A claim that a passage says something.

    It names sentences `first` to before `last` of passage number `passage` (from 0),
    and quotes them as `quote`.
    """

    passage: int
    first: int
    last: int
    quote: str


@dataclass(frozen=True, slots=True)
class CitedText:
    """A part of an answer, and where its model says it comes from (unverified)."""

    text: str
    ranges: tuple[SentenceRange, ...] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """What a language model returned; `usage` is in tokens, by the service's names."""

    parts: tuple[CitedText, ...]
    model: str
    stop_reason: str
    usage: Mapping[str, int] = field(default_factory=dict)
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a statement of the answer stands in the documents.

    `quote` is characters `start` to before `end` of the stored text; that was verified.

    Attributes:
        page: the page on which the quote begins, from 1; None without pages.
        last_page: the page on which it ends, if that is another one.
        headings: those that the quote stands under, the highest first.
        lead: what the quote is read after: the header of its table, or what introduces
            its list; "" where nothing does.
    """

    number: int
    document_id: str
    title: str
    source: str
    chunk_id: int
    start: int
    end: int
    page: int | None
    quote: str
    last_page: int | None = None
    headings: tuple[str, ...] = ()
    lead: str = ""

    @property
    def name(self) -> str:
        """The place of the quote: "Refunds > Finland"."""
        return place_name(self.title or self.document_id, self.headings)

    @property
    def pages(self) -> str:
        """Its page or pages in words: "page 3", "pages 3-4"; "" without pages."""
        if self.page is None:
            return ""
        return f"pages {self.page}-{self.last_page}" if self.last_page else f"page {self.page}"


@dataclass(frozen=True, slots=True)
class Stage:
    """One node's run, in milliseconds.

    `start_ms` counts from the start of the question.
    """

    node: str
    ms: float
    start_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question.

    Attributes:
        text: [1] stands after what citation 1 supports; "" when there is no answer.
        answered: False when the documents do not hold an answer.
        unsupported: the sentences that no citation supports, in order.
        degraded: what ran below its best.
        stages: every node that ran, in the order they ended.
        usage: tokens, by kind.
        cost_usd: None when the model's price is not known, 0.0 without a paid model.
        settings: what was asked with: the settings, and the models that really ran.
    """

    question: str
    text: str
    answered: bool
    citations: tuple[Citation, ...] = ()
    unsupported: tuple[str, ...] = ()
    degraded: tuple[Note, ...] = ()
    stages: tuple[Stage, ...] = ()
    total_ms: float = 0.0
    usage: Mapping[str, int] = field(default_factory=dict)
    cost_usd: float | None = 0.0
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader should know: unsupported sentences and degraded stages."""
        unsupported = [f"no citation supports: {sentence}" for sentence in self.unsupported]
        return (*unsupported, *map(str, self.degraded))

    def to_dict(self) -> dict[str, Any]:
        """The object that `run.py ask --json` prints, of plain values."""
        return {
            "question": self.question,
            "answer": self.text,
            "answered": self.answered,
            "citations": [asdict(citation) for citation in self.citations],
            "unsupported": list(self.unsupported),
            "degraded": [str(note) for note in self.degraded],
            "stages": [_stage_dict(stage) for stage in self.stages],
            "total_ms": round(self.total_ms, 3),
            "usage": dict(self.usage),
            "cost_usd": self.cost_usd,
            "settings": dict(self.settings),
        }

    def to_frame(self) -> "pd.DataFrame":
        """One row per citation."""
        return display.frame([asdict(citation) for citation in self.citations], _CITATION_COLUMNS)

    def _repr_html_(self) -> str:
        """Question, answer (unsupported sentences underlined), citations and notes."""
        text = "<p><em>The documents do not answer this.</em></p>"
        if self.answered:
            text = display.text_html(self.text)
        for sentence in map(html.escape, self.unsupported):
            marked = f'<u title="no citation supports this">{sentence}</u>'
            text = text.replace(sentence, marked, 1)
        question = html.escape(self.question)
        notes = display.html_list(self.notes)
        return f"<p><b>{question}</b></p>{text}{self._citations_html()}{notes}"

    def _citations_html(self) -> str:
        rows = []
        for citation in self.citations:
            place = f"{citation.source} [{citation.start}:{citation.end}]"
            rows.append((citation.number, citation.name, citation.quote, place))
        return display.html_table(("number", "title", "quote", "place"), rows) if rows else ""


def _stage_dict(stage: Stage) -> dict[str, Any]:
    return {"node": stage.node, "ms": round(stage.ms, 3), "start_ms": round(stage.start_ms, 3)}


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
    """What was streamed so far is withdrawn, for `reason`; what follows replaces it."""

    reason: str


Listener = Callable[[TextEvent | CitationEvent | ResetEvent], None]
