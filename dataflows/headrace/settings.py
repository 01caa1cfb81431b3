"""Every setting, read from HEADRACE_* environment variables (and DATABASE_URL), checked once at start."""

from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import AliasChoices, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from headrace.errors import SettingsError

#: Settings that choose a node's variant (`@config.when`); changing one changes the graph.
UNDERSTANDING_PARTS = ("conversation", "spelling", "expansion", "filtering", "decomposition")
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

#: Settings that are parameters of nodes, by the same name and with the same default (a test compares them).
NODE_SETTINGS = (
    "fiscal_year_start",
    "candidate_count",
    "rrf_k",
    "semantic_weight",
    "near_cosine",
    "coverage_weight",
    "exact_search_chunks",
    "rerank_count",
    "answer_passages",
    "rerank_weight",
    "rerank_deadline_s",
    "token_budget",
    "duplicates",
    "answer_threshold",
    "answerability_cosine",
    "answerability_missing",
    "answerability_margin",
    "answerability_intercept",
    "max_question_characters",
    "max_sub_queries",
)

#: Settings that choose what nodes are given beside their parameters: what they find depends on it, and no cache key holds it.
RESOURCE_SETTINGS = (
    "encoder",
    "reranker",
    "rerank_precision",
    "language_model",
    "max_answer_tokens",
    "database_url",
)

#: USD per million input and output tokens, by model; https://platform.claude.com/docs/en/about-claude/pricing
PRICES = {"claude-haiku-4-5-20251001": (1.0, 5.0)}


