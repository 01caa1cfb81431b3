"""What surrounds every request: a limit of its size, security headers, a count."""

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from headrace.service.metrics import Metrics
from headrace.service.options import Options
from headrace.service.problems import Refusal, problem_response

#: For every response. The page loads nothing from elsewhere, and no page may frame it.
_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_MB = 1_000_000
#: Where the addresses begin that take documents.
_UPLOADS = "/v1/documents"
#: The route that requests to any other address are counted under: by their addresses
#: there would be any number of counters.
_NO_ROUTE = "none"


class Around:
    """ASGI middleware around an application."""

    def __init__(self, app: ASGIApp, metrics: Metrics, options: Options):
        self._app = app
        self._metrics = metrics
        self._options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def send_safely(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, self._limited(scope, receive), send_safely)
        except Exception as error:
            if status:  # too late to say anything else
                raise
            await problem_response(error)(scope, receive, send_safely)
        finally:
            route = getattr(scope.get("route"), "path", _NO_ROUTE)
            self._metrics.count_request(route, status)

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        """Receives a body up to its limit. Raises Refusal for one that is larger."""
        is_upload = scope["path"].startswith(_UPLOADS)
        limit_mb = self._options.upload_mb if is_upload else self._options.body_mb
        announced = Headers(scope=scope).get("content-length", "")
        received = int(announced) if announced.isdecimal() else 0
        is_announced = received > 0

        def check() -> None:
            if received > limit_mb * _MB:
                detail = f"a request to this route may have {limit_mb:g} MB: send less at once"
                raise Refusal(413, "too-large", detail)

        async def receive_limited() -> Message:
            nonlocal received
            check()
            message = await receive()
            if not is_announced:
                received += len(message.get("body", b""))
                check()
            return message

        return receive_limited
