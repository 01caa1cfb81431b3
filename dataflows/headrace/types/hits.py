"""What the searches find, and the context made of it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from headrace.types import display
from headrace.types.documents import Chunk, Outcome
from headrace.types.notes import Note

if TYPE_CHECKING:
    import pandas as pd

#: The search that found a hit, or the later stage that made it.
Arm = Literal["semantic", "keyword", "fused", "linked", "reranked"]

_HIT_COLUMNS = (
    "rank",
    "score",
    "arm",
    "sub_query",
    "found_by",
    "document_id",
    "title",
    "start",
    "end",
    "page",
    "headings",
    "chunk_id",
    "text",
)
_OUTCOME_COLUMNS = ("status", "document_id", "chunks", "embedded", "reason", "source", "files")
_CONTEXT_COLUMNS = ("number", "title", "headings", "source", "start", "end", "sentences", "text")


class Found(NamedTuple):
    """Where a later stage took a hit from.

    `rank` counts from 1 among the hits of this arm and sub-query. For "linked", it is
    the rank of the hit that names the document, and there is no sub-query.
    """

    arm: Arm
    sub_query: int | None
    rank: int

    def __str__(self) -> str:
        return f"{label(self.arm, self.sub_query)} #{self.rank}"


class Hit(NamedTuple):
    """A chunk that a search found.

    Attributes:
        score: cosine similarity, BM25, or what a later stage made of them.
        rank: counts from 1 among the hits of the same arm and sub-query.
        arm: the search, or the later stage.
        sub_query: the index of the sub-query; None for a later stage.
        found_by: of a later stage, where it took the chunk from.
        coverage: from BM25 alone, the share of the query's words that the chunk has,
            rare words counting more, 0 to 1.
    """

    chunk: Chunk
    score: float
    rank: int = 0
    arm: Arm = "fused"
    sub_query: int | None = None
    found_by: tuple[Found, ...] = ()
    coverage: float = 0.0

    @property
    def chunk_id(self) -> int:
        return self.chunk.chunk_id

    def to_frame(self) -> "pd.DataFrame":
        """This hit as a DataFrame of one row; `headrace.to_frame` takes a list."""
        return to_frame([self])

    def _repr_html_(self) -> str:
        return hits_html([self])


def place_name(title: str, headings: Iterable[str]) -> str:
    """A place in a document: "Refunds > Finland"."""
    return " > ".join(filter(None, [title, *headings]))


def label(arm: Arm, sub_query: int | None) -> str:
    """An arm and its sub-query in words: "semantic 0", "fused"."""
    return arm if sub_query is None else f"{arm} {sub_query}"


def to_frame(values: Iterable[Hit] | Iterable[Outcome]) -> "pd.DataFrame":
    """Hits, or outcomes of an ingest, as a pandas DataFrame, a row each, in order.

    Columns of hits: rank, score, arm, sub_query, found_by, document_id, title, start,
    end, page, headings, chunk_id, text. Columns of outcomes: status, document_id,
    chunks, embedded, reason, source, files.
    """
    hits: list[dict[str, Any]] = []
    outcomes: list[dict[str, Any]] = []
    for value in values:
        if isinstance(value, Outcome):
            outcomes.append(asdict(value))
        else:
            hits.append(_hit_row(value))
    if outcomes:
        return display.frame(outcomes, _OUTCOME_COLUMNS)
    return display.frame(hits, _HIT_COLUMNS)


def hits_html(hits: Iterable[Hit]) -> str:
    """Hits as an HTML table: rank, score, arm, title, the beginning of the text."""
    rows = []
    for hit in hits:
        arm = label(hit.arm, hit.sub_query)
        text = display.snippet(hit.chunk.text)
        name = place_name(hit.chunk.title, hit.chunk.headings)
        rows.append((hit.rank, f"{hit.score:.4f}", arm, name, text))
    return display.html_table(("rank", "score", "arm", "title", "text"), rows)


def _hit_row(hit: Hit) -> dict[str, Any]:
    chunk = hit.chunk
    return {
        "rank": hit.rank,
        "score": round(hit.score, 4),
        "arm": hit.arm,
        "sub_query": hit.sub_query,
        "found_by": ", ".join(map(str, hit.found_by)),
        "document_id": chunk.document_id,
        "title": chunk.title,
        "start": chunk.start,
        "end": chunk.end,
        "page": chunk.page,
        "headings": " > ".join(chunk.headings),
        "chunk_id": chunk.chunk_id,
        "text": chunk.text,
    }


@dataclass(frozen=True, slots=True)
class RerankScores:
    """A reranker's scores for the first hits, in fused order.

    Attributes:
        logits: one per hit, None for a hit that was not scored.
        note: what fell short, if anything.
    """

    logits: tuple[float | None, ...]
    note: Note | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a stored document: `text` is `document.text[start:end]`.

    Attributes:
        headings: those that it stands under, the highest first.
        lead: what it is read after: the header of its table, or what introduces its
            list; "" where nothing does.
    """

    text: str
    start: int
    end: int
    chunk_id: int
    page: int | None = None
    headings: tuple[str, ...] = ()
    lead: str = ""

    @property
    def text_in_place(self) -> str:
        """Its headings, what leads to it, and its text, a line each."""
        return "\n".join(filter(None, [" > ".join(self.headings), self.lead, self.text]))


