"""Compares two settings on the same labelled questions, node by node, with the statistics of a paired test.

  run.py compare data/scifact --baseline keyword=ts_rank --candidate keyword=bm25
  run.py compare data/* --candidate rrf_k=20 --gate            exit code 1 when the candidate is significantly worse anywhere
  run.py compare data/* --candidate rrf_k=20 --gate context    ... after this node

For every measure after every node: both means, their difference with its 95 % bootstrap interval, the p-value of a paired randomisation test
(corrected after Holm for the measures that differ), wins, losses and ties by question; and the ten questions that moved most. Nodes before the first
difference are computed once for both. What has the same value under both settings is not listed. With more than one collection, their mean comes
last, each collection counting alike. Collections, and what is measured, are those of run.py evaluate.

The JSON: {"version": 1, "collections": {NAME: {"queries", "rows": [{"node", "measure", "queries", "baseline", "candidate", "difference", "low",
"high", "p", "p_holm", "wins", "losses", "ties", "verdict"}], "moved": [{"id", "question", "node", "baseline", "candidate", "difference"}],
"failed"}}, "mean of collections": {"rows"}, "baseline": settings, "candidate": settings, "environment"}.

Exit code 0, 1 when a question failed or the gate is shut, 2 when a collection cannot be used.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from rich.text import Text

from headrace.commands import arguments, output
from headrace.commands.evaluate import selection_of
from headrace.measuring.quality.comparison import ALL, compare_collections, worse
from headrace.measuring.quality.traces import RANKING_NODES

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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_selection(parser)
    for name in ("baseline", "candidate"):
        parser.add_argument(
            f"--{name}",
            default="",
            metavar="NAME=VALUE[,NAME=VALUE]",
            help="settings of its own, over --set; none: the usual ones",
        )
    parser.add_argument(
        "--gate",
        nargs="?",
        const="",
        metavar="NODE",
        help="exit code 1 when the candidate is significantly worse, after NODE or anywhere",
    )
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="write all rows here, those without a difference too",
    )
    parser.add_argument(
        "--markdown",
        action="store_true",
        help="print nothing but a Markdown table of nDCG@10 after each node",
    )
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    baseline, candidate = (
        arguments.settings_of(args, over=[chosen]) for chosen in (args.baseline, args.candidate)
    )
    if args.gate and args.gate not in (*RANKING_NODES, "answer"):
        raise arguments.unknown("--gate", args.gate, (*RANKING_NODES, "answer"))
    arguments.check_writable(args.json)
    with output.progress() as bar:
        report = compare_collections(
            args.collections, baseline, candidate, selection_of(args), progress=output.steps(bar)
        )
    if args.json:
        args.json.write_text(
            json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    if args.markdown:
        print(markdown(report))
    else:
        _print(report)
    for name, part in report["collections"].items():
        for failure in part["failed"]:
            output.errors.print(
                f"failed: {name}: {failure['id']} ({failure['settings']}): {failure['error']}",
                style="red",
                markup=False,
            )
    shut = worse(report, args.gate or None) if args.gate is not None else []
    for line in shut:
        output.errors.print(f"gate: significantly worse: {line}", style="red", markup=False)
    return 1 if shut or any(part["failed"] for part in report["collections"].values()) else 0


def markdown(report: dict[str, Any]) -> str:
    """nDCG@10 after each ranking node, "baseline → candidate", bold where the difference is significant; a line per collection."""
    parts = {**report["collections"], **({ALL: report[ALL]} if ALL in report else {})}
    lines = [
        f"| collection | questions | {' | '.join(RANKING_NODES)} |",
        f"|---|---:|{'---:|' * len(RANKING_NODES)}",
    ]
    for name, part in parts.items():
        rows = {row["node"]: row for row in part["rows"] if row["measure"] == "nDCG@10"}
        queries = next((f"{row['queries']:,}" for row in rows.values()), "")
        lines.append(
            f"| {name} | {queries} | {' | '.join(_cell(rows.get(node)) for node in RANKING_NODES)} |"
        )
    return "\n".join(lines)


def _cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    before, after = f"{row['baseline']:.3f}", f"{row['candidate']:.3f}"
    if row["wins"] + row["losses"] == 0:
        return after
    return f"{before} → **{after}**" if row["verdict"] else f"{before} → {after}"


def _print(report: dict[str, Any]) -> None:
    for name, part in {
        **report["collections"],
        **({ALL: report[ALL]} if ALL in report else {}),
    }.items():
        output.console.print(f"\n{name}", style="bold", markup=False)
        differing = [row for row in part["rows"] if row["wins"] + row["losses"]]
        columns = ("node", "measure", *_NUMBERS, "significantly")
        output.console.print(
            output.table(columns, [_cells(row) for row in differing], numbers=_NUMBERS)
            if differing
            else "no difference"
        )
        _print_moved(part.get("moved", []))


def _cells(row: dict[str, Any]) -> tuple:
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
    if moved:
        rows = [
            (
                f"{item['baseline']:.3f}",
                f"{item['candidate']:.3f}",
                item["id"],
                item["question"][:100],
            )
            for item in moved
        ]
        output.console.print(f"\nnDCG@10 after {moved[0]['node']} moved most for", style="bold")
        output.console.print(
            output.table(
                ("baseline", "candidate", "id", "question"), rows, numbers=("baseline", "candidate")
            )
        )
