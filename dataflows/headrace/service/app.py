"""The web application: routes, errors, headers, and one pipeline for each process."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from importlib.util import find_spec

from anyio import to_thread
from fastapi import FastAPI

from headrace import __version__
from headrace.collecting import kept_as_it_stands
from headrace.pipeline import Pipeline
from headrace.resources.postgres.tenants.tokens import any_tokens
from headrace.service.around import Around
from headrace.service.jobs import Jobs
from headrace.service.metrics import Metrics
from headrace.service.options import Options
from headrace.service.problems import RESPONSES, add_handlers
from headrace.service.routes import asking, chat, documents, health, library, page
from headrace.service.state import NOBODY, Service
from headrace.service.work import Work
from headrace.settings import Settings

_DESCRIPTION = """Answers with verified citations, from a tenant's own documents.

A token belongs to one tenant: send it as `Authorization: Bearer TOKEN`. Errors are
problem details (RFC 9457): `detail` says what went wrong, and what to do next."""


def create_app(settings: Settings, options: Options, rag: Pipeline | None = None) -> FastAPI:
    """The application.

    Args:
        rag: a pipeline that the caller closes; None: one is opened when the application
            starts, as in the worker processes, which settings reach and pipelines do
            not.
    """
    app = FastAPI(
        title="Headrace",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,  # its page would come from another host
        redoc_url=None,
        lifespan=partial(_running, settings=settings, options=options, rag=rag),
        responses=RESPONSES,
    )
    app.state.metrics = Metrics()
    app.add_middleware(Around, metrics=app.state.metrics, options=options)
    add_handlers(app)
    for module in (asking, chat, documents, library, health, page):
        app.include_router(module.router)
    return app


@asynccontextmanager
async def _running(
    app: FastAPI, settings: Settings, options: Options, rag: Pipeline | None
) -> AsyncIterator[None]:
    """Make what the routes work with; at the end, let jobs finish."""
    opening = partial(Pipeline.open, settings, modules=options.modules)
    opened = rag or await to_thread.run_sync(opening)
    try:
        app.state.service = service = Service(
            opened,
            options,
            is_open=not any_tokens(opened.database.for_questions(NOBODY)),
            tenant=options.tenant or settings.tenant or "",
            work=Work(options, settings.connections),
            jobs=Jobs(opened, app.state.metrics.count_outcome),
            metrics=app.state.metrics,
        )
        async with _mcp(app, service):
            with kept_as_it_stands():
                yield
        await to_thread.run_sync(service.jobs.stop, options.stop_s)
    finally:
        if rag is None:
            await to_thread.run_sync(opened.close)


def _mcp(app: FastAPI, service: Service) -> AbstractAsyncContextManager[None]:
    """MCP under /mcp, where the extra for it is installed."""
    if find_spec("mcp") is None:
        return nullcontext()
    from headrace.service.mcp_http import mcp_mounted

    return mcp_mounted(app, service)
