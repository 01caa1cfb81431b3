"""The API of OpenAI's chat completions, so that its clients can ask.

The last message is the question, those before it are the conversation; messages of the
system and of developers are left out, since answers come from the documents alone.
Citations are annotations of the message (`url_citation`: where their mark stands, and
the address of the document); `metadata` has them whole.
"""

import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from headrace.errors import QuestionError
from headrace.service.access import Reader
from headrace.service.events import MEDIA_TYPE, SCHEMA, event_response, server_sent
from headrace.service.plain import text_of
from headrace.service.problems import problem_of
from headrace.service.routes.asking import answered
from headrace.service.state import service_of
from headrace.types import Answer, Citation, ResetEvent, TextEvent

router = APIRouter(prefix="/v1", tags=["OpenAI"])

#: The one model there is.
MODEL = "headrace"
_LEFT_OUT = ("system", "developer", "tool", "function")
_END = "data: [DONE]\n\n"


class Part(BaseModel):
    """Part of a message; only text is read."""

    type: str
    text: str = ""


class Message(BaseModel):
    """A message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class StreamOptions(BaseModel):
    """What a stream holds beside the answer."""

    include_usage: StrictBool | None = None


class Completion(BaseModel):
    """A request for a chat completion; further parameters of OpenAI's are left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": MODEL,
                "messages": [{"role": "user", "content": "How long does the warranty last?"}],
            }
        }
    )

    model: str = MODEL
    messages: list[Message] = Field(min_length=1, max_length=200)
    stream: StrictBool | None = None
    stream_options: StreamOptions | None = None


class CompletionBody(BaseModel):
    """A chat completion."""

    id: str
    object: str
    created: int
    model: str
    choices: list[dict[str, Any]]
    usage: dict[str, int]
    metadata: dict[str, Any]


class ModelsBody(BaseModel):
    """The models there are."""

    object: str
    data: list[dict[str, Any]]


_STREAM = {
    "description": "The completion; with `stream`, its chunks as server-sent events.",
    "content": {MEDIA_TYPE: {"schema": SCHEMA}},
}


@router.get("/models", response_model=ModelsBody)
async def list_models(holder: Reader) -> Response:
    """The one model there is: answers from the documents of the token's tenant."""
    model = {"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}
    return JSONResponse({"object": "list", "data": [model]})


@router.post("/chat/completions", response_model=CompletionBody, responses={200: _STREAM})
async def complete(request: Request, holder: Reader, wanted: Completion) -> Response:
    """An answer in the form of OpenAI's chat completions."""
    service = service_of(request)
    question, history = _asked(wanted.messages)
    given = {"history": history}
    documents = f"{str(request.base_url).rstrip('/')}/v1/documents/"
    frame = {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "created": int(time.time()),
        "model": wanted.model,
    }
    if not wanted.stream:
        answer = await service.work.run(
            request, holder, lambda: answered(service, holder, question, given)
        )
        return JSONResponse(_completion(frame, answer, documents))

    def work(put: Callable[[Any], None]) -> Answer:
        return answered(service, holder, question, given, put)

    has_usage = bool(wanted.stream_options and wanted.stream_options.include_usage)
    events = service.work.events(request, holder, work)
    return await event_response(_chunks(events, frame, documents, has_usage))


def _asked(messages: Sequence[Message]) -> tuple[str, list[str]]:
    """The question, and the turns before it, of which the user's are first."""
    turns = [message for message in messages if message.role not in _LEFT_OUT]
    if not turns or turns[-1].role != "user":
        raise QuestionError("the last message must be the user's: it is the question")
    history: list[str] = []
    for message in turns[:-1]:
        is_users_turn = len(history) % 2 == 0
        if (message.role == "user") == is_users_turn:
            history.append(message.text)
        elif history:  # two messages of one side are one turn
            history[-1] = f"{history[-1]}\n{message.text}"
    if len(history) % 2:  # the user went on before there was an answer
        return f"{history.pop()}\n{turns[-1].text}", history
    return turns[-1].text, history


def _annotations(answer: Answer, documents: str) -> Iterator[dict[str, Any]]:
    """Each mark of a citation in the text, and what it stands for."""
    text = text_of(answer)
    for citation in answer.citations:
        mark = f"[{citation.number}]"
        start = text.find(mark)
        if start >= 0:
            place = {
                "start_index": start,
                "end_index": start + len(mark),
                "title": citation.name,
                "url": _address(citation, documents),
            }
            yield {"type": "url_citation", "url_citation": place}


def _address(citation: Citation, documents: str) -> str:
    """The address of a citation's document on this service."""
    return f"{documents}{quote(citation.document_id, safe='/')}"


def _metadata(answer: Answer) -> dict[str, Any]:
    """What a message has no room for."""
    told = answer.to_dict()
    names = ("answered", "confidence", "reason", "citations", "nearest", "filters", "degraded")
    return {name: told[name] for name in names}


def _usage(answer: Answer) -> dict[str, int]:
    """The language model's tokens, by OpenAI's names."""
    sent = answer.usage.get("input_tokens", 0)
    said = answer.usage.get("output_tokens", 0)
    return {"prompt_tokens": sent, "completion_tokens": said, "total_tokens": sent + said}


def _completion(frame: dict[str, Any], answer: Answer, documents: str) -> dict[str, Any]:
    message = {
        "role": "assistant",
        "content": text_of(answer),
        "refusal": None,
        "annotations": list(_annotations(answer, documents)),
    }
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return {
        **frame,
        "object": "chat.completion",
        "choices": [choice],
        "usage": _usage(answer),
        "metadata": _metadata(answer),
    }


async def _chunks(
    events: AsyncIterator[Any], frame: dict[str, Any], documents: str, has_usage: bool
) -> AsyncIterator[str]:
    """The chunks of a completion, as they are sent.

    A client of this API cannot be told to forget what came before, so that a withdrawn
    beginning stays, and the text says that it is withdrawn.
    """

    def chunk(*choices: dict[str, Any], **more: Any) -> str:
        whole = {**frame, "object": "chat.completion.chunk", "choices": choices, **more}
        return server_sent("", whole)

    def said(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}

    has_begun = has_text = False
    try:
        async for event in events:
            if not has_begun:
                yield chunk(said({"role": "assistant", "content": ""}))
                has_begun = True
            if isinstance(event, TextEvent):
                yield chunk(said({"content": event.text}))
                has_text = True
            elif isinstance(event, ResetEvent) and has_text:
                yield chunk(said({"content": f"\n\n(Withdrawn: {event.reason})\n\n"}))
            elif isinstance(event, Answer):
                if not has_text:
                    yield chunk(said({"content": text_of(event)}))
                marks = {"annotations": list(_annotations(event, documents))}
                yield chunk(said(marks, "stop"), metadata=_metadata(event))
                if has_usage:
                    yield chunk(usage=_usage(event))
        yield _END
    except Exception as error:
        if not has_begun:
            raise
        told, _ = problem_of(error)
        yield server_sent("", {"error": {"message": told["detail"], "type": told["type"]}})
