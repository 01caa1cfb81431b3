"""Lists the tenants of the database: documents, chunks, size, last change.

  run.py tenants
  run.py tenants --json       one JSON list of {"tenant", "documents", "chunks",
                              "bytes", "changed_at"}

The size is that of texts, terms and vectors as they are stored, without indexes and
postings. The last change is when a document was last stored. A tenant whose documents
were all removed is listed with none.

Exit code 0, 2 when the tenants cannot be listed.
"""

import argparse
import dataclasses

from rich.filesize import decimal

from headrace.commands import arguments, output
from headrace.commands.characters import json_line
from headrace.operations.tenants import TenantSize, tenant_sizes
from headrace.pipeline import Pipeline


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON list")
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    with Pipeline.open(arguments.settings_of(args)) as rag:
        sizes = tenant_sizes(rag)
    if args.json:
        print(json_line([_shown(size) for size in sizes]))
        return 0
    if not sizes:
        output.say("No tenant has stored anything yet.")
        return 0
    rows: list[tuple[str, ...]] = []
    for size in sizes:
        changed = size.changed_at.astimezone() if size.changed_at else None
        rows.append(
            (
                size.tenant,
                f"{size.documents:,}",
                f"{size.chunks:,}",
                decimal(size.bytes),
                f"{changed:%Y-%m-%d %H:%M}" if changed else "",
            )
        )
    columns = ("tenant", "documents", "chunks", "size", "last change")
    output.console.print(output.table(columns, rows, numbers=("documents", "chunks", "size")))
    return 0


def _shown(size: TenantSize) -> dict[str, object]:
    changed = size.changed_at.isoformat() if size.changed_at else None
    return {**dataclasses.asdict(size), "changed_at": changed}
