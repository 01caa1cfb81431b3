"""Every setting, checked once at start.

A setting comes from the first of these that has it: what a caller chooses, the
environment variable HEADRACE_<SETTING> in capitals (and DATABASE_URL), `headrace.toml`
in the current folder, `headrace.toml` in the user's configuration folder, the default.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import (
    AliasChoices,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from headrace.errors import SettingsError, did_you_mean
from headrace.model_settings import ServedModels
from headrace.setting_faults import (
    PREFIX,
    SETTINGS_FILE,
    complaint,
    mistyped_variable,
    unreadable,
)
from headrace.setting_types import Address, Addresses, Names, SixNumbers, Switch, TwoNumbers

#: The parts of understanding, each of which can be switched off.
UNDERSTANDING_PARTS = ("conversation", "spelling", "expansion", "filtering", "decomposition")
#: Settings that choose a node's variant (`@config.when`): changing one changes the
#: graph.
GRAPH_SETTINGS = (
    "understanding",
    *UNDERSTANDING_PARTS,
    "keyword",
    "fusion",
    "hop",
    "passages",
    "reranking",
    "packing",
    "generation",
)
#: Settings that are parameters of nodes, with the same name and default (a test
#: compares).
NODE_SETTINGS = (
    "fiscal_year_start",
    "candidate_count",
    "rrf_k",
    "semantic_weight",
    "coverage_weight",
    "cosine_scale",
    "exact_search_chunks",
    "hnsw_ef_search",
    "rerank_count",
    "answer_passages",
    "rerank_weight",
    "rerank_deadline_s",
    "token_budget",
    "chunk_tokens",
    "duplicates",
    "answer_threshold",
    "answerability_weights",
    "max_question_characters",
    "max_sub_queries",
)


class _Everyday(BaseSettings):
    """What most users choose."""

    database_url: Address | None = Field(
        None,
        repr=False,
        exclude=True,
        validation_alias=AliasChoices("DATABASE_URL", "HEADRACE_DATABASE_URL", "database_url"),
        description="a PostgreSQL >= 15 with pgvector >= 0.8.4; by default an embedded one",
    )
    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("headrace")),
        description="folder of the embedded database, the cache and the UI's runs",
    )
    tenant: str | None = Field(None, description="the tenant of commands without --tenant")
    encoder: str = Field(
        "all-MiniLM-L6-v2-int8",
        description="the bundled model, multilingual-e5-small (extra multilingual), a hub name "
        "or folder (ONNX, or extra torch), openai:MODEL (served), or package.module:factory",
    )
    reranker: str = Field(
        "cross-encoder/ms-marco-MiniLM-L-6-v2",
        description="a hub name, a folder with model.onnx and tokenizer.json, or "
        "package.module:factory",
    )
    language_model: str = Field(
        "claude-haiku-5-5",
        description="the model that writes answers, by its service's name for it, or "
        "package.module:factory",
    )
    understanding: Literal["rules", "llm", "off"] = Field(
        "rules",
        description="who reads the question before the search: rules, or the language model in "
        "one paid call (llm; rules replace it when it fails)",
    )
    reranking: Literal["cross_encoder", "late_interaction", "off"] = Field(
        "cross_encoder",
        description="a second look at the hits, by a model that reads question and chunk "
        "together or by the encoder, token by token (late_interaction)",
    )
    generation: Literal["auto", "anthropic", "openai", "extractive"] = Field(
        "auto",
        description="who writes the answer; auto: anthropic with its key, openai with an address, "
        "else extractive, which quotes the documents",
    )
    token_budget: int = Field(2000, ge=50, description="tokens of context at most, as sent")
    answer_passages: int = Field(8, ge=1, le=100, description="size of the context in full chunks")
    answer_threshold: float = Field(
        0.25, ge=0, le=1, description='answerability below which the answer is "no answer"'
    )
    chunk_tokens: int = Field(
        256, ge=32, description="tokens of a chunk with its title; bounded by the encoder"
    )
    default_language: str = Field(
        "english", description="language of documents that are too short to recognise it"
    )


class _Operations(BaseSettings):
    """What those who run Headrace for others choose."""

    admin_url: Address | None = Field(
        None,
        repr=False,
        exclude=True,
        description="the owner of the tables at PostgreSQL itself, for migrations and indexes, "
        "where DATABASE_URL is a pooler or a login with fewer rights",
    )
    read_url: Addresses = Field(
        (), repr=False, exclude=True, description="standbys that answer questions, separated by ;"
    )
    read_lag_s: float = Field(
        30.0, gt=0, description="seconds that a standby may be behind; then others are asked"
    )
    pooler: Literal["auto", "none", "transaction", "transaction_prepared"] = Field(
        "auto",
        description="whether DATABASE_URL leads to a pooler in transaction mode, and whether that "
        "keeps prepared statements; auto: detected",
    )
    question_timeout_s: float = Field(
        30.0, gt=0, description="seconds that a question may wait for PostgreSQL, locks included"
    )
    ingest_timeout_s: float = Field(
        600.0, gt=0, description="seconds that a transaction of an ingest may take"
    )
    connections: int = Field(
        8, ge=2, le=200, description="database connections of one process at most"
    )
    encoder_threads: int = Field(0, ge=0, description="processor threads of a model; 0: all cores")
    download_models: bool = Field(
        True, description="whether missing reranker weights may be fetched from the model hub"
    )
    rerank_deadline_s: float = Field(
        0.25, gt=0, description="seconds of reranking; hits not scored by then keep their order"
    )
    analysis_timeout_s: float = Field(
        4.0, gt=0, description="seconds for understanding = llm; after them rules are used"
    )
    generation_timeout_s: float = Field(
        60.0, gt=0, description="seconds for one answer, retries included"
    )
    max_answer_tokens: int = Field(1024, ge=1, description="tokens of an answer at most")
    max_question_characters: int = Field(16_000, ge=1, description="longer questions are refused")
    max_document_mb: float = Field(
        64.0, gt=0, le=10_000, description="larger documents are named and left out"
    )
    max_document_s: float = Field(
        60.0,
        gt=0,
        le=86_400,
        description="seconds for reading a PDF, Word file or web page; one that takes longer is "
        "named and left out",
    )
    workers: int = Field(0, ge=0, le=64, description="processes that read; 0: a core each, up to 4")
    follow_links: bool = Field(
        False, description="whether to follow links that lead out of a folder"
    )
    include: Names = Field(
        (), description="patterns; from folders, only files that match one are ingested"
    )
    exclude: Names = Field((), description="patterns of files and folders to pass over")
    cache_mb: float = Field(
        1024.0, gt=0, description="size of the cache's folder; the oldest results go first"
    )
    readers: Names = Field(
        (), description="readers of more kinds of files: package.module:factory, ..."
    )
    token_counter: str = Field(
        "cl100k_base", description="counts the context's tokens; or package.module:factory"
    )
    ui_port: int = Field(8241, ge=1, le=65535, description="port of the Hamilton UI")


class _Tuning(BaseSettings):
    """Variants of nodes, and numbers that `run.py tune` and `compare` try."""

    conversation: Switch = Field(
        "on", description="whether understanding makes follow-up questions stand alone"
    )
    spelling: Switch = Field("on", description="whether it corrects typos")
    expansion: Switch = Field("on", description="whether it writes abbreviations out")
    filtering: Switch = Field("on", description="whether it reads filters from the question")
    decomposition: Switch = Field("on", description="whether it splits compound questions")
    fiscal_year_start: int = Field(
        1, ge=1, le=12, description='month in which fiscal years begin ("fiscal Q3 2024")'
    )
    max_sub_queries: int = Field(
        8, ge=1, le=16, description="sub-queries at most, the original among them"
    )
    keyword: Literal["bm25", "ts_rank"] = Field(
        "bm25", description="keyword ranking; ts_rank is the usual recipe, kept to compare with"
    )
    candidate_count: int = Field(
        100, ge=1, le=10_000, description="hits each search fetches for each sub-query"
    )
    exact_search_chunks: int = Field(
        3_000, ge=0, description="up to this many chunks the search is exact, above it is HNSW"
    )
    hnsw_ef_search: int = Field(
        0, ge=0, le=1000, description="candidates that HNSW keeps; more find more; 0: by its size"
    )
    fusion: Literal["convex", "rrf"] = Field(
        "convex", description="how rankings become one: by normalised scores, or by ranks (rrf)"
    )
    semantic_weight: float = Field(
        0.65, ge=0, le=1, description="convex fusion: 1: semantic scores alone; 0: keyword alone"
    )
    cosine_scale: TwoNumbers | None = Field(
        None, description="cosines that count as 0 and 1; by default those of the encoder's name"
    )
    coverage_weight: float = Field(
        1.0, ge=0, le=2, description="convex fusion: weight of the share of words, beside BM25"
    )
    rrf_k: int = Field(60, ge=1, description="rank offset of reciprocal rank fusion")
    hop: Switch = Field(
        "on", description="whether compound questions also find what the best hits name by title"
    )
    passages: Literal["sentences", "fused"] = Field(
        "sentences",
        description="which chunk of a document comes first: the one with the best sentence, or "
        "as fused",
    )
    rerank_precision: Literal["int8", "stored"] = Field(
        "int8", description="a cross-encoder computes in whole numbers, or as it is stored"
    )
    rerank_count: int = Field(20, ge=1, le=200, description="hits that the reranker reads")
    rerank_weight: float = Field(
        0.3, ge=0, le=1, description="1: the reranker's score alone; 0: the fused score alone"
    )
    packing: Literal["evidence", "greedy"] = Field(
        "evidence",
        description="what a full context keeps: the most valuable sentences, or whole chunks up "
        "to the first that does not fit (greedy)",
    )
    duplicates: Literal["replace", "keep"] = Field(
        "replace",
        description="packing = evidence: hits that only repeat a better one are replaced, or stay",
    )
    answerability_weights: SixNumbers | None = Field(
        None,
        description="nearness, sentence, absent names, lead, margin and intercept of "
        "the answerability (run.py tune); by default those of the encoder's name",
    )
    chunk_overlap: int = Field(0, ge=0, description="tokens that neighbouring chunks share")


class Settings(_Everyday, ServedModels, _Operations, _Tuning):
    """All that a user may choose."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        files = TomlConfigSettingsSource(settings_cls, list(settings_files()))
        return init_settings, env_settings, files

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, data_dir: Path) -> Path:
        return data_dir.expanduser().absolute()

    @field_validator("chunk_overlap")
    @classmethod
    def _overlap_leaves_room(cls, overlap: int, info: Any) -> int:
        if overlap * 2 > info.data.get("chunk_tokens", 256):
            raise ValueError("must be at most half of chunk_tokens")
        return overlap

    def graph_config(self) -> dict[str, str]:
        """The variant of its nodes that the graph has, by setting.

        For a part of understanding it says who reads the question: "rules", "llm" or
        "off".
        """
        chosen = {name: getattr(self, name) for name in GRAPH_SETTINGS}
        for part in UNDERSTANDING_PARTS:
            if chosen[part] == "on":
                chosen[part] = self.understanding
        return chosen

    def node_parameters(self) -> dict[str, Any]:
        """The values that nodes take as parameters, by name."""
        return {name: getattr(self, name) for name in NODE_SETTINGS}


