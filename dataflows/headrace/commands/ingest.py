"""Stores files and folders as a tenant's documents.

  run.py ingest docs/ handbook.pdf --tenant acme
  run.py ingest docs/ --tenant acme --prune     also remove documents whose file is gone
  run.py ingest docs/ --tenant acme --watch     then keep watching: what is added,
                                                changed or removed on disk is in the
                                                answers within seconds
  run.py ingest . --exclude drafts/ --include "*.md"
                                                only some of the files
  run.py ingest archive/ --tenant acme --bulk   very many at once: the vector index is
                                                built again after them
  run.py ingest docs/ --tenant acme --glossary terms.csv
                                                with abbreviations: short form, long
                                                form (CSV, or YAML "RRF: reciprocal
                                                rank fusion")

  run.py ingest /shared/docs --tenant acme --executor ray --address auto --workers 16
                                                on the machines of a Ray cluster

  curl -s https://example.org/a | run.py ingest - --name a.html --tenant acme
                                                one document from standard input

Files are .md, .txt, .rst, .adoc, .org, .html, .pdf, .docx, .odt, .rtf, .pptx, .xlsx,
.xls, .csv, .ipynb, .eml, .msg, .mbox, .epub, .jsonl, source code, .zip files of these,
and what your own readers read (setting readers). A .jsonl file holds one document a
line: {"_id", "title", "text", "metadata"}. Unchanged files are skipped. If a run is
interrupted, the next one finishes the work. Ctrl-C ends --watch.

A document's id is the name of the folder that was named and the path below it, such as
"docs/guide/a.md": it stays the same in a moved checkout, or if a link changes. --id
path takes the absolute path, --id name the file's name, --id content a hash of the
text. A file of the same size, time and inode as when it was stored is not read again,
unless --verify is given.

Below a folder, these are passed over and counted: files of other types, hidden files,
folders of dependencies (node_modules, site-packages, .git, .venv), and what a
.gitignore, a .headraceignore or --exclude names. Patterns are those of .gitignore; one
that begins with ! takes files back in: --exclude '!venv/'.

With --executor ray, files are read, cut and embedded by --workers processes of a
cluster, which store into DATABASE_URL. They read files that they see at the same path
themselves; all others are sent to them. If a worker is lost, its work is repeated. With
--watch, later changes are stored by this process.

--prune removes at most half of a tenant's documents, and never everything from a PATH:
a disk that is not mounted looks like that. --prune-all removes them all the same.

Exit code 0 when everything is stored; 1 when some files could not be, each named with
the reason (many equal ones in a file); 2 when no PATH can be read.
"""

import argparse
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from headrace.commands import arguments, ingest_report, interruption, output, standard_input
from headrace.commands.executors import add_executor, executor_of
from headrace.commands.ingest_progress import IngestProgress
from headrace.execution.blocks import ThreadExecutor
from headrace.ingest.finding import IdBy, Identities, Selection
from headrace.ingest.glossaries import read_glossary
from headrace.ingest.readers import count_documents
from headrace.ingest.sources import find_any
from headrace.pipeline import Pipeline
from headrace.resources.models.loading import Models
from headrace.settings import Settings
from headrace.types import Outcome, Reader


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="file, folder, or -")
    standard_input.add_name(parser)
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
        "--prune-all",
        action="store_true",
        help="as --prune, also if that is more than half of all, or everything from a PATH",
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
    _add_reading(parser)
    add_executor(parser)
    arguments.add_json(parser, "write what became of every document and file here")
    arguments.add_modules(parser)
    arguments.add_settings(parser)


def _add_reading(parser: argparse.ArgumentParser) -> None:
    """Which files are read, how, and what their documents are called."""
    parser.add_argument(
        "--include",
        action="append",
        metavar="PATTERN",
        help="beneath folders, read only files that match it, or another --include",
    )
    parser.add_argument(
        "--exclude",
        action="append",
        metavar="PATTERN",
        help="beneath folders, pass over files and folders that match it",
    )
    parser.add_argument(
        "--id",
        choices=get_args(IdBy),
        default="relative",
        help="what the ids of documents are: see above",
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="read all files, and compare them by hash with what is stored",
    )
    parser.add_argument(
        "--workers",
        metavar="N",
        help="processes that read files (one for each core, up to 4), or workers of --executor ray "
        "(one for each processor of the cluster)",
    )
    parser.add_argument(
        "--follow-links",
        action="store_true",
        help="follow links beneath PATH that lead out of it; otherwise they are named",
    )


