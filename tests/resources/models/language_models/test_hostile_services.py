"""A service that redirects, never ends, packs, or says what is no answer.

The caller gets a GenerationError, whatever comes, and the key goes nowhere else.
"""

import gzip
import io
import logging
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from headrace import Pipeline
from support.language_model_parts import PROMPT, answered, assert_nothing_runs, failed, text_of
from support.messages_server import Behaviour, Reply, Status, messages_server

KEY = "sk-ant-Zq7x-not-a-word"


@dataclass(frozen=True)
class Redirect(Behaviour):
    """A redirect, with as much content as an error may have."""

    location: str
    status: int = 307

    def serve(self, handler, body):
        handler.send_json(self.status, {}, {"location": self.location})


@dataclass(frozen=True)
class Flood(Behaviour):
    """A response without end: `piece` again and again, until the client has gone."""

    piece: bytes
    status: int = 200
    encoding: str = "identity"

    def serve(self, handler, body):
        handler._send_head(
            self.status,
            {
                "content-type": "text/event-stream",
                "transfer-encoding": "chunked",
                "content-encoding": self.encoding,
            },
        )
        for event in Reply().events(body["model"])[:3]:
            if self.encoding == "identity":
                handler.send_event(event)
        while not handler.messages_server.leaving.is_set():
            handler.send_chunk(self.piece)


@dataclass(frozen=True)
class Counted(Reply):
    """A whole answer whose counts of tokens are what the test says."""

    counts: Any = None

    def events(self, model: str) -> list[dict[str, Any]]:
        events = super().events(model)
        for event in events:
            holder = event.get("message", event)
            if "usage" in holder:
                holder["usage"] = self.counts
                if self.counts == "missing":
                    del holder["usage"]
        return events


# ------------------------------------------------------------------------------ redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_key_is_not_sent_where_the_service_redirects_to(serve, status):
    with messages_server([Reply()]) as other:
        serve(Redirect(f"{other.url}/v1/messages?key=test-key", status))
        said, error = failed()
        assert other.requests == []
    assert "redirects to http://127.0.0.1, where the key is not sent; set" in str(error)
    assert "test-key" not in str(error) and "ANTHROPIC_BASE_URL" in str(error)


@pytest.mark.parametrize("location", ["", "/v1/other", "http://[broken", "//\x7f", "https://u:pw@"])
def test_a_redirect_to_nowhere_is_refused_too(serve, location):
    server = serve(Redirect(location))
    assert "redirects to" in str(failed()[1])
    assert len(server.requests) == 1


# ----------------------------------------------------------------------------- the bounds

TINY = b'event: content_block_delta\ndata: {"type": "content_block_delta", "index": 0, "delta": '
TINY += b'{"type": "text_delta", "text": "a"}}\n\n'


@pytest.mark.parametrize(
    "flood",
    [
        Flood(TINY * 500),
        Flood(b": ping\n\n" * 5_000),
        Flood(b"data: " + b"x" * 65_000),
        Flood(b"y" * 65_000, status=400),
        Flood(b'{"error": "' + b"z" * 65_000, status=500),
    ],
    ids=["tiny events", "comments", "one endless line", "refusal", "error"],
)
def test_a_response_without_end_is_bounded(serve, flood):
    serve(flood)
    began = time.monotonic()
    error = failed(max_output_tokens=100, timeout_s=100, max_retries=0)[1]
    assert "the service sends more than an answer can have" in str(error)
    assert time.monotonic() - began < 50
    assert_nothing_runs()


def test_a_longer_answer_may_be_larger(serve):
    serve(Reply(parts=[("word " * 4_000, [])]))
    assert len(answered(max_output_tokens=8_000)[1].parts[0].text) == 20_000


@pytest.mark.parametrize("status", [200, 400])
def test_what_is_packed_is_not_unpacked(serve, status):
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        file.write(bytes(10_000_000))
    server = serve(Flood(packed.getvalue(), status, "gzip"))
    assert "compresses what was asked for uncompressed" in str(failed(max_retries=0)[1])
    assert server.requests[0].headers["accept-encoding"] == "identity"