#: The settings by who chooses them, in the order of the documentation.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "everyday": tuple(_Everyday.model_fields),
    "served models": tuple(ServedModels.model_fields),
    "operations": tuple(_Operations.model_fields),
    "tuning and variants": tuple(_Tuning.model_fields),
}


def settings_files() -> tuple[Path, ...]:
    """Where a settings file may be; the last one found wins."""
    return Path(platformdirs.user_config_dir("headrace")) / SETTINGS_FILE, Path(SETTINGS_FILE)


def load_settings(**choices: Any) -> Settings:
    """The settings, `choices` before all else.

    Raises SettingsError that names each wrong setting, where it was set and what it
    takes.
    """
    unknown = sorted(set(choices) - set(Settings.model_fields))
    if unknown:
        meant = did_you_mean(unknown[0], Settings.model_fields)
        raise SettingsError(f"unknown setting {', '.join(unknown)}{meant}")
    if mistyped := mistyped_variable(Settings.model_fields):
        raise SettingsError(mistyped)
    try:
        return Settings(**choices)
    except ValidationError as error:
        lines = [complaint(item, choices, Settings.model_fields) for item in error.errors()]
        said = "\n".join(lines)
    except ValueError as error:  # a settings file that is not TOML
        said = unreadable(error)
    # Not inside `except`: the error would keep the one before, which shows secrets.
    raise SettingsError(said)


def checked_setting(name: str, value: Any) -> Any:
    """A single setting's value in its type. Raises SettingsError if it does not fit."""
    field = Settings.model_fields[name]
    kind: Any = Annotated[field.annotation, field]  # pyright: ignore[reportInvalidTypeForm]
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        raise SettingsError(f"setting {name} = {value!a:.60}: {error.errors()[0]['msg']}") from None
