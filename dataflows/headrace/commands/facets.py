"""Shows which fields a tenant's documents have, or the values of one field, and how many documents have each: what --filter can be given.

  run.py facets --tenant acme                            the fields; "dates" and "numbers" say which ranges they take
  run.py facets --tenant acme --field author             its values, the most frequent first
  run.py facets --tenant acme --field author --json      one JSON list of {"field", "documents", "value", "kinds"}

Exit code 0, 2 when no document has the field.
"""

import argparse
import dataclasses
import json

from headrace.commands import arguments, output
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
    with Pipeline.open(arguments.settings_of(args)) as rag:
        found = rag.facets(args.tenant, args.field, limit=args.limit)
    if args.json:
        print(json.dumps([dataclasses.asdict(facet) for facet in found], ensure_ascii=False))
    elif found:
        _print(found, args.field)
    else:
        output.console.print(f'The documents of "{args.tenant}" have no fields.', markup=False)
    return 0


def _print(found: list[Facet], field: str | None) -> None:
    if field is None:
        rows = [(facet.field, f"{facet.documents:,}", ", ".join(facet.kinds)) for facet in found]
        output.console.print(
            output.table(("field", "documents", "ranges of"), rows, numbers=("documents",))
        )
    else:
        rows = [(facet.value, f"{facet.documents:,}") for facet in found]
        output.console.print(output.table((field, "documents"), rows, numbers=("documents",)))
