"""A PostgreSQL of the tests' own, with passwords, that may be stopped and copied."""

from collections.abc import Callable, Iterator

import pytest

from headrace import Pipeline
from support.samples import RETURNS
from support.servers import TENANT, Server, opened, running_server


@pytest.fixture(scope="module")
def server(rag: Pipeline) -> Iterator[Server]:
    """A server with three documents of a tenant."""
    with running_server() as server:
        with opened(server.uri) as pipeline:
            pipeline.ingest(RETURNS, TENANT)
        yield server


@pytest.fixture
def open_at() -> Callable[..., Pipeline]:
    """Opens a pipeline at an address; settings as keywords."""
    return opened
