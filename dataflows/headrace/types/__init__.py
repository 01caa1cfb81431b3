"""The values that travel between nodes, and the protocols of what nodes are given.

Values are frozen dataclasses. Those that a question makes by the hundred are named
tuples, which are made in a fifth of the time. A node never changes what it was given.

    documents.py    documents and chunks
    questions.py    the question on its way to the search, filters, the tenant's facts
    hits.py         hits, sentences, passages, the context
    answers.py      prompt, citations, the answer and its events
    notes.py        what ran below its best
    progress.py     how long work reports its progress
    scales.py       where an encoder's cosines lie
    executing.py    where pieces of work are done
    protocols.py    database, encoder, reranker, language model, readers and others
    display.py      tables for notebooks
    drawing.py      a document with its chunks, for notebooks
    marking.py      places marked in a text, for notebooks
    moves.py        two rankings side by side, for notebooks
"""

from headrace.types.answers import (
    Answer,
    AnswerabilitySigns,
    AnswerabilityWeights,
    Citation,
    CitationEvent,
    CitedText,
    Completion,
    Listener,
    Prompt,
    ReadSentences,
    ResetEvent,
    ScoredSentence,
    SentenceRange,
    Stage,
    TextEvent,
    Unsupported,
    Verdict,
)
from headrace.types.documents import (
    Chunk,
    ChunkDraft,
    Document,
    Markup,
    Outcome,
    PreparedDocument,
    StoredDocument,
    StoredText,
    heading_words,
)
from headrace.types.executing import Executor
from headrace.types.hits import (
    Arm,
    Context,
    Dropped,
    Found,
    Hit,
    Passage,
    RerankScores,
    Sentence,
    label,
    place_name,
    to_frame,
)
from headrace.types.marking import MarkedText, Place
from headrace.types.moves import Moves
from headrace.types.notes import Note, any_passing
from headrace.types.progress import IngestListeners, Progress
from headrace.types.protocols import (
    Encoder,
    LanguageModel,
    Reader,
    Reranker,
    Statements,
    TenantDatabase,
    TokenCounter,
    TokenEncoder,
    WordLists,
    encoded_queries,
    has_token_vectors,
    query_token_vectors,
)
from headrace.types.questions import (
    Change,
    Courtesy,
    Facet,
    Filter,
    KnownName,
    KnownWords,
    LookedUp,
    QueryFilters,
    QuestionAnalysis,
    QuestionKind,
    RangeKind,
    RewrittenQuery,
    Spelling,
    SubQuery,
    TenantFacts,
    leading,
)
from headrace.types.scales import (
    BY_ENCODER,
    UNSCALED,
    CosineScale,
    known_scale,
    known_weights,
)

__all__ = [
    "BY_ENCODER",
    "Answer",
    "AnswerabilitySigns",
    "AnswerabilityWeights",
    "Arm",
    "Change",
    "Chunk",
    "ChunkDraft",
    "Citation",
    "CitationEvent",
    "CitedText",
    "Completion",
    "Context",
    "CosineScale",
    "Courtesy",
    "Document",
    "Dropped",
    "Encoder",
    "Executor",
    "Facet",
    "Filter",
    "Found",
    "Hit",
    "KnownName",
    "KnownWords",
    "LookedUp",
    "LanguageModel",
    "Listener",
    "MarkedText",
    "Markup",
    "Moves",
    "Note",
    "Outcome",
    "Passage",
    "Place",
    "PreparedDocument",
    "Progress",
    "Prompt",
    "QueryFilters",
    "QuestionAnalysis",
    "QuestionKind",
    "RangeKind",
    "Reader",
    "Reranker",
    "RerankScores",
    "ReadSentences",
    "ResetEvent",
    "RewrittenQuery",
    "ScoredSentence",
    "Sentence",
    "SentenceRange",
    "Spelling",
    "Stage",
    "Statements",
    "StoredDocument",
    "StoredText",
    "SubQuery",
    "TenantDatabase",
    "TenantFacts",
    "IngestListeners",
    "TextEvent",
    "Unsupported",
    "TokenCounter",
    "TokenEncoder",
    "UNSCALED",
    "encoded_queries",
    "has_token_vectors",
    "query_token_vectors",
    "Verdict",
    "WordLists",
    "any_passing",
    "heading_words",
    "known_scale",
    "known_weights",
    "label",
    "leading",
    "place_name",
    "to_frame",
]
