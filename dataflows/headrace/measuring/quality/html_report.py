"""An evaluation's report as one page to read, print or send: figures and tables, no script, nothing from outside."""

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from headrace.measuring.quality import plots

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STYLE = """
:root { color-scheme: light dark; --text: #1d1d1f; --page: #ffffff; --line: #d8d8dc; --soft: #6a6a70; }
@media (prefers-color-scheme: dark) { :root { --text: #e8e8ea; --page: #17181a; --line: #3a3b40; --soft: #a0a0a8; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); } h3 { margin: 1.5rem 0 0.3rem; font-size: 1rem; }
nav a { margin-right: 0.8rem; } a { color: inherit; } .note { color: var(--soft); }
figure { margin: 1rem 0; padding: 0.5rem; background: #fff; border-radius: 6px; } figure svg { display: block; width: 100%; height: auto; }
.tables { display: flex; flex-wrap: wrap; gap: 0 3rem; } .wide { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; } caption { text-align: left; font-weight: 600; padding: 0.8rem 0 0.2rem; }
th, td { padding: 0.15rem 0.8rem 0.15rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 500; color: var(--soft); white-space: nowrap; } th, td:first-child, .words td { text-align: left; } td { text-align: right; }
thead th:not(:first-child) { text-align: right; } .words th:not(:first-child) { text-align: left; } .words td { overflow-wrap: anywhere; }
@media print { body { max-width: none; margin: 0; font-size: 11px; } .wide { overflow: visible; } nav { display: none; } }
@media print { figure, tr { break-inside: avoid; } caption, h2 { break-after: avoid; } figure { padding: 0; } }
"""


def report_html(report: Mapping[str, Any]) -> str:
    """The whole page. Names, ids and errors are whatever users' data holds, so every text is escaped.

    Raises SettingsError when matplotlib is not installed.
    """
    collections = report["collections"]
    links = "".join(
        f'<a href="#collection-{number}">{_escaped(name)}</a>'
        for number, name in enumerate(collections)
    )
    figures = [
        _figure(draw(report), draw.__name__)
        for draw in (plots.quality_by_node, plots.loss_waterfall, plots.risk_coverage)
    ]
    sections = [
        _section(number, name, measured)
        for number, (name, measured) in enumerate(collections.items())
    ]
    run = _words("Settings", report.get("settings", {})) + _words(
        "Environment", report.get("environment", {})
    )
    body = [
        f"<h1>Evaluation</h1>{_measured_at(report)}<nav>{links}</nav>",
        _overview(collections),
        *figures,
        *sections,
        f"<h2>The run</h2>{run}",
    ]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Headrace evaluation</title><style>{_STYLE}</style>'
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n'
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _measured_at(report: Mapping[str, Any]) -> str:
    environment = report.get("environment", {})
    return f'<p class="note">Headrace {_escaped(environment.get("headrace", ""))}, {_escaped(environment.get("measured_at", ""))}</p>'


def _overview(collections: Mapping[str, Mapping[str, Any]]) -> str:
    """A row per collection: its size, how well the best ranking does, what reached the context, and how long a question takes."""
    columns = {
        "documents": lambda m: m.get("documents"),
        "questions": lambda m: m.get("queries"),
        "failed": lambda m: len(m.get("failed", ())),
        "nDCG@10 fused": _of_node("fused_hits", "nDCG@10"),
        "nDCG@10 reranked": _of_node("reranked_hits", "nDCG@10"),
        "in the context": lambda m: _reached(m["waterfall"]) if "waterfall" in m else None,
        "p50 ms": lambda m: m.get("total", {}).get("p50_ms"),
        "p95 ms": lambda m: m.get("total", {}).get("p95_ms"),
        "questions/s": lambda m: m.get("questions_per_s"),
        "cost USD": lambda m: m.get("usage", {}).get("cost_usd"),
    }
    rows = [
        (name, *(value(measured) for value in columns.values()))
        for name, measured in collections.items()
    ]
    return _table("Collections", ("collection", *columns), rows)


def _of_node(node: str, measure: str) -> Callable[[Mapping[str, Any]], float | None]:
    return lambda measured: measured["nodes"].get(node, {}).get(measure)


