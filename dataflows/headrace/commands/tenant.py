"""Logins that see one tenant only, and a tenant's documents in a file.

  run.py tenant create --role acme_reports --tenant acme
                                                     it may read; with --write, also
                                                     change rows
  run.py tenant create --role acme_reports --tenant acme --password-from ACME_PASSWORD
  run.py tenant list
  run.py tenant drop --role acme_reports
  run.py tenant export acme.headrace.gz --tenant acme
  run.py tenant import acme.headrace.gz              in another installation
  run.py tenant import acme.headrace.gz --tenant acme-copy

The logins are PostgreSQL's, for people and programs that write their own SQL.

A login has no rights on any table. It has its own schema, with a view for each table
that shows only its tenant's rows, whatever it sets. Its password is taken from the
environment variable that --password-from names, or generated and printed once. Creating
a login that exists makes its schema again, and keeps its password. With --write it can
change its tenant's documents, chunks, embeddings, fields, glossary and definitions; it
can never create anything. What it changes in this way is not found by keyword search
until the document is ingested.

A login that runs SQL can still see the catalogs (names of tables, roles and schemas;
how large tables are, and how much is written, for all tenants together), the gaps
between its chunk_ids, and how busy the server is. It can use the server's processors,
memory and disk as much as any login. It has at most 5 connections. Its sessions begin
with limits, which it can change. A transaction of a login that holds up an index build,
a migration or a change of the encoder is ended after 10 s.

This needs the login that owns the tables and may make roles (CREATEROLE): that of
DATABASE_URL, or the embedded server's. It takes from PUBLIC the right to make temporary
tables in the database and, if it is a superuser, to take advisory locks and make large
objects; and it makes an event trigger that refuses commands such as CREATE RULE to
logins of tenants. Whatever it cannot do is named. The embedded server asks nobody for a
password: whoever can open its socket can log in as anyone. So logins keep tenants apart
only on a PostgreSQL that checks passwords.

An export holds documents, their metadata, chunks and vectors, and the glossary, all as
of one moment. A file that is incomplete or damaged is refused as a whole. Importing it
again stores what is missing. If the encoder is another one, the documents are ingested
as new.

Exit code 0 when it is done, 1 when some documents of an import failed (each is named),
2 when it cannot be.
"""

import argparse
import os
import time
from pathlib import Path
from typing import Any

from headrace.commands import arguments, output
from headrace.commands.ingest_report import report
from headrace.commands.tenant_hints import check_tenant, hint_among
from headrace.errors import SettingsError
from headrace.operations.tenant_export import export_tenant
from headrace.operations.tenant_files import contents
from headrace.operations.tenant_import import import_tenant
from headrace.pipeline import Pipeline
from headrace.resources.postgres.encoder_register import tenant_versions
from headrace.resources.postgres.tenants.logins import (
    admin_connection,
    create_login,
    drop_login,
    login_address,
    logins,
)
from headrace.resources.postgres.tenants.rights import left_to_all
from headrace.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser(
        "create", help="make a login for a tenant, or change what it may do", allow_abbrev=False
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
    exporting = actions.add_parser(
        "export", help="write a tenant's documents to a file", allow_abbrev=False
    )
    arguments.add_tenant(exporting)
    importing = actions.add_parser(
        "import", help="store the documents of such a file", allow_abbrev=False
    )
    importing.add_argument(
        "--tenant", metavar="T", help="whose they become (default: the tenant that the file names)"
    )
    for action in (exporting, importing):
        action.add_argument("file", type=Path, metavar="FILE", help="for example acme.headrace.gz")
    for action in (create, drop, listing, exporting, importing):
        arguments.add_settings(action)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    actions = {
        "create": _create,
        "drop": _drop,
        "list": _list,
        "export": _export,
        "import": _import,
    }
    return actions[args.action](args, settings) or 0


def _create(args: argparse.Namespace, settings: Settings) -> None:
    tenant = arguments.tenant_of(args, settings)
    given = _password(args.password_from)
    with admin_connection(settings) as connection:
        password = create_login(connection, args.role, tenant, password=given, writes=args.write)
        address = login_address(connection, args.role)
        left = left_to_all(connection)
        hint = hint_among(tenant_versions(connection), tenant)
    may = "reads and writes" if args.write else "reads"
    told = " ".join(f"{name}={value}" for name, value in address.items())
    output.say(f"{args.role} {may} {tenant}: {told}")
    if password and not given:
        output.say(f"password, shown this once: {password}")
    for notice in filter(None, [*left, hint]):
        output.complain(notice)


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
        rows.append((login.role, login.tenant, may))
    columns = ("role", "tenant", "may")
    output.console.print(output.table(columns, rows))


def _export(args: argparse.Namespace, settings: Settings) -> None:
    tenant = arguments.tenant_of(args, settings)
    with Pipeline.open(settings) as rag:
        expected = check_tenant(rag, tenant)
        with output.progress() as bar:
            task = bar.add_task(f"exporting {tenant}", total=expected)
            exported = export_tenant(rag, tenant, args.file, lambda: bar.advance(task))
    output.say(f"{exported:,} documents of {tenant} written to {args.file}")


def _import(args: argparse.Namespace, settings: Settings) -> int:
    began = time.monotonic()
    held = contents(args.file)
    tenant = held.head.tenant if args.tenant is None else arguments.tenant_of(args, settings)
    with Pipeline.open(settings) as rag, output.progress() as bar:
        task = bar.add_task(f"importing into {tenant}", total=held.documents)
        outcomes = import_tenant(
            rag,
            args.file,
            tenant,
            on_outcome=lambda outcome: bar.advance(task),
            on_progress=output.steps(bar),
        )
    seconds = time.monotonic() - began
    return report(outcomes, settings, tenant, seconds=seconds, glossary=len(held.glossary))


def _password(variable: str | None) -> str | None:
    """The password in an environment variable; None where none is named."""
    if variable is None:
        return None
    if not os.environ.get(variable):
        raise SettingsError(
            f"--password-from {variable}: there is no such environment variable, or it is empty"
        )
    return os.environ[variable]
