"""The models of a pipeline: the user's own, or those that the settings name."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from headrace.errors import MissingWeights, ModelError, SettingsError, did_you_mean
from headrace.resources.models.anthropic_model import AnthropicModel
from headrace.resources.models.credentials import language_service
from headrace.resources.models.encoders import load_encoder
from headrace.resources.models.late_interaction import LateInteraction
from headrace.resources.models.openai_api.address import ServiceAddress
from headrace.resources.models.openai_api.chat_model import OpenAIModel
from headrace.resources.models.openai_api.known_encoders import encoder_form
from headrace.resources.models.openai_api.served_encoder import ServedEncoder
from headrace.resources.models.rerankers import load_reranker
from headrace.resources.models.streamed_model import StreamedModel
from headrace.resources.models.tokenizer import TiktokenCounter
from headrace.resources.models.word_lists import GeneralWords
from headrace.resources.own_parts import check_part, made_by
from headrace.setting_types import SERVED, is_factory
from headrace.settings import Settings
from headrace.types import (
    Encoder,
    LanguageModel,
    Reader,
    Reranker,
    TokenCounter,
    WordLists,
)

#: What a user may give in place of ours, and the protocol that it has to meet.
PROTOCOLS: Mapping[str, type] = {
    "encoder": Encoder,
    "reranker": Reranker,
    "language_model": LanguageModel,
    "token_counter": TokenCounter,
}
#: The names of the inputs that are models.
MODEL_INPUTS = (
    "word_lists",
    "encoder",
    "reranker",
    "late_interaction",
    "language_model",
    "analysis_model",
    "token_counter",
)
_TOKEN_COUNTER = "cl100k_base"


class Models:
    """The models of a pipeline. Each is loaded when first needed, and kept.

    Args:
        own: objects of the user's own, by the names of `PROTOCOLS`. A setting that is
            "package.module:factory" makes one.
    Raises SettingsError for an object that does not meet its protocol.
    """

    def __init__(self, settings: Settings, own: Mapping[str, Any] | None = None):
        self._settings = settings
        self._own: dict[str, Any] = {}
        for name, protocol in PROTOCOLS.items():
            setting = getattr(settings, name)
            part = (own or {}).get(name)
            # Services have names such as "llama3:instruct".
            is_served = name == "language_model" and language_service(settings) == "openai"
            if part is None and is_factory(setting) and not is_served:
                part = made_by(setting, name)
            if part is not None:
                self._own[name] = check_part(name, part, protocol)

    @property
    def has_own_language_model(self) -> bool:
        return "language_model" in self._own

    def own(self, name: str) -> Any:
        """The user's own part, by a name of `PROTOCOLS`; None where it is ours."""
        part = self._own.get(name)
        return None if type(part).__module__.startswith("headrace.") else part

    @cached_property
    def encoder(self) -> Encoder:
        settings = self._settings
        if "encoder" in self._own:
            return self._own["encoder"]
        if settings.encoder.startswith(SERVED):
            return _served_encoder(settings)
        forms = settings.embeddings_models
        return load_encoder(settings.encoder, settings.encoder_threads, settings.data_dir, forms)

    @cached_property
    def ingest_encoder(self) -> Encoder:
        """The encoder, which may wait longer where it is served."""
        if isinstance(self.encoder, ServedEncoder):
            return self.encoder.patient(self._settings.ingest_timeout_s)
        return self.encoder

    @cached_property
    def reranker(self) -> Reranker:
        """The reranker; one that explains itself when there are no weights."""
        own = self._own.get("reranker")
        if own is not None:
            return own
        settings = self._settings
        try:
            return load_reranker(
                settings.reranker,
                precision=settings.rerank_precision,
                threads=settings.encoder_threads,
                cache_dir=settings.data_dir,
                download=settings.download_models,
            )
        except ModelError:
            return MissingReranker(settings.reranker)

    @cached_property
    def late_interaction(self) -> Reranker:
        return LateInteraction(self.encoder, self._settings.encoder_threads)

    @cached_property
    def language_model(self) -> LanguageModel:
        settings = self._settings
        return self._own.get("language_model") or _language_model(
            settings,
            max_output_tokens=settings.max_answer_tokens,
            timeout_s=settings.generation_timeout_s,
        )

    @cached_property
    def analysis_model(self) -> LanguageModel:
        """The language model that reads questions, with a shorter deadline."""
        settings = self._settings
        return self._own.get("language_model") or _language_model(
            settings, timeout_s=settings.analysis_timeout_s, max_retries=1
        )

    @cached_property
    def word_lists(self) -> WordLists:
        return GeneralWords()

    @cached_property
    def token_counter(self) -> TokenCounter:
        own = self._own.get("token_counter")
        if own is not None:
            return own
        if self._settings.token_counter != _TOKEN_COUNTER:
            meant = did_you_mean(self._settings.token_counter, [_TOKEN_COUNTER])
            raise SettingsError(
                f"unknown token counter: {self._settings.token_counter}{meant} "
                "(or package.module:factory)"
            )
        return TiktokenCounter()

    @cached_property
    def readers(self) -> Sequence[Reader]:
        """The user's own readers of files that the settings name."""
        made = [made_by(place, "readers") for place in self._settings.readers]
        return [check_part("readers", part, Reader) for part in made]

    def check(self) -> None:
        """Raises an error for what cannot work, without asking a service.

        ModelError: the encoder cannot do this reranking. SettingsError: the language
        model has no name.
        """
        if self._settings.reranking == "late_interaction":
            _ = self.late_interaction
        settings = self._settings
        is_asked = settings.generation != "extractive" or settings.understanding == "llm"
        if is_asked and language_service(settings) == "openai":
            _ = self.language_model

    def close(self) -> None:
        """Closes the connections of our own served models."""
        for name in ("language_model", "analysis_model", "encoder"):
            model = vars(self).get(name)
            if isinstance(model, StreamedModel | ServedEncoder):
                model.close()

    def names(self, settings: Settings) -> dict[str, str]:
        """What the models in use are called, as far as a question needs them.

        Args:
            settings: with `generation` decided.
        """
        names = {"encoder": self.encoder.name}
        if settings.reranking == "cross_encoder":
            names["reranker"] = self.reranker.name
        elif settings.reranking == "late_interaction":
            names["reranker"] = f"late interaction of {self.encoder.name}"
        if settings.generation != "extractive" or settings.understanding == "llm":
            names["language_model"] = self.language_model.name
        if "token_counter" in self._own:
            counter = self._own["token_counter"]
            names["token_counter"] = getattr(counter, "name", type(counter).__qualname__)
        return names


