"""The warranty question, asked of a pipeline that writes with Claude."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from headrace import Pipeline
from support.messages_server import MessagesServer, Served, messages_server
from support.warranty import QUESTION

#: The events of the answer, and the requests that the service got.
Asked = tuple[list, list]


@pytest.fixture
def served(data_dir: Path, rag: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Opens a pipeline whose service is a local server with the given behaviours."""

    @contextmanager
    def serve(*behaviours: Served, **choices: Any) -> Iterator[tuple[Pipeline, MessagesServer]]:
        with messages_server(list(behaviours)) as server:
            for name, value in server.environment.items():
                monkeypatch.setenv(name, value)
            with Pipeline.open(data_dir=data_dir, reranking="off", **choices) as written:
                yield written, server

    return serve


@pytest.fixture
def asked(served: Callable[..., Any], returns: str) -> Callable[..., Asked]:
    """Asks the warranty question of a service with the given behaviours."""

    def ask(*behaviours: Served, **choices: Any) -> Asked:
        with served(*behaviours, **choices) as (written, server):
            return list(written.stream(QUESTION, returns)), server.requests

    return ask
