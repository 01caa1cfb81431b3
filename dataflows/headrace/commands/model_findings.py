"""What `doctor` finds about the models: who they are, and a try of each on request."""

import time
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from itertools import chain
from typing import Any

from headrace.answer.generation import instructions
from headrace.commands.findings import Finding
from headrace.drivers import decided
from headrace.errors import HeadraceError
from headrace.resources.models.credentials import credentials_present, language_service
from headrace.resources.models.loading import Models
from headrace.resources.models.message_streams import cost_usd
from headrace.resources.models.openai_api.address import MISSING, ServiceAddress
from headrace.resources.models.openai_api.served_encoder import ServedEncoder
from headrace.settings import Settings
from headrace.types import (
    CitedText,
    Completion,
    Encoder,
    LanguageModel,
    Passage,
    Prompt,
    Sentence,
    encoded_queries,
    known_scale,
)

_SENTENCE = "A headrace is the channel that feeds the turbine."
_QUESTION = "What does a headrace feed?"


# ------------------------------------------------------------------------ who they are


def encoder_finding(encoder: Encoder) -> Finding:
    """The encoder; one that is served is not asked."""
    if not isinstance(encoder, ServedEncoder):
        numbers = f"{encoder.dimension} numbers, reads {encoder.max_tokens} word pieces"
        return Finding("encoder", "ok", f"{encoder.name}: {numbers}")
    before = [f'"{words}" before {what}' for what, words in _prefixes(encoder) if words]
    reads = ", ".join([f"reads {encoder.max_tokens} tokens", *before])
    found = f"{encoder.name} at {encoder.address.shown}: {reads}"
    if encoder.address.lacks_key:
        return Finding("encoder", "broken", found, "set OPENAI_API_KEY, or HEADRACE_EMBEDDINGS_URL")
    return _with_sdk(Finding("encoder", "ok", found))


def scale_finding(settings: Settings, encoder: Encoder) -> Finding:
    """Whether it is known where the encoder's cosines lie."""
    scale = settings.cosine_scale or known_scale(encoder.name)
    if scale is not None:
        zero, one = scale
        return Finding("cosine scale", "ok", f"cosines of {zero:g} count as 0, of {one:g} as 1")
    advice = (
        "fusion, and whether documents answer a question, may take unrelated texts for near ones; "
        "run.py tune COLLECTION... --stage cosines says what to set as HEADRACE_COSINE_SCALE"
    )
    found = f"not known for {encoder.name}: its cosines count as they are"
    return Finding("cosine scale", "note", found, advice)


def _prefixes(encoder: ServedEncoder) -> list[tuple[str, str]]:
    return [("questions", encoder.form.query), ("texts", encoder.form.passage)]


def language_model_finding(settings: Settings) -> Finding:
    """Who writes answers, and whether there is a key."""
    name = settings.language_model
    if language_service(settings) == "openai":
        return _served_language_model(settings)
    if not credentials_present():
        return Finding(
            "language model",
            "broken" if settings.generation == "anthropic" else "note",
            "no key: answers are extractive",
            "set ANTHROPIC_API_KEY, or HEADRACE_LANGUAGE_MODEL_URL for another service, for "
            "written answers; without them, answers are sentences of the documents, word for word",
        )
    if settings.generation == "extractive":
        return Finding("language model", "note", f"{name}, switched off (HEADRACE_GENERATION)")
    if settings.language_model_url and settings.generation == "auto":
        advice = "set HEADRACE_GENERATION=openai to use HEADRACE_LANGUAGE_MODEL_URL"
        return Finding("language model", "note", f"{name}, of Anthropic", advice)
    return Finding("language model", "ok", name)


def _served_language_model(settings: Settings) -> Finding:
    address = ServiceAddress(settings.language_model_url, settings.language_model_key)
    found = f"{settings.language_model} at {address.shown}"
    if settings.generation == "extractive":
        return Finding("language model", "note", f"{found}, switched off (HEADRACE_GENERATION)")
    if address.lacks_key:
        advice = "set OPENAI_API_KEY, or HEADRACE_LANGUAGE_MODEL_URL for another service"
        return Finding("language model", "broken", found, advice)
    try:
        Models(settings).check()
    except HeadraceError as error:
        return Finding("language model", "broken", found, str(error))
    return _with_sdk(Finding("language model", "ok", found))


def _with_sdk(finding: Finding) -> Finding:
    """The finding, or that the SDK it needs is missing."""
    if find_spec("openai") is not None:
        return finding
    return Finding(finding.subject, "broken", finding.found, MISSING)


# ----------------------------------------------------------------------- a try of each


def tried_models(settings: Settings, models: Models) -> Iterator[Finding]:
    """One embedding and, where a language model is used, one answer; what they cost."""
    yield _tried("encoder, tried", lambda: _one_embedding(settings, models.encoder))
    chosen = decided(settings, own_model=models.has_own_language_model)
    if chosen.generation != "extractive" or chosen.understanding == "llm":
        yield _tried("language model, tried", lambda: _one_answer(models.language_model))


def _tried(subject: str, attempt: Any) -> Finding:
    began = time.monotonic()
    try:
        found, advice = attempt()
    except HeadraceError as error:
        return Finding(subject, "broken", "does not work", str(error))
    found = f"{found}, {1000 * (time.monotonic() - began):,.0f} ms"
    return Finding(subject, "note" if advice else "ok", found, advice)


def _one_embedding(settings: Settings, encoder: Encoder) -> tuple[str, str]:
    """What came of one embedding, and what to do about it."""
    (vector,) = encoded_queries(encoder, [_QUESTION])
    found = f"{len(vector)} numbers"
    if not isinstance(encoder, ServedEncoder):
        return found, ""
    usage = {"input_tokens": encoder.tokens_used}
    price = settings.prices.get(encoder.model)
    return f"{found}, {_cost(usage, cost_usd(usage, price), encoder.model)}", ""


def _one_answer(model: LanguageModel) -> tuple[str, str]:
    """What came of one answer from one sentence, and what to do about it."""
    sentence = Sentence(_SENTENCE, 0, len(_SENTENCE), 1)
    passage = Passage(1, "doctor", "Power stations", "doctor", (sentence,))
    prompt = Prompt(instructions(), (passage,), _QUESTION)
    completion = model.complete(prompt, _ignore, _ignore)
    cost = _cost(completion.usage, completion.cost_usd, completion.model)
    if _cites(completion):
        return f"one answer, cited, {cost}", ""
    advice = (
        "it answered without citing the sentence it was given: the sentences of its answers "
        "will be shown as not supported; a larger model may cite"
    )
    return f"one answer, not cited, {cost}", advice


def _cites(completion: Completion) -> bool:
    places = chain.from_iterable(part.ranges for part in completion.parts)
    return any((place.passage, place.first) == (0, 0) for place in places)


def _cost(usage: Mapping[str, int], usd: float | None, model: str) -> str:
    tokens = sum(usage.values())
    if usd is None:
        return f"{tokens} tokens at an unknown price (HEADRACE_PRICES has none of {model})"
    return f"{tokens} tokens for {usd:.8f} USD"


def _ignore(_: str | CitedText) -> None:
    """Takes the pieces of the answer, which is only looked at whole."""
