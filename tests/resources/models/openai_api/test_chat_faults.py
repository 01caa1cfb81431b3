"""Faults of a service with OpenAI's API: what the error says, what is tried again."""

import socket
import time
from contextlib import closing

import pytest
from pydantic import SecretStr

from headrace.errors import GenerationError
from headrace.resources.models.openai_api.chat_model import OpenAIModel
from support.language_model_parts import PROMPT, assert_nothing_runs, ignore, text_of
from support.messages_server import Behaviour, Cut, Ends, Fails, Hang, Malformed, Stall, Status
from support.openai_server import KEY, MODEL, ChatReply, OpenAIHandler

REPLY = ChatReply()


class Prose(Behaviour):
    """A page where an answer is expected."""

    def __init__(self, content_type: str, data: bytes = b"<html>Welcome!</html>"):
        self.content_type = content_type
        self.data = data

    def serve(self, handler: OpenAIHandler, body):
        head = {"content-type": self.content_type, "content-length": str(len(self.data))}
        handler._send_head(200, head)
        handler.wfile.write(self.data)


@pytest.mark.parametrize(
    ("behaviour", "words", "partial"),
    [
        (Status(400, "context is too long"), "400, context is too long; correct what it names", ""),
        (Status(401), "check HEADRACE_LANGUAGE_MODEL_KEY", ""),
        (Status(404), "check the model's name and HEADRACE_LANGUAGE_MODEL_URL", ""),
        (Cut(after=0, reply=REPLY), "the connection broke off", ""),
        (Cut(after=3, reply=REPLY), "the connection broke off", "The headrace f"),
        (Ends(after=0, reply=REPLY), "the stream ended before the answer did", ""),
        (Ends(after=3, reply=REPLY), "the stream ended before the answer did", "The headrace f"),
        (Malformed(after=3, reply=REPLY), "cannot be read (JSONDecodeError", "The headrace f"),
        (Fails(after=3, reply=REPLY), "fails in mid-answer, Overloaded", "The headrace f"),
        (ChatReply(""), "the model said nothing (stop reason stop)", ""),
        (ChatReply("", finish_reason="content_filter"), "the model declined; ask differently", ""),
        (ChatReply("", refusal="Harmful."), "the model declined (Harmful.); ask differently", ""),
        (
            ChatReply(usage={"prompt_tokens": "many", "completion_tokens": 1}),
            "the usage has no number of prompt_tokens",
            None,
        ),
        (Prose("application/json", b'{"error": "no model"}'), 'but {"error": "no model"}', ""),
        (Prose("application/json", b"[]"), "gives no answer, but []", ""),
        (Prose("application/json"), "cannot be read (JSONDecodeError", ""),
        (Prose("text/html"), "the stream ended before the answer did", ""),
    ],
)
def test_a_fault_says_what_happened_and_what_had_arrived(failed, behaviour, words, partial):
    error = failed(behaviour, max_retries=0)
    assert f"asking {MODEL}: " in str(error) and words in str(error)
    assert partial is None or error.partial_text == partial


def test_a_refusal_that_may_pass_is_tried_again_and_the_answer_comes_once(answered):
    said, _ = answered(Status(429, retry_after_s=0.01), Status(500, retry_after_s=0.01), REPLY)
    assert text_of(said) == "The headrace feeds the turbine."


def test_a_wait_that_would_pass_the_deadline_is_not_begun(failed):
    begun = time.monotonic()
    error = failed(Status(429, retry_after_s=90))
    assert "asks to wait 90 s" in str(error) and "fewer questions at once" in str(error)
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(
    ("behaviour", "partial"),
    [(Hang(), ""), (Hang(trickle=True), ""), (Stall(after=3, reply=REPLY), "The headrace f")],
)
def test_nothing_holds_a_call_past_its_deadline(failed, behaviour, partial):
    begun = time.monotonic()
    error = failed(behaviour, timeout_s=0.4)
    assert 0.4 <= time.monotonic() - begun < 20
    assert "no whole answer within 0.4 s" in str(error)
    assert error.partial_text == partial
    assert_nothing_runs()


def test_a_service_that_is_not_there_is_named_with_its_setting():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    model = OpenAIModel(MODEL, url=f"http://someone:secret@127.0.0.1:{port}/v1", max_retries=0)
    with closing(model), pytest.raises(GenerationError) as raised:
        model.complete(PROMPT, ignore, ignore)
    assert f"no connection to 127.0.0.1:{port}" in str(raised.value)
    assert "HEADRACE_LANGUAGE_MODEL_URL" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_what_a_service_says_of_the_key_is_not_repeated(failed):
    error = failed(Status(401, f"wrong key {KEY}"), key=SecretStr(KEY))
    assert "wrong key ***" in str(error) and KEY not in str(error)
