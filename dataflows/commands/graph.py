"""Shows the dataflow that the settings make: Mermaid text (what the README has), DOT, or SVG.

  run.py graph                              Mermaid
  run.py graph --format svg > graph.svg     needs the program dot (Debian: apt-get install graphviz)
  run.py graph --until fused_hits           only what this node needs
"""

import argparse
import sys

from dataflows import diagram
from dataflows.commands import arguments
from dataflows.errors import SettingsError
from dataflows.pipeline import query_driver


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("mermaid", "dot", "svg"), default="mermaid")
    parser.add_argument("--until", metavar="NODE", help="only this node and what it needs")
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    dr = query_driver(arguments.settings_of(args))
    if args.format == "mermaid":
        print(diagram.mermaid(dr, args.until), end="")
    elif args.format == "dot":
        print(diagram.dot(dr, args.until).source, end="")
    else:
        sys.stdout.buffer.write(_svg(diagram.dot(dr, args.until)))
    return 0


def _svg(graph) -> bytes:
    import graphviz

    try:
        return graph.pipe(format="svg")
    except graphviz.ExecutableNotFound:
        raise SettingsError(
            "drawing SVG needs the program dot: install graphviz (Debian: apt-get install graphviz), or use --format mermaid"
        ) from None
