"""The values that travel between nodes, and what a node may ask of what it is given.

Values are frozen dataclasses, those that a question makes by the hundred named tuples, which take a fifth of the time: a node never
changes what it was given. What comes from outside (database, encoder, reranker, language model, token counter) is typed by a Protocol
here and built in `resources/`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

# ---------------------------------------------------------------------------------------------- documents and chunks


@dataclass(frozen=True, slots=True)
class Document:
    """One document as read from its source, before it is stored.

    `page_starts` holds, for paged formats, the offset in `text` at which each page begins, first page first; () otherwise.
    `markup` is "markdown" or "plain" and decides where chunks may begin. `metadata` values are str, int, float, bool,
    date or lists of these.
    """

    document_id: str
    title: str
    text: str
    source: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    page_starts: tuple[int, ...] = ()
    markup: str = "plain"


class Chunk(NamedTuple):
    """A stored piece of a document: `text` is exactly `document.text[start:end]`. `page` counts from 1, None if unpaged."""

    chunk_id: int
    document_id: str
    title: str
    source: str
    text: str
    start: int
    end: int
    ordinal: int = 0
    page: int | None = None


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A document ready to be chunked: `language` is a text search configuration, `content_hash` is of all that is ingested."""

    document: Document
    language: str
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """A chunk before it is stored.

    `title` is its document's, "" where the text is nothing else; `embedded_text` is what the encoder reads, the title and then the text
    (a long title shortened); `content_hash` is of both.
    """

    ordinal: int
    title: str
    text: str
    start: int
    end: int
    page: int | None
    embedded_text: str
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class StoredText:
    """A stored chunk's text and its document's title: all that an encoder reads of it."""

    chunk_id: int
    document_id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document: `status` is "new", "changed", "unchanged", "removed" or "failed", and then `reason` says why."""

    document_id: str
    source: str
    status: str
    chunks: int = 0
    embedded: int = 0
    reason: str = ""


# ------------------------------------------------------------------------------------------------- the question's way


@dataclass(frozen=True, slots=True)
class Change:
    """One change made to the question: `kind` is "typo", "abbreviation" or "follow-up"; `reason` is for people."""

    kind: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class RewrittenQuery:
    """A question's text after a stage, with every change that stage and earlier ones made."""

    text: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionAnalysis:
    """What a language model made of a question.

    Attributes:
        standalone: the question made to stand alone, in the user's words.
        typos: (as typed, as meant).
        expansions: (abbreviation, long form).
        filters: conditions on the documents, with the words that said so.
        sub_questions: what can be searched for by itself.
        note: why there is no analysis, and rules stand in; "" where there is one.
        usage: tokens, as the service counts them; `cost_usd` is None where the price is not known.
    """

    standalone: str = ""
    typos: tuple[tuple[str, str], ...] = ()
    expansions: tuple[tuple[str, str], ...] = ()
    filters: tuple[tuple["Filter", str], ...] = ()
    sub_questions: tuple[str, ...] = ()
    note: str = ""
    usage: Mapping[str, int] = field(default_factory=dict)
    cost_usd: float | None = 0.0


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on a document's metadata.

    operator "in": `values` are the accepted ones (compared without regard to case).
    operator "range": `low` <= value < `high`, both dates or both numbers; None leaves a side open.
    operator "exists": the document has the field.
    `negated`: a document meets it by not meeting the condition, one without the field included.
    """

    field: str
    operator: str
    values: tuple[str, ...] = ()
    low: date | float | None = None
    high: date | float | None = None
    negated: bool = False

    def __str__(self) -> str:
        if self.operator == "exists":
            return f"{'no' if self.negated else 'any'} {self.field}"
        if self.operator == "in":
            return f"{self.field} {'is not' if self.negated else '='} {' or '.join(self.values)}"
        low, high = (f"{end:.15g}" if isinstance(end, float | int) else end for end in (self.low, self.high))
        ends = ([f"from {low}"] if low is not None else []) + ([f"before {high}"] if high is not None else [])
        return f"{self.field} {'not ' if self.negated else ''}{' to '.join(ends)}"


class Spelling(NamedTuple):
    """What may be meant where a question has `typed`, a word or two: `chunks` of the tenant have `meant`, in any inflection; its share of general
    text is `frequency`, 0 where no general word list has it.
    """

    typed: str
    meant: str
    chunks: int
    frequency: float = 0.0


@dataclass(frozen=True, slots=True)
class KnownWords:
    """What is known of a question's words: how many chunks have each, in any inflection, and other spellings of those that are known nowhere."""

    chunks: Mapping[str, int] = field(default_factory=dict)
    spellings: Mapping[str, tuple[Spelling, ...]] = field(default_factory=dict)


class KnownName(NamedTuple):
    """What a phrase of a question means to the tenant's documents.

    kind "short form": `meaning` is its long form; "long form": its short form; "value": the phrase, in small letters, is a value of `field`;
    "name": it is another name of the value `meaning`. `given`: by the user's glossary. `documents` that say so or have the value, up to 1,000.
    """

    kind: str
    phrase: str
    field: str
    meaning: str
    given: bool
    documents: int