class Settings(BaseSettings):
    """All that a user may choose. Each field is the environment variable HEADRACE_<FIELD> in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="HEADRACE_", extra="forbid", frozen=True, populate_by_name=True
    )

    database_url: str | None = Field(
        None,
        validation_alias=AliasChoices("DATABASE_URL", "HEADRACE_DATABASE_URL"),
        description="a PostgreSQL >= 15 with pgvector >= 0.8.4; without it, an embedded one under data_dir",
    )
    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("headrace")),
        description="the embedded database, the cache, the UI's runs",
    )
    connections: int = Field(
        8, ge=2, le=200, description="database connections of one process at most"
    )

    encoder: str = Field(
        "all-MiniLM-L6-v2-int8",
        description="the bundled model, or any sentence-transformers name or folder (extra torch)",
    )
    encoder_threads: int = Field(0, ge=0, description="processor threads of a model; 0: all cores")
    reranker: str = Field(
        "cross-encoder/ms-marco-MiniLM-L-6-v2",
        description="a hub name or a folder with model.onnx and tokenizer.json",
    )
    rerank_precision: Literal["int8", "stored"] = Field(
        "int8",
        description="a cross-encoder in ONNX: computed with in whole numbers where that agrees, or as it is stored",
    )
    download_models: bool = Field(
        True, description="whether missing reranker weights may be fetched from the model hub"
    )

    understanding: Literal["rules", "llm", "off"] = Field(
        "rules",
        description="who reads the question before searching: rules, or a Claude model in one paid call (llm; rules stand in when it fails)",
    )
    conversation: Literal["on", "off"] = Field(
        "on", description="whether understanding makes follow-up questions stand alone"
    )
    spelling: Literal["on", "off"] = Field("on", description="whether it mends typos")
    expansion: Literal["on", "off"] = Field("on", description="whether it writes abbreviations out")
    filtering: Literal["on", "off"] = Field(
        "on", description="whether it reads filters from a question's words"
    )
    decomposition: Literal["on", "off"] = Field(
        "on", description="whether it takes compound questions apart"
    )
    keyword: Literal["bm25", "ts_rank"] = Field(
        "bm25", description="keyword ranking; ts_rank is the usual recipe, kept to compare with"
    )
    fusion: Literal["convex", "rrf"] = Field(
        "convex",
        description="how rankings become one: by scores brought to 1 each, or by ranks (rrf)",
    )
    hop: Literal["on", "off"] = Field(
        "on", description="whether compound questions also find what the best hits name by title"
    )
    passages: Literal["sentences", "fused"] = Field(
        "sentences",
        description="which chunks of a document come first: those with the sentences that hold what is asked, or the fused order",
    )
    reranking: Literal["cross_encoder", "late_interaction", "off"] = Field(
        "cross_encoder",
        description="who takes a second look: a model that reads question and chunk together, or the encoder, word by word (late_interaction)",
    )
    packing: Literal["evidence", "greedy"] = Field(
        "evidence",
        description="what a full context keeps: the sentences worth most, or whole chunks up to the first that does not fit (greedy)",
    )
    generation: Literal["auto", "anthropic", "extractive"] = Field(
        "auto",
        description="who writes the answer; auto: anthropic when credentials are set, else extractive",
    )

    candidate_count: int = Field(
        100, ge=1, le=1000, description="hits each arm fetches for each sub-query"
    )
    rrf_k: int = Field(60, ge=1, description="rank offset of reciprocal rank fusion")
    semantic_weight: float = Field(
        0.55,
        ge=0,
        le=1,
        description="convex fusion: 1: semantic scores alone; 0: keyword scores alone",
    )
    near_cosine: float = Field(
        0.6,
        ge=0,
        le=1,
        description="convex fusion: below it the nearest chunk is far, and semantic scores count less",
    )
    coverage_weight: float = Field(
        0.2,
        ge=0,
        le=1,
        description="convex fusion: what the question's words that a chunk has count for beside BM25",
    )
    exact_search_chunks: int = Field(
        15_000,
        ge=0,
        description="up to this many chunks in question are compared exactly, above by HNSW",
    )
    hnsw_ef_search: int = Field(
        600,
        ge=10,
        le=1000,
        description="candidates HNSW keeps: more of them find more and take longer (run.py recall)",
    )
    rerank_count: int = Field(20, ge=1, le=200, description="fused hits that the reranker reads")
    answer_passages: int = Field(8, ge=1, le=100, description="hits that go on to the context")
    rerank_weight: float = Field(
        0.3, ge=0, le=1, description="1: the reranker's score alone; 0: the fused score alone"
    )
    rerank_deadline_s: float = Field(
        0.25,
        gt=0,
        description="seconds of reranking; what is not scored by then keeps its fused order",
    )
    token_budget: int = Field(2000, ge=50, description="tokens of context at most, counted as sent")
    duplicates: Literal["replace", "keep"] = Field(
        "replace",
        description="packing = evidence: hits that only repeat a better one give their seat to the next, or stay",
    )
    answer_threshold: float = Field(
        0.25,
        ge=0,
        le=1,
        description="answerability below which the answer is 'not in the documents'",
    )
    answerability_cosine: float = Field(
        5.6,
        description="answerability: what the cosine of the nearest chunk counts for (run.py tune)",
    )
    answerability_missing: float = Field(
        -1.35, description="the share of the question's names that the context lacks"
    )
    answerability_margin: float = Field(
        1.35, description="how far the best keyword hit is before the tenth"
    )
    answerability_intercept: float = Field(-3.7, description="and where none of these speaks")
    max_question_characters: int = Field(4000, ge=1, description="longer questions are refused")
    fiscal_year_start: int = Field(
        1,
        ge=1,
        le=12,
        description="month in which fiscal years begin, in questions such as 'reports of fiscal Q3 2024'",
    )
    max_sub_queries: int = Field(
        8, ge=1, le=16, description="searched streams at most, the original among them"
    )

    language_model: str = Field(
        "claude-haiku-4-5-20251001", description="the Claude model that writes answers"
    )
    analysis_timeout_s: float = Field(
        4.0, gt=0, description="seconds for understanding = llm; after them rules stand in"
    )
    max_answer_tokens: int = Field(1024, ge=1, description="tokens of an answer at most")
    generation_timeout_s: float = Field(
        60.0, gt=0, description="seconds for one answer, retries included"
    )
    prices: dict[str, tuple[float, float]] = Field(
        default_factory=lambda: dict(PRICES),
        description="USD per million input and output tokens, by model (JSON)",
    )

    chunk_tokens: int = Field(
        256, ge=32, description="word pieces of a chunk, its title included; bounded by the encoder"
    )
    chunk_overlap: int = Field(0, ge=0, description="word pieces that neighbouring chunks share")
    default_language: str = Field(
        "english",
        description="text search configuration of documents too short to tell their language",
    )
    max_document_mb: float = Field(
        64.0, gt=0, description="larger documents are named and left out"
    )
    ui_port: int = Field(8241, ge=1, le=65535, description="port of the Hamilton UI")

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, data_dir: Path) -> Path:
        return data_dir.expanduser().absolute()

    @field_validator("chunk_overlap")
    @classmethod
    def _overlap_leaves_room(cls, overlap: int, info) -> int:
        if overlap * 2 > info.data.get("chunk_tokens", 256):
            raise ValueError("must be at most half of chunk_tokens")
        return overlap

    def graph_config(self) -> dict[str, str]:
        """Which variant of its nodes the graph has, by setting; of a part of understanding, who reads it: "rules", "llm" or "off"."""
        chosen = {name: getattr(self, name) for name in GRAPH_SETTINGS}
        return chosen | {
            part: self.understanding for part in UNDERSTANDING_PARTS if chosen[part] == "on"
        }

    def node_parameters(self) -> dict[str, Any]:
        """The values handed to nodes as parameters, by name."""
        return {name: getattr(self, name) for name in NODE_SETTINGS}

    def resources(self) -> list[Any]:
        """The values of `RESOURCE_SETTINGS`, in their order."""
        return [getattr(self, name) for name in RESOURCE_SETTINGS]


def load_settings(**choices: Any) -> Settings:
    """Settings from the environment, `choices` before it; SettingsError names each wrong one and what it takes."""
    unknown = sorted(set(choices) - set(Settings.model_fields))
    if unknown:
        raise SettingsError(
            f"unknown setting {', '.join(unknown)}; known: {', '.join(sorted(Settings.model_fields))}"
        )
    try:
        return Settings(**choices)
    except ValidationError as error:
        raise SettingsError("\n".join(_complaint(item) for item in error.errors())) from None


def _complaint(item: dict[str, Any]) -> str:
    name = ".".join(str(part) for part in item["loc"])
    variable = name if name == "DATABASE_URL" else f"HEADRACE_{name.upper()}"
    return f"setting {variable} = {item['input']!r}: {item['msg']}"
