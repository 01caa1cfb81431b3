"""Audits semantic search on live data: how much of what exact search finds it returns, and which setting to raise.

  run.py recall --tenant acme
  run.py recall --tenant acme --sample 500 --at-least 0.99 --json recall.json

N stored chunks of the tenant are drawn; a sentence of one, encoded as questions are, and another's own vector with noise (cosine about 0.89) are
asked by turns. Each goes through the node semantic_hits as it stands, with the statements, session and routing of every question, and is compared
with exact search: recall of the first 20 rows with its 95 % interval (Wilson's, corrected for rows of one question standing together), whether 20
rows came back whenever there are 20, and the time of both (what the database took). That without a filter (100 %) and under filters that leave
about 50, 10, 1 and 0.1 % of the chunks: metadata values of the tenant that do so within a factor of 1.5, else simulated ones (documents drawn at
random, in a temporary table that the same statements read; nothing stored is touched). The HNSW index is asked also where the router chooses exact
search, to show what lowering HEADRACE_EXACT_SEARCH_CHUNKS would cost; where recall is too low, more candidates are tried and their figures given.

A tenant has to be named: under row-level security nobody sees which there are.

The JSON: {"version": 1, "tenant", "documents", "chunks", "indexed" (without, all is searched
exactly), "questions", "seed", "at_least", "passed", "selectivities": [{"share", "chunks", "filter"
(null: none), "simulated", "path": "exact" | "index" (the router's), "routed": {"recall", "low", "high", "rows" (the fewest of 20), "short" (questions
that got fewer than there are), "completed" (those for which the index had too few rows, so that exact search followed), "p50_ms", "p99_ms"},
"exact": {"p50_ms", "p99_ms"}, "index": as routed, "tried": [{"hnsw_ef_search", as routed}]}], "advice": [{"share", "setting", "value", "recall",
"p50_ms", "text"}], "settings": {...}, "environment": {...}}.

Exit code 0 when recall is at least --at-least everywhere, as routed; 1 when it is not; 2 for a tenant without chunks or other wrong use.
"""

import argparse
import json
from pathlib import Path
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
)
_INDEX_COLUMNS = ("by HNSW: recall@20", "HNSW p50", "completed")


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
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report here")
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args, reranking="off", generation="extractive")
    if args.sample < 1 or not 0 <= args.at_least <= 1:
        raise SettingsError("--sample takes a number from 1, --at-least one from 0 to 1")
    arguments.check_writable(args.json)
    with Pipeline.open(settings) as rag, output.progress() as bar:
        given = {"sample": args.sample, "seed": args.seed, "at_least": args.at_least}
        report = audit_recall(rag, args.tenant, **given, progress=output.steps(bar))
    print_audit(report)
    if args.json:
        args.json.write_text(
            json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    return 0 if report["passed"] else 1


def print_audit(report: dict[str, Any]) -> None:
    """A row per selectivity, where their filters are from, and what to set."""
    told = f"{report['tenant']}: {report['documents']:,} documents, {report['chunks']:,} chunks, {report['questions']} questions"
    output.console.print(told, style="bold", markup=False)
    columns = (*_COLUMNS, *_INDEX_COLUMNS)
    rows = [_row(entry, report["at_least"], report["indexed"]) for entry in report["selectivities"]]
    output.console.print(output.table(columns, rows, numbers=columns[1:2] + columns[3:]))
    for entry in report["selectivities"][1:]:
        condition = (
            "simulated, documents drawn at random" if entry["simulated"] else entry["filter"]
        )
        output.console.print(f"{entry['share']:.1%}: {condition}", markup=False)
    verdict = "enough everywhere" if report["passed"] else "too little"
    output.console.print(
        f"\nrecall@20 of at least {report['at_least']}: {verdict}",
        style="green" if report["passed"] else "red",
    )
    for advice in report["advice"]:
        output.console.print(advice["text"], markup=False)


def _row(entry: dict[str, Any], at_least: float, indexed: bool) -> tuple[Any, ...]:
    routed, exact, index = entry["routed"], entry["exact"], entry["index"]
    recall = Text(f"{routed['recall']:.4f}", "green" if routed["recall"] >= at_least else "red")
    rows = f"{routed['rows']} of {min(20, entry['chunks'])}" + (
        f", {routed['short']} short" if routed["short"] else ""
    )
    return (
        f"{entry['share']:.1%}",
        f"{entry['chunks']:,}",
        entry["path"],
        recall,
        f"{routed['low']:.4f} to {routed['high']:.4f}",
        rows,
        *(f"{figures[name]:.1f}" for figures in (routed, exact) for name in ("p50_ms", "p99_ms")),
        *(
            (f"{index['recall']:.4f}", f"{index['p50_ms']:.1f}", str(index["completed"]))
            if indexed
            else ("no index",) * 3
        ),
    )