@dataclass(frozen=True, slots=True)
class QueryFilters:
    """What a question says about the documents it wants.

    Attributes:
        applied: every hit meets these.
        preferred: documents that meet one of these are searched for as well, and count more.
        relaxed: those given up because they left nothing.
        consumed: the words that `applied` came from.
    """

    applied: tuple[Filter, ...] = ()
    preferred: tuple[Filter, ...] = ()
    relaxed: tuple[Filter, ...] = ()
    consumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SubQuery:
    """One searched stream: `role` is "original", "rewritten", "preferred" or "sub-question".

    In the keyword search all of its `phrases` count like one rare word; no hit of either search has anything `excluded`; all its hits meet
    `filters`. `weight` is what its scores count beside those of the other streams.
    """

    text: str
    role: str = "original"
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a tenant holds, as of one moment. `version` changes with every committed change of its documents.

    `indexed` is whether the database has a vector index; there is none before a tenant has outgrown exact search.
    """

    version: str
    documents: int
    chunks: int
    languages: tuple[str, ...]
    fields: tuple[str, ...]
    date_fields: tuple[str, ...] = ()
    number_fields: tuple[str, ...] = ()
    indexed: bool = True


@dataclass(frozen=True, slots=True)
class Facet:
    """How many documents have a field, or, with `value`, this value of it.

    Of a field, `kinds` says what ranges there are: "dates", "numbers", both or neither. `value` is as one of the documents writes it.
    """

    field: str
    documents: int
    value: str | None = None
    kinds: tuple[str, ...] = ()


# ------------------------------------------------------------------------------------------------------ hits, context


class Hit(NamedTuple):
    """A chunk found by a search: `rank` counts from 1 within its `stream`.

    A stream is an arm and a sub-query ("semantic 0", "keyword 1") or a later stage ("fused", "reranked").
    `found_by` lists, for a later stage, the streams and ranks the chunk came from.
    """

    chunk: Chunk
    score: float
    rank: int = 0
    stream: str = ""
    found_by: tuple[tuple[str, int], ...] = ()

    @property
    def chunk_id(self) -> int:
        return self.chunk.chunk_id

    def to_frame(self):
        """This hit as a one-row pandas DataFrame; `to_frame(hits)` of the package does a list."""
        from dataflows.display import hits_frame

        return hits_frame([self])

    def _repr_html_(self) -> str:
        from dataflows.display import hits_html

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
        from dataflows.display import context_frame

        return context_frame(self)

    def _repr_html_(self) -> str:
        from dataflows.display import context_html

        return context_html(self)


# ------------------------------------------------------------------------------------------------- prompt and answer


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

    In `text`, [1] stands after what citation 1 supports. `degraded` says in words what ran below its best
    ("rerank: ..."); `cost_usd` is None when the model's price is not known, 0.0 when no paid model was called.
    """

    question: str
    text: str
    answered: bool
    citations: tuple[Citation, ...] = ()
    degraded: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    total_ms: float = 0.0
    usage: Mapping[str, int] = field(default_factory=dict)
    cost_usd: float | None = 0.0
    settings: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The object that `run.py ask --json` prints; see the README for its fields."""
        from dataflows.display import answer_dict

        return answer_dict(self)

    def to_frame(self):
        """One row per citation: number, title, quote, source, start, end, page."""
        from dataflows.display import answer_frame

        return answer_frame(self)

    def _repr_html_(self) -> str:
        from dataflows.display import answer_html

        return answer_html(self)


# ------------------------------------------------------------------------------------------------------------- events


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


# --------------------------------------------------------------------------------------------------- what is given in


@runtime_checkable
class Database(Protocol):
    """PostgreSQL, as nodes see it: named statements of `sql/`, always as one tenant.

    `fingerprint` changes with what decides, beside the rows, what a query returns.
    """

    fingerprint: str

    def query(self, tenant: str, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple]:
        """The rows of sql/<statement>.sql, run in a transaction of its own that can see this tenant only."""

    def query_each(self, tenant: str, statement: str, parameters: Iterable[Mapping[str, Any]]) -> list[list[tuple]]:
        """The same statement once per mapping, in one transaction: one snapshot, one list of rows each."""

    def read(self, tenant: str, work: Callable[[Any], Any]) -> Any:
        """What `work` returns, given an object with `query(statement, parameters)`: all it reads is of one moment. May be called twice."""

    def transaction(self, tenant: str) -> Any:
        """A context manager yielding an object with `query(statement, parameters)`; all or nothing."""


@runtime_checkable
class WordLists(Protocol):
    """General vocabulary, by language (a text search configuration); a language it does not know has no words."""

    def frequency(self, word: str, languages: Sequence[str]) -> float:
        """The share of running text that is this word (in small letters), 0 where it is not known."""

    def near(self, word: str, languages: Sequence[str], most: int) -> list[str]:
        """Words at most `most` slips away."""


@runtime_checkable
class Encoder(Protocol):
    """Text to vectors. `max_tokens` is what it reads of one text, its special tokens included."""

    name: str
    dimension: int
    max_tokens: int
    tokenizer: Any  # a tokenizers.Tokenizer that neither truncates nor pads

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), dimension) float32, rows of norm 1, in the order given."""

    def count_tokens(self, text: str) -> int:
        """The word pieces of `text`, special tokens not counted, nothing truncated."""


@runtime_checkable
class Reranker(Protocol):
    """A model that reads question and text together."""

    name: str

    def score(self, question: str, texts: Sequence[str], deadline_s: float | None = None) -> np.ndarray:
        """(len(texts),) float32 logits, higher is more relevant; NaN for texts not reached by the deadline."""


@runtime_checkable
class LanguageModel(Protocol):
    """A model that answers from passages, citing them."""

    name: str

    def complete(self, prompt: Prompt, on_text: Callable[[str], None], on_part: Callable[[CitedText], None]) -> Completion:
        """The whole answer; meanwhile `on_text` gets each piece of text and `on_part` each finished part.

        Raises GenerationError within the deadline, with the text that had arrived, when no whole answer can be had.
        """


@runtime_checkable
class TokenCounter(Protocol):
    """Counts the tokens of a text as the target model would, or a stated margin above."""

    def count(self, text: str) -> int: ...
