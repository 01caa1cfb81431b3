"""The HTTP service as the tests reach it: real HTTP on a port of loopback."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import httpx
import psycopg
import uvicorn

from headrace import Pipeline
from headrace.resources.postgres.tenants.tokens import Rights, create_token
from headrace.service.app import create_app
from headrace.service.options import Options
from headrace.service.server import _config, without_delay
from support.waiting import PATIENCE_S

QUESTION = "How long does the warranty last?"


@contextmanager
def served(rag: Pipeline, **choices: Any) -> Iterator[str]:
    """Yield the address of a service over this pipeline; options as keywords."""
    options = Options(**choices)
    app = create_app(rag.settings, options, rag)
    server = uvicorn.Server(_config(options, lambda: app))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        without_delay(listening)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            until(lambda: server.started or not thread.is_alive())
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(PATIENCE_S)


def token(
    rag: Pipeline, tenant: str, rights: Rights = "read", expires_at: datetime | None = None
) -> str:
    """A new token."""
    with psycopg.connect(rag.database.admin_uri, autocommit=True) as connection:
        return create_token(connection, tenant, rights, expires_at)


def forget_tokens(rag: Pipeline) -> None:
    """Removes every token, so that a service that starts now is open."""
    with psycopg.connect(rag.database.admin_uri, autocommit=True) as connection:
        connection.execute("DELETE FROM service_tokens")


def client(address: str, bearer: str | None = None) -> httpx.Client:
    """A client that sends a token with each request."""
    headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
    return httpx.Client(base_url=address, headers=headers, timeout=PATIENCE_S)


def until(holds: Any) -> None:
    """Waits until `holds()` is true, and fails if it never is."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it never was so"
        threading.Event().wait(0.02)