@dataclass(frozen=True, slots=True)
class Passage:
    """What the context holds of one place in one document.

    Attributes:
        number: counts from 1.
        sentences: in reading order.
        date: of its document, where that is known and asked for; else "".
    """

    number: int
    document_id: str
    title: str
    source: str
    sentences: tuple[Sentence, ...]
    date: str = ""

    @property
    def name(self) -> str:
        """Where it stands: "Refunds > Finland"."""
        headings = self.sentences[0].headings if self.sentences else ()
        return place_name(self.title, headings)

    @property
    def shown(self) -> tuple[str, ...]:
        """Each sentence as a model reads it.

        On lines before it stand the headings where others begin, and what leads to it
        where that is not shown yet.
        """
        texts: list[str] = []
        before: Sentence | None = None
        said: set[str] = set()
        for sentence in self.sentences:
            shown = sentence.text
            if sentence.lead and sentence.lead not in said:
                shown = f"{sentence.lead}\n{shown}"
            if before and before.headings != sentence.headings:
                shown = f"# {place_name(self.title, sentence.headings)}\n{shown}"
            texts.append(shown)
            said.add(sentence.lead)
            said.add(sentence.text)
            before = sentence
        return tuple(texts)

    @property
    def text(self) -> str:
        """What a model reads of it: its sentences, as `shown`, one after the other.

        Sentences that the document has no space between have none here either.
        """
        text = ""
        end = None
        for sentence, shown in zip(self.sentences, self.shown, strict=True):
            is_joined = end is None or (end == sentence.start and shown == sentence.text)
            text += shown if is_joined else f" {shown}"
            end = sentence.end
        return text

    @property
    def rendered(self) -> str:
        """Its text under its number, place and source."""
        return f"[{self.number}] {self.name} ({self.source})\n{self.text}"


@dataclass(frozen=True, slots=True)
class Dropped:
    """A chunk that did not reach the context whole, and why."""

    chunk_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Context:
    """The passages that fit the token budget.

    `text` is exactly what was counted: `tokens` tokens of it, at most `budget`.

    Attributes:
        passages: those with hits, then those that only fill what the hits left.
        filling: how many of them only fill.
    """

    passages: tuple[Passage, ...]
    text: str
    tokens: int
    budget: int
    dropped: tuple[Dropped, ...] = ()
    filling: int = 0

    @property
    def of_hits(self) -> "Context":
        """The passages with hits: what is quoted without a model, and judged to answer.

        `tokens` are those of the whole.
        """
        passages = self.passages[: len(self.passages) - self.filling]
        text = "\n\n".join(passage.rendered for passage in passages)
        return replace(self, passages=passages, text=text, filling=0)

    def to_frame(self) -> "pd.DataFrame":
        """One row per passage.

        Columns: number, title, headings, source, start, end, sentences, text.
        """
        return display.frame([_passage_row(passage) for passage in self.passages], _CONTEXT_COLUMNS)

    def _repr_html_(self) -> str:
        rows = []
        for passage in self.passages:
            text = display.snippet(passage.text)
            rows.append((passage.number, passage.name, len(passage.sentences), text))
        table = display.html_table(("number", "title", "sentences", "text"), rows)
        dropped = display.html_list(
            f"chunk {drop.chunk_id}: {drop.reason}" for drop in self.dropped
        )
        return f"<p>{self.tokens:,} of {self.budget:,} tokens</p>{table}{dropped}"


def _passage_row(passage: Passage) -> dict[str, Any]:
    return {
        "number": passage.number,
        "title": passage.title,
        "headings": " > ".join(passage.sentences[0].headings),
        "source": passage.source,
        "start": passage.sentences[0].start,
        "end": passage.sentences[-1].end,
        "sentences": len(passage.sentences),
        "text": passage.text,
    }
