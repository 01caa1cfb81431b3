"""Settings of models that are served: where they are, and how they are asked."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings

from headrace.setting_types import PRICES, WebAddress


class EncoderForm(BaseModel):
    """What a served encoder expects, beside its name and a text.

    Attributes:
        max_tokens: the longest text that it reads, in tokens.
        query, passage: what stands before a question, and before a text to be found.
        query_options, passage_options: further fields of the request, such as
            {"input_type": "query"}.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_tokens: int = Field(default=512, ge=64)
    query: str = ""
    passage: str = ""
    query_options: dict[str, Any] = Field(default_factory=dict)
    passage_options: dict[str, Any] = Field(default_factory=dict)


class ServedModels(BaseSettings):
    """What those choose who have models served: where they are and what they cost."""

    language_model_url: WebAddress | None = Field(
        None,
        repr=False,
        description="generation = openai: the service's address as far as /v1; by default OpenAI's",
    )
    language_model_key: SecretStr | None = Field(
        None,
        repr=False,
        exclude=True,
        description="its key; by default OPENAI_API_KEY, for OpenAI alone",
    )
    embeddings_url: WebAddress | None = Field(
        None,
        repr=False,
        description="encoder = openai:MODEL: the service's address as far as /v1; by default "
        "OpenAI's",
    )
    embeddings_key: SecretStr | None = Field(
        None,
        repr=False,
        exclude=True,
        description="its key; by default OPENAI_API_KEY, for OpenAI alone",
    )
    embeddings_timeout_s: float = Field(
        10.0, gt=0, description="seconds for the vectors of a question, retries included"
    )
    embeddings_batch: int = Field(32, ge=1, le=2048, description="texts of a request at most")
    embeddings_at_once: int = Field(4, ge=1, le=64, description="requests of an ingest at once")
    embeddings_models: dict[str, EncoderForm] = Field(
        default_factory=dict,
        description="what models expect before a text, by name (JSON): max_tokens, query, "
        "passage, query_options, passage_options",
    )
    prices: dict[str, tuple[float, float]] = Field(
        default_factory=lambda: dict(PRICES),
        description="USD per million input and output tokens, by model (JSON)",
    )
