"""The page and its sections."""

import re
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headrace.measuring.quality import plots
from headrace.measuring.quality.html_report.tables import escaped, measures, table, words
from headrace.measuring.quality.plots.losses import loss_label

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STYLE = Path(__file__).parent / "style.css"
_MEASURE = "nDCG@10"
_FIGURES = (plots.quality_by_node, plots.loss_waterfall, plots.risk_coverage)
_GROUPS = ("context", "answers", "declining", "usage")


def report_html(report: Mapping[str, Any]) -> str:
    """The whole page, of the report that `run.py evaluate --json` writes.

    Names, ids and errors are whatever users' data holds, so every text is escaped.
    Raises SettingsError when matplotlib is not installed.
    """
    collections = report["collections"]
    body = [
        f"<h1>Evaluation</h1>{_measured_at(report)}{_links(collections)}",
        _overview(collections),
        *(_figure(draw(report), draw.__name__) for draw in _FIGURES),
    ]
    for number, (name, measured) in enumerate(collections.items()):
        body.append(_section(number, name, measured))
    settings = words("Settings", report.get("settings", {}))
    environment = words("Environment", report.get("environment", {}))
    body.append(f"<h2>The run</h2>{settings}{environment}")
    return _page("\n".join(body))


def _page(body: str) -> str:
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<title>Headrace evaluation</title>"
        f"<style>\n{_STYLE.read_text(encoding='utf-8')}</style>"
    )
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def _measured_at(report: Mapping[str, Any]) -> str:
    environment = report.get("environment", {})
    version = escaped(environment.get("headrace", ""))
    return f'<p class="note">Headrace {version}, {escaped(environment.get("measured_at", ""))}</p>'


def _links(names: Iterable[str]) -> str:
    links = []
    for number, name in enumerate(names):
        links.append(f'<a href="#collection-{number}">{escaped(name)}</a>')
    return f"<nav>{''.join(links)}</nav>"


def _overview(collections: Mapping[str, Mapping[str, Any]]) -> str:
    """A row per collection.

    It says how large the collection is, how good each ranking is, what reached the
    context, how long a question takes and what it costs.
    """
    ranking: dict[str, None] = {}
    for measured in collections.values():
        for node, figures in measured["nodes"].items():
            if _MEASURE in figures:
                ranking[node] = None
    rows = [_overview_row(name, measured, ranking) for name, measured in collections.items()]
    columns = [
        "collection",
        "documents",
        "questions",
        "failed",
        *(f"{_MEASURE} {node}" for node in ranking),
        "in the context",
        "p50 ms",
        "p95 ms",
        "questions/s",
        "cost USD",
    ]
    return table("Collections", columns, rows)


def _overview_row(name: str, measured: Mapping[str, Any], ranking: Iterable[str]) -> list[Any]:
    nodes = measured["nodes"]
    total = measured.get("total", {})
    reached = _reached(measured["waterfall"]) if "waterfall" in measured else None
    return [
        name,
        measured.get("documents"),
        measured.get("queries"),
        len(measured.get("failed", ())),
        *(nodes.get(node, {}).get(_MEASURE) for node in ranking),
        reached,
        total.get("p50_ms"),
        total.get("p95_ms"),
        measured.get("questions_per_s"),
        measured.get("usage", {}).get("cost_usd"),
    ]


# ---------------------------------------------------------------------------
# a collection


def _section(number: int, name: str, measured: Mapping[str, Any]) -> str:
    facts = {key: value for key, value in measured.items() if _is_fact(value)}
    groups = [measures(group.capitalize(), measured.get(group, {})) for group in _GROUPS]
    failed = [(entry["id"], entry["error"]) for entry in measured.get("failed", ())]
    parts = [
        f'<h2 id="collection-{number}">{escaped(name)}</h2>',
        _node_table(measured),
        _figure(plots.latency({"collections": {name: measured}}), f"latency of {name}"),
        _waterfall_table(measured.get("waterfall", {})),
        _full_recall_table(measured["nodes"]),
        f'<div class="tables">{"".join(groups)}</div>',
        table("Failed questions", ("id", "error"), failed, "words"),
        words("Collection", facts),
    ]
    return f"<section>{''.join(parts)}</section>"


def _is_fact(value: Any) -> bool:
    """Whether a value is a text or a number, and no table of its own."""
    return isinstance(value, str) or not isinstance(value, Mapping | Sequence)


def _node_table(measured: Mapping[str, Any]) -> str:
    """A row per node, its measures first and its times last."""
    nodes = {**measured["nodes"], "total": measured.get("total", {})}
    names: dict[str, None] = {}
    for values in nodes.values():
        for name, value in values.items():
            if isinstance(value, int | float):
                names[name] = None
    columns = sorted(names, key=lambda name: name.endswith("_ms"))
    rows = []
    for node, values in nodes.items():
        rows.append((node, *(values.get(column) for column in columns)))
    return table("Nodes", ("node", *columns), rows)


def _full_recall_table(nodes: Mapping[str, Mapping[str, Any]]) -> str:
    """A row per number of relevant documents, a column per node that ranks."""
    split: dict[str, Mapping[str, Any]] = {}
    questions: dict[str, int] = {}
    for node, values in nodes.items():
        by_number = values.get("full_recall_by_relevant")
        if by_number:
            split[node] = by_number
            for number, entry in by_number.items():
                questions[number] = entry["queries"]
    rows = []
    for number, count in questions.items():
        shares = [found.get(number, {}).get("full_recall") for found in split.values()]
        rows.append((number, count, *shares))
    title = "Share of questions with all relevant documents found, by their number"
    return table(title, ("relevant documents", "questions", *split), rows)


def _waterfall_table(losses: Mapping[str, float]) -> str:
    rows = [(f"{loss_label(step)} ({step})", share) for step, share in losses.items()]
    if rows:
        rows.append(("reached the context", _reached(losses)))
    return table("Relevant documents", ("what became of them", "share"), rows)


def _reached(losses: Mapping[str, float]) -> float:
    return max(0.0, 1 - sum(losses.values()))


def _figure(figure: "Figure", label: str) -> str:
    """The figure as SVG inside the page.

    Its ids get a prefix, so that they are unique on the page. Document type, metadata
    and name spaces are left out: they name hosts.
    """
    written = StringIO()
    figure.savefig(written, format="svg")
    svg = written.getvalue().partition("<svg")[2]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", svg)
    prefix = re.sub(r"\W+", "-", label)
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{prefix}-", svg)
    return f'<figure><svg role="img" aria-label="{escaped(label)}"{svg}</figure>'
