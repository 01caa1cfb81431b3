"""A language model whose answer comes as a stream, by an SDK.

The SDK is imported at the first question, before that question's clock starts.
"""

import functools
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from headrace.errors import GenerationError
from headrace.resources.models.connections import Connection, Connections, on_response, sdk
from headrace.resources.models.deadlines import Put, background
from headrace.resources.models.service_faults import Service, no_hopeless_wait, outdates_client
from headrace.resources.redaction import without_secrets
from headrace.setting_types import PRICES
from headrace.types import CitedText, Completion, Prompt

_CONNECT_S = 5.0
#: Bytes of a response at most, beside those for each token of an answer.
_BYTES = 1_000_000
_BYTES_PER_TOKEN = 4_000


class Reading(ABC):
    """What a stream has said so far.

    Attributes:
        status: the HTTP status of the last response; 0 before any.
        model: the model that answers; "" before the stream says so.
        stop_reason: why the answer ended; None until it has.
        refusal: the service's explanation of a refusal, in brackets; "" without one.
        usage: tokens, by the names of Anthropic.
        text: all text so far.
        parts: the finished parts of it.
    """

    def __init__(self) -> None:
        self.status = 0
        self.model = ""
        self.stop_reason: str | None = None
        self.refusal = ""
        self.usage: dict[str, int] = {}
        self.text = ""
        self.parts: list[CitedText] = []

    @property
    @abstractmethod
    def has_open_part(self) -> bool:
        """Whether text has come that no finished part holds yet."""

    @abstractmethod
    def items(self, event: Any, /) -> Iterator[str | CitedText]:
        """The text that the stream's next event brings, and the parts that it ends."""


class StreamedModel(ABC):
    """Passages go in, an answer that cites them comes out.

    One model serves any number of threads. Its connections are kept between calls,
    until `close`.
    """

    service: ClassVar[Service]

    def __init__(
        self,
        name: str,
        *,
        max_output_tokens: int = 1024,
        timeout_s: float = 60.0,
        max_retries: int = 2,
        prices: Mapping[str, tuple[float, float]] = PRICES,
    ):
        """
        Args:
            name: the model's, as the service knows it.
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

    def __reduce__(self) -> tuple[Callable[..., "StreamedModel"], tuple[()]]:
        """Pickled without its connections."""
        settings = {name: value for name, value in vars(self).items() if name[0] != "_"}
        return functools.partial(type(self), **settings), ()

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
        self._check()
        reading = self._reading(prompt)
        deadline = time.monotonic() + self.timeout_s
        with self._connections.lent() as connection:
            ask = functools.partial(self._asked, connection, prompt, reading, deadline)
            with background(connection.loop, ask, deadline) as items:
                for item in items:
                    if isinstance(item, Exception):
                        connection.is_retired |= outdates_client(item)
                        # Not `from item`: what the service said may repeat the key.
                        raise self._failure(self._explained(item, reading), reading)
                    if isinstance(item, str):
                        on_text(item)
                    else:
                        on_part(item)
        return self._completion(reading)

    async def _asked(
        self,
        connection: Connection,
        prompt: Prompt,
        reading: Any,
        deadline: float,
        put: Put[str | CitedText],
    ) -> None:
        """Ask; note the status of each response, and stop waits that are too long."""
        hopeless = no_hopeless_wait(deadline)

        def look_at(response: Any) -> None:
            reading.status = response.status_code
            hopeless(response)

        on_response.set(look_at)
        await self._ask(connection.client, prompt, reading, put)

    @abstractmethod
    def _check(self) -> None:
        """Import the SDK. Raises GenerationError where nothing can be asked."""

    @abstractmethod
    def _reading(self, prompt: Prompt) -> Reading:
        """What reads the stream."""

    @abstractmethod
    async def _ask(
        self, client: Any, prompt: Prompt, reading: Any, put: Put[str | CitedText]
    ) -> None:
        """Put each piece of text and each finished part; `reading` notes the rest."""

    @abstractmethod
    def _client(self) -> Any:
        """A client of the SDK, made with `_client_options`."""

    @abstractmethod
    def _cost_usd(self, reading: Any) -> float | None:
        """What the call costs; None when that is not known."""

    def _client_options(self) -> dict[str, Any]:
        """What a client takes, whatever the SDK."""
        library, client_type, tls = sdk(self.service.library)
        return {
            "max_retries": self.max_retries,
            "timeout": library.Timeout(self.timeout_s, connect=min(_CONNECT_S, self.timeout_s)),
            # It would send the key wherever a redirect leads.
            "http_client": client_type(self._most_bytes, verify=tls, follow_redirects=False),
        }

    @property
    def _most_bytes(self) -> int:
        """The size of a response: a token comes in an event, a citation in another."""
        return _BYTES + _BYTES_PER_TOKEN * self.max_output_tokens

    def _completion(self, reading: Reading) -> Completion:
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
            return Completion(
                tuple(reading.parts),
                reading.model,
                reading.stop_reason,
                reading.usage,
                self._cost_usd(reading),
            )
        raise self._failure(fault, reading)

    def _failure(self, what: str, reading: Reading) -> GenerationError:
        return GenerationError(f"asking {self.name}: {without_secrets(what)}", reading.text)

    def _explained(self, fault: Exception, reading: Reading) -> str:
        """What went wrong and what to do about it."""
        if not isinstance(fault, TimeoutError):
            return self.service.explained(fault)
        refused = ""
        if reading.status >= 400:
            refused = f" (the service last answered {reading.status})"
        within = f"within {self.timeout_s:g} s{refused}"
        return f"no whole answer {within}; ask again, or raise timeout_s"
