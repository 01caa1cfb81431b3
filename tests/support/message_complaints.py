"""What the Messages API refuses, with its status and in its words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from support.message_events import content_blocks

_KNOWN_FIELDS = {
    "model",
    "max_tokens",
    "messages",
    "system",
    "stream",
    "temperature",
    "stop_sequences",
    "metadata",
    "output_config",
    "thinking",
}
_SEARCH_RESULT_FIELDS = {
    "type",
    "source",
    "title",
    "content",
    "citations",
    "cache_control",
}


def complaint(path: str, headers: Mapping[str, str], body: Any) -> tuple[int, str]:
    """The status and message with which the API refuses a request.

    Args:
        path: of the request.
        headers: by name in lower case.
        body: read from JSON; None if it is not JSON.
    Returns:
        (200, "") when the API would not refuse it.
    """
    # 2.12 of the SDK sends an API key as a bearer token, earlier ones as x-api-key; the
    # API takes both.
    bearer = headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not headers.get("x-api-key") and not bearer:
        return 401, "x-api-key header is required"
    if path != "/v1/messages":
        return 404, "Not Found"
    if not headers.get("anthropic-version"):
        return 400, "anthropic-version: header is required"
    if not isinstance(body, dict):
        return 400, "The request body is not valid JSON"
    for first in _body_complaints(body):
        return 400, first
    return 200, ""


def _body_complaints(body: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(body.keys() - _KNOWN_FIELDS):
        yield f"{name}: Extra inputs are not permitted"
    if not isinstance(body.get("model"), str) or not body["model"]:
        yield "model: Field required"
    if not isinstance(body.get("max_tokens"), int) or body["max_tokens"] < 1:
        yield "max_tokens: Input should be greater than or equal to 1"
    system = body.get("system", "")
    if not isinstance(system, str):
        for block in system:
            yield from _text_complaints(block)
    if body.get("thinking") not in (None, {"type": "disabled"}):
        yield "thinking: this server of the tests does not think"
    if body.get("stream") is not True:
        yield "stream: this server of the tests only streams"
    if not isinstance(body.get("messages"), list) or not body["messages"]:
        yield "messages: at least one message is required"
    else:
        yield from _message_complaints(body["messages"])


def _message_complaints(messages: Sequence[Any]) -> Iterator[str]:
    if messages[0].get("role") != "user":
        yield 'messages: first message must use the "user" role'
    citation_settings = set()
    for n, message in enumerate(messages):
        if message.get("role") not in ("user", "assistant"):
            yield f"messages.{n}.role: Input should be 'user' or 'assistant'"
        if not message.get("content"):
            yield f"messages.{n}: must have non-empty content"
        for m, block in enumerate(content_blocks(message)):
            for found in _block_complaints(block):
                yield f"messages.{n}.content.{m}.{found}"
            if "source" in block:
                citation_settings.add(str(block.get("citations")))
    if len(citation_settings) > 1:
        yield "messages: citations must be enabled for all search results or for none"


def _block_complaints(block: Mapping[str, Any]) -> Iterator[str]:
    if block.get("type") == "text":
        yield from _text_complaints(block)
    elif block.get("type") == "search_result":
        yield from _search_result_complaints(block)
    else:
        yield f"type: Input tag '{block.get('type')}' is not one this server knows"


def _text_complaints(block: Mapping[str, Any]) -> Iterator[str]:
    if block.get("type") != "text" or not isinstance(block.get("text"), str):
        yield "text: Input should be a valid string"
    elif not block["text"].strip():
        yield "text: text content blocks must contain non-whitespace text"


def _search_result_complaints(block: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(block.keys() - _SEARCH_RESULT_FIELDS):
        yield f"{name}: Extra inputs are not permitted"
    for name in ("source", "title"):
        if not isinstance(block.get(name), str) or not block[name].strip():
            yield f"{name}: String should have at least 1 character"
    if not isinstance(block.get("content"), list) or not block["content"]:
        yield "content: List should have at least 1 item"
    for n, text in enumerate(block.get("content") or ()):
        for found in _text_complaints(text):
            yield f"content.{n}.{found}"
    if block.get("citations") not in (None, {"enabled": True}, {"enabled": False}):
        yield "citations: Input should be a valid citations configuration"
