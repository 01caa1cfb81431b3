"""Stores files and folders (.md, .txt, .rst, .html, .pdf, .docx, .jsonl, .jsonl.gz) as a tenant's documents.

  run.py ingest docs/ handbook.pdf --tenant acme
  run.py ingest docs/ --tenant acme --prune                 also remove documents whose file is gone
  run.py ingest docs/ --tenant acme --watch                 go on: what is added, changed or removed on disk is so in the answers, in seconds
  run.py ingest archive/ --tenant acme --bulk               a great many at once: the vector index is built anew after them
  run.py ingest docs/ --tenant acme --glossary terms.csv    abbreviations: short form, long form (CSV, or YAML "RRF: reciprocal rank fusion")

A .jsonl file holds one document a line: {"_id", "title", "text", "metadata"}. What is unchanged is left alone, and a run that was cut off is
finished by the next. --watch ends with Ctrl-C. Exit code 0 when all is stored, 1 when some files could not be (they are named, with the reason).
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from headrace.commands import arguments, output
from headrace.ingest.glossaries import read_glossary
from headrace.ingest.readers import count_documents, find_sources
from headrace.pipeline import Pipeline
from headrace.types import Outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file or a folder")
    arguments.add_tenant(parser)
    parser.add_argument(
        "--glossary",
        type=Path,
        metavar="FILE",
        help="abbreviations, in place of those given before",
    )
    parser.add_argument(
        "--prune",
        action="store_true",
        help="remove this tenant's documents that came from PATH and are no longer there",
    )
    parser.add_argument(
        "--bulk",
        action="store_true",
        help="drop the vector index and build it anew at the end: for documents about as many as are stored; searches are slower meanwhile",
    )
    parser.add_argument(
        "--watch", action="store_true", help="afterwards keep watching PATH until Ctrl-C"
    )
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    pairs = read_glossary(args.glossary) if args.glossary else None
    expected = sum(count_documents(path) for path in find_sources(args.paths))
    with Pipeline.open(settings) as rag:
        if pairs is not None:
            rag.store_glossary(pairs, args.tenant)
        changes = (
            _changes(args.paths) if args.watch else None
        )  # before the first ingest: what changes during it is not missed
        with output.progress() as bar:
            task = bar.add_task(f"ingesting into {args.tenant}", total=expected)
            told = {"on_outcome": lambda outcome: bar.advance(task), "on_index": output.steps(bar)}
            outcomes = rag.ingest(args.paths, args.tenant, prune=args.prune, bulk=args.bulk, **told)
        code = report(outcomes, glossary=len(pairs or ()))
        return _watch(rag, changes, args.tenant) if args.watch else code


def _changes(paths: list[Path]) -> Iterator[set[Path]]:
    from headrace.operations.watching import changed_paths

    changes = changed_paths(paths)
    next(changes)
    return changes


def _watch(rag: Pipeline, changes: Iterator[set[Path]], tenant: str) -> int:
    """Says what becomes of each change, until Ctrl-C or SIGTERM, which is how a watch ends well."""
    from headrace.operations.watching import watch_outcomes

    output.console.print("watching; Ctrl-C ends it")
    try:
        for outcomes in watch_outcomes(rag, changes, tenant):
            for outcome in outcomes:
                if outcome.status != "unchanged":
                    said = f"{datetime.now():%H:%M:%S} {outcome.status}: {outcome.source}" + (
                        f": {outcome.reason}" if outcome.reason else ""
                    )
                    output.console.print(
                        said, markup=False, style="red" if outcome.status == "failed" else None
                    )
    except (KeyboardInterrupt, SystemExit):
        output.errors.print("stopped watching; what was finished is kept")
    return 0


def report(outcomes: list[Outcome], glossary: int = 0) -> int:
    """Prints the counts and the failures; 1 when there are any."""
    counts = Counter(outcome.status for outcome in outcomes)
    told = [f"{counts[status]:,} {status}" for status in ("new", "changed", "unchanged", "failed")]
    told += [f"{counts['removed']:,} removed"] if counts["removed"] else []
    told += [f"{sum(outcome.embedded for outcome in outcomes):,} chunks embedded"]
    told += [f"{glossary:,} abbreviations given"] if glossary else []
    output.console.print(", ".join(told))
    for outcome in outcomes:
        if outcome.status == "failed":
            output.console.print(
                f"failed: {outcome.source}: {outcome.reason}", markup=False, style="red"
            )
    return 1 if counts["failed"] else 0
