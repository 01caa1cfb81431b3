"""Anthropic's Messages API as the language model that writes the answer.

The SDK is imported at the first question, before that question's clock starts.
"""

import contextlib
import functools
import textwrap
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from headrace.errors import GenerationError
from headrace.resources.models.connections import Connection, Connections, sdk
from headrace.resources.models.credentials import credentials_present
from headrace.resources.models.deadlines import Put, background
from headrace.resources.models.message_streams import MessageReading, SearchResults, cost_usd
from headrace.resources.redaction import without_secrets
from headrace.setting_types import PRICES
from headrace.types import CitedText, Completion, Prompt

_ROLES = ("user", "assistant")
_CONNECT_S = 5.0
#: Bytes of a response at most, beside those for each token of an answer.
_BYTES = 1_000_000
_BYTES_PER_TOKEN = 4_000

#: Models that think unless told not to. The thoughts count as output: they would take
#: the answer's time and tokens.
_MAY_THINK = "claude-haiku-5"
#: Characters of instructions from which on they are cached: 4,096 tokens, below which
#: some models cache nothing. Ours have about 250; only instructions of a user's own can
#: be that long. All else differs from question to question.
_CACHED_CHARACTERS = 16_384

#: What to do about an HTTP status.
_ADVICE = {
    400: "correct what it names",
    401: "check ANTHROPIC_API_KEY",
    402: "check the account's credit",
    403: "use a key that may call this model",
    404: "check the model's name and ANTHROPIC_BASE_URL",
    413: "give the model a smaller context",
    429: "ask again later, or fewer questions at once",
}
#: The status that an error inside a stream means; its response has the stream's, 200.
_STATUS_INSIDE_A_STREAM = {
    "rate_limit_error": 429,
    "overloaded_error": 529,
}
#: Headers that ask for a wait before a retry, and their unit in seconds.
_RETRY_HEADERS = {
    "retry-after-ms": 0.001,
    "retry-after": 1.0,
}


class AnthropicModel:
    """Anthropic's Messages API: passages go in, an answer that cites them comes out.

    One model serves any number of threads. Its connections are kept between calls,
    until `close`. Each call reads the credentials and the service's address
    (ANTHROPIC_BASE_URL) from the environment.
    """

    def __init__(
        self,
        name: str = "claude-haiku-5-5",
        *,
        max_output_tokens: int = 1024,
        timeout_s: float = 60.0,
        max_retries: int = 2,
        prices: Mapping[str, tuple[float, float]] = PRICES,
    ):
        """
        Args:
            name: a model that can cite search results; the default is a pinned version.
            max_output_tokens: a longer answer is cut, with stop_reason "max_tokens".
            timeout_s: for the whole call, from connecting to the last word, including
                retries and the waits before them.
            max_retries: after 408, 409, 429, 5xx or no connection; there is no retry
                once the answer has begun.
            prices: USD per million input and output tokens, by model.
        """
        self.name = name
        self.max_output_tokens = max_output_tokens
        self.timeout_s = timeout_s
        self.max_retries = max_retries
        self.prices = prices
        self._connections = Connections(self._client)

    def __reduce__(self) -> tuple[Callable[..., "AnthropicModel"], tuple[()]]:
        """Pickled without its connections."""
        settings = {name: value for name, value in vars(self).items() if name[0] != "_"}
        return functools.partial(AnthropicModel, **settings), ()

    def close(self) -> None:
        """Closes the connections. A later call opens new ones."""
        self._connections.close()

    def complete(
        self, prompt: Prompt, on_text: Callable[[str], None], on_part: Callable[[CitedText], None]
    ) -> Completion:
        """The whole answer; each text and each finished part goes to a callback first.

        Both callbacks run in the calling thread. An exception of theirs ends the call
        and reaches the caller unchanged. Citations that point outside the passages stay
        in the answer: verifying them is the caller's task. A stop_reason of
        "max_tokens" or "model_context_window_exceeded" means that the answer is cut,
        which is no error.

        Raises:
            GenerationError: there are no credentials, the service refuses or fails, the
                stream breaks off, the deadline passes, or the model declines or says
                nothing.
        """
        if not credentials_present():
            raise GenerationError(f"asking {self.name}: no credentials; set ANTHROPIC_API_KEY")
        sdk()
        reading = MessageReading(SearchResults(prompt.passages))
        deadline = time.monotonic() + self.timeout_s
        with self._connections.lent() as connection:
            ask = functools.partial(self._ask, connection, prompt, reading, deadline)
            with background(connection.loop, ask, deadline) as items:
                for item in items:
                    if isinstance(item, Exception):
                        connection.is_retired |= _outdates_client(item)
                        # Not `from item`: what the service said may repeat the key.
                        raise self._failure(self._explained(item, reading), reading)
                    if isinstance(item, str):
                        on_text(item)
                    else:
                        on_part(item)
        return self._completion(reading)

    async def _ask(
        self,
        connection: Connection,
        prompt: Prompt,
        reading: MessageReading,
        deadline: float,
        put: Put[str | CitedText],
    ) -> None:
        """Put each piece of text and each finished part; `reading` notes the rest."""
        patience = [_no_hopeless_wait(deadline, reading)]
        client = connection.client.with_options(middleware=patience)
        request = self._request(prompt, reading.results)
        async with await client.messages.create(stream=True, **request) as events:
            async for event in events:
                for item in reading.items(event):
                    put(item)

    def _client(self) -> Any:
        """A client of the SDK, for the credentials and the address of this moment."""
        anthropic, client_type, tls = sdk()
        return anthropic.AsyncAnthropic(
            max_retries=self.max_retries,
            timeout=anthropic.Timeout(self.timeout_s, connect=min(_CONNECT_S, self.timeout_s)),
            # It would send the key wherever a redirect leads.
            http_client=client_type(self._most_bytes, verify=tls, follow_redirects=False),
        )

    @property
    def _most_bytes(self) -> int:
        """The size of a response: a token comes in an event, a citation in another."""
        return _BYTES + _BYTES_PER_TOKEN * self.max_output_tokens

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

    def _completion(self, reading: MessageReading) -> Completion:
        """What was read, if it is a whole answer; otherwise raises GenerationError."""
        if reading.stop_reason == "refusal":
            fault = f"the model declined{reading.refusal}; ask differently"
        elif reading.stop_reason is None or reading.has_open_part:
            fault = "the stream ended before the answer did; ask again"
        elif not reading.text.strip():
            fault = (
                f"the model said nothing (stop reason {reading.stop_reason}); "
                "ask again, or raise max_output_tokens"
            )
        else:
            price = self.prices.get(self.name, self.prices.get(reading.model))
            return Completion(
                tuple(reading.parts),
                reading.model,
                reading.stop_reason,
                reading.usage,
                cost_usd(reading.usage, price, self.name),
            )
        raise self._failure(fault, reading)

    def _failure(self, what: str, reading: MessageReading) -> GenerationError:
        return GenerationError(f"asking {self.name}: {without_secrets(what)}", reading.text)

    def _explained(self, fault: Exception, reading: MessageReading) -> str:
        """What went wrong and what to do about it."""
        import anthropic
        import httpx2

        match fault:
            case TimeoutError():
                refused = ""
                if reading.status >= 400:
                    refused = f" (the service last answered {reading.status})"
                within = f"within {self.timeout_s:g} s{refused}"
                return f"no whole answer {within}; ask again, or raise timeout_s"
            case GenerationError():
                return str(fault)
            case anthropic.APIStatusError():
                return _refused(fault)
            case anthropic.APIConnectionError():
                where = fault.request.url.netloc.decode()
                why = fault.__cause__ or fault
                return f"no connection to {where} ({why}); check the network and ANTHROPIC_BASE_URL"
            case anthropic.AnthropicError():
                return f"the credentials cannot be used: {fault}"
            case httpx2.TransportError():
                return f"the connection broke off in mid-answer ({fault}); ask again"
        what = f"what was sent or received cannot be read ({type(fault).__name__}: {fault})"
        return f"{what}; ask again, or check ANTHROPIC_BASE_URL"


