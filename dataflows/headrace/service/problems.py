"""Errors as problem details (RFC 9457): what went wrong, and what to do next.

What a client did wrong is said as Headrace says it. What went wrong here is logged in
full, and told without names of hosts, logins and files.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from headrace.errors import (
    Cancelled,
    DatabaseAway,
    DatabaseConflict,
    DatabaseError,
    DatabaseTimeout,
    DeadlineExceeded,
    GenerationError,
    HeadraceError,
    ModelError,
    QuestionError,
    SettingsError,
    SourceError,
    WorkerError,
)

MEDIA_TYPE = "application/problem+json"
#: What a client that has left would have been told, were it still there.
_CLIENT_LEFT = 499
_MOST_ERRORS = 20
_JSON = re.compile(r"application/(?:\S+\+)?json", re.IGNORECASE)
_OPENAI = ("/v1/chat", "/v1/models")
#: What validation finds most often, in plain words; its own are for programmers.
_PLAIN = {
    "missing": "it is needed, and not given",
    "extra_forbidden": "this route takes no such field",
    "model_attributes_type": "a JSON object is expected",
    "dict_type": "a JSON object is expected",
    "list_type": "a JSON list is expected",
    "string_type": "text is expected",
    "string_too_short": "{min_length} or more characters are needed",
    "string_too_long": "at most {max_length} characters may be given",
    "too_short": "{min_length} or more must be given",
    "too_long": "at most {max_length} may be given",
}

_logger = logging.getLogger(__name__)


class Problem(BaseModel):
    """What went wrong, and what to do next (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "urn:headrace:problem:unauthorized",
                "title": "Unauthorized",
                "status": 401,
                "detail": "this token is not known, or has expired: ask for another one",
            }
        }
    )

    type: str = Field(description='a name of the problem, or "about:blank"')
    title: str = Field(description="the problem's kind in words")
    status: int = Field(description="the status code of the response")
    detail: str = Field(description="what went wrong here, and what to do next")
    errors: list[dict[str, Any]] = Field([], description="which parts of the request are wrong")


class Refusal(HTTPException):
    """A request that is refused.

    Attributes:
        kind: names the problem: "too-many-requests".
    """

    def __init__(
        self, status: int, kind: str, detail: str, headers: Mapping[str, str] | None = None
    ):
        super().__init__(status, detail, headers)
        self.kind = kind


class _Reply(NamedTuple):
    """What a client is told of an error; `detail` None: what the error itself says."""

    status: int
    kind: str
    detail: str | None = None
    retry_after_s: int | None = None


#: The first that fits counts.
_REPLIES: Mapping[type[HeadraceError], _Reply] = {
    Cancelled: _Reply(_CLIENT_LEFT, "client-left"),
    DeadlineExceeded: _Reply(504, "deadline-exceeded"),
    QuestionError: _Reply(422, "question"),
    SettingsError: _Reply(422, "name-or-value"),
    SourceError: _Reply(422, "document"),
    GenerationError: _Reply(502, "language-model", "the language model gave no usable answer", 5),
    ModelError: _Reply(503, "model", "a model cannot be used now; the service's log says why", 30),
    WorkerError: _Reply(503, "workers", "the workers cannot be used; the log says why", 30),
    DatabaseTimeout: _Reply(504, "database-timeout", "the database did not answer in time", 5),
    DatabaseAway: _Reply(503, "database-away", "the database cannot be reached now", 5),
    DatabaseConflict: _Reply(503, "database-conflict", "other requests were in the way", 1),
    DatabaseError: _Reply(503, "database", "the database refused; the service's log says why", 30),
}
_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    499: "Client Left",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
_DETAILS = {
    400: "the body cannot be read: send what /openapi.json describes",
    404: "there is nothing at this address: /openapi.json lists the routes",
    405: "this address does not take this method: /openapi.json lists those it takes",
}
_KINDS = {400: "body", 404: "no-such-route", 405: "method"}


