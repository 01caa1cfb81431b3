"""A language model behind OpenAI's chat completions, wherever they are served."""

import json
import textwrap
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import SecretStr

from headrace.errors import GenerationError
from headrace.resources.models.connections import sdk
from headrace.resources.models.deadlines import Put
from headrace.resources.models.message_streams import cost_usd
from headrace.resources.models.openai_api.address import LIBRARY, MISSING, ServiceAddress
from headrace.resources.models.openai_api.chat_streams import ChatReading
from headrace.resources.models.openai_api.numbered_sentences import (
    HOW_TO_CITE,
    NumberedSentences,
    without_numbers,
)
from headrace.resources.models.service_faults import Service
from headrace.resources.models.streamed_model import Reading, StreamedModel
from headrace.types import CitedText, Completion, Prompt

_ROLES = ("user", "assistant")
_WHOLE = "application/json"


class OpenAIModel(StreamedModel):
    """OpenAI's chat completions, with citations by the numbers of sentences.

    A service that does not stream although it is asked to gives the answer at once.
    """

    service: ClassVar[Service] = Service(
        LIBRARY,
        "HEADRACE_LANGUAGE_MODEL_URL (it ends in /v1 with most services)",
        "HEADRACE_LANGUAGE_MODEL_KEY",
    )

    def __init__(
        self, name: str, *, url: str | None = None, key: SecretStr | None = None, **options: Any
    ):
        """
        Args:
            name: the model's, as the service knows it.
            url, key: as of `ServiceAddress`.
            options: as of `StreamedModel`.
        """
        self.url = url
        self.key = key
        self._address = ServiceAddress(url, key)
        super().__init__(name, **options)

    def complete(
        self, prompt: Prompt, on_text: Callable[[str], None], on_part: Callable[[CitedText], None]
    ) -> Completion:
        """As of `StreamedModel`; of a reply by a schema, the object alone.

        Services that know no schemas answer with words around it.
        """
        completion = super().complete(prompt, on_text, on_part)
        if not prompt.schema:
            return completion
        text = "".join(part.text for part in completion.parts)
        return replace(completion, parts=(CitedText(text[text.find("{") : text.rfind("}") + 1]),))

    def _check(self) -> None:
        if self._address.lacks_key:
            what = "no key; set OPENAI_API_KEY, or HEADRACE_LANGUAGE_MODEL_URL for another service"
            raise GenerationError(f"asking {self.name}: {what}")
        try:
            sdk(LIBRARY)
        except ImportError as error:
            raise GenerationError(f"asking {self.name}: {MISSING}") from error

    def _reading(self, prompt: Prompt) -> ChatReading:
        return ChatReading(NumberedSentences(prompt.passages))

    async def _ask(
        self, client: Any, prompt: Prompt, reading: ChatReading, put: Put[str | CitedText]
    ) -> None:
        create = client.chat.completions.with_streaming_response.create
        async with create(stream=True, **self._request(prompt, reading)) as response:
            if response.headers.get("content-type", "").startswith(_WHOLE):
                for item in reading.whole(_whole_completion(await response.json())):
                    put(item)
                return
            async for chunk in await response.parse():
                for item in reading.items(chunk):
                    put(item)

    def _client(self) -> Any:
        return self._address.client(**self._client_options())

    def _request(self, prompt: Prompt, reading: ChatReading) -> dict[str, Any]:
        """The arguments of the call. Blank turns are left out."""
        rules, asked = prompt.system, prompt.question
        if len(reading.sentences):
            rules = f"{rules}\n{HOW_TO_CITE}"
            asked = f"{reading.sentences.text}\n\n{asked}"
        if prompt.schema:
            rules += f"\nReply with JSON of this schema alone: {json.dumps(prompt.schema)}"
        messages = [{"role": "system", "content": rules}]
        for number, turn in enumerate(prompt.history):
            role = _ROLES[number % 2]
            said = without_numbers(turn) if role == "assistant" else turn
            if said.strip():
                messages.append({"role": role, "content": said})
        messages.append({"role": "user", "content": asked})
        most_tokens = "max_completion_tokens" if self._address.is_openai else "max_tokens"
        request: dict[str, Any] = {
            "model": self.name,
            "messages": messages,
            "stream_options": {"include_usage": True},
            most_tokens: self.max_output_tokens,
        }
        if prompt.schema:
            described = {"name": "reply", "schema": prompt.schema, "strict": True}
            request["response_format"] = {"type": "json_schema", "json_schema": described}
        return request

    def _cost_usd(self, reading: ChatReading) -> float | None:
        """By the prices; None where the service has counted nothing."""
        price = self.prices.get(self.name, self.prices.get(reading.model))
        return cost_usd(reading.usage, price) if reading.usage else None

    def _failure(self, what: str, reading: Reading) -> GenerationError:
        return super()._failure(self._address.without_key(what), reading)


def _whole_completion(content: Any) -> Any:
    """A completion as the SDK has it, from JSON.

    Raises GenerationError for anything else, with what the service says of it.
    """
    from openai.types.chat import ChatCompletion

    if isinstance(content, dict) and content.get("choices"):
        return ChatCompletion.construct(**content)
    said = textwrap.shorten(json.dumps(content), 300)
    raise GenerationError(f"the service gives no answer, but {said}; ask again")
