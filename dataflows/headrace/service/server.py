"""The application served: on an address, by some processes, until a signal ends it."""

import logging
import os
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from headrace.errors import HeadraceError, SettingsError
from headrace.pipeline import Pipeline
from headrace.resources.postgres.tenants.tokens import any_tokens
from headrace.service.app import create_app
from headrace.service.metrics import FOLDER_VARIABLE
from headrace.service.options import Options
from headrace.service.state import NOBODY
from headrace.settings import Settings

_BACKLOG = 2048

Welcome = Callable[[Pipeline, str, bool], None]


def serve(settings: Settings, options: Options, welcome: Welcome) -> None:
    """Serve until SIGTERM or Ctrl-C; what runs is finished first.

    Args:
        welcome: told the pipeline, the address, and whether tokens are asked for,
            before it begins.
    Raises:
        SettingsError: the address is not available, or would be open to others.
    """
    with ExitStack() as held:
        rag = held.enter_context(Pipeline.open(settings, modules=options.modules))
        has_tokens = any_tokens(rag.database.for_questions(NOBODY))
        check_access(options, has_tokens, options.tenant or settings.tenant)
        listening = held.enter_context(_listening(options))
        held.enter_context(_signals_left_to_the_server())
        host, port = listening.getsockname()[:2]
        welcome(rag, f"http://{f'[{host}]' if ':' in host else host}:{port}", has_tokens)
        if options.workers == 1:
            server = uvicorn.Server(_config(options, partial(_app, settings, options, rag)))
            server.run([listening])
            has_failed = not server.started
        else:
            # This process keeps the embedded server running while workers come and go.
            held.enter_context(_counting_together())
            config = _config(options, partial(_app, settings, options))
            processes = Multiprocess(config, [listening])
            processes.run()
            has_failed = any(one.exitcode == STARTUP_FAILURE for one in processes.processes)
    if has_failed:
        raise HeadraceError("the service could not start; what is above says why")


def check_access(options: Options, has_tokens: bool, tenant: str | None) -> None:
    """Raises SettingsError for a service open to others, or to no tenant."""
    if has_tokens:
        return
    if not options.is_loopback:
        raise SettingsError(
            f"there is no token, so everyone who reaches {options.host} could ask: make one "
            "with run.py token create --tenant T, or leave out --host"
        )
    if not tenant:
        raise SettingsError(
            "there is no token that says whose documents are meant: give --tenant T, or make a "
            "token with run.py token create --tenant T"
        )


def _app(settings: Settings, options: Options, rag: Pipeline | None = None) -> FastAPI:
    """The application of a process that does nothing else; its log is plain."""
    log_plainly()
    return create_app(settings, options, rag)


def log_plainly() -> None:
    """Log warnings and errors to standard error.

    The MCP SDK would set up a log that draws each traceback with all values, which
    takes seconds and shows what questions and documents hold.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def _config(options: Options, app: Callable[[], FastAPI]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=True,
        workers=options.workers,
        proxy_headers=bool(options.proxies),
        forwarded_allow_ips=options.proxies or None,
        server_header=False,
        access_log=False,
        log_level="warning",
        lifespan="on",
        timeout_graceful_shutdown=round(options.stop_s),
    )


@contextmanager
def _listening(options: Options) -> Iterator[socket.socket]:
    """Yield a socket that listens where the options say."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    try:
        listening = socket.create_server(
            (options.host.strip("[]"), options.port), family=family, backlog=_BACKLOG
        )
    except OSError as error:
        raise SettingsError(
            f"listening on {options.host}, port {options.port}, failed: {error.strerror}; choose "
            "others with --host and --port"
        ) from None
    with listening:
        without_delay(listening)
        yield listening


def without_delay(listening: socket.socket) -> None:
    """Have the connections of a socket send what they are given at once.

    asyncio does so only for sockets that name their protocol. Otherwise the body of a
    response waits 40 ms, until the client has confirmed that it has the head.
    """
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


@contextmanager
def _counting_together() -> Iterator[None]:
    """Give worker processes a folder in which they add up what they count."""
    if FOLDER_VARIABLE in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="headrace-metrics-") as folder:
        os.environ[FOLDER_VARIABLE] = folder
        try:
            yield
        finally:
            del os.environ[FOLDER_VARIABLE]


@contextmanager
def _signals_left_to_the_server() -> Iterator[None]:
    """Let SIGTERM and Ctrl-C end the server, and not this process at once.

    uvicorn raises the signal again after its graceful stop; it has done its work then.
    """
    handlers = {}
    for number in (signal.SIGTERM, signal.SIGINT):
        handlers[number] = signal.signal(number, lambda *given: None)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