def problem(
    status: int, kind: str, detail: str, errors: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """A problem as JSON; `errors` where parts of a request are wrong."""
    told: dict[str, Any] = {
        "type": f"urn:headrace:problem:{kind}" if kind else "about:blank",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
    }
    return {**told, "errors": list(errors)} if errors else told


def problem_of(error: BaseException) -> tuple[dict[str, Any], dict[str, str]]:
    """The problem that an error is, and the headers that go with it."""
    if isinstance(error, HTTPException):
        status, detail = error.status_code, error.detail
        if isinstance(error, Refusal):
            kind = error.kind
        else:
            kind, detail = _KINDS.get(status, ""), _DETAILS.get(status, detail)
        return problem(status, kind, detail), dict(error.headers or {})
    for known, reply in _REPLIES.items():
        if isinstance(error, known):
            detail = reply.detail or str(error)
            if reply.detail:
                _logger.error("%s: %s", reply.kind, error)
                detail += ": try again later"
            after = {"Retry-After": str(reply.retry_after_s)} if reply.retry_after_s else {}
            return problem(reply.status, reply.kind, detail), after
    _logger.error("a request failed", exc_info=error)
    detail = "the service failed, which is a defect: its log says more. Try again, or report it"
    return problem(500, "defect", detail), {}


def problem_response(error: BaseException, path: str = "") -> Response:
    """The response that says what an error means; `path` is what was asked for."""
    told, headers = problem_of(error)
    return _response(told, path, headers)


def _response(
    told: dict[str, Any], path: str, headers: Mapping[str, str] | None = None
) -> Response:
    if path.startswith(_OPENAI):
        # Where OpenAI's clients look for it; a problem may have members of its own.
        told = {**told, "error": {"message": told["detail"], "type": told["type"]}}
    return JSONResponse(told, told["status"], headers, MEDIA_TYPE)


def add_handlers(app: FastAPI) -> None:
    """Has every error of an app answered with a problem."""
    app.add_exception_handler(RequestValidationError, _invalid)
    for kind in (HTTPException, HeadraceError, Exception):
        app.add_exception_handler(kind, _answered)


async def _answered(request: Request, error: Exception) -> Response:
    return problem_response(error, request.url.path)


async def _invalid(request: Request, error: Exception) -> Response:
    """Which parts of the request are wrong, without what they held."""
    assert isinstance(error, RequestValidationError)
    errors = []
    for one in error.errors()[:_MOST_ERRORS]:
        place, reason = _fault(one, request.headers.get("content-type", ""))
        errors.append({"place": place[:200], "reason": reason})
    first = f"{errors[0]['place']}: {errors[0]['reason']}" if errors else "it is malformed"
    detail = f"the request cannot be read: {first}. /openapi.json says what this route takes"
    return _response(problem(422, "request", detail, errors), request.url.path)


def _fault(error: Mapping[str, Any], content_type: str) -> tuple[str, str]:
    """The place and the reason of a fault that validation found."""
    parts = error["loc"]
    if error["type"] == "json_invalid":
        return "body", f"it is not JSON: {error['ctx']['error']}, at character {parts[-1]}"
    if parts == ("body",) and not _JSON.match(content_type):
        return "body", "send it as JSON, with the header Content-Type: application/json"
    plain = _PLAIN.get(error["type"])
    reason = plain.format(**error.get("ctx", {})) if plain else error["msg"]
    return ".".join(str(part) for part in parts), reason


def _described(status: int) -> dict[str, Any]:
    """A response with a problem, for the OpenAPI description."""
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
    return {"description": _TITLES[status], "content": content}


#: What every route may answer, beside what it is for.
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: _described(status) for status in (400, 401, 403, 413, 422, 429, 500, 502, 503, 504)
}
#: What a route for one document or job may answer, too.
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: _described(404)}
