"""A local server that speaks OpenAI's API, and can fail in all its ways.

    with openai_server([Status(429, retry_after_s=0.01), quote_first_sentence]) as server:
        Pipeline.open(generation="openai", language_model_url=server.url, ...)

Its behaviours are those of `support.messages_server`, with `ChatReply` for `Reply`, and
`Vectors` for embeddings.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from support.message_events import Event
from support.messages_server import Behaviour, Handler, MessagesServer, Served

MODEL = "small-model"
KEY = "test-key-of-a-service"
CHAT = "/v1/chat/completions"
EMBEDDINGS = "/v1/embeddings"
USAGE = {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200}
#: Characters of one piece of streamed text.
_PIECE = 7


# --------------------------------------------------------------------------------- chat


@dataclass(frozen=True)
class ChatReply(Behaviour):
    """A whole answer, streamed unless `streams` is False."""

    text: str = "The headrace feeds the turbine [1]."
    finish_reason: str | None = "stop"
    usage: Mapping[str, Any] | None = None
    refusal: str | None = None
    streams: bool = True

    def events(self, model: str) -> list[Event]:
        """The role, pieces of 7 characters, the reason for the end, the usage."""
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        for start in range(0, len(self.text), _PIECE):
            deltas.append({"content": self.text[start : start + _PIECE]})
        if self.refusal:
            deltas.append({"refusal": self.refusal})
        events = [_chunk(model, [_choice(delta)]) for delta in deltas]
        events.append(_chunk(model, [_choice({}, self.finish_reason)]))
        usage = USAGE if self.usage is None else self.usage
        return [*events, {**_chunk(model, []), "usage": usage or None}]

    def serve(self, handler: Handler, body: Mapping[str, Any]) -> None:
        if self.streams:
            handler.start_stream()
            for event in self.events(body["model"]):
                handler.send_event(event)
            handler.end_stream()
            return
        message = {"role": "assistant", "content": self.text, "refusal": self.refusal}
        choice = {"index": 0, "message": message, "finish_reason": self.finish_reason}
        usage = USAGE if self.usage is None else self.usage
        whole = {**_chunk(body["model"], [choice]), "object": "chat.completion", "usage": usage}
        handler.send_json(200, whole)


def _chunk(model: str, choices: list[Event]) -> Event:
    head = {"id": "chat-1", "object": "chat.completion.chunk", "created": 1, "model": model}
    return {**head, "choices": choices}


def _choice(delta: Mapping[str, Any], finish_reason: str | None = None) -> Event:
    return {"index": 0, "delta": delta, "finish_reason": finish_reason}


def question_of(body: Mapping[str, Any]) -> str:
    """The last message, with the search results."""
    return body["messages"][-1]["content"]


def numbered(body: Mapping[str, Any]) -> dict[int, str]:
    """The sentences of a request, by their numbers."""
    found = re.findall(r"^\[(\d+)\] (.*)$", question_of(body), re.MULTILINE)
    return {int(number): text for number, text in found}


def quote_first_sentence(body: Mapping[str, Any]) -> ChatReply:
    """Quotes and cites the first sentence that was sent."""
    sentences = numbered(body)
    return ChatReply(f"{sentences[1]} [1]") if sentences else ChatReply("Nothing was given.")


# --------------------------------------------------------------------------- embeddings


@dataclass(frozen=True)
class Vectors(Behaviour):
    """A vector for each text: where its letters are among `dimension` places.

    Args:
        spoil: changes the response before it is sent.
    """

    dimension: int = 16
    spoil: Callable[[dict[str, Any]], None] | None = None

    def serve(self, handler: Handler, body: Mapping[str, Any]) -> None:
        texts = body["input"]
        data = []
        for index, text in enumerate(texts):
            vector = letters(text, self.dimension)
            data.append({"object": "embedding", "index": index, "embedding": vector})
        tokens = sum(len(text.split()) for text in texts)
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        response = {"object": "list", "data": data, "model": body["model"], "usage": usage}
        if self.spoil:
            self.spoil(response)
        handler.send_json(200, response)


def letters(text: str, dimension: int) -> list[float]:
    """The number of the text's characters at each place, by their codes."""
    counts = [0.0] * dimension
    for character in text:
        counts[ord(character) % dimension] += 1.0
    return counts if any(counts) else [1.0, *counts[1:]]


def cosine(first: Sequence[float], second: Sequence[float]) -> float:
    product = sum(one * other for one, other in zip(first, second, strict=True))
    return product / (math.hypot(*first) * math.hypot(*second))


# --------------------------------------------------------------------------- the server


class OpenAIHandler(Handler):
    """Requests and answers in the form of OpenAI's API."""

    def complaint(self, headers: Mapping[str, str], body: Any) -> tuple[int, str]:
        if self.path not in (CHAT, EMBEDDINGS):
            return 404, f"there is nothing at {self.path}"
        needed = {"model", "messages"} if self.path == CHAT else {"model", "input"}
        if not isinstance(body, dict) or needed - body.keys():
            return 400, f"needed: {', '.join(sorted(needed))}"
        is_blank = self.path == EMBEDDINGS and not all(body["input"])
        return (400, "an input is empty") if is_blank else (0, "")

    def send_event(self, event: Event) -> None:
        self.send_chunk(f"data: {json.dumps(event)}\n\n".encode())

    def end_stream(self) -> None:
        self.send_chunk(b"data: [DONE]\n\n")
        super().end_stream()


class OpenAIServer(MessagesServer):
    @property
    def address(self) -> str:
        """What a setting takes."""
        return f"{self.url}/v1"


@contextmanager
def openai_server(
    behaviours: Sequence[Served] = (quote_first_sentence,), keeps_connections: bool = False
) -> Iterator[OpenAIServer]:
    """A running server; leaving stops it, once every answer in progress has ended."""
    with OpenAIServer(behaviours, keeps_connections, OpenAIHandler) as server, server.running():
        yield server