# ------------------------------------------------------------------- what is no answer


@pytest.mark.parametrize(
    "counts",
    [
        "missing",
        None,
        "many",
        {},
        {"input_tokens": "many", "output_tokens": 3},
        {"input_tokens": float("nan"), "output_tokens": 3},
        {"input_tokens": -1, "output_tokens": 3},
        {"input_tokens": 10, "output_tokens": None},
        {"input_tokens": [1], "output_tokens": {"a": 1}},
        {"input_tokens": 1, "output_tokens": 1, "cache_read_input_tokens": "many"},
    ],
    ids=str,
)
def test_usage_that_is_no_number_is_an_error_of_the_service(serve, counts):
    serve(Counted(counts=counts))
    assert "cannot be read" in str(failed()[1])


def test_characters_that_cannot_be_encoded_do_not_come_in(serve):
    serve(Reply(parts=[("It feeds \ud800 it.", [])]))
    said, completion = answered()
    assert text_of(said) == "It feeds ? it." == completion.parts[0].text


def test_characters_that_cannot_be_encoded_do_not_go_out(serve):
    serve(Reply())
    error = failed(replace(PROMPT, question="What \ud800 feeds it?"))[1]
    assert "cannot be read (UnicodeEncodeError" in str(error)


@pytest.mark.parametrize(
    "behaviour",
    [
        Counted(counts={"input_tokens": "many", "output_tokens": 3}),
        Redirect("http://127.0.0.1:1/"),
        Flood(b"x" * 65_000, status=400),
    ],
    ids=["usage", "redirect", "flood"],
)
def test_the_extractive_answer_takes_its_place_with_a_note(serve, data_dir, returns, behaviour):
    serve(behaviour)
    settings: Mapping[str, Any] = {"reranking": "off", "max_answer_tokens": 100}
    with Pipeline.open(data_dir=data_dir, generation="anthropic", **settings) as rag:
        answer = rag.ask("How long does the warranty last?", returns)
    assert answer.answered and answer.citations
    assert [note.stage for note in answer.degraded] == ["generate"]


# -------------------------------------------------------------------------------- the key


@pytest.mark.parametrize(
    "behaviour",
    [
        Status(401, f"invalid x-api-key: {KEY}"),
        Status(500, f"debug: headers were {{'x-api-key': '{KEY}'}}"),
        Redirect(f"http://elsewhere.invalid/{KEY}?key={KEY}"),
        Reply(stop_reason="refusal", parts=(), stop_details={"explanation": KEY}),
    ],
    ids=["401", "500", "redirect", "refusal"],
)
def test_the_key_stands_in_no_error_and_no_log(serve, environment, behaviour, caplog):
    caplog.set_level(logging.DEBUG)
    serve(behaviour)
    environment.setenv("ANTHROPIC_API_KEY", KEY)
    error = failed(max_retries=0)[1]
    assert KEY not in "".join(traceback.format_exception(error))
    while error is not None:
        assert KEY not in str(error)
        error = error.__cause__ or error.__context__
    assert KEY not in caplog.text


@pytest.mark.parametrize("proxy", ["http://me:{}@127.0.0.1:1", "socks9://me:{}@127.0.0.1:1"])
def test_the_password_of_a_proxy_stands_in_no_error(environment, proxy, caplog):
    caplog.set_level(logging.DEBUG)
    environment.setenv("ANTHROPIC_API_KEY", KEY)
    environment.setenv("ANTHROPIC_BASE_URL", f"http://me:{KEY}@service.invalid")
    environment.setenv("HTTP_PROXY", proxy.format(KEY))
    environment.setenv("NO_PROXY", "")
    error = failed(max_retries=0)[1]
    assert KEY not in "".join(traceback.format_exception(error))
    assert KEY not in caplog.text
