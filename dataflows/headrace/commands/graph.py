"""Shows the dataflow that the settings make, as Mermaid text, DOT or SVG.

  run.py graph                              Mermaid, as in the README
  run.py graph --format svg > graph.svg     needs the program dot (Debian: apt-get
                                            install graphviz)
  run.py graph --until fused_hits           only what this node needs
  run.py graph --inputs                     with what comes from outside: models,
                                            database, settings
  run.py graph --module stages.py           with stages of your own
  run.py graph --evaluation                 what run.py evaluate passes through
  run.py graph --ingestion                  what run.py ingest passes through

A box has the colour of its stage, and a legend names the stages. In SVG the mouse shows
what each node does.
"""

import argparse
import sys
from typing import Any

from headrace.commands import arguments
from headrace.drivers import by_graph, ingestion_driver, query_driver
from headrace.errors import SettingsError
from headrace.execution import picture


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("mermaid", "dot", "svg"), default="mermaid")
    parser.add_argument("--until", metavar="NODE", help="only this node and what it needs")
    parser.add_argument(
        "--inputs",
        action="store_true",
        help="also what comes from outside: models, the database, settings",
    )
    other = parser.add_mutually_exclusive_group()
    other.add_argument(
        "--evaluation",
        action="store_true",
        help="the dataflow that measures, from a collection's folder to its report",
    )
    other.add_argument(
        "--ingestion", action="store_true", help="the dataflow that stores, from documents to rows"
    )
    arguments.add_modules(parser)
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    dr, start = _shown(args)
    if args.format == "mermaid":
        print(picture.mermaid(dr, args.until, start, args.inputs), end="")
        return 0
    graph = picture.dot(dr, args.until, start, args.inputs)
    if args.format == "dot":
        print(graph.source, end="")
    else:
        sys.stdout.buffer.write(_svg(graph))
    return 0


def _shown(args: argparse.Namespace) -> tuple[Any, str]:
    """The driver to draw, and the input it starts from."""
    settings = arguments.settings_of(args)
    if args.evaluation:
        # Imported here: `evaluate` needs more than the other graphs.
        from headrace.measuring.quality.run import evaluation_driver

        return evaluation_driver(), "folder"
    query_modules, ingest_modules = by_graph(arguments.modules_of(args.modules))
    if args.ingestion:
        return ingestion_driver(ingest_modules), "documents"
    return query_driver(settings, modules=query_modules), "question"


def _svg(graph: Any) -> bytes:
    import graphviz

    try:
        return graph.pipe(format="svg")
    except graphviz.ExecutableNotFound:
        raise SettingsError(
            "drawing SVG needs the program dot: install graphviz (Debian: apt-get install "
            "graphviz), or use --format mermaid"
        ) from None
