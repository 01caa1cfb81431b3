"""What a labelled question left behind on its way through the graph: all that measures are made from."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from headrace.errors import raise_interruption
from headrace.execution.concurrent import Recording
from headrace.measuring.quality.collections import LabelledQuestion
from headrace.measuring.quality.spans import Span
from headrace.measuring.quality.understood import Understanding, found_understanding
from headrace.pipeline import Pipeline
from headrace.search.retrieval import fused_hits__convex
from headrace.types import Answer, Context, Hit

#: The nodes after which documents are ranked, in the order of the graph.
SEARCHES = ("semantic_hits", "keyword_hits")
RANKING_NODES = (*SEARCHES, "fused_hits", "linked_hits", "reranked_hits", "context")
#: So many documents are wanted of each ranking, where there are as many.
DEPTH = 20
_MOST_CANDIDATES = 1000
_UNDERSTANDING = ("standalone_query", "corrected_query", "query_filters", "question_kind")
_UNDERSTANDING_BY_RULES = (*_UNDERSTANDING, "tenant_facts", "known_words")


@dataclass(frozen=True)
class Quotation:
    """A citation as it was given: where it says it stands, and in what words."""

    span: Span
    quote: str


@dataclass(frozen=True)
class Trace:
    """One question's run.

    Attributes:
        rankings: node -> document ids, best first, each document at its best chunk. `reranked_hits` is the whole new order, of which the
            graph passes `passed` on; of several streams of a search, the ranking is that of their weighted scores.
        found: the documents that either search found, or that were linked to, in the graph itself.
        read: the documents of the linked hits that the reranker's stage looks at (`rerank_count`).
        passed: the documents of the hits that went on to the context.
        context: what the context holds, by passage and unbroken run of sentences.
        understood: what was made of the question; None when it failed.
        answer: None when no answer was asked for; "" when the question was declined.
        error: why it failed, and then everything else is empty.
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


def trace_question(
    rag: Pipeline, question: LabelledQuestion, tenant: str, *, documents: int, answers: bool
) -> Trace:
    """Runs the graph once for a question; a question that fails is a trace with an error.

    Args:
        documents: how many the tenant holds: of none, the question is understood and not searched for;
            where a search found fewer than `DEPTH` of them, it is repeated, untimed, with more candidates.
        answers: whether to run the graph to its end, or to the context.
    """
    given = question.inputs() | {"tenant": tenant}
    understanding = (
        _UNDERSTANDING if rag.settings.understanding == "off" else _UNDERSTANDING_BY_RULES
    )
    wanted = [
        *understanding,
        *RANKING_NODES,
        "ranked_hits",
        "sub_queries",
        "answerability",
        *(["answer"] if answers else []),
    ]
    try:
        if not documents:
            values, recording = rag.recorded_run([*understanding, "sub_queries"], **given)
            return Trace(
                question.query_id, understood=found_understanding(values), **_times(recording)
            )
        values, recording = rag.recorded_run(wanted, **given)
        rankings = _deepened(rag, given, values, min(DEPTH, documents))
    except (
        Exception
    ) as error:  # one question's failure is a result: it counts as zero and is listed
        raise_interruption(error)
        return Trace(question.query_id, error=f"{type(error).__name__}: {error}")
    answer = values.get("answer")
    return Trace(
        question.query_id,
        rankings
        | {"context": _distinct(passage.document_id for passage in values["context"].passages)},
        understood=found_understanding(values),
        found=_documents(
            [*values["semantic_hits"], *values["keyword_hits"], *values["linked_hits"]]
        ),
        read=_documents(values["linked_hits"][: rag.settings.rerank_count]),
        passed=_documents(values["reranked_hits"]),
        context=_context_spans(values["context"]),
        context_tokens=values["context"].tokens,
        answerability=values["answerability"],
        **_times(recording),
        **(_answer_parts(answer) if answer else {}),
    )


def _times(recording: Recording) -> dict[str, Any]:
    return {
        "stages_ms": {
            stage.node: stage.ms
            for stage in sorted(recording.stages, key=lambda stage: stage.start_ms)
        },
        "total_ms": recording.total_ms,
    }