def _outdates_client(fault: Exception) -> bool:
    """Whether the next call should have a new client.

    Where time ran out, something may hang in this one. Where the key was refused, there
    may be another in the SDK's profile by now.
    """
    return isinstance(fault, TimeoutError) or getattr(fault, "status_code", 0) in (401, 403)


def _system(instructions: str) -> str | list[dict[str, Any]]:
    """The instructions as they are sent: long ones are to be cached by the service."""
    if len(instructions) < _CACHED_CHARACTERS:
        return instructions
    cached = {"type": "text", "text": instructions, "cache_control": {"type": "ephemeral"}}
    return [cached]


# ------------------------------------------------------------------- faults and waiting


def _refused(error: Any) -> str:
    """What an anthropic.APIStatusError says, and what to do."""
    status: int = error.status_code
    if error.type in _STATUS_INSIDE_A_STREAM:
        status = _STATUS_INSIDE_A_STREAM[error.type]
    if error.response.is_redirect:
        return (
            f"the service redirects to {_host(error.response.headers.get('location', ''))}, where "
            "the key is not sent; set ANTHROPIC_BASE_URL to the address that answers"
        )
    said = textwrap.shorten(error.api_message or error.message, 300)
    wait_s = _retry_after_s(error.response.headers)
    asked = f" and asks to wait {wait_s:g} s" if wait_s else ""
    advice = _ADVICE.get(status, "ask again in a minute")
    return f"the service answers {status}, {said}{asked}; {advice}"


def _host(address: str) -> str:
    """The scheme and the host of an address, without a login and a query."""
    try:
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.hostname}" if parts.hostname else "another path"
    except ValueError:
        return "an address that cannot be read"


def _retry_after_s(headers: Mapping[str, str]) -> float:
    """Seconds that the service asks to wait; 0.0 if it does not or gives a date."""
    for name, unit_s in _RETRY_HEADERS.items():
        with contextlib.suppress(KeyError, ValueError):
            return float(headers[name]) * unit_s
    return 0.0


def _no_hopeless_wait(deadline: float, reading: MessageReading) -> Callable[..., Awaitable[Any]]:
    """Middleware that stops retries which would come after the deadline.

    Without it the SDK waits as long as the service asks.
    """

    async def middleware(request: Any, send: Callable[[Any], Awaitable[Any]]) -> Any:
        response = await send(request)
        reading.status = response.status_code
        headers = response.http_response.headers
        if _retry_after_s(headers) > deadline - time.monotonic():
            headers["x-should-retry"] = "false"
        return response

    return middleware
