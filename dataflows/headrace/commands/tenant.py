"""Logins of PostgreSQL that see one tenant only, for those who write their own SQL.

  run.py tenant create --role acme_reports --tenant acme
                                                     it may read; with --write, also
                                                     change rows
  run.py tenant create --role acme_reports --tenant acme --password-from ACME_PASSWORD
  run.py tenant list
  run.py tenant drop --role acme_reports

A login sees its tenant's rows without setting anything, and no others whatever it sets:
a policy made for it holds the tenant's name. Its password is taken from the environment
variable that --password-from names, or made up and printed, once. Creating a login that
exists grants it what newer migrations have added, and keeps its password. It is no
member of any role and can create nothing but temporary tables. Like every login of a
PostgreSQL it does see the catalogs: the names of tables, of roles and of tenants that
have a login, and how large tables are.

This needs the login that owns the tables, and that may make roles: that of
DATABASE_URL, or the embedded server's. The embedded server asks nobody for a password:
whoever can open its socket can log in as anyone. So logins keep tenants apart only on a
PostgreSQL that checks passwords.

Exit code 0 when it is done, 2 when it cannot be.
"""

import argparse
import os
from typing import Any

from headrace.commands import arguments, output
from headrace.errors import SettingsError
from headrace.resources.postgres.tenants.logins import (
    admin_connection,
    create_login,
    drop_login,
    login_address,
    logins,
)
from headrace.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="create|list|drop")
    create = actions.add_parser(
        "create", help="make a login for a tenant, or bring one up to date", allow_abbrev=False
    )
    arguments.add_tenant(create)
    create.add_argument(
        "--role",
        required=True,
        metavar="NAME",
        help="the login's name: lower case letters, digits and _",
    )
    create.add_argument(
        "--write", action="store_true", help="let it change the tenant's rows, not only read them"
    )
    create.add_argument(
        "--password-from",
        metavar="VARIABLE",
        help="the environment variable that holds its password",
    )
    drop = actions.add_parser(
        "drop", help="take a login away; the tenant's rows stay", allow_abbrev=False
    )
    drop.add_argument("--role", required=True, metavar="NAME", help="the login's name")
    listing = actions.add_parser("list", help="show the logins there are", allow_abbrev=False)
    for action in (create, drop, listing):
        arguments.add_settings(action)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    actions = {"create": _create, "drop": _drop, "list": _list}
    actions[args.action](args, settings)
    return 0


def _create(args: argparse.Namespace, settings: Settings) -> None:
    tenant = arguments.tenant_of(args, settings)
    given = _password(args.password_from)
    with admin_connection(settings) as connection:
        password = create_login(connection, args.role, tenant, password=given, writes=args.write)
        address = login_address(connection, args.role)
    may = "reads and writes" if args.write else "reads"
    told = " ".join(f"{name}={value}" for name, value in address.items())
    output.say(f"{args.role} {may} {tenant}: {told}")
    if password and not given:
        output.say(f"password, shown this once: {password}")


def _drop(args: argparse.Namespace, settings: Settings) -> None:
    with admin_connection(settings) as connection:
        gone = drop_login(connection, args.role)
    output.say(f"{gone.role} of {gone.tenant} is gone; the rows stay")


def _list(args: argparse.Namespace, settings: Settings) -> None:
    with admin_connection(settings) as connection:
        known = logins(connection)
    rows: list[tuple[Any, ...]] = []
    for login in known:
        may = "reads and writes" if login.writes else "reads"
        rows.append((login.role, login.tenant, may, ", ".join(login.missing)))
    columns = ("role", "tenant", "may", "not yet granted (create it again)")
    output.console.print(output.table(columns, rows))


def _password(variable: str | None) -> str | None:
    """The password in an environment variable; None where none is named."""
    if variable is None:
        return None
    if not os.environ.get(variable):
        raise SettingsError(
            f"--password-from {variable}: there is no such environment variable, or it is empty"
        )
    return os.environ[variable]
