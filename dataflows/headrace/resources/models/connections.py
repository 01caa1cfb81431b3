"""An SDK's client with its connections, kept from one question to the next.

A new connection costs a name lookup and the handshakes of TCP and TLS. Importing an SDK
takes 2 s, so it happens at the first question. The SDKs of Anthropic and OpenAI are
made alike, on the same HTTP library.
"""

import contextlib
import functools
import importlib
import logging
import os
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextvars import ContextVar
from functools import cached_property
from types import ModuleType
from typing import Any

from headrace.errors import GenerationError
from headrace.forking import renew_when_forked
from headrace.resources.models.deadlines import EventLoop

#: Seconds that an unused connection is kept; services close theirs after a minute or
#: more.
_KEPT_S = 55.0
#: Of the environment, what a client is made from.
_VARIABLES = ("ANTHROPIC_", "OPENAI_", "SSL_CERT_", "HOME")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
#: Called with each response to the requests of a call, before the SDK looks at it. The
#: work that makes the call sets it.
on_response: ContextVar[Callable[[Any], None] | None] = ContextVar("on_response", default=None)


class Connection:
    """A client and the event loop that its connections belong to.

    Attributes:
        environment: what the client is made from.
        is_retired: whether no further call may use it.
        calls: how many use it now.
    """

    def __init__(self, make: Callable[[], Any], environment: Mapping[str, str]):
        self.loop = EventLoop()
        self.environment = environment
        self.is_retired = False
        self.calls = 0
        self._make = make

    @cached_property
    def client(self) -> Any:
        """The client, for works on the loop; made by the first of them."""
        return self._make()

    def close(self) -> None:
        """Closes the connections and ends the event loop."""
        self.loop.close(self._closed())

    async def _closed(self) -> None:
        if "client" in vars(self):
            await self.client.close()


class Connections:
    """One client for all threads, made when first needed.

    It is replaced when the environment has other credentials or another address, when a
    call has retired it, and in a forked process. Calls that still use it end
    undisturbed.

    Args:
        make: makes the client.
    """

    def __init__(self, make: Callable[[], Any]):
        self._make = make
        self.renew()
        renew_when_forked(self)

    def renew(self) -> None:
        """Begins without a client; in a forked process, leaves the parent's alone."""
        # The reference keeps the parent's client from being collected, and so closed.
        self._of_parent = getattr(self, "_kept", None)
        self._lock = threading.Lock()
        self._kept: Connection | None = None

    @contextlib.contextmanager
    def lent(self) -> Iterator[Connection]:
        """The connection for a call."""
        with self._lock:
            connection = self._current()
            connection.calls += 1
        try:
            yield connection
        finally:
            with self._lock:
                connection.calls -= 1
                is_left = connection.is_retired and not connection.calls
                if connection.is_retired and self._kept is connection:
                    self._kept = None
            if is_left:
                connection.close()

    def close(self) -> None:
        """Closes the client. A later call makes another."""
        with self._lock:
            connection, self._kept = self._kept, None
            if connection is None:
                return
            connection.is_retired = True
            is_left = not connection.calls
        if is_left:
            connection.close()

    def _current(self) -> Connection:
        environment = _environment()
        kept = self._kept
        if kept and kept.environment == environment and not kept.is_retired:
            return kept
        if kept:
            kept.is_retired = True
            if not kept.calls:
                kept.close()
        self._kept = Connection(self._make, environment)
        return self._kept


def _environment() -> dict[str, str]:
    """What a client is made from."""
    found = {}
    for name, value in os.environ.items():
        if name.startswith(_VARIABLES) or name.lower() in _PROXIES:
            found[name] = value
    return found


@functools.cache
def sdk(library: str) -> tuple[ModuleType, Callable[..., Any], ssl.SSLContext]:
    """An SDK, an HTTP client for it that bounds responses, and a TLS context.

    The SDK is imported when first needed. Making a TLS context takes 40 ms.

    Args:
        library: "anthropic" or "openai".
    Raises ImportError when it is not installed.
    """
    module = importlib.import_module(library)
    import httpx2

    # They log addresses with their logins, and headers that may repeat the key.
    for name in (library, "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)
    bounded = _bounded_stream()

    class Client(module.DefaultAsyncHttpxClient):
        """An HTTP client that reads no more than `most_bytes` of a response."""

        def __init__(self, most_bytes: int, **options: Any):
            super().__init__(limits=httpx2.Limits(keepalive_expiry=_KEPT_S), **options)
            self._most_bytes = most_bytes

        async def send(
            self, request: httpx2.Request, *, stream: bool = False, **options: Any
        ) -> httpx2.Response:
            request.headers["accept-encoding"] = "identity"
            response = await super().send(request, stream=True, **options)
            response.stream = bounded(response, self._most_bytes)
            if told := on_response.get():
                told(response)
            if not stream:
                await response.aread()
            return response

    return module, Client, httpx2.create_ssl_context()


def _bounded_stream() -> Callable[..., Any]:
    """The class of a response's bytes that end at a limit."""
    import httpx2

    class Bounded(httpx2.AsyncByteStream):
        """The bytes of a response, up to a limit, as the service sent them."""

        def __init__(self, response: httpx2.Response, most_bytes: int):
            self._stream: Any = response.stream
            self._is_packed = response.headers.get("content-encoding", "identity") != "identity"
            self._left = most_bytes

        async def __aiter__(self) -> AsyncIterator[bytes]:
            if self._is_packed:  # a little of it may unpack to very much
                raise GenerationError("the service compresses what was asked for uncompressed")
            async for chunk in self._stream:
                self._left -= len(chunk)
                if self._left < 0:
                    raise GenerationError("the service sends more than an answer can have")
                yield chunk

        async def aclose(self) -> None:
            await self._stream.aclose()

    return Bounded
