"""An environment without credentials, and a server that speaks the Messages API."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from headrace.resources.models.connections import sdk
from support.messages_server import MessagesServer, Served, messages_server


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No credentials and no address but the test's own, whatever the machine has."""
    for name in [name for name in os.environ if name.startswith("ANTHROPIC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "*")
    return monkeypatch


@pytest.fixture
def serve(environment: pytest.MonkeyPatch) -> Iterator[Callable[..., MessagesServer]]:
    """A function from behaviours to a running server that the environment points to."""
    with ExitStack() as running:

        def start(*behaviours: Served) -> MessagesServer:
            server = running.enter_context(messages_server(behaviours))
            for name, value in server.environment.items():
                environment.setenv(name, value)
            return server

        yield start


@pytest.fixture
def imported_sdk() -> None:
    """For short deadlines, which do not count the import."""
    sdk("anthropic")
