"""Compares semantic search on live data with exact search.

It says how much of what exact search finds is returned, and which setting to raise.

  run.py recall --tenant acme
  run.py recall --tenant acme --sample 500 --at-least 0.99 --json recall.json

Only one tenant is measured: row-level security keeps the application's login from
seeing which tenants there are.

N stored chunks of the tenant are drawn. The question is, in turns, a sentence of one
chunk, encoded as questions are, and another chunk's vector with noise (cosine about
0.89). Each goes through the node semantic_hits, with the statements, session and
routing of every question, and is compared with exact search: recall of the first 20
rows with its 95 % interval (Wilson's, corrected for rows of one question being
correlated); whether 20 rows came back whenever there are 20; and the time that the
database took for both.

This is done without a filter (100 %) and with filters that leave about 50, 10, 1 and
0.1 % of the chunks. They are metadata values of the tenant that leave as many within a
factor of 1.5, or else simulated: documents drawn at random, in a temporary table that
the same statements read. Stored data is not changed. The HNSW index is also asked when
the router chooses exact search, to show what lowering HEADRACE_EXACT_SEARCH_CHUNKS
would cost. If recall is too low, more candidates are tried and their figures given.

The JSON:

  version            1
  tenant, documents, chunks, questions, seed, at_least, passed
  indexed            false: everything is searched exactly
  selectivities      [as follows]
    share, chunks
    filter           null: none
    simulated
    path             "exact" or "index": the router's choice
    routed           {recall, low, high, rows, short, completed, p50_ms, p99_ms}
                     rows: the fewest of 20; short: questions that got fewer than there
                     are; completed: questions for which the index had too few rows, so
                     that exact search followed
    exact            {p50_ms, p99_ms}
    index            as routed
    tried            [{hnsw_ef_search, as routed}]
  advice             [{share, setting, value, recall, p50_ms, text}]
  settings, environment

Exit code 0 when the routed recall is at least --at-least everywhere; 1 when it is not;
2 for a tenant without chunks, or wrong use.
"""

import argparse
from typing import Any

from rich.text import Text

from headrace.commands import arguments, output
from headrace.errors import SettingsError
from headrace.measuring.recall.audit import audit_recall
from headrace.pipeline import Pipeline

_COLUMNS = (
    "chunks in question",
    "number",
    "path",
    "recall@20",
    "95 % interval",
    "rows",
    "p50 ms",
    "p99 ms",
    "exact p50",
    "exact p99",
    "by HNSW: recall@20",
    "HNSW p50",
    "completed",
)
_TEXT_COLUMNS = {"chunks in question", "path"}
_ROWS = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_tenant(parser)
    parser.add_argument(
        "--sample",
        type=int,
        default=200,
        metavar="N",
        help="stored chunks to ask with (default %(default)s)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S", help="which N (default %(default)s)"
    )
    parser.add_argument(
        "--at-least",
        type=float,
        default=0.95,
        metavar="R",
        help="the recall@20 that is enough (default %(default)s)",
    )
    arguments.add_json(parser)
    arguments.add_modules(parser)
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args, reranking="off", generation="extractive")
    tenant = arguments.tenant_of(args, settings)
    if args.sample < 1 or not 0 <= args.at_least <= 1:
        raise SettingsError("--sample takes a number from 1, --at-least one from 0 to 1")
    arguments.check_writable(args.json)
    modules = arguments.modules_of(args.modules)
    with Pipeline.open(settings, modules=modules) as rag, output.progress() as bar:
        report = audit_recall(
            rag,
            tenant,
            sample=args.sample,
            seed=args.seed,
            at_least=args.at_least,
            progress=output.steps(bar),
        )
    print_audit(report)
    output.write_json(args.json, report)
    return 0 if report["passed"] else 1


def print_audit(report: dict[str, Any]) -> None:
    """Prints a row for each selectivity, what the filters are, and what to set."""
    counts = f"{report['documents']:,} documents, {report['chunks']:,} chunks"
    output.say(f"{report['tenant']}: {counts}, {report['questions']} questions", style="bold")
    rows = [_row(entry, report["at_least"], report["indexed"]) for entry in report["selectivities"]]
    numbers = [column for column in _COLUMNS if column not in _TEXT_COLUMNS]
    output.console.print(output.table(_COLUMNS, rows, numbers=numbers))
    for entry in report["selectivities"][1:]:
        simulated = "simulated, documents drawn at random"
        output.say(f"{entry['share']:.1%}: {simulated if entry['simulated'] else entry['filter']}")
    verdict = "enough everywhere" if report["passed"] else "too little"
    style = "green" if report["passed"] else "red"
    output.say(f"\nrecall@20 of at least {report['at_least']}: {verdict}", style=style)
    for advice in report["advice"]:
        output.say(advice["text"])


def _row(entry: dict[str, Any], at_least: float, indexed: bool) -> tuple[Any, ...]:
    routed = entry["routed"]
    exact = entry["exact"]
    short = f", {routed['short']} short" if routed["short"] else ""
    colour = "green" if routed["recall"] >= at_least else "red"
    return (
        f"{entry['share']:.1%}",
        f"{entry['chunks']:,}",
        entry["path"],
        Text(f"{routed['recall']:.4f}", colour),
        f"{routed['low']:.4f} to {routed['high']:.4f}",
        f"{routed['rows']} of {min(_ROWS, entry['chunks'])}{short}",
        f"{routed['p50_ms']:.1f}",
        f"{routed['p99_ms']:.1f}",
        f"{exact['p50_ms']:.1f}",
        f"{exact['p99_ms']:.1f}",
        *_index_cells(entry["index"], indexed),
    )


def _index_cells(index: dict[str, Any], indexed: bool) -> tuple[str, str, str]:
    if not indexed:
        return ("no index", "no index", "no index")
    return (f"{index['recall']:.4f}", f"{index['p50_ms']:.1f}", str(index["completed"]))
