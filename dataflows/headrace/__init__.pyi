from .async_pipeline import AsyncPipeline as AsyncPipeline
from .errors import (
    DatabaseError as DatabaseError,
    GenerationError as GenerationError,
    HeadraceError as HeadraceError,
    ModelError as ModelError,
    QuestionError as QuestionError,
    SettingsError as SettingsError,
    SourceError as SourceError,
    WorkerError as WorkerError,
)
from .pipeline import Pipeline as Pipeline
from .scaling.ray_executor import RayExecutor as RayExecutor
from .settings import Settings as Settings, load_settings as load_settings
from .types import (
    Answer as Answer,
    Citation as Citation,
    CitationEvent as CitationEvent,
    CitedText as CitedText,
    Completion as Completion,
    Context as Context,
    Document as Document,
    Encoder as Encoder,
    Executor as Executor,
    Facet as Facet,
    Filter as Filter,
    Hit as Hit,
    LanguageModel as LanguageModel,
    Moves as Moves,
    Note as Note,
    Outcome as Outcome,
    Passage as Passage,
    Prompt as Prompt,
    Reader as Reader,
    Reranker as Reranker,
    ResetEvent as ResetEvent,
    Sentence as Sentence,
    SentenceRange as SentenceRange,
    StoredDocument as StoredDocument,
    SubQuery as SubQuery,
    TenantDatabase as TenantDatabase,
    TextEvent as TextEvent,
    TokenCounter as TokenCounter,
    to_frame as to_frame,
)

__version__: str
