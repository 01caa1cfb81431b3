"""Tokens of the HTTP service (run.py serve): made, listed, revoked.

  run.py token create --tenant acme                      it may ask and read
  run.py token create --tenant acme --rights write --expires 90
  run.py token list
  run.py token revoke NAME

A token is for one tenant, and reads nothing of another one. A tenant that has stored
nothing yet may have one; a note says so. With "write" it also stores and removes
documents; with "admin" it also chooses settings for a question, reads feedback, and
reads /metrics. It is printed once: only its hash is stored. Once revoked, it is refused
from the next request on, in every process.

This needs the login that owns the tables: that of DATABASE_URL, or the embedded
server's. Exit code 0, 2 when it cannot be done.
"""

import argparse
from datetime import UTC, datetime, timedelta

from headrace.commands import arguments, output
from headrace.commands.tenant_hints import hint_among
from headrace.errors import SettingsError
from headrace.resources.postgres.encoder_register import tenant_versions
from headrace.resources.postgres.tenants.logins import admin_connection
from headrace.resources.postgres.tenants.tokens import (
    RIGHTS,
    create_token,
    known_tokens,
    revoke_token,
)
from headrace.settings import Settings

_MOMENT = "%Y-%m-%d %H:%M"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make a token and print it", allow_abbrev=False)
    arguments.add_tenant(create)
    create.add_argument(
        "--rights", choices=RIGHTS, default="read", help="what it may do (default %(default)s)"
    )
    create.add_argument(
        "--expires", type=float, metavar="DAYS", help="days until it expires (default: never)"
    )
    listing = actions.add_parser("list", help="show the tokens there are", allow_abbrev=False)
    revoke = actions.add_parser("revoke", help="take a token away", allow_abbrev=False)
    revoke.add_argument("name", metavar="NAME", help="its name, the part after hr_")
    for action in (create, listing, revoke):
        arguments.add_settings(action)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    actions = {"create": _create, "list": _list, "revoke": _revoke}
    actions[args.action](args, settings)
    return 0


def _create(args: argparse.Namespace, settings: Settings) -> None:
    tenant = arguments.tenant_of(args, settings)
    expires = _expiry(args.expires)
    with admin_connection(settings) as connection:
        token = create_token(connection, tenant, args.rights, expires)
        hint = hint_among(tenant_versions(connection), tenant)
    print(token)
    until = f"until {expires.astimezone():{_MOMENT}}" if expires else "until it is revoked"
    output.complain(f'for "{tenant}", rights: {args.rights}, {until}; it is shown this once')
    if hint:
        output.complain(hint)


def _list(args: argparse.Namespace, settings: Settings) -> None:
    with admin_connection(settings) as connection:
        known = known_tokens(connection)
    rows: list[tuple[str, ...]] = []
    for token in known:
        expires = token.expires_at.astimezone() if token.expires_at else None
        is_over = expires is not None and expires < datetime.now(UTC)
        until = f"{expires:{_MOMENT}}{' (expired)' if is_over else ''}" if expires else "never"
        created = f"{token.created_at.astimezone():{_MOMENT}}"
        rows.append((token.name, token.tenant, token.rights, created, until))
    columns = ("name", "tenant", "rights", "created", "expires")
    output.console.print(output.table(columns, rows))


def _revoke(args: argparse.Namespace, settings: Settings) -> None:
    with admin_connection(settings) as connection:
        tenant = revoke_token(connection, args.name)
    output.say(f'{args.name} of "{tenant}" is revoked')


def _expiry(days: float | None) -> datetime | None:
    """When a token made now expires. Raises SettingsError for no day that there is."""
    if days is None:
        return None
    try:
        if days <= 0:
            raise OverflowError
        return datetime.now(UTC) + timedelta(days=days)
    except (OverflowError, ValueError):
        raise SettingsError(f"--expires {days:g}: give a number of days from now") from None
