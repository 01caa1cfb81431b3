"""A local server that speaks the Anthropic Messages API, streaming, and can be told to fail in every way it does.

    with messages_server([Status(429, retry_after_s=0.01), answer_from_request]) as server:
        environment |= server.environment       # ANTHROPIC_BASE_URL and a key
        ...
        server.requests[0].body["model"]

The n-th request gets the n-th behaviour, and the last one over again after that. A behaviour is a `Reply`, a way to
spoil one (`Cut`, `Ends`, `Stall`, `Trickle`, `Malformed`, `Fails`), a way to give none (`Status`, `Hang`), or a
function from the request's body to one of these. Requests that the real API would refuse get its 400 or 401 instead.
"""

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Event = dict[str, Any]

MODEL = "claude-haiku-4-5-20251001"
_ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}
_KNOWN_FIELDS = {
    "model",
    "max_tokens",
    "messages",
    "system",
    "stream",
    "temperature",
    "stop_sequences",
    "metadata",
    "output_config",
}


# --------------------------------------------------------------------------------------------------------- behaviours


@dataclass(frozen=True)
class Reply:
    """A whole answer: `parts` are (text, citations), each sent as a content block of its own."""

    parts: Sequence[tuple[str, Sequence[dict[str, Any]]]] = (
        ("The headrace feeds the turbine.", ()),
    )
    stop_reason: str | None = "end_turn"
    usage: Mapping[str, int] = field(
        default_factory=lambda: {"input_tokens": 1000, "output_tokens": 200}
    )
    stop_details: Mapping[str, Any] | None = None

    def events(self, model: str) -> list[Event]:
        """message_start, ping, then per part a start, pieces of 12 characters, citations, a stop; then the end."""
        blocks = [
            event for index, part in enumerate(self.parts) for event in _block_events(index, *part)
        ]
        delta = {
            "stop_reason": self.stop_reason,
            "stop_sequence": None,
            "stop_details": self.stop_details,
        }
        end = {
            "type": "message_delta",
            "delta": delta,
            "usage": {"output_tokens": self.usage["output_tokens"]},
        }
        return [
            _message_start(model, self.usage),
            {"type": "ping"},
            *blocks,
            end,
            {"type": "message_stop"},
        ]

    def serve(self, handler: "_Handler", body: Mapping[str, Any]) -> None:
        handler.start_stream()
        for event in self.events(body["model"]):
            handler.send_event(event)
        handler.end_stream()


@dataclass(frozen=True)
class _Spoilt:
    """The first `after` events of `reply`, then what the subclass does instead of the rest. 3 events precede text."""

    after: int = 4
    reply: Reply = Reply()

    def serve(self, handler: "_Handler", body: Mapping[str, Any]) -> None:
        handler.start_stream()
        for event in self.reply.events(body["model"])[: self.after]:
            handler.send_event(event)
        self.spoil(handler)

    def spoil(self, handler: "_Handler") -> None:
        raise NotImplementedError


class Cut(_Spoilt):
    """The connection is closed in the middle of the response."""

    def spoil(self, handler: "_Handler") -> None:
        pass


class Ends(_Spoilt):
    """The response ends properly, but the message does not."""

    def spoil(self, handler: "_Handler") -> None:
        handler.end_stream()


class Stall(_Spoilt):
    """Nothing more comes, and the connection stays open."""

    def spoil(self, handler: "_Handler") -> None:
        handler.server.leaving.wait()


class Trickle(_Spoilt):
    """An event like any other, every few milliseconds, and never an end."""

    def spoil(self, handler: "_Handler") -> None:
        while not handler.server.leaving.wait(0.01):
            handler.send_event({"type": "ping"})


class Malformed(_Spoilt):
    """An event whose data is not JSON, then an end."""

    def spoil(self, handler: "_Handler") -> None:
        handler.send_chunk(b'event: content_block_delta\ndata: {"type": "content_block_de\n\n')
        handler.end_stream()


class Fails(_Spoilt):
    """The service reports inside the stream that it is overloaded."""

    def spoil(self, handler: "_Handler") -> None:
        handler.send_event(_error("overloaded_error", "Overloaded"))
        handler.end_stream()


@dataclass(frozen=True)
class Status:
    """An error before the stream. Beware: the SDK takes `retry_after_s=0` for none and waits 0.5 s."""

    status: int
    message: str = "said the test"
    retry_after_s: float | None = None

    def serve(self, handler: "_Handler", body: Mapping[str, Any]) -> None:
        headers = {} if self.retry_after_s is None else {"retry-after": str(self.retry_after_s)}
        handler.send_json(self.status, _error(_ERROR_TYPES[self.status], self.message), headers)


