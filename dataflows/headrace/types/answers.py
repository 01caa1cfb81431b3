"""The prompt, the answer with its citations, and the events by which it is streamed."""

import html
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from headrace.types import display
from headrace.types.hits import Passage, place_name
from headrace.types.notes import Note
from headrace.types.questions import QueryFilters

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
    """The evidence for and against a context that is to answer a question.

    Attributes:
        found: whether the semantic search found anything.
        near: the cosine of the nearest chunk (with few chunks, that of the nearest
            sentence less 0.1). If more, half of the largest share of the question's
            words in a sentence, or 0.5 if the context has all codes of the question.
        sentence: how well the best sentence fits: its cosine, and its share of the
            question's words.
        absent: how much of the question's names, codes and numbers the context lacks,
            0 to 1; 1/2 if the only one is absent. Added to it are words that no
            document has and no sentence comes near, names that only other documents
            than the nearest have, and an amount that no sentence gives.
        lead: how far the nearest chunk is ahead of the tenth, in cosine.
        margin: how far the best keyword hit is ahead of the tenth, as a share of its
            score.
        absent_names: names, codes, numbers and hyphenated words that the context lacks.
        apart_names: those that the nearest document lacks and another one has.
        unknown_words: words that no document has.
        untold_amount: the thing whose number is asked for, or "price", if no sentence
            gives it.
    """

    found: bool = False
    near: float = 0.0
    sentence: float = 0.0
    absent: float = 0.0
    lead: float = 0.0
    margin: float = 0.0
    absent_names: tuple[str, ...] = ()
    unknown_words: tuple[str, ...] = ()
    apart_names: tuple[str, ...] = ()
    untold_amount: str = ""

    @property
    def values(self) -> tuple[float, ...]:
        """The numbers, in the order of `AnswerabilityWeights`; 1 for the intercept."""
        signs = (self.near, self.sentence, self.absent, self.lead, self.margin)
        return (*signs, 1.0)


class ReadSentences(NamedTuple):
    """How the context's sentences compare with each sub-query, in the context's order.

    Attributes:
        shares: (n_sentences, n_queries), of the query's words that the sentence holds.
        cosines: (n_sentences, n_queries).
        nearest: (n_sentences, n_queries), mean cosine of the query's word pieces to the
            nearest ones of the sentence (MaxSim).
        pieces: for each sub-query, these cosines one by one, (n_compared, n_pieces), of
            the sentences that were compared by meaning; () without word pieces.
        questions: (n_sentences, n_queries), cosine of the heading above the sentence,
            or else of its document's title, if that is a question; else 0.
    """

    shares: np.ndarray
    cosines: np.ndarray
    nearest: np.ndarray
    pieces: tuple[np.ndarray, ...] = ()
    questions: np.ndarray = np.zeros((0, 0))


class AnswerabilityWeights(NamedTuple):
    """The weight of each sign in the answerability, a logistic regression.

    The values are fitted (DECISIONS.md, "answerability weights"); `run.py tune --stage
    answerability` fits others.
    """

    near: float = 4.6
    sentence: float = 1.2
    absent: float = -3.1
    lead: float = 0.5
    margin: float = 1.2
    intercept: float = -4.3


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the context is good enough to answer from.

    Attributes:
        likelihood: how likely it answers the question, 0 to 1.
        is_declined: whether there is to be no answer.
        reason: why there is none, or why an answer is uncertain; "" for a sure one.
        filters: the conditions that the question put on documents.
        nearest: the nearest places, shown if there is no answer.
    """

    likelihood: float = 1.0
    is_declined: bool = False
    reason: str = ""
    filters: QueryFilters = field(default_factory=QueryFilters)
    nearest: "tuple[SentenceRange, ...]" = ()


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
        reply: what is answered without asking the model; "" for a question.
    """

    system: str
    passages: tuple[Passage, ...]
    question: str
    history: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None
    reply: str = ""


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
    """The place in the documents that a statement of the answer comes from.

    `quote` is characters `start` to before `end` of the stored text; that was verified.

    Attributes:
        page: the page on which the quote begins, from 1; None without pages.
        last_page: the page on which it ends, if that is another one.
        headings: those above the quote, the highest first.
        lead: what has to be read before the quote: the header of its table, or the
            introduction of its list; else "".
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
class Unsupported:
    """A sentence of an answer that its citations do not support, and the reason."""

    sentence: str
    reason: str

    def __str__(self) -> str:
        return f"{self.sentence} ({self.reason})"


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
        text: [1] follows what citation 1 supports; "" when there is no answer.
        answered: False when the documents do not hold an answer, and for a greeting or
            thanks, which has a `text` that is no answer.
        unsupported: the sentences that no citation supports, in order, and those that
            say another number, date or name than what they cite.
        degraded: what ran below its best.
        stages: every node that ran, in the order they ended.
        usage: tokens, by kind.
        cost_usd: None when the model's price is not known, 0.0 without a paid model.
        settings: what was asked with: the settings, and the models that really ran.
        confidence: how likely the passages found answer the question, 0 to 1.
        reason: why there is no answer, or why this one is uncertain; "" for a sure one.
        nearest: without an answer, the passages that come nearest.
        filters: the conditions on documents under which they were searched.
    """

    question: str
    text: str
    answered: bool
    citations: tuple[Citation, ...] = ()
    unsupported: tuple[Unsupported, ...] = ()
    degraded: tuple[Note, ...] = ()
    stages: tuple[Stage, ...] = ()
    total_ms: float = 0.0
    usage: Mapping[str, int] = field(default_factory=dict)
    cost_usd: float | None = 0.0
    settings: Mapping[str, Any] = field(default_factory=dict)
    confidence: float = 0.0
    reason: str = ""
    nearest: tuple[Citation, ...] = ()
    filters: QueryFilters = field(default_factory=QueryFilters)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader should know besides the answer.

        These are doubts about it, unsupported sentences, filters, and stages that ran
        below their best, unless every answer would say the same.
        """
        doubts = [self.reason] if self.answered and self.reason else []
        unsupported = [f"not supported: {one}" for one in self.unsupported]
        degraded = [str(note) for note in self.degraded if not note.is_standing]
        return (*doubts, *unsupported, *self.filters.notes, *degraded)

    def to_dict(self) -> dict[str, Any]:
        """The object that `run.py ask --json` prints, of plain values."""
        return {
            "question": self.question,
            "answer": self.text,
            "answered": self.answered,
            "citations": [asdict(citation) for citation in self.citations],
            "unsupported": [asdict(one) for one in self.unsupported],
            "degraded": [str(note) for note in self.degraded],
            "notes": list(self.notes),
            "confidence": round(self.confidence, 3),
            "reason": self.reason,
            "nearest": [asdict(citation) for citation in self.nearest],
            "filters": list(self.filters.notes),
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
        """Question, answer (unsupported sentences underlined), citations and notes.

        Without an answer, the reason and the nearest passages.
        """
        reason = html.escape(self.reason)
        text = f"<p><em>The documents do not answer this.</em> {reason}".rstrip() + "</p>"
        text += "<p>The nearest passages:</p>" if self.nearest else ""
        if self.text:
            text = display.text_html(self.text)
        for one in self.unsupported:
            sentence = html.escape(one.sentence)
            marked = f'<u title="{html.escape(one.reason)}">{sentence}</u>'
            text = text.replace(sentence, marked, 1)
        question = html.escape(self.question)
        notes = display.html_list(self.notes)
        return f"<p><b>{question}</b></p>{text}{self._citations_html()}{notes}"

    def _citations_html(self) -> str:
        rows = []
        for citation in self.citations or self.nearest:
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
