"""Compares two settings, or your own stage with ours, on the same labelled questions.

  run.py compare data/scifact --baseline keyword=ts_rank --candidate keyword=bm25
  run.py compare data/* --candidate rrf_k=20 --gate           exit code 1 when the
                                                              candidate is significantly
                                                              worse anywhere
  run.py compare data/* --candidate rrf_k=20 --gate context   ... after this node
  run.py compare data/scifact --candidate-module stages.py    your stages against ours

For every measure after every node: both means, their difference with its 95 % bootstrap
interval, the p-value of a paired randomisation test (corrected after Holm for the
measures that differ), and wins, losses and ties by question; and the ten questions that
moved most. Nodes before the first difference are computed once for both. Measures that
are equal on both sides are not listed. With more than one collection, their mean comes
last, in which each collection has the same weight. Collections and measures are those
of run.py evaluate.

The JSON:

  version              1
  collections          {NAME: {queries, rows, moved, failed}}
    rows               [{node, measure, queries, baseline, candidate, difference, low,
                       high, p, p_holm, wins, losses, ties, verdict}]
    moved              [{id, question, node, baseline, candidate, difference}]
  mean of collections  {rows}, with more than one collection
  baseline, candidate  settings
  environment

Exit code 0; 1 when a question failed or the gate is shut; 2 when a collection cannot be
used.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.text import Text

from headrace.commands import arguments, output
from headrace.commands.selection import add_selection, selection_of
from headrace.drivers import by_graph, query_driver
from headrace.measuring.quality.comparison import ALL, compare_collections, worse
from headrace.measuring.quality.rankings import ranking_nodes
from headrace.settings import Settings

_SIDES = ("baseline", "candidate")
_COLOURS = {"better": "green", "worse": "red", "": ""}
_NUMBERS = (
    "questions",
    "baseline",
    "candidate",
    "difference",
    "95 % interval",
    "p",
    "wins/losses/ties",
)
_QUESTION_CHARACTERS = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_selection(parser)
    for side in _SIDES:
        parser.add_argument(
            f"--{side}",
            default="",
            metavar="NAME=VALUE[,NAME=VALUE]",
            help=f"settings of the {side}, which go before --set; without any, the usual ones",
        )
    arguments.add_modules(parser)
    for side in _SIDES:
        parser.add_argument(
            f"--{side}-module",
            action="append",
            default=[],
            type=Path,
            metavar="FILE.py",
            help=f"your own stages, for the {side} alone",
        )
    parser.add_argument(
        "--gate",
        nargs="?",
        const="",
        metavar="NODE",
        help="exit code 1 when the candidate is significantly worse, after NODE or anywhere",
    )
    arguments.add_json(parser, "write all rows here, those without a difference too")
    parser.add_argument(
        "--markdown",
        action="store_true",
        help="print nothing but a Markdown table of nDCG@10 after each node",
    )
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    baseline = arguments.settings_of(args, over=[args.baseline])
    candidate = arguments.settings_of(args, over=[args.candidate])
    baseline_modules = arguments.modules_of([*args.modules, *args.baseline_module])
    candidate_modules = arguments.modules_of([*args.modules, *args.candidate_module])
    if args.gate:
        _check_gate(args.gate, candidate, candidate_modules)
    arguments.check_writable(args.json)
    with output.progress() as bar:
        report = compare_collections(
            args.collections,
            baseline,
            candidate,
            selection_of(args),
            baseline_modules=baseline_modules,
            candidate_modules=candidate_modules,
            progress=output.steps(bar),
        )
    output.write_json(args.json, report)
    if args.markdown:
        print(markdown(report))
    else:
        _print(report)
    has_failed = _print_failures(report)
    shut = worse(report, args.gate or None) if args.gate is not None else []
    for line in shut:
        output.complain(f"gate: significantly worse: {line}", style="red")
    return 1 if shut or has_failed else 0


def markdown(report: dict[str, Any]) -> str:
    """nDCG@10 after each ranking node, one line for each collection.

    A cell is "baseline → candidate", bold where the difference is significant.
    """
    parts: dict[str, dict[str, Any]] = {}
    nodes: list[str] = []
    for name, part in _parts(report).items():
        parts[name] = {row["node"]: row for row in part["rows"] if row["measure"] == "nDCG@10"}
        nodes += [node for node in parts[name] if node not in nodes]
    lines = [
        f"| collection | questions | {' | '.join(nodes)} |",
        f"|---|---:|{'---:|' * len(nodes)}",
    ]
    for name, rows in parts.items():
        queries = next((f"{row['queries']:,}" for row in rows.values()), "")
        cells = [_cell(rows.get(node)) for node in nodes]
        lines.append(f"| {name} | {queries} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _check_gate(node: str, settings: Settings, modules: Sequence[ModuleType]) -> None:
    """Raises SettingsError when nothing is measured after the node."""
    query_modules, _ = by_graph(modules)
    nodes = ranking_nodes(query_driver(settings, modules=query_modules))
    arguments.check_known("node in --gate", node, (*nodes, "answer"))


def _parts(report: dict[str, Any]) -> dict[str, Any]:
    """The collections, and their mean where there is one, by name."""
    mean = {ALL: report[ALL]} if ALL in report else {}
    return {**report["collections"], **mean}


def _cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    before = f"{row['baseline']:.3f}"
    after = f"{row['candidate']:.3f}"
    if row["wins"] + row["losses"] == 0:
        return after
    return f"{before} → **{after}**" if row["verdict"] else f"{before} → {after}"


def _print(report: dict[str, Any]) -> None:
    columns = ("node", "measure", *_NUMBERS, "significantly")
    for name, part in _parts(report).items():
        output.say(f"\n{name}", style="bold")
        rows = [_cells(row) for row in part["rows"] if row["wins"] + row["losses"]]
        if rows:
            output.console.print(output.table(columns, rows, numbers=_NUMBERS))
        else:
            output.say("no difference")
        _print_moved(part.get("moved", []))


def _cells(row: dict[str, Any]) -> tuple[Any, ...]:
    return (
        row["node"],
        row["measure"],
        row["queries"],
        f"{row['baseline']:.4f}",
        f"{row['candidate']:.4f}",
        f"{row['difference']:+.4f}",
        f"{row['low']:+.4f} to {row['high']:+.4f}",
        f"{row['p_holm']:.4f}",
        f"{row['wins']}/{row['losses']}/{row['ties']}",
        Text(row["verdict"], _COLOURS[row["verdict"]]),
    )


def _print_moved(moved: list[dict[str, Any]]) -> None:
    if not moved:
        return
    rows = []
    for item in moved:
        question = item["question"][:_QUESTION_CHARACTERS]
        means = (f"{item['baseline']:.3f}", f"{item['candidate']:.3f}")
        rows.append((*means, item["id"], question))
    output.say(f"\nnDCG@10 after {moved[0]['node']} moved most for", style="bold")
    columns = ("baseline", "candidate", "id", "question")
    output.console.print(output.table(columns, rows, numbers=columns[:2]))


def _print_failures(report: dict[str, Any]) -> bool:
    """Prints the questions that failed; whether there are any."""
    has_failed = False
    for name, part in report["collections"].items():
        for failure in part["failed"]:
            has_failed = True
            what = f"{failure['id']} ({failure['settings']}): {failure['error']}"
            output.complain(f"failed: {name}: {what}", style="red")
    return has_failed
