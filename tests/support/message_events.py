"""The Messages API on the wire: a request's search results, a stream's events."""

from collections.abc import Mapping, Sequence
from typing import Any

Event = dict[str, Any]

#: Characters of one piece of streamed text.
_PIECE = 12


# ----------------------------------------------------------------------------- requests


def content_blocks(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The content blocks of a message; plain text is one block."""
    content = message.get("content")
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content or ())


def search_results(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All search_result blocks of a request, in the order that citations count."""
    found = []
    for message in body["messages"]:
        found += [block for block in content_blocks(message) if block["type"] == "search_result"]
    return found


# ---------------------------------------------------------------------------- citations


def citation(body: Mapping[str, Any], result: int, start: int, end: int) -> dict[str, Any]:
    """The API's citation of blocks `start` to before `end` of a search result."""
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


# ------------------------------------------------------------------------------- events


def error_event(kind: str, message: str) -> Event:
    """An error, as the body of a response or inside a stream."""
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_test"}


def message_start(model: str, usage: Mapping[str, int]) -> Event:
    """The first event of a stream."""
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


def block_events(index: int, text: str, citations: Sequence[Mapping[str, Any]]) -> list[Event]:
    """A content block: a start, text in pieces of 12 characters, citations, a stop."""
    starts = range(0, len(text), _PIECE)
    pieces = [{"type": "text_delta", "text": text[start : start + _PIECE]} for start in starts]
    cited = [{"type": "citations_delta", "citation": citation} for citation in citations]
    block = {"type": "text", "text": "", "citations": []}
    events: list[Event] = [{"type": "content_block_start", "index": index, "content_block": block}]
    for delta in (*pieces, *cited):
        events.append({"type": "content_block_delta", "index": index, "delta": delta})
    events.append({"type": "content_block_stop", "index": index})
    return events


def message_delta(
    stop_reason: str | None, stop_details: Mapping[str, Any] | None, output_tokens: int
) -> Event:
    """The last event but one: why the message ends, and how long it is."""
    delta = {
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "stop_details": stop_details,
    }
    return {"type": "message_delta", "delta": delta, "usage": {"output_tokens": output_tokens}}