def run(args: argparse.Namespace) -> int:
    arguments.check_writable(args.json)
    if standard_input.STANDARD_INPUT in args.paths:
        return standard_input.ingest(args)
    settings = arguments.settings_of(args, **_selection_settings(args))
    tenant = arguments.tenant_of(args, settings)
    identities = Identities(args.paths, args.id)
    progress = IngestProgress(tenant)
    with interruption.telling(progress.how_far), progress:
        # Before anything is started, so that a wrong path is said at once.
        selection = Selection(settings.include, settings.exclude, settings.follow_links)
        progress.expected = _count(args.paths, Models(settings).readers, selection)
        return _ingest(args, settings, identities, progress)


def _ingest(
    args: argparse.Namespace, settings: Settings, identities: Identities, progress: IngestProgress
) -> int:
    tenant = arguments.tenant_of(args, settings)
    pairs = read_glossary(args.glossary) if args.glossary else None
    modules = arguments.modules_of(args.modules)
    with Pipeline.open(settings, modules=modules) as rag:
        if pairs is not None:
            rag.store_glossary(pairs, tenant)
        # Before the first ingest, so that what changes during it is not missed.
        changes = _changes(args.paths, rag) if args.watch else None
        with executor_of(
            args, settings.workers or None, threads=ThreadExecutor().at_once
        ) as executor:
            try:
                outcomes = rag.ingest(
                    args.paths,
                    tenant,
                    prune="all" if args.prune_all else args.prune,
                    bulk=args.bulk,
                    id_by=identities,
                    verify=args.verify,
                    on_outcome=progress.count,
                    on_progress=progress.note,
                    executor=executor,
                )
            finally:
                progress.stop()  # before what is open is closed, which may take a second
            code = ingest_report.report(
                outcomes, settings, tenant, seconds=progress.seconds, glossary=len(pairs or ())
            )
        output.write_json(args.json, ingest_report.as_json(outcomes, tenant))
        if changes is not None:
            _watch(rag, changes, tenant, identities)
            return 0
        return code


def _selection_settings(args: argparse.Namespace) -> dict[str, Any]:
    """The settings that arguments replace."""
    chosen: dict[str, Any] = {"follow_links": True} if args.follow_links else {}
    if args.workers is not None:
        chosen["workers"] = args.workers
    for name in ("include", "exclude"):
        if patterns := getattr(args, name):
            chosen[name] = tuple(patterns)
    return chosen


def _count(paths: Sequence[Path], readers: Sequence[Reader], selection: Selection) -> int:
    """How many documents the files and folders hold."""
    files = find_any(paths, readers, selection).files
    return sum(count_documents(path, readers) for path in files)


def _changes(paths: Sequence[Path], rag: Pipeline) -> Iterator[set[Path]]:
    from headrace.operations.watching import changed_paths

    changes = changed_paths(paths, readers=rag.readers, selection=rag.selection)
    next(changes)
    return changes


def _watch(
    rag: Pipeline, changes: Iterator[set[Path]], tenant: str, identities: Identities
) -> None:
    """Says what becomes of each change, until Ctrl-C or SIGTERM."""
    from headrace.operations.watching import watch_outcomes

    output.say("watching; Ctrl-C ends it")
    try:
        for outcomes in watch_outcomes(rag, changes, tenant, identities):
            for outcome in outcomes:
                _print_change(outcome)
    except (KeyboardInterrupt, SystemExit):
        interruption.close_calmly()
        output.complain("stopped watching; what was finished is kept")


def _print_change(outcome: Outcome) -> None:
    if outcome.status in ("unchanged", "passed over"):
        return
    reason = f": {outcome.reason}" if outcome.reason else ""
    style = "red" if outcome.status == "failed" else ""
    output.say(f"{datetime.now():%H:%M:%S} {outcome.status}: {outcome.source}{reason}", style=style)
