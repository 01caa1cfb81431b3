"""The values that travel between nodes, and what a node may ask of what it is given.

Values are frozen dataclasses, those that a question makes by the hundred named tuples, which take a fifth of the time: a node never
changes what it was given. What comes from outside (database, encoder, reranker, language model, token counter) is typed by a Protocol
in resources.py and built in `dataflows/headrace/resources/`.

    documents.py    documents and chunks
    questions.py    the question's way to the search; filters, spellings, the tenant's state
    hits.py         hits, sentences, passages, the context
    answers.py      prompt, citations, the answer and its events
    resources.py    database, encoder, reranker, language model, token counter, word lists
"""

from headrace.types.answers import (
    Answer,
    AnswerabilitySigns,
    Citation,
    CitationEvent,
    CitedText,
    Completion,
    Listener,
    Prompt,
    ResetEvent,
    ScoredSentence,
    SentenceRange,
    Stage,
    TextEvent,
)
from headrace.types.documents import (
    Chunk,
    ChunkDraft,
    Document,
    Outcome,
    PreparedDocument,
    StoredText,
)
from headrace.types.hits import Context, Dropped, Hit, Passage, RerankScores, Sentence
from headrace.types.protocols import (
    Database,
    Encoder,
    LanguageModel,
    Reranker,
    TokenCounter,
    TokenEncoder,
    WordLists,
)
from headrace.types.questions import (
    Change,
    Corpus,
    Facet,
    Filter,
    KnownName,
    KnownWords,
    QueryFilters,
    QuestionAnalysis,
    RewrittenQuery,
    Spelling,
    SubQuery,
    leading,
)

__all__ = [
    "Answer",
    "AnswerabilitySigns",
    "Change",
    "Chunk",
    "ChunkDraft",
    "Citation",
    "CitationEvent",
    "CitedText",
    "Completion",
    "Context",
    "Corpus",
    "Database",
    "Document",
    "Dropped",
    "Encoder",
    "Facet",
    "Filter",
    "Hit",
    "KnownName",
    "KnownWords",
    "LanguageModel",
    "Listener",
    "Outcome",
    "Passage",
    "PreparedDocument",
    "Prompt",
    "QueryFilters",
    "QuestionAnalysis",
    "RerankScores",
    "Reranker",
    "ResetEvent",
    "RewrittenQuery",
    "ScoredSentence",
    "Sentence",
    "SentenceRange",
    "Spelling",
    "Stage",
    "StoredText",
    "SubQuery",
    "TextEvent",
    "TokenCounter",
    "TokenEncoder",
    "WordLists",
    "leading",
]
