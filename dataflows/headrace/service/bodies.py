"""What requests and responses hold, for checks and for the OpenAPI description."""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StrictBool, field_validator

from headrace.types import Document
from headrace.types.documents import Markup

_LONGEST_ID = 1000
_MOST_DOCUMENTS = 10_000
_QUESTION = "How long does the warranty last?"
_FILTERS = {"author": ["Ada", "Grace"], "published": {"from": "2021-01-01"}}


class _Body(BaseModel):
    """Part of a request; a name that is not known is an error."""

    model_config = ConfigDict(extra="forbid")


class Question(_Body):
    """A question about the tenant's documents."""

    question: str = Field(min_length=1, examples=[_QUESTION])
    history: list[str] = Field(
        [], max_length=100, description="earlier turns, oldest first, the user's first"
    )
    filters: dict[str, JsonValue] = Field(
        {},
        description="conditions on metadata that a document must meet, by field",
        examples=[_FILTERS],
    )
    today: date | None = Field(None, description='the day that "last year" counts from')
    settings: dict[str, JsonValue] = Field(
        {},
        description="settings of nodes for this question, with the right admin",
        examples=[{"candidate_count": 50}],
    )

    @field_validator("today", mode="before")
    @classmethod
    def _written(cls, day: object) -> object:
        """Refuses a number, which would be read as a date."""
        if day is not None and not isinstance(day, str):
            raise ValueError("give a date like 2026-01-31")
        return day

    def given(self) -> dict[str, Any]:
        """What `Pipeline.ask` takes, beside question and tenant."""
        given: dict[str, Any] = {"history": self.history, **self.settings}
        if self.filters:
            given["filters"] = self.filters
        if self.today:
            given["today"] = self.today
        return given


class Retrieval(Question):
    """A question of which the values of some nodes are wanted."""

    nodes: list[str] = Field(
        ["reranked_hits"],
        min_length=1,
        max_length=50,
        description="names of nodes, as `run.py graph` draws them",
        examples=[["fused_hits", "context"]],
    )
    overrides: dict[str, JsonValue] = Field(
        {},
        description="values of nodes, which are then not computed, with the right admin",
        examples=[{"keyword_hits": []}],
    )


class CitationBody(BaseModel):
    """Where a statement of the answer stands; `quote` is the stored text."""

    number: int
    document_id: str
    title: str
    source: str
    chunk_id: int
    start: int = Field(description="characters of the document's text, from 0")
    end: int
    page: int | None
    quote: str
    last_page: int | None = None
    headings: list[str] = []
    lead: str = ""


class AnswerBody(BaseModel):
    """The answer to a question; [1] stands after what citation 1 supports."""

    question: str
    answer: str
    answered: bool
    citations: list[CitationBody]
    unsupported: list[dict[str, str]]
    degraded: list[str]
    notes: list[str] = Field(description="what a reader should know beside the answer")
    confidence: float
    reason: str
    nearest: list[CitationBody]
    filters: list[str]
    stages: list[dict[str, Any]]
    total_ms: float
    usage: dict[str, int]
    cost_usd: float | None
    settings: dict[str, Any]


class RetrievalBody(BaseModel):
    """The values of nodes, by name."""

    values: dict[str, Any]


class DocumentBody(_Body):
    """A document to store. One with the same id is replaced."""

    document_id: str = Field(min_length=1, max_length=_LONGEST_ID, examples=["warranty.md"])
    text: str = Field(examples=["# Warranty\n\nThe warranty lasts two years."])
    title: str = Field("", examples=["Warranty"])
    source: str = Field("", description="where it comes from; without one, its id")
    metadata: dict[str, str | int | float | bool | list[str | int | float | bool]] = Field(
        {}, examples=[{"author": "Grace", "published": "2021-06-01"}]
    )
    markup: Markup = "markdown"

    def document(self) -> Document:
        return Document(
            self.document_id,
            self.title,
            self.text,
            self.source or self.document_id,
            self.metadata,
            markup=self.markup,
        )


class DocumentsBody(_Body):
    """Documents to store."""

    documents: list[DocumentBody] = Field(min_length=1, max_length=_MOST_DOCUMENTS)


class OutcomeBody(BaseModel):
    """What became of a document or file: new, changed, unchanged, removed or failed.

    A file without text is "passed over"; "noted" says what to know of a stored one.
    """

    document_id: str
    source: str
    status: str
    chunks: int
    reason: str


class OutcomesBody(BaseModel):
    """What became of the documents, in order."""

    outcomes: list[OutcomeBody]


class JobBody(BaseModel):
    """An ingest in the background: waiting, running, done, or failed and why."""

    job_id: str
    status: str
    progress: dict[str, list[int]] = Field(
        description="what is counted, with how much is done of how much",
        examples=[{"documents": [3, 10], "chunks embedded": [64, 210]}],
    )
    outcomes: list[OutcomeBody]
    reason: str
    created_at: str | None


class JobsBody(BaseModel):
    """The tenant's jobs, the newest first."""

    jobs: list[JobBody]


class ListedDocument(BaseModel):
    """A stored document, without its text."""

    document_id: str
    title: str
    source: str
    language: str
    chunk_count: int
    stored_at: str
    metadata: dict[str, Any]


class ListingBody(BaseModel):
    """Documents by id, and how many follow: ask for those `after` the last id."""

    documents: list[ListedDocument]
    more: int


class ShownDocument(ListedDocument):
    """A stored document with its text and chunks."""

    text: str
    page_starts: list[int]
    chunks: list[dict[str, Any]]


class FacetBody(BaseModel):
    """How many documents have a field, or a value of it."""

    field: str
    documents: int
    value: str | None
    kinds: list[str]


class FacetsBody(BaseModel):
    """Fields, or values of one field, those of most documents first."""

    facets: list[FacetBody]


class Feedback(_Body):
    """What a reader thinks of an answer."""

    question: str = Field(min_length=1, max_length=16_000, examples=[_QUESTION])
    answer: str = Field(max_length=100_000, examples=["The warranty lasts two years. [1]"])
    is_helpful: StrictBool
    comment: str = Field("", max_length=4_000)


class FeedbackBody(BaseModel):
    """What readers thought, the newest first."""

    feedback: list[dict[str, Any]]


class Alive(BaseModel):
    """The process answers."""

    status: str = Field(examples=["alive"])
