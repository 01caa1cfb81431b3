"""A local server that speaks the Anthropic Messages API, and can fail in all its ways.

    with messages_server([Status(429, retry_after_s=0.01), answer_from_request]) as
    server:
        environment |= server.environment       # ANTHROPIC_BASE_URL and a key
        ...
        server.requests[0].body["model"]

It streams. The n-th request gets the n-th behaviour, and every request after the last
behaviour gets that one again. A behaviour is a `Reply`, a way to spoil one (`Cut`,
`Ends`, `Stall`, `Trickle`, `Malformed`, `Fails`), a way to give none (`Status`,
`Hang`), or a function from the request's body to one of these. Requests that the real
API would refuse get its 400, 401 or 404 instead.
"""

import json
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from support.message_complaints import complaint
from support.message_events import (
    Event,
    block_events,
    citation,
    error_event,
    message_delta,
    message_start,
    search_results,
)

MODEL = "claude-haiku-5-5"
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


# --------------------------------------------------------------------------- behaviours


class Behaviour(ABC):
    """What a request gets."""

    @abstractmethod
    def serve(self, handler: "Handler", body: Mapping[str, Any]) -> None:
        """Answer a request with this body, or do not."""


#: A behaviour, or a function from a request's body to one.
Served = Behaviour | Callable[[Mapping[str, Any]], Behaviour]


@dataclass(frozen=True)
class Reply(Behaviour):
    """A whole answer; each of `parts`, (text, citations), becomes a content block."""

    parts: Sequence[tuple[str, Sequence[dict[str, Any]]]] = (
        ("The headrace feeds the turbine.", ()),
    )
    stop_reason: str | None = "end_turn"
    usage: Mapping[str, int] = field(
        default_factory=lambda: {"input_tokens": 1000, "output_tokens": 200}
    )
    stop_details: Mapping[str, Any] | None = None

    def events(self, model: str) -> list[Event]:
        """The start and a ping, then the events of each part, then the end."""
        events = [message_start(model, self.usage), {"type": "ping"}]
        for index, (text, citations) in enumerate(self.parts):
            events += block_events(index, text, citations)
        output_tokens = self.usage["output_tokens"]
        events.append(message_delta(self.stop_reason, self.stop_details, output_tokens))
        events.append({"type": "message_stop"})
        return events

    def serve(self, handler: "Handler", body: Mapping[str, Any]) -> None:
        handler.start_stream()
        for event in self.events(body["model"]):
            handler.send_event(event)
        handler.end_stream()


@dataclass(frozen=True)
class _Spoilt(Behaviour):
    """The first `after` events of `reply`, then what the subclass does instead.

    Three events precede the first text.
    """

    after: int = 4
    reply: Reply = Reply()

    def serve(self, handler: "Handler", body: Mapping[str, Any]) -> None:
        handler.start_stream()
        for event in self.reply.events(body["model"])[: self.after]:
            handler.send_event(event)
        self.spoil(handler)

    @abstractmethod
    def spoil(self, handler: "Handler") -> None:
        """Do what happens instead of the rest."""


class Cut(_Spoilt):
    """The connection is closed in the middle of the response."""

    def spoil(self, handler: "Handler") -> None:
        pass


class Ends(_Spoilt):
    """The response ends properly, but the message does not."""

    def spoil(self, handler: "Handler") -> None:
        handler.end_stream()


class Stall(_Spoilt):
    """Nothing more comes, and the connection stays open."""

    def spoil(self, handler: "Handler") -> None:
        handler.messages_server.leaving.wait()


class Trickle(_Spoilt):
    """A ping every few milliseconds, and never an end."""

    def spoil(self, handler: "Handler") -> None:
        while not handler.messages_server.leaving.wait(0.01):
            handler.send_event({"type": "ping"})


class Malformed(_Spoilt):
    """An event whose data is not JSON, then an end."""

    def spoil(self, handler: "Handler") -> None:
        handler.send_chunk(b'event: content_block_delta\ndata: {"type": "content_block_de\n\n')
        handler.end_stream()


class Fails(_Spoilt):
    """The service reports inside the stream that it is overloaded."""

    def spoil(self, handler: "Handler") -> None:
        handler.send_event(error_event("overloaded_error", "Overloaded"))
        handler.end_stream()


