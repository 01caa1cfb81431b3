"""Measures every node of the dataflow on labelled questions: a folder with corpus.jsonl.gz, queries.jsonl.gz and qrels.tsv each.

  run.py evaluate data/scifact --json report.json --html report.html
  run.py evaluate data/* --set keyword=ts_rank --limit 200 --seed 1

Each corpus is stored once, in a tenant of its own. After each ranking node: nDCG@10, Recall@20, MRR@10 and full recall (all relevant documents
among the first 20), a document ranking at its best chunk; for the context, the gold spans it holds; for answers, exact match, F1, whether the gold
answer is contained, and the citations against the gold evidence; for unanswerable questions, how well they are declined; the node that lost each
relevant document; and what every node took. A measure that does not apply is absent. A question that fails counts as zero and is listed. A run that
was stopped goes on where it was. Answers are extractive unless --set generation=anthropic asks for (and pays) the model.

The JSON: {"version": 1, "collections": {NAME: {"queries", "judged", "documents", "chunks", "content_hash", "resumed", "nodes": {NODE: {"nDCG@10",
"Recall@20", "MRR@10", "full_recall", "full_recall_by_relevant": {NUMBER: {"queries", "full_recall"}}, "p50_ms", "p95_ms", "p99_ms",
"quantiles_ms"}}, "total": {"p50_ms", "p95_ms", "p99_ms", "quantiles_ms"}, "questions_per_s", "context": {"span_recall", "span_precision",
"tokens_mean"}, "answers": {"questions", "exact_match", "f1", "contains_answer", "citation_precision", "citation_recall", "citation_f1",
"citations", "citations_verbatim"}, "declining": {"precision", "recall", "auroc", "recall_at_10_false", "risk_coverage": [[coverage, risk]]},
"understanding": {"corrections", "abbreviations", "filters", "compound", "kinds", "follow_ups"}, "usage": {"model_calls", "input_tokens",
"output_tokens", "cost_usd"}, "waterfall": {NODE: share}, "failed": [{"id", "error"}]}}, "settings": {...}, "environment": {...}}. quantiles_ms
are the 0th, 5th, ... 100th percentile.

Exit code 0 when every question could be asked, 1 when some failed, 2 when a collection cannot be used.
"""

import argparse
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from headrace.commands import arguments, output
from headrace.errors import SettingsError, SourceError
from headrace.measuring.quality.run import Measurement, Selection, evaluate_collections
from headrace.measuring.quality.traces import RANKING_NODES

_QUALITY = ("nDCG@10", "Recall@20", "MRR@10", "full_recall")
_TIMES = ("p50_ms", "p95_ms", "p99_ms")
_GROUPS = ("context", "answers", "declining", "waterfall", "usage")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_selection(parser)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report here")
    parser.add_argument(
        "--html",
        type=Path,
        metavar="FILE",
        help="write the report with its plots here, one page that needs nothing else",
    )
    parser.add_argument(
        "--runs",
        type=Path,
        metavar="FOLDER",
        help="write each node's ranking here, as trec_eval reads them: COLLECTION.NODE.run",
    )
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    for path in (args.json, args.html):
        arguments.check_writable(path)
    if args.html and find_spec("matplotlib") is None:
        raise SettingsError(
            "--html draws plots, and needs matplotlib: pip install 'headrace[evaluate]'"
        )
    with output.progress() as bar:
        measurement = evaluate_collections(
            args.collections, settings, selection_of(args), progress=output.steps(bar)
        )
    print_report(measurement.report)
    if args.json:
        args.json.write_text(
            json.dumps(measurement.report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    if args.html:
        from headrace.measuring.quality.html_report import report_html

        args.html.write_text(report_html(measurement.report), encoding="utf-8")
    if args.runs:
        write_runs(measurement, args.runs)
    return (
        1
        if any(collection["failed"] for collection in measurement.report["collections"].values())
        else 0
    )


def selection_of(args: argparse.Namespace) -> Selection:
    """Which questions the arguments of `arguments.add_selection` choose."""
    if args.limit is not None and args.limit < 1:
        raise SourceError(f"--limit {args.limit}: at least 1 question is needed")
    return Selection(args.queries, args.limit, args.seed, args.answers)


def print_report(report: dict[str, Any]) -> None:
    """Every collection's nodes, then what is measured once a question; with more than one collection, all of them side by side."""
    for name, collection in report["collections"].items():
        told = ", ".join(
            f"{collection[count]:,} {count}"
            for count in ("queries", "judged", "documents", "chunks", "resumed")
            if collection[count]
        )
        output.console.print(f"\n{name}: {told}", style="bold", markup=False)
        columns = (*_QUALITY, *_TIMES)
        rows = [
            (node, *(_figure(found, column) for column in columns))
            for node, found in _in_order(collection["nodes"])
        ]
        rows.append(
            (
                "total",
                *("" for _ in _QUALITY),
                *(_figure(collection["total"], column) for column in _TIMES),
            )
        )
        output.console.print(output.table(("after node", *columns), rows, numbers=columns))
        for group in _GROUPS:
            _print_group(
                "relevant documents lost in" if group == "waterfall" else group,
                collection.get(group, {}),
            )
        for name, figures in collection.get("understanding", {}).items():
            _print_group(name.replace("_", " "), figures)
        for failure in collection["failed"]:
            output.console.print(
                f"failed: {failure['id']}: {failure['error']}", style="red", markup=False
            )
    if len(report["collections"]) > 1:
        _print_summary(report["collections"])


def write_runs(measurement: Measurement, folder: Path) -> None:
    """COLLECTION.NODE.run files: query id, Q0, document id, rank, score (-rank, so that ties keep our order), tag."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, nodes in measurement.run_files.items():
        for node, rankings in nodes.items():
            lines = [
                f"{query_id} Q0 {document} {rank} {-rank} headrace\n"
                for query_id, documents in rankings.items()
                for rank, document in enumerate(documents, start=1)
            ]
            (folder / f"{name}.{node}.run").write_text("".join(lines), encoding="utf-8")


def _print_group(title: str, found: dict[str, Any]) -> None:
    figures = {key: value for key, value in found.items() if isinstance(value, int | float)}
    if figures:
        output.console.print(
            f"{title}: {', '.join(f'{key} {_rounded(value)}' for key, value in figures.items())}",
            markup=False,
        )


def _print_summary(collections: dict[str, Any]) -> None:
    nodes = [
        node
        for node in RANKING_NODES
        if any("nDCG@10" in found["nodes"].get(node, {}) for found in collections.values())
    ]
    rows = [
        (
            name,
            *(_figure(found["nodes"].get(node, {}), "nDCG@10") for node in nodes),
            _figure(found["total"], "p50_ms"),
        )
        for name, found in collections.items()
    ]
    output.console.print("\nnDCG@10 after each node", style="bold")
    output.console.print(
        output.table(("collection", *nodes, "total p50_ms"), rows, numbers=(*nodes, "total p50_ms"))
    )


def _in_order(nodes: dict[str, Any]) -> list[tuple[str, Any]]:
    """The nodes as they ran, the ranking ones of them in the order of the graph (searches that overlap end in any order)."""
    ranking = iter([node for node in RANKING_NODES if node in nodes])
    return [
        (name, nodes[name])
        for name in (next(ranking) if node in RANKING_NODES else node for node in nodes)
    ]


def _figure(found: dict[str, float], name: str) -> str:
    if name not in found:
        return ""
    return f"{found[name]:.1f}" if name.endswith("_ms") else f"{found[name]:.4f}"


def _rounded(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4f}".rstrip("0").rstrip(".")
