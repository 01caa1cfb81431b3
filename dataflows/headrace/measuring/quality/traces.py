"""What a labelled question left behind on its way through the graph.

All measures are made from traces. They are kept in a file, so that an evaluation that
was stopped can continue.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from headrace.errors import HeadraceError
from headrace.measuring.quality.labelled.spans import Span
from headrace.measuring.quality.understood import Understanding


@dataclass(frozen=True)
class Quotation:
    """A citation as it was given: the place it names, and the words it quotes."""

    span: Span
    quote: str


@dataclass(frozen=True)
class Trace:
    """One question's run.

    Attributes:
        rankings: ranking node -> document ids, best first, each document at its best
            chunk. `reranked_hits` is the whole new order, of which the graph passes
            `passed` on. The ranking of a search is that of its weighted scores over all
            sub-queries.
        found: the documents that a search found, or that were linked to.
        read: the documents of the hits that the reranker looks at (`rerank_count`).
        passed: the documents of the hits that went on to the context.
        context: every sentence of the context, where it stands in its document.
        understood: what was made of the question; None when it failed.
        answer: None when no answer was asked for; "" when the question was declined.
        stages_ms: each node's own time, in the order in which they began.
        error: why it failed; then everything else is empty.
    """

    query_id: str
    rankings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    understood: Understanding | None = None
    found: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    context: tuple[Span, ...] = ()
    context_tokens: int = 0
    answerability: float = 0.0
    answer: str | None = None
    citations: tuple[Quotation, ...] = ()
    usage: Mapping[str, int] = field(default_factory=dict)
    cost_usd: float | None = 0.0
    stages_ms: Mapping[str, float] = field(default_factory=dict)
    total_ms: float = 0.0
    error: str = ""


def append_trace(path: Path, trace: Trace) -> None:
    """Adds a trace to a file of them, one a line; the folder is made if need be.

    Raises HeadraceError on a full disk; the file then ends as it did before.
    """
    line = json.dumps(asdict(trace), ensure_ascii=False).encode(errors="backslashreplace")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+", buffering=0) as file:
            end = file.tell()
            file.seek(max(0, end - 1))
            cut_off = file.read(1) not in (b"", b"\n")  # by a kill
            rest = b"\n" * cut_off + line + b"\n"
            try:
                while rest:
                    rest = rest[file.write(rest) or 0 :]
            except OSError:
                file.truncate(end)
                raise
    except OSError as error:
        reason = error.strerror or error
        raise HeadraceError(
            f"writing the traces {path} failed: {reason}. Those before it are kept: free disk "
            "space and run the same command again"
        ) from error


def read_traces(path: Path) -> dict[str, Trace]:
    """The traces of a file, by query id; {} when there is no file.

    Failed questions are left out, and so is a line that a kill cut off.
    """
    traces: dict[str, Trace] = {}
    if not path.exists():
        return traces
    for line in path.read_text(encoding="utf-8").split("\n"):
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if not entry["error"]:
            traces[entry["query_id"]] = _trace(entry)
    return traces


def _trace(entry: dict[str, Any]) -> Trace:
    citations = []
    for quotation in entry["citations"]:
        citations.append(Quotation(Span(**quotation["span"]), quotation["quote"]))
    understood = entry["understood"]
    values = entry | {
        "rankings": {node: tuple(ranking) for node, ranking in entry["rankings"].items()},
        "context": tuple(Span(**span) for span in entry["context"]),
        "citations": tuple(citations),
        "understood": Understanding.from_json(understood) if understood else None,
    }
    for name in ("found", "read", "passed"):
        values[name] = tuple(entry[name])
    return Trace(**values)
