"""Stores files and folders as a tenant's documents.

  run.py ingest docs/ handbook.pdf --tenant acme
  run.py ingest docs/ --tenant acme --prune     also remove documents whose file is gone
  run.py ingest docs/ --tenant acme --watch     then keep watching: what is added,
                                                changed or removed on disk is in the
                                                answers within seconds
  run.py ingest archive/ --tenant acme --bulk   very many at once: the vector index is
                                                built again after them
  run.py ingest docs/ --tenant acme --glossary terms.csv
                                                with abbreviations: short form, long
                                                form (CSV, or YAML "RRF: reciprocal
                                                rank fusion")

Files are .md, .txt, .rst, .html, .pdf, .docx, .pptx, .xlsx, .csv, .ipynb, .eml, .mbox,
.epub, .jsonl, source code, .zip files of these, and what your own readers read (setting
readers). A .jsonl file holds one document a line: {"_id",
"title", "text", "metadata"}. What is unchanged is left alone; after a run that was cut
off, the next one finishes the work. Ctrl-C ends --watch.

Exit code 0 when everything is stored, 1 when some files could not be (each is named,
with the reason).
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from headrace.commands import arguments, interruption, output
from headrace.ingest.glossaries import read_glossary
from headrace.ingest.readers import count_documents, find_sources
from headrace.pipeline import Pipeline
from headrace.resources.models.loading import Models
from headrace.types import Outcome, Reader


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file or a folder")
    arguments.add_tenant(parser)
    parser.add_argument(
        "--glossary",
        type=Path,
        metavar="FILE",
        help="abbreviations, which replace those given before",
    )
    parser.add_argument(
        "--prune",
        action="store_true",
        help="remove this tenant's documents that came from PATH and are no longer there",
    )
    parser.add_argument(
        "--bulk",
        action="store_true",
        help="drop the vector index and build it again at the end: for about as many documents "
        "as are stored already; searches are slower meanwhile",
    )
    parser.add_argument(
        "--watch", action="store_true", help="afterwards keep watching PATH until Ctrl-C"
    )
    parser.add_argument(
        "--follow-links",
        action="store_true",
        help="follow links beneath PATH that lead out of it; otherwise they are named",
    )
    arguments.add_modules(parser)
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    links: dict[str, Any] = {"follow_links": True} if args.follow_links else {}
    settings = arguments.settings_of(args, **links)
    tenant = arguments.tenant_of(args, settings)
    pairs = read_glossary(args.glossary) if args.glossary else None
    modules = arguments.modules_of(args.modules)
    # Before anything is started, so that a wrong path is said at once.
    expected = _count(args.paths, Models(settings).readers, settings.follow_links)
    with Pipeline.open(settings, modules=modules) as rag:
        if pairs is not None:
            rag.store_glossary(pairs, tenant)
        # Before the first ingest, so that what changes during it is not missed.
        changes = _changes(args.paths, rag) if args.watch else None
        with output.progress() as bar:
            task = bar.add_task(f"ingesting into {tenant}", total=expected)
            outcomes = rag.ingest(
                args.paths,
                tenant,
                prune=args.prune,
                bulk=args.bulk,
                on_outcome=lambda outcome: bar.advance(task),
                on_index=output.steps(bar),
            )
        code = report(outcomes, glossary=len(pairs or ()))
        if changes is not None:
            _watch(rag, changes, tenant)
            return 0
        return code


def report(outcomes: Sequence[Outcome], glossary: int = 0) -> int:
    """Prints the counts and the failures; 1 when there are failures.

    Args:
        glossary: number of abbreviations given.
    """
    counts = Counter(outcome.status for outcome in outcomes)
    told = [f"{counts[status]:,} {status}" for status in ("new", "changed", "unchanged", "failed")]
    if counts["removed"]:
        told.append(f"{counts['removed']:,} removed")
    told.append(f"{sum(outcome.embedded for outcome in outcomes):,} chunks embedded")
    if glossary:
        told.append(f"{glossary:,} abbreviations given")
    output.say(", ".join(told))
    for outcome in outcomes:
        if outcome.status == "failed":
            output.say(f"failed: {outcome.source}: {outcome.reason}", style="red")
    return 1 if counts["failed"] else 0


def _count(paths: Sequence[Path], readers: Sequence[Reader], follow_links: bool) -> int:
    """How many documents the files and folders hold."""
    sources = find_sources(paths, readers, follow_links=follow_links)
    return sum(count_documents(path, readers) for path in sources)


def _changes(paths: Sequence[Path], rag: Pipeline) -> Iterator[set[Path]]:
    from headrace.operations.watching import changed_paths

    follow_links = rag.settings.follow_links
    changes = changed_paths(paths, readers=rag.readers, follow_links=follow_links)
    next(changes)
    return changes


def _watch(rag: Pipeline, changes: Iterator[set[Path]], tenant: str) -> None:
    """Says what becomes of each change, until Ctrl-C or SIGTERM."""
    from headrace.operations.watching import watch_outcomes

    output.say("watching; Ctrl-C ends it")
    try:
        for outcomes in watch_outcomes(rag, changes, tenant):
            for outcome in outcomes:
                _print_change(outcome)
    except (KeyboardInterrupt, SystemExit):
        interruption.close_calmly()
        output.complain("stopped watching; what was finished is kept")


def _print_change(outcome: Outcome) -> None:
    if outcome.status == "unchanged":
        return
    reason = f": {outcome.reason}" if outcome.reason else ""
    style = "red" if outcome.status == "failed" else ""
    output.say(f"{datetime.now():%H:%M:%S} {outcome.status}: {outcome.source}{reason}", style=style)