@dataclass(frozen=True)
class Hang:
    """The request is read and never answered; with `trickle`, answered with a header that never ends."""

    trickle: bool = False

    def serve(self, handler: "_Handler", body: Mapping[str, Any]) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nx-slow: " if self.trickle else b"")
        while not handler.server.leaving.wait(0.01):
            handler.wfile.write(b"." if self.trickle else b"")


Behaviour = Reply | _Spoilt | Status | Hang | Callable[[Mapping[str, Any]], Any]


def answer_from_request(body: Mapping[str, Any]) -> Reply:
    """Quotes the first sentence of the first search result, citing it; without search results, says so uncited."""
    results = search_results(body)
    if not results:
        return Reply(parts=(("Nothing was given to answer from.", ()),))
    return Reply(parts=((results[0]["content"][0]["text"], [citation(body, 0, 0, 1)]),))


def search_results(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All search_result blocks of a request, in the order in which citations count them."""
    return [
        block
        for message in body["messages"]
        for block in _blocks(message)
        if block["type"] == "search_result"
    ]


def citation(body: Mapping[str, Any], result: int, start: int, end: int) -> dict[str, Any]:
    """The API's citation of blocks `start` to before `end` of a search result of this request."""
    cited = search_results(body)[result]
    text = "".join(block["text"] for block in cited["content"][start:end])
    return location(result, start, end, text, source=cited["source"], title=cited["title"])


def location(
    result: int, start: int, end: int, text: str, source: str = "s", title: str = "t"
) -> dict[str, Any]:
    """A citation as the API writes it, true or not."""
    return {
        "type": "search_result_location",
        "cited_text": text,
        "search_result_index": result,
        "start_block_index": start,
        "end_block_index": end,
        "source": source,
        "title": title,
    }


# -------------------------------------------------------------------------------------------------------- the server


@dataclass(frozen=True)
class Received:
    """A request as it came; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: Any


class MessagesServer(ThreadingHTTPServer):
    """`requests` grows as they come; `leaving` is set when the test is over, and frees whoever waits."""

    daemon_threads = False  # so that server_close waits for them, and no socket outlives the test

    def __init__(self, behaviours: Sequence[Behaviour]):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behaviours = list(behaviours)
        self.requests: list[Received] = []
        self.leaving = threading.Event()
        self._turn = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def environment(self) -> dict[str, str]:
        """What points the SDK here."""
        return {
            "ANTHROPIC_BASE_URL": self.url,
            "ANTHROPIC_API_KEY": "test-key",
            "NO_PROXY": "127.0.0.1",
        }

    def take(self, received: Received) -> Behaviour:
        """Records a request; gives the behaviour that is its turn."""
        with self._turn:
            self.requests.append(received)
            return self.behaviours[min(len(self.requests), len(self.behaviours)) - 1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone is no error of the server's."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def messages_server(
    behaviours: Sequence[Behaviour] = (answer_from_request,),
) -> Iterator[MessagesServer]:
    """A running server; leaving stops it, and waits for every answer that is still being given."""
    with MessagesServer(behaviours) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.leaving.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: MessagesServer

    def do_POST(self) -> None:
        self.close_connection = True
        headers = {name.lower(): value for name, value in self.headers.items()}
        received = Received(
            self.path, headers, _parsed(self.rfile.read(int(headers["content-length"])))
        )
        behaviour = self.server.take(received)
        status, complaint = _complaint(received)
        if complaint:
            self.send_json(status, _error(_ERROR_TYPES[status], complaint))
            return
        if not hasattr(behaviour, "serve"):
            behaviour = behaviour(received.body)
        behaviour.serve(self, received.body)

    def send_json(self, status: int, content: Event, headers: Mapping[str, str] = {}) -> None:
        data = json.dumps(content).encode()
        self._send_head(
            status,
            {"content-type": "application/json", "content-length": str(len(data)), **headers},
        )
        self.wfile.write(data)

    def start_stream(self) -> None:
        self._send_head(
            200,
            {"content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked"},
        )

    def send_event(self, event: Event) -> None:
        self.send_chunk(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())

    def send_chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def end_stream(self) -> None:
        self.send_chunk(b"")

    def _send_head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"request-id": "req_test", "connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


# ------------------------------------------------------------------------------------------- what the API would refuse


def _complaint(received: Received) -> tuple[int, str]:
    """The status and message with which the API would refuse a request, (200, "") if it would not."""
    headers, body = received.headers, received.body
    # 2.12 of the SDK sends an API key as a bearer token, earlier ones as x-api-key; the API takes both.
    if (
        not headers.get("x-api-key")
        and not headers.get("authorization", "").removeprefix("Bearer ").strip()
    ):
        return 401, "x-api-key header is required"
    if received.path != "/v1/messages":
        return 404, "Not Found"
    if not headers.get("anthropic-version"):
        return 400, "anthropic-version: header is required"
    if not isinstance(body, dict):
        return 400, "The request body is not valid JSON"
    complaint = next(_body_complaints(body), "")
    return (400, complaint) if complaint else (200, "")


def _body_complaints(body: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(body.keys() - _KNOWN_FIELDS):
        yield f"{name}: Extra inputs are not permitted"
    if not isinstance(body.get("model"), str) or not body["model"]:
        yield "model: Field required"
    if not isinstance(body.get("max_tokens"), int) or body["max_tokens"] < 1:
        yield "max_tokens: Input should be greater than or equal to 1"
    if not isinstance(body.get("system", ""), str):
        yield "system: Input should be a valid string"
    if body.get("stream") is not True:
        yield "stream: this server of the tests only streams"
    if not isinstance(body.get("messages"), list) or not body["messages"]:
        yield "messages: at least one message is required"
    else:
        yield from _message_complaints(body["messages"])


def _message_complaints(messages: Sequence[Any]) -> Iterator[str]:
    if messages[0].get("role") != "user":
        yield 'messages: first message must use the "user" role'
    for n, message in enumerate(messages):
        if message.get("role") not in ("user", "assistant"):
            yield f"messages.{n}.role: Input should be 'user' or 'assistant'"
        if not message.get("content"):
            yield f"messages.{n}: must have non-empty content"
        for m, block in enumerate(_blocks(message)):
            yield from (
                f"messages.{n}.content.{m}.{complaint}" for complaint in _block_complaints(block)
            )
    settings = {
        str(block.get("citations"))
        for message in messages
        for block in _blocks(message)
        if "source" in block
    }
    if len(settings) > 1:
        yield "messages: citations must be enabled for all search results or for none"


def _block_complaints(block: Mapping[str, Any]) -> Iterator[str]:
    if block.get("type") == "text":
        yield from _text_complaints(block)
    elif block.get("type") == "search_result":
        yield from _search_result_complaints(block)
    else:
        yield f"type: Input tag '{block.get('type')}' is not one this server knows"


def _text_complaints(block: Mapping[str, Any]) -> Iterator[str]:
    if block.get("type") != "text" or not isinstance(block.get("text"), str):
        yield "text: Input should be a valid string"
    elif not block["text"].strip():
        yield "text: text content blocks must contain non-whitespace text"


def _search_result_complaints(block: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(
        block.keys() - {"type", "source", "title", "content", "citations", "cache_control"}
    ):
        yield f"{name}: Extra inputs are not permitted"
    for name in ("source", "title"):
        if not isinstance(block.get(name), str) or not block[name].strip():
            yield f"{name}: String should have at least 1 character"
    if not isinstance(block.get("content"), list) or not block["content"]:
        yield "content: List should have at least 1 item"
    for n, text in enumerate(block.get("content") or ()):
        yield from (f"content.{n}.{complaint}" for complaint in _text_complaints(text))
    if block.get("citations") not in (None, {"enabled": True}, {"enabled": False}):
        yield "citations: Input should be a valid citations configuration"


# ----------------------------------------------------------------------------------------------------- small pieces


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def _blocks(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = message.get("content")
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content or ())


def _error(kind: str, message: str) -> Event:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_test"}


def _message_start(model: str, usage: Mapping[str, int]) -> Event:
    message = {
        "id": "msg_test",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {**usage, "output_tokens": 1},
    }
    return {"type": "message_start", "message": message}


def _block_events(index: int, text: str, citations: Sequence[Mapping[str, Any]]) -> list[Event]:
    pieces = [
        {"type": "text_delta", "text": text[start : start + 12]}
        for start in range(0, len(text), 12)
    ]
    cited = [{"type": "citations_delta", "citation": citation} for citation in citations]
    deltas = [
        {"type": "content_block_delta", "index": index, "delta": delta}
        for delta in (*pieces, *cited)
    ]
    block = {"type": "text", "text": "", "citations": []}
    start = {"type": "content_block_start", "index": index, "content_block": block}
    return [start, *deltas, {"type": "content_block_stop", "index": index}]
