"""Language models: what writes the answer. One service so far, Anthropic's Messages API.

Importing the SDK takes 2 s, so it happens at the first question, before that question's clock starts.
"""

import contextlib
import functools
import itertools
import ssl
import textwrap
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

from headrace.errors import GenerationError
from headrace.resources.models.credentials import credentials_present
from headrace.resources.models.deadlines import Put, background
from headrace.settings import PRICES
from headrace.text.visible import visible
from headrace.types import CitedText, Completion, Passage, Prompt, SentenceRange

# What a token written to or read from the prompt cache costs, as a multiple of an input token; same page.
_CACHE_FACTORS = {"cache_creation_input_tokens": 1.25, "cache_read_input_tokens": 0.1}
_COUNTED = ("input_tokens", "output_tokens", *_CACHE_FACTORS)

_ADVICE = {
    400: "correct what it names",
    401: "check ANTHROPIC_API_KEY",
    402: "check the account's credit",
    403: "use a key that may call this model",
    404: "check the model's name and ANTHROPIC_BASE_URL",
    413: "give the model a smaller context",
    429: "ask again later, or fewer questions at once",
}
# An error that comes inside a stream has the stream's status, 200.
_STATUS_INSIDE_A_STREAM = {"rate_limit_error": 429, "overloaded_error": 529}

_CONNECT_S = 5.0


class AnthropicModel:
    """Anthropic's Messages API: passages go as search results, citations come back as sentence ranges.

    Each call opens a connection of its own and closes it, so one model serves any number of threads and can be
    pickled. Credentials and the service's address (ANTHROPIC_BASE_URL) are read from the environment at each call.
    """

    def __init__(
        self,
        name: str = "claude-haiku-4-5-20251001",
        *,
        max_output_tokens: int = 1024,
        timeout_s: float = 60.0,
        max_retries: int = 2,
        prices: Mapping[str, tuple[float, float]] = PRICES,
    ):
        """
        Args:
            name: a model that can cite search results; pinned, so that answers do not change by themselves.
            max_output_tokens: the answer is cut there, with stop_reason "max_tokens".
            timeout_s: for the whole call, from connecting to the last word, retries and the waits before them included.
            max_retries: after 408, 409, 429, 5xx or no connection; never once the answer has begun.
            prices: USD per million input and output tokens, by model.
        """
        self.name = name
        self.max_output_tokens = max_output_tokens
        self.timeout_s = timeout_s
        self.max_retries = max_retries
        self.prices = prices

    def complete(
        self, prompt: Prompt, on_text: Callable[[str], None], on_part: Callable[[CitedText], None]
    ) -> Completion:
        """The whole answer; both callbacks run in the calling thread, and what they raise ends the call unchanged.

        Ranges that point outside the passages are handed over as they came: whoever verifies them drops them.
        `stop_reason` "max_tokens" or "model_context_window_exceeded" says the answer is cut, which is no error here.

        Raises:
            GenerationError: no credentials, the service refuses or fails, the stream breaks off, the deadline passes,
                the model declines or says nothing.
        """
        if not credentials_present():
            raise GenerationError(f"asking {self.name}: no credentials; set ANTHROPIC_API_KEY")
        _sdk()
        reading = _Reading(_SearchResults(prompt.passages))
        deadline = time.monotonic() + self.timeout_s
        with background(functools.partial(self._ask, prompt, reading, deadline), deadline) as items:
            for item in items:
                if isinstance(item, Exception):
                    what = self._explained(item, reading)
                    raise GenerationError(f"asking {self.name}: {what}", reading.text) from item
                (on_text if isinstance(item, str) else on_part)(item)
        return self._completion(reading)

    async def _ask(self, prompt: Prompt, reading: "_Reading", deadline: float, put: Put) -> None:
        """Puts each piece of text (str) and each finished part (CitedText); `reading` ends up with the rest."""
        anthropic, tls = _sdk()
        client = anthropic.AsyncAnthropic(
            max_retries=self.max_retries,
            timeout=anthropic.Timeout(self.timeout_s, connect=min(_CONNECT_S, self.timeout_s)),
            http_client=anthropic.DefaultAsyncHttpxClient(verify=tls),
            middleware=[_no_hopeless_wait(deadline, reading)],
        )
        async with (
            client,
            await client.messages.create(stream=True, **self._request(prompt, reading)) as events,
        ):
            async for event in events:
                for item in reading.items(event):
                    put(item)

    def _request(self, prompt: Prompt, reading: "_Reading") -> dict[str, Any]:
        """The call's arguments. Blank turns (a question that had no answer) are left out: the API refuses them."""
        roles = itertools.cycle(("user", "assistant"))
        turns = [
            {"role": role, "content": turn}
            for turn, role in zip(prompt.history, roles, strict=False)
            if turn.strip()
        ]
        question = [*reading.results.blocks(), {"type": "text", "text": prompt.question}]
        return {
            "model": self.name,
            "max_tokens": self.max_output_tokens,
            "system": prompt.system,
            "messages": [*turns, {"role": "user", "content": question}],
            **(
                {"output_config": {"format": {"type": "json_schema", "schema": prompt.schema}}}
                if prompt.schema
                else {}
            ),
        }

    def _completion(self, reading: "_Reading") -> Completion:
        """What was read, if it is an answer; GenerationError if not."""
        if reading.stop_reason == "refusal":
            fault = f"the model declined{reading.refusal}; ask differently"
        elif reading.unfinished:
            fault = "the stream ended before the answer did; ask again"
        elif not reading.text.strip():
            fault = f"the model said nothing (stop reason {reading.stop_reason}); ask again, or raise max_output_tokens"
        else:
            price = self.prices.get(self.name, self.prices.get(reading.model))
            cost_usd = _cost_usd(reading.usage, price)
            return Completion(
                tuple(reading.parts), reading.model, reading.stop_reason, reading.usage, cost_usd
            )
        raise GenerationError(f"asking {self.name}: {fault}", reading.text)

    def _explained(self, fault: Exception, reading: "_Reading") -> str:
        """What went wrong and what to do about it."""
        import anthropic
        import httpx2

        match fault:
            case TimeoutError():
                refused = (
                    f" (the service last answered {reading.status})"
                    if reading.status >= 400
                    else ""
                )
                return f"no whole answer within {self.timeout_s:g} s{refused}; ask again, or raise timeout_s"
            case anthropic.APIStatusError():
                return _refused(fault)
            case anthropic.APIConnectionError():
                where, why = fault.request.url.netloc.decode(), fault.__cause__ or fault
                return f"no connection to {where} ({why}); check the network and ANTHROPIC_BASE_URL"
            case anthropic.AnthropicError():
                return f"the credentials cannot be used: {fault}"
            case httpx2.TransportError():
                return f"the connection broke off in mid-answer ({fault}); ask again"
        what = f"{type(fault).__name__}: {fault}"
        return f"what was sent or came back cannot be read ({what}); ask again, or check ANTHROPIC_BASE_URL"