def _answer_parts(answer: Answer) -> dict[str, Any]:
    citations = (Quotation(Span(c.document_id, c.start, c.end), c.quote) for c in answer.citations)
    return {
        "answer": answer.text if answer.answered else "",
        "citations": tuple(citations),
        "usage": dict(answer.usage),
        "cost_usd": answer.cost_usd,
    }


def _rankings(values: Mapping[str, Sequence[Hit]]) -> dict[str, tuple[str, ...]]:
    streams = values["sub_queries"]
    arms = {
        "semantic_hits": _documents(
            fused_hits__convex(values["semantic_hits"], [], semantic_weight=1, sub_queries=streams)
        ),
        "keyword_hits": _documents(
            fused_hits__convex(
                [],
                values["keyword_hits"],
                semantic_weight=0,
                coverage_weight=0,
                sub_queries=streams,
            )
        ),
    }
    nodes = {
        "fused_hits": "fused_hits",
        "linked_hits": "linked_hits",
        "reranked_hits": "ranked_hits",
    }
    return arms | {name: _documents(values[node]) for name, node in nodes.items()}


def _deepened(
    rag: Pipeline, given: Mapping[str, Any], values: dict[str, Any], depth: int
) -> dict[str, tuple[str, ...]]:
    """The rankings, those of fewer than `depth` documents continued by what is found with more candidates, while there are more."""
    rankings, candidates = _rankings(values), rag.settings.candidate_count
    while (
        min(map(len, rankings.values())) < depth
        and candidates < _MOST_CANDIDATES
        and not _exhausted(values, candidates)
    ):
        candidates = min(4 * candidates, _MOST_CANDIDATES)
        understood = {
            name: values[name] for name in ("sub_queries", "query_filters", "question_kind")
        }  # once is enough, and may cost money
        found = rag.run(
            [*SEARCHES, "fused_hits", "linked_hits"],
            **given,
            candidate_count=candidates,
            overrides=understood,
        )
        values = {**understood, **found}
        deeper = _rankings({**values, "ranked_hits": values["linked_hits"]})
        rankings = {
            name: _distinct([*ranking, *deeper[name]]) for name, ranking in rankings.items()
        }
    return rankings


def _exhausted(values: Mapping[str, Sequence[Hit]], candidates: int) -> bool:
    """Whether the searches found all there is: no stream is as long as it was allowed to be."""
    return max((hit.rank for name in SEARCHES for hit in values[name]), default=0) < candidates


def _documents(hits: Iterable[Hit]) -> tuple[str, ...]:
    return _distinct(hit.chunk.document_id for hit in hits)


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _context_spans(context: Context) -> tuple[Span, ...]:
    """Every sentence of the context where it stands."""
    return tuple(
        Span(passage.document_id, sentence.start, sentence.end)
        for passage in context.passages
        for sentence in passage.sentences
    )


# ------------------------------------------------------------------------------------------------------------- on disk


def append_trace(path: Path, trace: Trace) -> None:
    """Adds a trace to a file of them, so that a measurement that was stopped goes on where it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(trace), ensure_ascii=False) + "\n")


def read_traces(path: Path) -> dict[str, Trace]:
    """The traces of a file, by query id; {} when there is none. Failed questions, and a line that a kill cut off, count for nothing."""
    traces: dict[str, Trace] = {}
    for line in path.read_text(encoding="utf-8").split("\n") if path.exists() else ():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if not entry["error"]:
            traces[entry["query_id"]] = _trace(entry)
    return traces


def _trace(entry: dict[str, Any]) -> Trace:
    entry["rankings"] = {node: tuple(ranking) for node, ranking in entry["rankings"].items()}
    entry["context"] = tuple(Span(**span) for span in entry["context"])
    entry["citations"] = tuple(
        Quotation(Span(**quotation["span"]), quotation["quote"]) for quotation in entry["citations"]
    )
    entry["understood"] = (
        Understanding.from_json(entry["understood"]) if entry["understood"] else None
    )
    entry |= {name: tuple(entry[name]) for name in ("found", "read", "passed")}
    return Trace(**entry)
