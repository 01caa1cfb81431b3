"""Hits, contexts and answers as tables, as HTML for notebooks, and as the JSON object of `run.py ask --json`."""

import html
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from headrace.types import Answer, Context, Hit

_SNIPPET = 160


def to_frame(hits: Iterable[Hit]) -> pd.DataFrame:
    """One row per hit: rank, score, stream, found_by, document_id, title, start, end, page, chunk_id, text; in the order given."""
    return hits_frame(list(hits))


def hits_frame(hits: Sequence[Hit]) -> pd.DataFrame:
    """`to_frame` for a sequence of hits."""
    rows = [
        {
            "rank": hit.rank,
            "score": round(hit.score, 4),
            "stream": hit.stream,
            "found_by": ", ".join(f"{name} #{rank}" for name, rank in hit.found_by),
            "document_id": hit.chunk.document_id,
            "title": hit.chunk.title,
            "start": hit.chunk.start,
            "end": hit.chunk.end,
            "page": hit.chunk.page,
            "chunk_id": hit.chunk_id,
            "text": hit.chunk.text,
        }
        for hit in hits
    ]
    columns = [
        "rank",
        "score",
        "stream",
        "found_by",
        "document_id",
        "title",
        "start",
        "end",
        "page",
        "chunk_id",
        "text",
    ]
    return pd.DataFrame(rows, columns=columns).astype({"page": "Int64"})


def hits_html(hits: Sequence[Hit]) -> str:
    """The hits as an HTML table: rank, score, stream, title, the beginning of the text."""
    rows = (
        (hit.rank, f"{hit.score:.4f}", hit.stream, hit.chunk.title, _snippet(hit.chunk.text))
        for hit in hits
    )
    return _table(("rank", "score", "stream", "title", "text"), rows)


def context_frame(context: Context) -> pd.DataFrame:
    """One row per passage: number, title, source, start, end, sentences, text."""
    rows = [
        {
            "number": passage.number,
            "title": passage.title,
            "source": passage.source,
            "start": passage.sentences[0].start,
            "end": passage.sentences[-1].end,
            "sentences": len(passage.sentences),
            "text": passage.text,
        }
        for passage in context.passages
    ]
    return pd.DataFrame(
        rows, columns=["number", "title", "source", "start", "end", "sentences", "text"]
    )


def context_html(context: Context) -> str:
    """The passages as an HTML table under the tokens they take, and what was dropped."""
    rows = [
        (passage.number, passage.title, len(passage.sentences), _snippet(passage.text))
        for passage in context.passages
    ]
    dropped = "".join(
        f"<li>chunk {drop.chunk_id}: {html.escape(drop.reason)}</li>" for drop in context.dropped
    )
    table = _table(("number", "title", "sentences", "text"), rows)
    return f"<p>{context.tokens:,} of {context.budget:,} tokens</p>{table}" + (
        f"<ul>{dropped}</ul>" if dropped else ""
    )


def answer_frame(answer: Answer) -> pd.DataFrame:
    """One row per citation: number, title, quote, source, start, end, page, document_id, chunk_id."""
    columns = [
        "number",
        "title",
        "quote",
        "source",
        "start",
        "end",
        "page",
        "document_id",
        "chunk_id",
    ]
    return pd.DataFrame(
        [asdict(citation) for citation in answer.citations], columns=columns
    ).astype({"page": "Int64"})


def answer_html(answer: Answer) -> str:
    """Question, answer (what no citation supports underlined), its citations as an HTML table, and notes."""
    text = (
        html.escape(answer.text)
        if answer.answered
        else "<em>The documents do not answer this.</em>"
    )
    for sentence in map(html.escape, answer.unsupported):
        text = text.replace(sentence, f'<u title="no citation supports this">{sentence}</u>', 1)
    rows = [
        (c.number, c.title, c.quote, f"{c.source} [{c.start}:{c.end}]") for c in answer.citations
    ]
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in answer.notes)
    table = _table(("number", "title", "quote", "place"), rows) if rows else ""
    return f"<p><b>{html.escape(answer.question)}</b></p><p>{text}</p>{table}" + (
        f"<ul>{notes}</ul>" if notes else ""
    )


def answer_dict(answer: Answer) -> dict[str, Any]:
    """The documented object: plain values only, in a fixed order of keys."""
    return {
        "question": answer.question,
        "answer": answer.text,
        "answered": answer.answered,
        "citations": [asdict(citation) for citation in answer.citations],
        "unsupported": list(answer.unsupported),
        "degraded": list(answer.degraded),
        "stages": [
            {"node": stage.node, "ms": round(stage.ms, 3), "start_ms": round(stage.start_ms, 3)}
            for stage in answer.stages
        ],
        "total_ms": round(answer.total_ms, 3),
        "usage": dict(answer.usage),
        "cost_usd": answer.cost_usd,
        "settings": dict(answer.settings),
    }


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    head = "".join(f"<th>{column}</th>" for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(value))}</td>" for value in row) + "</tr>"
        for row in rows
    )
    return f'<table><thead><tr>{head}</tr></thead><tbody style="text-align:left">{body}</tbody></table>'


def _snippet(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SNIPPET else flat[: _SNIPPET - 1] + "…"
