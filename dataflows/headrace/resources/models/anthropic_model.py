"""Anthropic's Messages API as the language model that writes the answer."""

from typing import Any, ClassVar

from headrace.errors import GenerationError
from headrace.resources.models.connections import sdk
from headrace.resources.models.credentials import credentials_present
from headrace.resources.models.deadlines import Put
from headrace.resources.models.message_streams import MessageReading, SearchResults, cost_usd
from headrace.resources.models.service_faults import Service
from headrace.resources.models.streamed_model import StreamedModel
from headrace.types import CitedText, Prompt

_ROLES = ("user", "assistant")

#: How the names of models begin that think unless they are told not to. Thoughts count
#: as output: they would take the answer's time and tokens.
_MAY_THINK = "claude-haiku-5"
#: Instructions of this many characters or more are cached: about 4,096 tokens, below
#: which some models cache nothing. Only instructions of a user's own can be that long.
#: All else that is sent differs from question to question.
_CACHED_CHARACTERS = 16_384


class AnthropicModel(StreamedModel):
    """Anthropic's Messages API, with its own citations.

    The model must be one that can cite search results. Each call reads the credentials
    and the service's address (ANTHROPIC_BASE_URL) from the environment.
    """

    service: ClassVar[Service] = Service("anthropic", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY")

    def _check(self) -> None:
        if not credentials_present():
            raise GenerationError(f"asking {self.name}: no credentials; set ANTHROPIC_API_KEY")
        sdk(self.service.library)

    def _reading(self, prompt: Prompt) -> MessageReading:
        return MessageReading(SearchResults(prompt.passages))

    async def _ask(
        self, client: Any, prompt: Prompt, reading: MessageReading, put: Put[str | CitedText]
    ) -> None:
        request = self._request(prompt, reading.results)
        async with await client.messages.create(stream=True, **request) as events:
            async for event in events:
                for item in reading.items(event):
                    put(item)

    def _client(self) -> Any:
        """A client of the SDK, for the credentials and the address of this moment."""
        library, _, _ = sdk(self.service.library)
        return library.AsyncAnthropic(**self._client_options())

    def _request(self, prompt: Prompt, results: SearchResults) -> dict[str, Any]:
        """The arguments of the call.

        Blank turns (a question without an answer) are left out: the API refuses them.
        """
        messages = []
        for number, turn in enumerate(prompt.history):
            if turn.strip():
                messages.append({"role": _ROLES[number % 2], "content": turn})
        question = {"type": "text", "text": prompt.question}
        messages.append({"role": "user", "content": [*results.blocks(), question]})
        request: dict[str, Any] = {
            "model": self.name,
            "max_tokens": self.max_output_tokens,
            "system": _system(prompt.system),
            "messages": messages,
        }
        if self.name.startswith(_MAY_THINK):
            request["thinking"] = {"type": "disabled"}
        if prompt.schema:
            reply_format = {"type": "json_schema", "schema": prompt.schema}
            request["output_config"] = {"format": reply_format}
        return request

    def _cost_usd(self, reading: MessageReading) -> float | None:
        price = self.prices.get(self.name, self.prices.get(reading.model))
        return cost_usd(reading.usage, price, self.name)


def _system(instructions: str) -> str | list[dict[str, Any]]:
    """The instructions as they are sent: long ones are to be cached by the service."""
    if len(instructions) < _CACHED_CHARACTERS:
        return instructions
    cached = {"type": "text", "text": instructions, "cache_control": {"type": "ephemeral"}}
    return [cached]
