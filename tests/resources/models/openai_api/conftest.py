"""A server that speaks OpenAI's API, and models that ask it."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from headrace.errors import GenerationError
from headrace.resources.models.connections import sdk
from headrace.resources.models.openai_api.chat_model import OpenAIModel
from headrace.types import Completion
from support.language_model_parts import PROMPT, Said
from support.messages_server import Served
from support.openai_server import MODEL, OpenAIServer, openai_server


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No key and no address but the test's own; the SDK is imported."""
    for name in [name for name in os.environ if name.startswith("OPENAI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", "*")
    sdk("openai")
    return monkeypatch


@pytest.fixture
def serve() -> Iterator[Callable[..., OpenAIServer]]:
    """A function from behaviours to a running server."""
    with ExitStack() as running:

        def start(*behaviours: Served, **options: Any) -> OpenAIServer:
            return running.enter_context(openai_server(behaviours, **options))

        yield start


@pytest.fixture
def answered(serve: Callable[..., OpenAIServer]) -> Callable[..., tuple[Said, Completion]]:
    """Asks a service with the given behaviours: what was said, and the completion."""

    def ask(*behaviours: Served, prompt=PROMPT, **options: Any) -> tuple[Said, Completion]:
        server = serve(*behaviours)
        said: Said = []
        options = {"url": server.address, "name": MODEL, "timeout_s": 30.0, **options}
        with closing(OpenAIModel(**options)) as model:
            return said, model.complete(prompt, said.append, said.append)

    return ask


@pytest.fixture
def failed(serve: Callable[..., OpenAIServer]) -> Callable[..., GenerationError]:
    """Asks as `answered` does; the error."""

    def ask(*behaviours: Served, prompt=PROMPT, **options: Any) -> GenerationError:
        server = serve(*behaviours)
        options = {"url": server.address, "name": MODEL, "timeout_s": 30.0, **options}
        with closing(OpenAIModel(**options)) as model, pytest.raises(GenerationError) as raised:
            model.complete(prompt, lambda _: None, lambda _: None)
        return raised.value

    return ask
