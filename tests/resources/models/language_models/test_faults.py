"""Faults of the service: what the error says, and what is tried again."""

import socket
from contextlib import closing

import pytest

from headrace.resources.models.anthropic_model import AnthropicModel
from support.language_model_parts import (
    PROMPT,
    answered,
    assert_nothing_runs,
    failed,
    ignore,
    text_of,
    write_profile,
)
from support.message_events import location
from support.messages_server import MODEL, Cut, Ends, Fails, Malformed, Reply, Stall, Status

#: A citation whose position is no number.
NO_POSITION = location(0, 0, 1, "x") | {"search_result_index": "one"}


class Unclosed(Reply):
    """A message that stops, with a part that does not."""

    def events(self, model):
        return [event for event in super().events(model) if event["type"] != "content_block_stop"]


@pytest.mark.parametrize(
    ("behaviour", "words", "partial"),
    [
        (Status(400, "prompt is too long"), "400, prompt is too long; correct", ""),
        (Status(401), "401, said the test; check ANTHROPIC_API_KEY", ""),
        (Status(404), "404, said the test; check the model's name", ""),
        (Cut(after=0), "the connection broke off", ""),
        (Cut(after=4), "the connection broke off", "The headrace"),
        (Ends(after=0), "the stream ended before the answer did", ""),
        (Ends(after=4), "the stream ended before the answer did", "The headrace"),
        (Malformed(after=5), "cannot be read (JSONDecodeError", "The headrace feeds the t"),
        (Fails(after=2), "529, Overloaded; ask again in a minute", ""),
        (Fails(after=4), "529, Overloaded; ask again in a minute", "The headrace"),
        (
            Reply(stop_reason=None),
            "the stream ended before the answer did",
            "The headrace feeds the turbine.",
        ),
        (Unclosed(), "the stream ended before the answer did", "The headrace feeds the turbine."),
        (Reply(parts=()), "the model said nothing (stop reason end_turn)", ""),
        (
            Reply(parts=[(" ", [])], stop_reason="max_tokens"),
            "the model said nothing (stop reason max_tokens)",
            " ",
        ),
        (Reply(parts=(), stop_reason="refusal"), "the model declined; ask differently", ""),
        (
            Reply(
                stop_reason="refusal", stop_details={"type": "refusal", "explanation": "Harmful."}
            ),
            "the model declined (Harmful.); ask differently",
            "The headrace feeds the turbine.",
        ),
        (Reply(parts=[("So.", [NO_POSITION])]), "cannot be read (TypeError", "So."),
    ],
)
def test_a_fault_says_what_happened_and_what_had_arrived_and_is_not_tried_again(
    serve, behaviour, words, partial
):
    server = serve(behaviour, Reply())
    said, error = failed()
    assert f"asking {MODEL}: " in str(error)
    assert words in str(error)
    assert (error.partial_text, text_of(said)) == (partial, partial)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 529])
def test_a_refusal_that_may_pass_is_tried_again_and_the_answer_comes_once(serve, status):
    server = serve(Status(status, retry_after_s=0.01), Status(status, retry_after_s=0.01), Reply())
    said, _ = answered()
    assert len(server.requests) == 3
    assert text_of(said) == "The headrace feeds the turbine."


@pytest.mark.parametrize(
    ("status", "advice"),
    [(429, "fewer questions at once"), (500, "in a minute"), (529, "in a minute")],
)
def test_a_refusal_that_stays_is_reported_after_the_retries(serve, status, advice):
    server = serve(Status(status, retry_after_s=0.01))
    said, error = failed()
    assert f"{status}, said the test and asks to wait 0.01 s" in str(error)
    assert advice in str(error)
    assert (len(server.requests), said, error.partial_text) == (3, [], "")


def test_no_retries_can_be_asked_for(serve):
    server = serve(Status(529))
    failed(max_retries=0)
    assert len(server.requests) == 1


def test_a_refused_connection_names_the_address_and_its_setting(environment):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    environment.setenv("ANTHROPIC_BASE_URL", f"http://someone:secret@127.0.0.1:{port}")
    environment.setenv("ANTHROPIC_API_KEY", "test-key")
    _, error = failed(max_retries=0)
    assert f"no connection to 127.0.0.1:{port}" in str(error)
    assert "check the network and ANTHROPIC_BASE_URL" in str(error)
    assert "secret" not in str(error)


def test_without_credentials_nothing_is_asked_and_the_variable_is_named(serve, environment):
    server = serve(Reply())
    environment.delenv("ANTHROPIC_API_KEY")
    _, error = failed()
    assert "set ANTHROPIC_API_KEY" in str(error)
    assert server.requests == []


def test_a_profile_that_cannot_be_used_is_a_generation_error(environment, tmp_path):
    write_profile(tmp_path, "work", "not json")
    environment.setenv("ANTHROPIC_PROFILE", "work")
    _, error = failed()
    assert "the credentials cannot be used" in str(error)


def test_what_a_callback_raises_comes_through_unchanged_and_ends_the_call(serve):
    serve(Stall(after=4))

    def divide_by_zero(text: str) -> None:
        raise ZeroDivisionError

    with closing(AnthropicModel(MODEL)) as model, pytest.raises(ZeroDivisionError):
        model.complete(PROMPT, divide_by_zero, ignore)
    assert_nothing_runs()
