"""Serves answers over HTTP, with a page to ask at, until Ctrl-C or SIGTERM.

  run.py serve --tenant acme                    this machine only, without tokens
  run.py token create --tenant acme
  run.py serve --host 0.0.0.0 --workers 2       with tokens, for others, too

/ is the page, /openapi.json describes the routes. While there is no token, the service
listens on loopback only, and everyone on this machine may read and change the
documents of --tenant. As soon as there is a token, every request needs one.

TLS is left to a proxy. --proxy names it, so that its forwarded headers are trusted.

On SIGTERM or Ctrl-C, the service takes no new requests, finishes those that run, and
ends with exit code 0. A second Ctrl-C ends it at once. Exit code 2 when it cannot
start.
"""

import argparse
from functools import partial
from importlib.util import find_spec

from headrace.commands import arguments, output
from headrace.commands.tenant_hints import tenant_hint
from headrace.errors import SettingsError
from headrace.pipeline import Pipeline


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_tenant(parser)
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="H", help="where to listen (default %(default)s)"
    )
    parser.add_argument(
        "--port", type=int, default=8080, metavar="P", help="which port (default %(default)s)"
    )
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes (default %(default)s)"
    )
    parser.add_argument(
        "--deadline",
        type=float,
        default=60.0,
        metavar="S",
        help="seconds that a question may take (default %(default)g)",
    )
    parser.add_argument(
        "--at-once",
        type=int,
        default=8,
        metavar="N",
        help="requests that one token may have running at once, in each process "
        "(default %(default)s)",
    )
    parser.add_argument(
        "--stop-after",
        type=float,
        default=30.0,
        metavar="S",
        help="seconds that running requests get when the service stops (default %(default)g)",
    )
    parser.add_argument(
        "--proxy",
        default="",
        metavar="ADDRESSES",
        help="addresses of proxies whose forwarded headers are trusted, with commas between them",
    )
    arguments.add_modules(parser)
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    check_installed()
    from headrace.service.options import Options
    from headrace.service.server import serve

    settings = arguments.settings_of(args)
    if args.tenant is not None:
        arguments.tenant_of(args, settings)
    for name in ("workers", "deadline", "at_once", "stop_after"):
        if getattr(args, name) <= 0:
            raise SettingsError(f"--{name.replace('_', '-')} must be more than 0")
    if not 0 <= args.port <= 65535:
        raise SettingsError("--port must be from 0 to 65535")
    options = Options(
        host=args.host,
        port=args.port,
        tenant=args.tenant,
        workers=args.workers,
        deadline_s=args.deadline,
        at_once=args.at_once,
        stop_s=args.stop_after,
        proxies=args.proxy,
        modules=tuple(args.modules),
    )
    serve(settings, options, partial(_welcome, args.tenant or settings.tenant or ""))
    return 0


def check_installed() -> None:
    """Raises SettingsError when the extra is not installed."""
    if any(find_spec(name) is None for name in ("fastapi", "uvicorn", "prometheus_client")):
        raise SettingsError("the service is not installed: pip install 'headrace[serve]'")


def _welcome(tenant: str, rag: Pipeline, address: str, has_tokens: bool) -> None:
    whose = "tokens are asked for" if has_tokens else "no token: for this machine only"
    output.say(f"{address} ({whose}). Ctrl-C ends it.")
    if not has_tokens and (hint := tenant_hint(rag, tenant)):
        output.complain(hint)