# --------------------------------------------------------------------------------------------- passages and citations


class _SearchResults:
    """Passages as search results, and the way back from a citation of those to sentences of these.

    Sent are visible characters alone: what a reader of the document cannot see should not speak to the model either.
    The API refuses blank text, so blank sentences, and passages with nothing else, are not sent. `sent` holds, for
    each search result, its passage and for each of its text blocks the sentence, all counted from 0.
    """

    def __init__(self, passages: Sequence[Passage]):
        self.passages = passages
        filled = [
            [n for n, sentence in enumerate(passage.sentences) if visible(sentence.text).strip()]
            for passage in passages
        ]
        self.sent = [(number, sentences) for number, sentences in enumerate(filled) if sentences]

    def blocks(self) -> list[dict[str, Any]]:
        """One `search_result` content block per passage sent, one text block in it per sentence sent."""
        return [self._block(self.passages[number], sentences) for number, sentences in self.sent]

    def range(self, citation: Any) -> SentenceRange:
        """The sentences that a `search_result_location` means; what it places outside stays outside."""
        result = citation.search_result_index
        number = _place(result, [number for number, _ in self.sent], len(self.passages))
        known = 0 <= result < len(self.sent)
        sentences, total = (
            (self.sent[result][1], len(self.passages[number].sentences)) if known else ([], 0)
        )
        first = _place(citation.start_block_index, sentences, total)
        last = _place(citation.end_block_index - 1, sentences, total) + 1
        return SentenceRange(number, first, last, citation.cited_text)

    @staticmethod
    def _block(passage: Passage, sentences: Sequence[int]) -> dict[str, Any]:
        return {
            "type": "search_result",
            "source": _first_filled(passage.source, passage.document_id, passage.title, "unknown"),
            "title": _first_filled(passage.title, passage.source, passage.document_id, "untitled"),
            "content": [
                {"type": "text", "text": visible(passage.sentences[n].text)} for n in sentences
            ],
            "citations": {"enabled": True},
        }


def _first_filled(*names: str) -> str:
    return next(seen for name in names if (seen := visible(name)).strip())


