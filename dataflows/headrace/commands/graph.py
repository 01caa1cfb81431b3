"""Shows the dataflow that the settings make: Mermaid text (what the README has), DOT, or SVG.

run.py graph                              Mermaid
run.py graph --format svg > graph.svg     needs the program dot (Debian: apt-get install graphviz)
run.py graph --until fused_hits           only what this node needs
run.py graph --evaluation                 what run.py evaluate passes through; --ingestion what run.py ingest does
"""

import argparse
import sys

from headrace.commands import arguments
from headrace.errors import SettingsError
from headrace.execution import picture
from headrace.pipeline import evaluation_driver, ingestion_driver, query_driver


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("mermaid", "dot", "svg"), default="mermaid")
    parser.add_argument("--until", metavar="NODE", help="only this node and what it needs")
    other = parser.add_mutually_exclusive_group()
    other.add_argument(
        "--evaluation",
        action="store_true",
        help="the dataflow that measures, from a collection's folder to its report",
    )
    other.add_argument(
        "--ingestion", action="store_true", help="the dataflow that stores, from documents to rows"
    )
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    dr, start = _shown(args)
    if args.format == "mermaid":
        print(picture.mermaid(dr, args.until, start), end="")
    elif args.format == "dot":
        print(picture.dot(dr, args.until, start).source, end="")
    else:
        sys.stdout.buffer.write(_svg(picture.dot(dr, args.until, start)))
    return 0


def _shown(args: argparse.Namespace) -> tuple:
    """The driver to draw, and what it all starts from."""
    settings = arguments.settings_of(args)
    if args.evaluation:
        return evaluation_driver(), "folder"
    return (
        (ingestion_driver(), "documents")
        if args.ingestion
        else (query_driver(settings), "question")
    )


def _svg(graph) -> bytes:
    import graphviz

    try:
        return graph.pipe(format="svg")
    except graphviz.ExecutableNotFound:
        raise SettingsError(
            "drawing SVG needs the program dot: install graphviz (Debian: apt-get install graphviz), or use --format mermaid"
        ) from None
