"""Serves one tenant's documents to an MCP client over standard input and output.

  run.py mcp --tenant acme

Clients such as Claude Desktop, editors and agents start this command themselves. It
offers the tools ask, search, read_document, list_documents and facets, and documents
as resources. The same is under /mcp of run.py serve, for the tenant of a token.

Exit code 0 when the client ends it, 2 when it cannot start.
"""

import argparse
from importlib.util import find_spec
from typing import Any

from headrace.collecting import kept_as_it_stands
from headrace.commands import arguments, output
from headrace.commands.tenant_hints import tenant_hint
from headrace.errors import SettingsError
from headrace.pipeline import Pipeline


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_tenant(parser)
    parser.add_argument(
        "--deadline",
        type=float,
        default=60.0,
        metavar="S",
        help="seconds that a question may take (default %(default)g)",
    )
    arguments.add_modules(parser)
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if any(find_spec(name) is None for name in ("mcp", "fastapi")):
        raise SettingsError("the MCP server is not installed: pip install 'headrace[mcp]'")
    settings = arguments.settings_of(args)
    tenant = arguments.tenant_of(args, settings)
    with Pipeline.open(settings, modules=args.modules) as rag, kept_as_it_stands():
        if hint := tenant_hint(rag, tenant):
            output.complain(hint)
        _serve(rag, tenant, args.deadline)
    return 0


def _serve(rag: Pipeline, tenant: str, deadline_s: float) -> None:
    from anyio import to_thread
    from mcp.server.mcpserver import Context

    from headrace.callers import Caller
    from headrace.resources.postgres.tenants.tokens import Holder
    from headrace.service.mcp_tools import Work, mcp_server
    from headrace.service.server import log_plainly

    log_plainly()

    holder = Holder("", tenant, "read")

    async def run_work(context: Context, work: Work[Any]) -> Any:
        caller = Caller(deadline_s)

        def in_thread() -> Any:
            with caller.waiting():
                return work(rag, holder)

        try:
            return await to_thread.run_sync(in_thread, abandon_on_cancel=True)
        finally:
            caller.leave()

    mcp_server(run_work).run("stdio")
