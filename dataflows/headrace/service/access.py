"""Who asks: the token of a request, and what it may do.

Without any token in the database, the service is open: to this machine only, for the
tenant that it was started with. Then a page of another site must not use it from the
user's browser, so requests that name another host or come from another origin are
refused.
"""

from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from headrace.resources.postgres.tenants.tokens import Holder, Rights, holder_of
from headrace.service.options import is_loopback
from headrace.service.problems import Refusal
from headrace.service.state import Service, service_of

_bearer = HTTPBearer(
    auto_error=False,
    description="a token from `run.py token create`; none while there is no token at all",
)
_CHALLENGE = {"WWW-Authenticate": "Bearer"}


def holder_of_request(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Holder:
    """Who holds the request's token. Runs in a thread, as it asks the database."""
    return authenticated(service_of(request), request, credentials and credentials.credentials)


def authenticated(service: Service, request: Request, token: str | None) -> Holder:
    """Who asks. Raises Refusal for a token that is missing, unknown or expired."""
    if service.is_open:
        _check_local(request)
        return Holder("", service.tenant, "admin")
    if not token:
        detail = "this service takes a token: send it as Authorization: Bearer TOKEN"
        raise Refusal(401, "unauthorized", detail, _CHALLENGE)
    holder = holder_of(service.lookups, token)
    if holder is None:
        detail = "this token is not known, or has expired: ask for another one"
        raise Refusal(401, "unauthorized", detail, _CHALLENGE)
    return holder


def _allowed(wanted: Rights) -> Callable[[Holder], Holder]:
    def check(holder: Annotated[Holder, Depends(holder_of_request)]) -> Holder:
        if not holder.may(wanted):
            raise Refusal(
                403,
                "forbidden",
                f'this takes the right "{wanted}", and this token has "{holder.rights}": '
                "ask for a token that has it",
            )
        return holder

    return check


def _check_local(request: Request) -> None:
    """Raises Refusal for what another site may have sent through a browser."""
    host = request.url.hostname or ""
    origin = request.headers.get("origin")
    is_foreign = origin is not None and urlsplit(origin).netloc != request.url.netloc
    if is_foreign or not is_loopback(host):
        raise Refusal(
            403,
            "foreign",
            "without tokens this service answers this machine only, under its own name: make "
            "a token with run.py token create, and start the service again",
        )


Reader = Annotated[Holder, Depends(_allowed("read"))]
Writer = Annotated[Holder, Depends(_allowed("write"))]
Admin = Annotated[Holder, Depends(_allowed("admin"))]
