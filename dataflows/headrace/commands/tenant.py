"""Logins of PostgreSQL that see one tenant and no other, for those who write SQL of their own.

  run.py tenant create --role acme_reports --tenant acme                 it may read; --write: also change rows
  run.py tenant create --role acme_reports --tenant acme --password-from ACME_PASSWORD
  run.py tenant list
  run.py tenant drop --role acme_reports

A login sees its tenant's rows without setting anything, and no others whatever it sets: a policy of its own holds the tenant's name. Its password
is taken from the environment variable that --password-from names, or made up and printed, once. Creating a login that exists grants what newer
migrations have added and keeps its password. It is no member of any role and can make nothing but temporary tables. What it does see, as every
login of a PostgreSQL does, is the catalogs: the names of tables, of roles and of tenants that have a login, and how large tables are.

This needs the login that owns the tables, and that may make roles: that of DATABASE_URL, or the embedded server's own. The embedded server asks
nobody for a password: who may open its socket may be anybody there, so logins keep tenants apart only on a PostgreSQL that checks passwords.

Exit code 0 when it is done, 2 when it cannot be.
"""

import argparse
import os

from headrace.commands import arguments, output
from headrace.errors import SettingsError
from headrace.resources.postgres.tenant_logins import (
    admin_connection,
    create_login,
    drop_login,
    login_address,
    logins,
)


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
    for action in (
        create,
        drop,
        actions.add_parser("list", help="the logins there are", allow_abbrev=False),
    ):
        arguments.add_settings(action)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    password = _password(args) if args.action == "create" else None
    with admin_connection(settings) as connection:
        if args.action == "create":
            set_password = create_login(
                connection, args.role, args.tenant, password=password, writes=args.write
            )
            address = " ".join(
                f"{name}={value}" for name, value in login_address(connection, args.role).items()
            )
            output.console.print(
                f"{args.role} {'reads and writes' if args.write else 'reads'} {args.tenant}: {address}",
                markup=False,
            )
            if set_password and not password:
                output.console.print(f"password, shown this once: {set_password}", markup=False)
        elif args.action == "drop":
            output.console.print(
                f"{args.role} of {drop_login(connection, args.role).tenant} is gone; the rows stay",
                markup=False,
            )
        else:
            rows = [
                (
                    one.role,
                    one.tenant,
                    "reads and writes" if one.writes else "reads",
                    ", ".join(one.missing),
                )
                for one in logins(connection)
            ]
            output.console.print(
                output.table(("role", "tenant", "may", "not yet granted (create it again)"), rows)
            )
    return 0


def _password(args: argparse.Namespace) -> str | None:
    if args.password_from is None:
        return None
    if not os.environ.get(args.password_from):
        raise SettingsError(
            f"--password-from {args.password_from}: there is no such environment variable, or it is empty"
        )
    return os.environ[args.password_from]
