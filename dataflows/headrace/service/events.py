"""Events of an answer as server-sent events."""

import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi.responses import StreamingResponse

from headrace.service.plain import plain
from headrace.types import Answer, CitationEvent, ResetEvent, TextEvent

MEDIA_TYPE = "text/event-stream"
#: One event, for the OpenAPI description.
SCHEMA = {
    "type": "object",
    "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
}
#: Proxies that gather what is sent, and those that keep it, would hold events back.
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

Event = TextEvent | CitationEvent | ResetEvent | Answer


def server_sent(name: str, data: Any) -> str:
    """One event, as it is sent; with no name, only its data."""
    line = f"event: {name}\n" if name else ""
    return f"{line}data: {json.dumps(data, ensure_ascii=False)}\n\n"


def event_text(event: Event) -> str:
    """An event of `Pipeline.stream`, as it is sent: text, citation, reset or answer."""
    if isinstance(event, TextEvent):
        return server_sent("text", {"text": event.text})
    if isinstance(event, CitationEvent):
        return server_sent("citation", plain(event.citation))
    if isinstance(event, ResetEvent):
        return server_sent("reset", {"reason": event.reason})
    return server_sent("answer", event.to_dict())


async def event_response(texts: AsyncIterator[str]) -> StreamingResponse:
    """The response that sends these as they come.

    What fails before the first of them is raised, and so has a status of its own.
    """
    first = await anext(texts)

    async def sent() -> AsyncIterator[str]:
        yield first
        async for text in texts:
            yield text

    return StreamingResponse(sent(), media_type=MEDIA_TYPE, headers=_HEADERS)
