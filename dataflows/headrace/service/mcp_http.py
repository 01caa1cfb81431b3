"""The MCP server under /mcp of the service: streamable HTTP, for the token's tenant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from mcp.server.mcpserver import Context
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from headrace.resources.postgres.tenants.tokens import Holder
from headrace.service.access import authenticated
from headrace.service.mcp_tools import Work, mcp_server
from headrace.service.problems import problem_response
from headrace.service.state import Service
from headrace.types import Answer

PATH = "/mcp"
_HOLDER = "headrace.holder"


@asynccontextmanager
async def mcp_mounted(app: FastAPI, service: Service) -> AsyncIterator[None]:
    """Answer MCP under /mcp while this is open.

    Each request stands alone, so that any worker process can answer it.
    """

    async def run(context: Context, work: Work[Any]) -> Any:
        request: Any = context.request_context.request
        holder: Holder = request.scope[_HOLDER]
        value = await service.work.run(None, holder, lambda: work(service.rag, holder))
        if isinstance(value, Answer):
            service.metrics.count_answer(value)
        return value

    server = mcp_server(run)
    server.streamable_http_app(stateless_http=True, json_response=True)
    manager = server.session_manager

    class Endpoint:
        """Authenticates a request, and hands it on."""

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            request = Request(scope)
            kind, _, token = request.headers.get("authorization", "").partition(" ")
            token = token.strip() if kind.lower() == "bearer" else ""
            try:
                holder = await run_in_threadpool(authenticated, service, request, token)
            except Exception as error:
                await problem_response(error)(scope, receive, send)
                return
            scope[_HOLDER] = holder
            await manager.handle_request(scope, receive, send)

    route = Route(PATH, Endpoint(), include_in_schema=False)
    app.router.routes.append(route)
    try:
        async with manager.run():
            yield
    finally:
        app.router.routes.remove(route)
