"""The connections of a model are kept between calls, over real HTTP."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest

from headrace.errors import GenerationError
from headrace.resources.models.anthropic_model import AnthropicModel
from headrace.resources.models.loading import Models
from headrace.settings import load_settings
from support.language_model_parts import PROMPT, assert_nothing_runs, ignore
from support.messages_server import (
    MODEL,
    Cut,
    Hang,
    MessagesServer,
    Reply,
    Status,
    messages_server,
)


@pytest.fixture
def keep_alive(environment) -> Iterator:
    """A function from behaviours to a running server that keeps connections open."""
    with ExitStack() as running:

        def start(*behaviours) -> MessagesServer:
            server = running.enter_context(messages_server(behaviours, keeps_connections=True))
            for name, value in server.environment.items():
                environment.setenv(name, value)
            return server

        yield start


def ask(model: AnthropicModel) -> str:
    return model.complete(PROMPT, ignore, ignore).stop_reason


def test_questions_one_after_the_other_use_one_connection(keep_alive):
    server = keep_alive(Reply())
    with closing(AnthropicModel(MODEL)) as model:
        for _ in range(3):
            assert ask(model) == "end_turn"
    assert len(server.requests) == 3
    assert server.connections == 1
    assert_nothing_runs()


def test_questions_at_once_have_a_connection_each_and_later_ones_use_these_again(keep_alive):
    server = keep_alive(Reply())
    with closing(AnthropicModel(MODEL)) as model, ThreadPoolExecutor(4) as threads:
        for _ in range(3):
            list(threads.map(ask, [model] * 4))
    assert len(server.requests) == 12
    assert 1 <= server.connections <= 4


def test_a_model_that_was_closed_opens_a_new_connection(keep_alive):
    server = keep_alive(Reply())
    model = AnthropicModel(MODEL)
    for _ in range(2):
        ask(model)
        model.close()
        assert_nothing_runs()
    assert server.connections == 2


def test_other_credentials_and_another_address_are_used_from_the_next_question_on(
    keep_alive, environment
):
    with ExitStack() as model_first:
        first = keep_alive(Reply())
        second = keep_alive(Reply())
        model = model_first.enter_context(closing(AnthropicModel(MODEL)))
        ask(model)
        environment.setenv("ANTHROPIC_API_KEY", "other-key")
        ask(model)
        environment.setenv("ANTHROPIC_BASE_URL", first.url)
        ask(model)
    keys = [request.headers["authorization"] for request in second.requests]
    assert keys == ["Bearer test-key", "Bearer other-key"]
    assert (len(first.requests), second.connections) == (1, 2)
    assert_nothing_runs()


def test_after_a_call_that_ran_out_of_time_the_next_has_a_connection_of_its_own(
    serve, imported_sdk
):
    server = serve(Hang(), Reply())
    with closing(AnthropicModel(MODEL, timeout_s=1.0)) as model:
        start = time.monotonic()
        with pytest.raises(GenerationError):
            ask(model)
        assert time.monotonic() - start < 20
        assert ask(model) == "end_turn"
    assert server.connections == 2
    assert_nothing_runs()


def test_after_a_refused_key_the_credentials_are_read_again(keep_alive):
    server = keep_alive(Status(401), Reply())
    with closing(AnthropicModel(MODEL)) as model:
        with pytest.raises(GenerationError):
            ask(model)
        refused = model._connections._kept
        assert ask(model) == "end_turn"
        assert model._connections._kept is not refused
    assert len(server.requests) == 2


def test_a_connection_that_the_service_has_closed_meanwhile_is_replaced(serve):
    server = serve(Reply(), Cut(after=4), Reply())
    with closing(AnthropicModel(MODEL)) as model:
        ask(model)
        with pytest.raises(GenerationError):
            ask(model)
        assert ask(model) == "end_turn"
    assert server.connections == 3


def test_a_forked_process_leaves_the_connection_to_its_parent(keep_alive):
    server = keep_alive(Reply())
    with closing(AnthropicModel(MODEL)) as model:
        ask(model)
        parents = model._connections._kept
        model._connections.renew()
        ask(model)
        assert model._connections._kept is not parents
        assert parents is not None
        parents.close()
    assert server.connections == 2


def test_the_models_of_a_pipeline_close_their_connections(keep_alive, tmp_path):
    keep_alive(Reply())
    models = Models(load_settings(data_dir=tmp_path))
    for model in (models.language_model, models.analysis_model):
        ask(model)
    models.close()
    assert_nothing_runs()
