"""Answers one question from a tenant's documents, with verified citations.

  run.py ask "How long is the warranty?" --tenant acme
  run.py ask "..." --tenant acme --until fused_hits    stop at a node and show it
  run.py ask "..." --tenant acme --trace               how the question was read, and
                                                       each stage's time
  run.py ask "..." --tenant acme --json                one JSON object, described in
                                                       commands/README.md
  run.py ask "..." --tenant acme --module stages.py    with stages of your own

Every citation was verified against the stored text. Exit code 0 when the question was
answered or declined, 2 when it could not be asked, for example because there is no such
tenant.
"""

import argparse
import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from headrace.commands import arguments, output
from headrace.commands.characters import harmless, json_line
from headrace.commands.tenant_hints import emptiness
from headrace.pipeline import Pipeline
from headrace.types import (
    Answer,
    AnswerabilitySigns,
    Change,
    Context,
    Hit,
    QueryFilters,
    ResetEvent,
    RewrittenQuery,
    TextEvent,
)

#: The nodes that read and rewrite the question, in order, and the one that says how
#: likely it is answered: what --trace shows.
_QUESTION_NODES = (
    "normalized_query",
    "searched_query",
    "standalone_query",
    "corrected_query",
    "expanded_query",
    "query_filters",
    "sub_queries",
    "answerability_signs",
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
        help="also show how the question was read, and when each stage ran",
    )
    arguments.add_filter(parser)
    arguments.add_today(parser)
    parser.add_argument(
        "--history",
        action="append",
        default=[],
        metavar="TURN",
        help="an earlier turn; give them oldest first, your questions and the answers in turn",
    )
    arguments.add_modules(parser)
    arguments.add_track(parser)
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    tenant = arguments.tenant_of(args, settings)
    given: dict[str, Any] = {
        "history": args.history,
        "today": args.today,
        "filters": arguments.filters_of(args.filter),
    }
    modules = arguments.modules_of(args.modules)
    with Pipeline.open(settings, modules=modules, track=args.track) as rag:
        if args.until:
            values = rag.run([args.until], question=args.question, tenant=tenant, **given)
            _show(values[args.until])
            return 0
        if args.json:
            answer = rag.ask(args.question, tenant, **given)
            emptiness(rag, tenant, answer)
            print(json_line(answer.to_dict()))
        else:
            answer = streamed(rag, args.question, tenant, given)
        if args.trace:
            trace(rag, answer, tenant, given)
    return 0


def streamed(
    rag: Pipeline,
    question: str,
    tenant: str,
    given: dict[str, Any],
    print_below: Callable[[Answer], None] = output.print_citations,
) -> Answer:
    """Prints the answer's text as it comes, then its citations and notes."""
    text = output.Stream()
    for event in rag.stream(question, tenant, **given):
        if isinstance(event, TextEvent):
            text.add(event.text)
        elif isinstance(event, ResetEvent):
            text.end()
            output.say(f"(withdrawn: {event.reason})\n", style="yellow")
        elif isinstance(event, Answer):
            nothing = emptiness(rag, tenant, event) or output.declined(event)
            text.add("" if event.text else nothing)
            text.end()
            print_below(event)
            output.print_notes(event)
            return event
    raise AssertionError("a stream ends with the answer")


def print_sources(answer: Answer) -> None:
    """Prints the places that an answer cites, or that come nearest, a line each."""
    for citation in answer.citations or answer.nearest:
        output.say(f"[{citation.number}] {citation.name}", style="dim", indent=2)


def trace(rag: Pipeline, answer: Answer, tenant: str, given: dict[str, Any]) -> None:
    """Prints how the question was read, and when each stage ran."""
    nodes = ["courtesy", *_QUESTION_NODES]
    values = rag.run(nodes, question=answer.question, tenant=tenant, **given)
    output.say("\nhow the question was read", style="bold")
    if values["courtesy"].kind:
        output.say(f"courtesy: {values['courtesy'].kind}; nothing is searched for", indent=2)
    else:
        _print_reading(values, answer.confidence)
    output.say("\nthe stages", style="bold")
    output.print_stages(answer.stages, answer.total_ms)


def _print_reading(values: Mapping[str, Any], answerability: float) -> None:
    for name in _QUESTION_NODES:
        first, *others = _lines(values[name])
        output.say(f"{name}: {first}".rstrip(), indent=2)
        for line in others:
            output.say(line, indent=4)
    output.say(f"answerability: {answerability:.2f}", indent=2)


def _lines(value: Any) -> list[str]:
    """A question node's value in words, the first line the value itself."""
    if isinstance(value, RewrittenQuery):
        return [value.text, *(_change(change) for change in value.changes)]
    if isinstance(value, QueryFilters):
        applied = "; ".join(map(str, value.applied)) or "none"
        preferred = [f"preferred: {one}" for one in value.preferred]
        return [
            applied,
            *preferred,
            *(f"given up, no document has it: {one}" for one in value.relaxed),
        ]
    if isinstance(value, AnswerabilitySigns):
        return ["", *_signs(value)]
    if isinstance(value, list):
        return ["", *(f"{sub_query.role}: {sub_query.text}" for sub_query in value)]
    return [str(value)]


def _signs(signs: AnswerabilitySigns) -> list[str]:
    """What speaks for and against an answer, a line each."""
    lines = [
        f"nearest chunk: {signs.near:.2f}",
        f"best sentence: {signs.sentence:.2f}",
        f"names that the passages lack: {', '.join(signs.absent_names) or 'none'}",
        f"names that the nearest document lacks: {', '.join(signs.apart_names) or 'none'}",
        f"words that no document has: {', '.join(signs.unknown_words) or 'none'}",
        f"nearest chunk ahead of the tenth by: {signs.lead:.2f}",
        f"best keyword hit ahead of the tenth by: {signs.margin:.0%}",
    ]
    return [line.rstrip() for line in lines] if signs.found else ["nothing was found"]


def _change(change: Change) -> str:
    return f"{change.kind}: {change.before} -> {change.after} ({change.reason})"


def _show(value: Any) -> None:
    """A node's value: hits as tables, text as text, anything else as indented JSON."""
    if isinstance(value, list) and value and isinstance(value[0], Hit):
        output.print_hits(value)
    elif isinstance(value, Context):
        output.say(f"{value.tokens:,} of {value.budget:,} tokens\n\n{value.text}")
        for dropped in value.dropped:
            output.say(f"dropped: chunk {dropped.chunk_id}: {dropped.reason}", style="dim")
    elif dataclasses.is_dataclass(value) or isinstance(value, list | tuple):
        text = json.dumps(value, default=_plain, ensure_ascii=False)
        output.console.print_json(harmless(text))
    else:
        output.say(value)


def _plain(value: Any) -> Any:
    """A value that JSON does not have, as one that it has."""
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)