def _place(position: int, sent: Sequence[int], total: int) -> int:
    """Where `sent[position]` stood among all `total`; a position outside `sent` becomes one as far outside all."""
    if 0 <= position < len(sent):
        return sent[position]
    return position if position < 0 else position - len(sent) + total


# --------------------------------------------------------------------------------------------------------- the stream


class _Reading:
    """What a stream has said so far; `items` takes its next event.

    `status` is the last response's, 0 before any; `text` is all that came, `parts` what is finished of it; `usage` is
    in tokens; `refusal` is the service's explanation in brackets, "" without one.
    """

    def __init__(self, results: _SearchResults):
        self.results = results
        self.status = 0
        self.model = ""
        self.stop_reason: str | None = None
        self.refusal = ""
        self.usage: dict[str, int] = {}
        self.text = ""
        self.parts: list[CitedText] = []
        self._part, self._ranges = "", []

    @property
    def unfinished(self) -> bool:
        return self.stop_reason is None or bool(self._part)

    def items(self, event: Any) -> Iterator[str | CitedText]:
        """The text that `event` brings, or the part that it ends; most events bring neither."""
        match event.type:
            case "message_start":
                self.model = event.message.model
                self._count(event.message.usage)
            case "content_block_delta":
                yield from self._delta(event.delta)
            case "content_block_stop":
                yield from self._finished()
            case "message_delta":
                self._stop(event.delta)
                self._count(event.usage)

    def _delta(self, delta: Any) -> Iterator[str]:
        if delta.type == "text_delta" and delta.text:
            self.text += delta.text
            self._part += delta.text
            yield delta.text
        elif delta.type == "citations_delta" and delta.citation.type == "search_result_location":
            self._ranges.append(self.results.range(delta.citation))

    def _finished(self) -> Iterator[CitedText]:
        if self._part:
            self.parts.append(CitedText(self._part, tuple(self._ranges)))
            yield self.parts[-1]
        self._part, self._ranges = "", []

    def _stop(self, delta: Any) -> None:
        self.stop_reason = delta.stop_reason
        explanation = delta.stop_details and delta.stop_details.explanation
        self.refusal = f" ({explanation})" if explanation else ""

    def _count(self, usage: Any) -> None:
        """Counts are totals so far; the cache's are left out while there are none."""
        counts = {name: getattr(usage, name, None) for name in _COUNTED}
        self.usage |= {
            name: n for name, n in counts.items() if n or (n == 0 and name not in _CACHE_FACTORS)
        }


def _cost_usd(usage: Mapping[str, int], price: tuple[float, float] | None) -> float | None:
    """Example: 1,000 tokens in and 200 out at (1.0, 5.0) a million -> 0.002."""
    if price is None:
        return None
    cached = sum(factor * usage.get(name, 0) for name, factor in _CACHE_FACTORS.items())
    return (
        (usage.get("input_tokens", 0) + cached) * price[0]
        + usage.get("output_tokens", 0) * price[1]
    ) / 1e6


# ------------------------------------------------------------------------------------------------- faults and waiting


def _refused(error: Any) -> str:
    """What an anthropic.APIStatusError says, and what to do."""
    status = _STATUS_INSIDE_A_STREAM.get(error.type, error.status_code)
    said = textwrap.shorten(error.api_message or error.message, 300)
    wait_s = _retry_after_s(error.response.headers)
    asked = f" and asks to wait {wait_s:g} s" if wait_s else ""
    return f"the service answers {status}, {said}{asked}; {_ADVICE.get(status, 'ask again in a minute')}"


def _retry_after_s(headers: Mapping[str, str]) -> float:
    """Seconds that the service asks to wait; 0.0 when it does not, or gives a date."""
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with contextlib.suppress(KeyError, ValueError):
            return float(headers[name]) * unit_s
    return 0.0


def _no_hopeless_wait(deadline: float, reading: _Reading) -> Callable[..., Awaitable[Any]]:
    """Middleware for the SDK, which waits as long as it is told: not for a retry that would come after the deadline."""

    async def middleware(request: Any, send: Callable[[Any], Awaitable[Any]]) -> Any:
        response = await send(request)
        reading.status = response.status_code
        headers = response.http_response.headers
        if _retry_after_s(headers) > deadline - time.monotonic():
            headers["x-should-retry"] = "false"
        return response

    return middleware


@functools.cache
def _sdk() -> tuple[ModuleType, ssl.SSLContext]:
    """The SDK, imported when first needed, and one TLS context for all calls: making one takes 40 ms."""
    import anthropic
    import httpx2

    return anthropic, httpx2.create_ssl_context()