def _language_model(settings: Settings, **options: Any) -> LanguageModel:
    """The language model of the settings.

    Raises SettingsError where a service with OpenAI's API is asked and no model is
    named: the default names one of Anthropic's.
    """
    name = settings.language_model
    if language_service(settings) != "openai":
        return AnthropicModel(name, prices=settings.prices, **options)
    if "language_model" not in settings.model_fields_set:
        raise SettingsError(
            "generation = openai: set HEADRACE_LANGUAGE_MODEL to the name by which the service "
            "knows its model"
        )
    address = {"url": settings.language_model_url, "key": settings.language_model_key}
    return OpenAIModel(name, prices=settings.prices, **address, **options)


def _served_encoder(settings: Settings) -> ServedEncoder:
    model = settings.encoder.removeprefix(SERVED)
    return ServedEncoder(
        model,
        ServiceAddress(settings.embeddings_url, settings.embeddings_key),
        encoder_form(model, settings.embeddings_models),
        timeout_s=settings.embeddings_timeout_s,
        batch=settings.embeddings_batch,
        at_once=settings.embeddings_at_once,
    )


class MissingReranker:
    """Used where a reranker has no weights: says why nothing was reranked."""

    def __init__(self, name: str):
        self.name = name

    def score(
        self, question: str, texts: Sequence[str], deadline_s: float | None = None
    ) -> np.ndarray:
        raise MissingWeights(f"no weights for {self.name} (run.py doctor says how to get them)")
