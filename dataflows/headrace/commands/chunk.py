"""Shows one chunk: its text, and its place in its document.

  run.py chunk 1204 --tenant acme
  run.py chunk 1204 --tenant acme --json

Citations and hits name chunks by these numbers, and documents show ID lists those of a
document.

Exit code 0, 2 when there is no such chunk or tenant.
"""

import argparse

from headrace.commands import arguments, output
from headrace.commands.characters import json_line
from headrace.commands.tenant_hints import check_tenant
from headrace.metadata.documents import stored_chunk
from headrace.pipeline import Pipeline
from headrace.types import place_name


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", type=int, metavar="ID", help="the chunk's number")
    arguments.add_listing(parser)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    tenant = arguments.tenant_of(args, settings)
    with Pipeline.open(settings) as rag:
        check_tenant(rag, tenant)
        chunk = stored_chunk(rag.database.for_tenant(tenant), args.id)
    if args.json:
        print(json_line(chunk._asdict()))
        return 0
    output.say(place_name(chunk.title or chunk.document_id, chunk.headings), style="bold")
    page = f", page {chunk.page}" if chunk.page else ""
    output.say(f"document: {chunk.document_id}", style="dim", indent=2)
    output.say(f"source: {chunk.source}", style="dim", indent=2)
    place = f"number {chunk.ordinal + 1} in it{page}, characters {chunk.start}-{chunk.end}"
    output.say(f"place: {place}", style="dim", indent=2)
    if chunk.above:
        output.say(f"\n{chunk.above}", style="dim")
    output.say(f"\n{chunk.text}")
    return 0
