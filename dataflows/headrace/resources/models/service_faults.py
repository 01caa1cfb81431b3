"""What went wrong with a model's service, and what to do about it, in words.

The SDKs of Anthropic and OpenAI are made alike, and raise the same exceptions.
"""

import contextlib
import textwrap
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from headrace.errors import HeadraceError
from headrace.resources.models.connections import sdk

#: What to do about an HTTP status, where no setting has to be named.
_ADVICE = {
    400: "correct what it names",
    402: "check the account's credit",
    403: "use a key that may call this model",
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


@dataclass(frozen=True)
class Service:
    """A kind of service: its SDK, and what its address and its key are set by."""

    library: str
    address: str
    key: str

    def explained(self, fault: Exception) -> str:
        """What went wrong and what to do about it."""
        library, _, _ = sdk(self.library)
        import httpx2

        match fault:
            case HeadraceError():
                return str(fault)
            case library.APIStatusError():
                return self._refused(fault)
            case library.APIConnectionError():
                why = fault.__cause__ or fault
                if isinstance(why, httpx2.ReadError | httpx2.RemoteProtocolError):
                    return f"the connection broke off ({why}); ask again"
                where = fault.request.url.netloc.decode()
                return f"no connection to {where} ({why}); check the network and {self.address}"
            case library.APIError():
                said = textwrap.shorten(fault.message, 300)
                return f"the service fails in mid-answer, {said}; ask again in a minute"
            case httpx2.TransportError():
                return f"the connection broke off in mid-answer ({fault}); ask again"
        if isinstance(fault, _base_error(library)):
            return f"the credentials cannot be used: {fault}"
        what = f"what was sent or received cannot be read ({type(fault).__name__}: {fault})"
        return f"{what}; ask again, or check {self.address}"

    def _refused(self, error: Any) -> str:
        """What an APIStatusError says, and what to do."""
        status: int = error.status_code
        kind = getattr(error, "type", None)
        if kind in _STATUS_INSIDE_A_STREAM:
            status = _STATUS_INSIDE_A_STREAM[kind]
        headers = error.response.headers
        if error.response.is_redirect:
            return (
                f"the service redirects to {_host(headers.get('location', ''))}, where the key is "
                f"not sent; set {self.address} to the address that answers"
            )
        said = textwrap.shorten(_said(error), 300)
        wait_s = _retry_after_s(headers)
        asked = f" and asks to wait {wait_s:g} s" if wait_s else ""
        return f"the service answers {status}, {said}{asked}; {self._advice(status)}"

    def _advice(self, status: int) -> str:
        if status == 401:
            return f"check {self.key}"
        if status == 404:
            return f"check the model's name and {self.address}"
        return _ADVICE.get(status, "ask again in a minute")


def outdates_client(fault: Exception) -> bool:
    """Whether the next call should have a new client.

    Where time ran out, something may hang in this one. Where the key was refused, there
    may be another in the SDK's profile by now.
    """
    return isinstance(fault, TimeoutError) or getattr(fault, "status_code", 0) in (401, 403)


def no_hopeless_wait(deadline: float) -> Callable[[Any], None]:
    """Stops retries that would come after the deadline, for `on_response`.

    Without it an SDK waits as long as the service asks.
    """

    def look_at(response: Any) -> None:
        if _retry_after_s(response.headers) > deadline - time.monotonic():
            response.headers["x-should-retry"] = "false"

    return look_at


def _said(error: Any) -> str:
    """The service's own words, where it has some."""
    body = error.body.get("message") if isinstance(error.body, Mapping) else None
    words = (getattr(error, "api_message", None), body)
    return next((one for one in words if one and isinstance(one, str)), error.message)


def _base_error(library: Any) -> type[Exception]:
    """The class of all errors of an SDK."""
    return getattr(library, "AnthropicError", None) or library.OpenAIError


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