def _section(number: int, name: str, measured: Mapping[str, Any]) -> str:
    facts = {
        key: value
        for key, value in measured.items()
        if not isinstance(value, Mapping | Sequence) or isinstance(value, str)
    }
    groups = [
        _measures(title, measured.get(title))
        for title in ("context", "answers", "declining", "usage")
    ]
    parts = [
        f'<h2 id="collection-{number}">{_escaped(name)}</h2>',
        _node_table(measured),
        _figure(plots.latency({"collections": {name: measured}}), f"latency of {name}"),
        _waterfall_table(measured),
        _full_recall_table(measured["nodes"]),
        f'<div class="tables">{"".join(groups)}</div>',
        _failures(measured.get("failed", ())),
        _words("Collection", facts),
    ]
    return f"<section>{''.join(parts)}</section>"


def _node_table(measured: Mapping[str, Any]) -> str:
    rows = {**measured["nodes"], "total": measured.get("total", {})}
    measures = dict.fromkeys(
        key
        for values in rows.values()
        for key, value in values.items()
        if isinstance(value, int | float)
    )
    columns = sorted(measures, key=lambda name: name.endswith("_ms"))  # the times last
    return _table(
        "Nodes",
        ("node", *columns),
        [(node, *(values.get(column) for column in columns)) for node, values in rows.items()],
    )


def _full_recall_table(nodes: Mapping[str, Mapping[str, Any]]) -> str:
    """A row per number of relevant documents, a column per node that ranks."""
    split = {
        node: values["full_recall_by_relevant"]
        for node, values in nodes.items()
        if values.get("full_recall_by_relevant")
    }
    questions = {
        number: entry["queries"]
        for by_number in split.values()
        for number, entry in by_number.items()
    }
    rows = [
        (number, count, *(by.get(number, {}).get("full_recall") for by in split.values()))
        for number, count in questions.items()
    ]
    return _table(
        "Share of questions with all relevant documents found, by their number",
        ("relevant documents", "questions", *split),
        rows,
    )


def _waterfall_table(measured: Mapping[str, Any]) -> str:
    losses = measured.get("waterfall", {})
    rows = [(f"{plots.LOSSES.get(step, 'lost')} ({step})", share) for step, share in losses.items()]
    return _table(
        "Relevant documents",
        ("what became of them", "share"),
        [*rows, ("reached the context", _reached(losses))] if rows else [],
    )


def _reached(losses: Mapping[str, float]) -> float:
    return max(0.0, 1 - sum(losses.values()))


def _measures(title: str, values: Mapping[str, Any] | None) -> str:
    """A small table of one group's measures; a curve is left to the figures."""
    shown = [
        (name, value)
        for name, value in (values or {}).items()
        if not isinstance(value, Sequence | Mapping)
    ]
    return _table(title.capitalize(), ("measure", "value"), shown)


def _failures(failed: Iterable[Mapping[str, Any]]) -> str:
    return _table(
        "Failed questions",
        ("id", "error"),
        [(str(entry["id"]), str(entry["error"])) for entry in failed],
        css="words",
    )


def _words(title: str, values: Mapping[str, Any]) -> str:
    """Names and values that are no measurements, as they are; what is nested, one level of it, under both names."""
    flat = {
        inner: value
        for name, outer in values.items()
        for inner, value in (
            {f"{name}: {key}": v for key, v in outer.items()}
            if outer and isinstance(outer, Mapping)
            else {name: outer}
        ).items()
    }
    return _table(
        title,
        ("name", "value"),
        [(name, "none" if value is None else str(value)) for name, value in flat.items()],
        css="words",
    )


def _table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], css: str = "numbers"
) -> str:
    """An HTML table, wide ones scroll; nothing at all when there is no row."""
    head = "".join(f'<th scope="col">{_escaped(column)}</th>' for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{_escaped(_shown(value))}</td>" for value in row) + "</tr>"
        for row in rows
    )
    table = f'<table class="{css}"><caption>{_escaped(title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="wide">{table}</div>' if rows else ""


def _shown(value: Any) -> str:
    """A measurement for reading: thousands separated, four decimals below ten, one above."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) < 10 else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _escaped(value: Any) -> str:
    return html.escape(str(value))


def _figure(figure: "Figure", label: str) -> str:
    """The figure as SVG inside the page, its ids its own, and without what names a host: document type, metadata, name spaces."""
    written = StringIO()
    figure.savefig(written, format="svg")
    svg = re.sub(
        r"<metadata>.*?</metadata>", "", written.getvalue().partition("<svg")[2], flags=re.DOTALL
    )
    svg = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", svg)
    prefix = re.sub(r"\W+", "-", label)
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{prefix}-", svg)
    return f'<figure><svg role="img" aria-label="{_escaped(label)}"{svg}</figure>'
