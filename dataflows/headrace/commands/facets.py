"""Shows which fields a tenant's documents have, or the values of one field.

  run.py facets --tenant acme                        the fields; "ranges of" says which
                                                     ranges they take: dates, numbers
  run.py facets --tenant acme --field author         its values, most frequent first
  run.py facets --tenant acme --field author --json  one JSON list of {"field",
                                                     "documents", "value", "kinds"}

Each comes with the number of documents that have it. --filter takes any of them.

Exit code 0, 2 when no document has the field, or there is no such tenant.
"""

import argparse
import dataclasses
from collections.abc import Sequence

from headrace.commands import arguments, output
from headrace.commands.characters import json_line
from headrace.commands.tenant_hints import check_tenant
from headrace.pipeline import Pipeline
from headrace.types import Facet


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_tenant(parser)
    parser.add_argument("--field", metavar="F", help="show the values of this field")
    parser.add_argument(
        "--limit",
        type=int,
        default=100,
        metavar="N",
        help="at most N, the most frequent (default %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON list")
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    tenant = arguments.tenant_of(args, settings)
    with Pipeline.open(settings) as rag:
        check_tenant(rag, tenant)
        found = rag.facets(tenant, args.field, limit=args.limit)
    if args.json:
        print(json_line([dataclasses.asdict(facet) for facet in found]))
    elif found:
        _print(found, args.field)
    else:
        output.say(f'The documents of "{tenant}" have no fields.')
    return 0


def _print(found: Sequence[Facet], field: str | None) -> None:
    rows: list[tuple[str, ...]] = []
    if field is None:
        columns = ("field", "documents", "ranges of")
        for facet in found:
            rows.append((facet.field, f"{facet.documents:,}", ", ".join(facet.kinds)))
    else:
        columns = (field, "documents")
        for facet in found:
            rows.append((facet.value or "", f"{facet.documents:,}"))
    output.console.print(output.table(columns, rows, numbers=("documents",)))