@dataclass(frozen=True)
class Status(Behaviour):
    """An error before the stream.

    Beware: the SDK takes `retry_after_s=0` for none and waits 0.5 s.
    """

    status: int
    message: str = "said the test"
    retry_after_s: float | None = None

    def serve(self, handler: "Handler", body: Mapping[str, Any]) -> None:
        headers = {} if self.retry_after_s is None else {"retry-after": str(self.retry_after_s)}
        error = error_event(_ERROR_TYPES[self.status], self.message)
        handler.send_json(self.status, error, headers)


@dataclass(frozen=True)
class Hang(Behaviour):
    """No answer to a request that was read.

    With `trickle`, the answer is a header that never ends.
    """

    trickle: bool = False

    def serve(self, handler: "Handler", body: Mapping[str, Any]) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nx-slow: " if self.trickle else b"")
        while not handler.messages_server.leaving.wait(0.01):
            handler.wfile.write(b"." if self.trickle else b"")


def answer_from_request(body: Mapping[str, Any]) -> Reply:
    """Quote and cite the first sentence of the first search result.

    Without search results, the answer says so and cites nothing.
    """
    results = search_results(body)
    if not results:
        return Reply(parts=(("Nothing was given to answer from.", ()),))
    return Reply(parts=((results[0]["content"][0]["text"], [citation(body, 0, 0, 1)]),))


# --------------------------------------------------------------------------- the server


@dataclass(frozen=True)
class Received:
    """A request as it came; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: Any


class MessagesServer(ThreadingHTTPServer):
    """The server.

    Attributes:
        requests: all requests so far, in the order in which they came.
        connections: how many connections there have been.
        keeps_connections: whether a connection is kept open for further requests.
        leaving: set when the test is over; ends the behaviours that wait.
    """

    daemon_threads = False  # server_close waits for them, so no socket outlives the test

    def __init__(
        self,
        behaviours: Sequence[Served],
        keeps_connections: bool = False,
        handler: "type[Handler] | None" = None,
    ):
        super().__init__(("127.0.0.1", 0), handler or Handler)
        self.keeps_connections = keeps_connections
        self.connections = 0
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

    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()

    def take(self, received: Received) -> Served:
        """Record a request; returns the behaviour whose turn it is."""
        with self._turn:
            self.requests.append(received)
            return self.behaviours[min(len(self.requests), len(self.behaviours)) - 1]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve meanwhile, and wait for every answer in progress at the end."""
        thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield
        finally:
            self.leaving.set()
            self.shutdown()
            thread.join()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that have gone: that is no error of the server's."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def messages_server(
    behaviours: Sequence[Served] = (answer_from_request,),
    keeps_connections: bool = False,
) -> Iterator[MessagesServer]:
    """A running server; leaving stops it, once every answer in progress has ended.

    With `keeps_connections`, clients have to close theirs before.
    """
    with MessagesServer(behaviours, keeps_connections) as server, server.running():
        yield server


class Handler(BaseHTTPRequestHandler):
    """One request and its answer; the behaviours send through it."""

    protocol_version = "HTTP/1.1"

    @property
    def messages_server(self) -> MessagesServer:
        assert isinstance(self.server, MessagesServer)
        return self.server

    def complaint(self, headers: Mapping[str, str], body: Any) -> tuple[int, str]:
        """The status and the words with which the real API would refuse this."""
        return complaint(self.path, headers, body)

    def do_POST(self) -> None:
        self.close_connection = not self.messages_server.keeps_connections
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = _parsed(self.rfile.read(int(headers["content-length"])))
        received = Received(self.path, headers, body)
        behaviour = self.messages_server.take(received)
        status, message = self.complaint(headers, body)
        if message:
            self.send_json(status, error_event(_ERROR_TYPES[status], message))
            return
        if not isinstance(behaviour, Behaviour):
            behaviour = behaviour(body)
        behaviour.serve(self, body)

    def send_json(self, status: int, content: Event, headers: Mapping[str, str] = {}) -> None:
        data = json.dumps(content).encode()
        described = {"content-type": "application/json", "content-length": str(len(data))}
        self._send_head(status, {**described, **headers})
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
        connection = "keep-alive" if self.messages_server.keeps_connections else "close"
        for name, value in {"request-id": "req_test", "connection": connection, **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _parsed(data: bytes) -> Any:
    """The content of JSON; None if it is not JSON."""
    try:
        return json.loads(data)
    except ValueError:
        return None
