"""Measures every node of the dataflow on labelled questions.

  run.py evaluate data/scifact --json report.json --html report.html
  run.py evaluate data/* --set keyword=ts_rank --limit 200 --seed 1
  run.py evaluate data/scifact --module stages.py          with stages of your own

A collection is a folder with corpus.jsonl.gz, queries.jsonl.gz and qrels.tsv. Each
corpus is stored once, in its own tenant. Measured are:

  - after each ranking node: nDCG@10, Recall@20, MRR@10 and full recall (all relevant
    documents among the first 20); a document ranks where its best chunk does
  - for the context, the gold spans it holds
  - for answers, exact match, F1, whether the gold answer is contained, and the
    citations against the gold evidence
  - for unanswerable questions, how well they are declined
  - the node that lost each relevant document
  - the time of every node

A measure that does not apply is absent. A question that fails counts as zero and is
listed. A run that was stopped continues where it was. Answers are extractive unless
--set generation=anthropic asks a (paid) model.

With --executor ray, the --workers of a cluster store the corpora and ask the questions.
The measures are the same. The times are those of workers that run at the same time.

The JSON:

  version                1
  collections            {NAME: as follows}
    queries, judged, documents, chunks, content_hash, resumed
    nodes                {NODE: {nDCG@10, Recall@20, MRR@10, full_recall,
                         full_recall_by_relevant, p50_ms, p95_ms, p99_ms,
                         quantiles_ms}}
                         full_recall_by_relevant: {NUMBER: {queries, full_recall}}
                         quantiles_ms: the 0th, 5th, ... 100th percentile
    total                {p50_ms, p95_ms, p99_ms, quantiles_ms}
    questions_per_s
    context              {span_recall, span_precision, tokens_mean}
    answers              {questions, exact_match, f1, contains_answer,
                         citation_precision, citation_recall, citation_f1, citations,
                         citations_verbatim}
    declining            {precision, recall, auroc, recall_at_10_false,
                         risk_coverage: [[coverage, risk]]}
    understanding        {corrections, abbreviations, filters, compound, kinds,
                         follow_ups}
    usage                {model_calls, input_tokens, output_tokens, cost_usd}
    waterfall            {NODE: share}
    failed               [{id, error}]
  settings, environment

Exit code 0 when every question could be asked, 1 when some failed, 2 when a collection
cannot be used.
"""

import argparse
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from headrace.commands import arguments, output
from headrace.commands.executors import add_executor, executor_of
from headrace.commands.selection import add_selection, selection_of
from headrace.errors import SettingsError
from headrace.measuring.quality.run import Measurement, evaluate_collections

_COUNTS = ("queries", "judged", "documents", "chunks", "resumed")
_QUALITY = ("nDCG@10", "Recall@20", "MRR@10", "full_recall")
_TIMES = ("p50_ms", "p95_ms", "p99_ms")
#: What is printed below the nodes, by its name in the report.
_GROUPS = {
    "context": "context",
    "answers": "answers",
    "declining": "declining",
    "waterfall": "relevant documents lost in",
    "usage": "usage",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_selection(parser)
    arguments.add_json(parser)
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
    add_executor(parser)
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="workers of --executor ray (one for each processor of the cluster)",
    )
    arguments.add_modules(parser)
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    for path in (args.json, args.html):
        arguments.check_writable(path)
    if args.html and find_spec("matplotlib") is None:
        raise SettingsError(
            "--html draws plots, and needs matplotlib: pip install 'headrace[evaluate]'"
        )
    with output.progress() as bar, executor_of(args, args.workers, threads=1) as executor:
        measurement = evaluate_collections(
            args.collections,
            settings,
            selection_of(args),
            modules=arguments.modules_of(args.modules),
            progress=output.steps(bar),
            executor=None if executor.is_here else executor,
        )
    report = measurement.report
    print_report(report)
    output.write_json(args.json, report)
    if args.html:
        from headrace.measuring.quality.html_report import report_html

        output.write_file(args.html, report_html(report))
    if args.runs:
        write_runs(measurement, args.runs)
    has_failed = any(collection["failed"] for collection in report["collections"].values())
    return 1 if has_failed else 0


def print_report(report: dict[str, Any]) -> None:
    """Prints every collection; with more than one, then all of them side by side."""
    for name, collection in report["collections"].items():
        _print_collection(name, collection)
    if len(report["collections"]) > 1:
        _print_summary(report["collections"])


def write_runs(measurement: Measurement, folder: Path) -> None:
    """Writes COLLECTION.NODE.run files, as trec_eval reads them.

    A line is: query id, Q0, document id, rank, score (-rank, so that ties keep our
    order), tag.
    """
    for name, nodes in measurement.run_files.items():
        for node, rankings in nodes.items():
            lines: list[str] = []
            for query_id, documents in rankings.items():
                for rank, document in enumerate(documents, start=1):
                    lines.append(f"{query_id} Q0 {document} {rank} {-rank} headrace\n")
            output.write_file(folder / f"{name}.{node}.run", "".join(lines))


def _print_collection(name: str, collection: dict[str, Any]) -> None:
    """Prints the nodes' figures, then what is measured once for each question."""
    counts = [f"{collection[count]:,} {count}" for count in _COUNTS if collection[count]]
    output.say(f"\n{name}: {', '.join(counts)}", style="bold")
    columns = (*_QUALITY, *_TIMES)
    rows = []
    for node, found in collection["nodes"].items():
        rows.append((node, *(_figure(found, column) for column in columns)))
    times = [_figure(collection["total"], column) for column in _TIMES]
    rows.append(("total", *[""] * len(_QUALITY), *times))
    output.console.print(output.table(("after node", *columns), rows, numbers=columns))
    for group, title in _GROUPS.items():
        _print_group(title, collection.get(group, {}))
    for group, figures in collection.get("understanding", {}).items():
        _print_group(group.replace("_", " "), figures)
    for failure in collection["failed"]:
        output.say(f"failed: {failure['id']}: {failure['error']}", style="red")


def _print_group(title: str, found: Mapping[str, Any]) -> None:
    figures = []
    for name, value in found.items():
        if isinstance(value, int | float):
            figures.append(f"{name} {_rounded(value)}")
    if figures:
        output.say(f"{title}: {', '.join(figures)}")


def _print_summary(collections: dict[str, Any]) -> None:
    nodes: list[str] = []
    for collection in collections.values():
        for node, found in collection["nodes"].items():
            if "nDCG@10" in found and node not in nodes:
                nodes.append(node)
    rows = []
    for name, collection in collections.items():
        means = [_figure(collection["nodes"].get(node, {}), "nDCG@10") for node in nodes]
        rows.append((name, *means, _figure(collection["total"], "p50_ms")))
    output.say("\nnDCG@10 after each node", style="bold")
    columns = ("collection", *nodes, "total p50_ms")
    output.console.print(output.table(columns, rows, numbers=columns[1:]))


def _figure(found: Mapping[str, float], name: str) -> str:
    if name not in found:
        return ""
    return f"{found[name]:.1f}" if name.endswith("_ms") else f"{found[name]:.4f}"


def _rounded(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4f}".rstrip("0").rstrip(".")
