"""Answers one question from a tenant's documents, with citations that were verified against the stored text.

  run.py ask "How long is the warranty?" --tenant acme
  run.py ask "..." --tenant acme --until fused_hits     stop at a node and show it
  run.py ask "..." --tenant acme --trace                what became of the question, and each stage's time
  run.py ask "..." --tenant acme --json                 one JSON object, described in the README

Exit code 0 when the question was answered or declined, 2 when it could not be asked.
"""

import argparse
import dataclasses
import json
from typing import Any

import numpy as np

from headrace.commands import arguments, output
from headrace.pipeline import Pipeline
from headrace.types import Answer, Context, Hit, ResetEvent, TextEvent

#: The nodes that change the question, in order: what --trace shows.
_QUESTION_NODES = (
    "normalized_query",
    "standalone_query",
    "corrected_query",
    "expanded_query",
    "query_filters",
    "sub_queries",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("question")
    arguments.add_tenant(parser)
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="print the answer as one JSON object")
    shown.add_argument(
        "--until", metavar="NODE", help="run no further than this node and show its value"
    )
    shown.add_argument(
        "--trace",
        action="store_true",
        help="also show the question on its way, and when each stage ran",
    )
    arguments.add_filter(parser)
    parser.add_argument(
        "--history",
        action="append",
        default=[],
        metavar="TURN",
        help="an earlier turn, oldest first, yours and the answers in turn",
    )
    parser.add_argument(
        "--today", type=arguments.day, metavar="DATE", help='what "last year" counts from'
    )
    arguments.add_track(parser)
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    given: dict[str, Any] = {
        "history": args.history,
        "today": args.today,
        "filters": arguments.filters_of(args.filter),
    }
    with Pipeline.open(settings, track=args.track) as rag:
        if args.until:
            _show(
                rag.run([args.until], question=args.question, tenant=args.tenant, **given)[
                    args.until
                ]
            )
        elif args.json:
            print(
                json.dumps(
                    rag.ask(args.question, args.tenant, **given).to_dict(), ensure_ascii=False
                )
            )
        else:
            answer = _streamed(rag, args.question, args.tenant, given)
            if args.trace:
                _trace(rag, answer, args.tenant, given)
    return 0


def _streamed(rag: Pipeline, question: str, tenant: str, given: dict[str, Any]) -> Answer:
    """Prints the answer's text as it comes, then its citations and notes."""
    for event in rag.stream(question, tenant, **given):
        if isinstance(event, TextEvent):
            output.console.print(event.text, end="", markup=False)
        elif isinstance(event, ResetEvent):
            output.console.print(f"\n(withdrawn: {event.reason})\n", markup=False, style="yellow")
        elif isinstance(event, Answer):
            output.console.print("" if event.answered else "The documents do not answer this.")
            output.print_citations(event)
            output.print_notes(event)
            return event
    raise AssertionError("a stream ends with the answer")


def _trace(rag: Pipeline, answer: Answer, tenant: str, given: dict[str, Any]) -> None:
    values = rag.run(list(_QUESTION_NODES), question=answer.question, tenant=tenant, **given)
    output.console.print("\nthe question on its way", style="bold")
    for name in _QUESTION_NODES:
        output.console.print(f"  {name}: {_told(values[name])}", markup=False)
    output.console.print("\nthe stages", style="bold")
    output.print_stages(answer.stages, answer.total_ms)


def _told(value: Any) -> str:
    """A question node's value in words."""
    if isinstance(value, list):
        return "".join(f"\n    {sub_query.role}: {sub_query.text}" for sub_query in value)
    if hasattr(value, "applied"):
        applied = "; ".join(str(condition) for condition in value.applied) or "none"
        return applied + "".join(
            f" (given up, no document has it: {condition})" for condition in value.relaxed
        )
    if hasattr(value, "changes"):
        return value.text + "".join(
            f"\n    {change.kind}: {change.before} -> {change.after} ({change.reason})"
            for change in value.changes
        )
    return str(value)


def _show(value: Any) -> None:
    """A node's value: hits as tables, text as text, anything else as indented JSON."""
    if isinstance(value, list) and value and isinstance(value[0], Hit):
        output.print_hits(value)
    elif isinstance(value, Context):
        output.console.print(
            f"{value.tokens:,} of {value.budget:,} tokens\n\n{value.text}", markup=False
        )
        for dropped in value.dropped:
            output.console.print(
                f"dropped: chunk {dropped.chunk_id}: {dropped.reason}", style="dim"
            )
    elif dataclasses.is_dataclass(value) or isinstance(value, list | tuple):
        output.console.print_json(json.dumps(value, default=_plain, ensure_ascii=False))
    else:
        output.console.print(value, markup=False)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)
