"""Questions: answers, whole or as they are made, and the values of any node."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from headrace.callers import check_caller
from headrace.errors import SettingsError, did_you_mean
from headrace.resources.postgres.tenants.tokens import Holder
from headrace.service import bodies
from headrace.service.access import Reader
from headrace.service.events import MEDIA_TYPE, SCHEMA, event_response, event_text, server_sent
from headrace.service.plain import node_value, plain
from headrace.service.problems import Refusal, problem_of
from headrace.service.state import Service, service_of
from headrace.settings import NODE_SETTINGS
from headrace.types import Answer

router = APIRouter(prefix="/v1", tags=["questions"])

_TUNING = "settings and overrides take the right admin: leave them out, or use such a token"
#: What a question may not lift, whoever asks it.
_FIXED = ("max_question_characters",)
_STREAM = {
    "description": "The answer. With `Accept: text/event-stream`, events as it is made: `text`, "
    "`citation` once it is verified, `reset` when what came before is withdrawn, last `answer`; "
    "or `error`, with a problem.",
    "content": {MEDIA_TYPE: {"schema": SCHEMA}},
}


@router.post("/ask", response_model=bodies.AnswerBody, responses={200: _STREAM})
async def ask(request: Request, holder: Reader, question: bodies.Question) -> Response:
    """The answer to a question from the tenant's documents, with verified citations."""
    service = service_of(request)
    _check_tuning(holder, question)
    if MEDIA_TYPE not in request.headers.get("accept", ""):
        answer = await service.work.run(
            request, holder, lambda: answered(service, holder, question.question, question.given())
        )
        return JSONResponse(answer.to_dict())

    def work(put: Callable[[Any], None]) -> Answer:
        return answered(service, holder, question.question, question.given(), put)

    return await event_response(_texts(service.work.events(request, holder, work)))


@router.post("/retrieve", response_model=bodies.RetrievalBody)
async def retrieve(request: Request, holder: Reader, wanted: bodies.Retrieval) -> Response:
    """The values of any nodes: hits, the context, what was understood."""
    service = service_of(request)
    _check_tuning(holder, wanted, bool(wanted.overrides))
    overrides = _overrides(service, wanted.overrides)

    def work() -> dict[str, Any]:
        values = service.rag.run(
            wanted.nodes,
            overrides=overrides,
            question=wanted.question,
            tenant=holder.tenant,
            **wanted.given(),
        )
        return plain(values)

    return JSONResponse({"values": await service.work.run(request, holder, work)})


def answered(
    service: Service,
    holder: Holder,
    question: str,
    given: dict[str, Any],
    put: Callable[[Any], None] | None = None,
) -> Answer:
    """An answer, which is counted; each event goes to `put` as long as it is wanted."""

    def listener(event: Any) -> None:
        check_caller()
        if put:
            put(event)

    try:
        answer = service.rag.ask(question, holder.tenant, listener=listener, **given)
    except Exception:
        service.metrics.count_failure()
        raise
    service.metrics.count_answer(answer)
    return answer


async def _texts(events: AsyncIterator[Any]) -> AsyncIterator[str]:
    """Events as they are sent; an error after the first of them is one, too."""
    has_begun = False
    try:
        async for event in events:
            yield event_text(event)
            has_begun = True
    except Exception as error:
        if not has_begun:
            raise
        told, _ = problem_of(error)
        yield server_sent("error", told)


def _check_tuning(holder: Holder, question: bodies.Question, has_overrides: bool = False) -> None:
    """Raises for unknown settings, and for a caller who may not choose any."""
    if (question.settings or has_overrides) and not holder.may("admin"):
        raise Refusal(403, "forbidden", _TUNING)
    for name in question.settings:
        if name not in NODE_SETTINGS or name in _FIXED:
            known = set(NODE_SETTINGS) - set(_FIXED)
            raise SettingsError(f"unknown setting {name:.60}{did_you_mean(name, known)}")


def _overrides(service: Service, given: dict[str, Any]) -> dict[str, Any]:
    """The values to take the place of nodes.

    Raises SettingsError for what is no node: what comes from outside, such as the
    database, is not for clients to choose.
    """
    nodes = {
        name: node for name, node in service.rag.driver.graph.nodes.items() if not node.user_defined
    }
    values = {}
    for name, value in given.items():
        if name not in nodes:
            meant = did_you_mean(name, nodes)
            raise SettingsError(f"overrides: there is no node {name:.60}{meant}")
        values[name] = node_value(name, nodes[name].type, value)
    return values
