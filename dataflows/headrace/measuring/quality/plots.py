"""Figures of an evaluation's report: where quality gets lost, what the score for declining is worth, and what each node takes.

Each function takes the report that `run.py evaluate --json` writes and gives a matplotlib Figure, which Jupyter shows when it is the last
expression of a cell. Figures are made without pyplot: no backend and no global state is touched.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from headrace.errors import SettingsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Colour (Okabe & Ito's, told apart by the colour-blind) and marker of each node that ranks.
RANKING = {
    "semantic_hits": ("#0072b2", "o"),
    "keyword_hits": ("#009e73", "s"),
    "fused_hits": ("#cc79a7", "D"),
    "linked_hits": ("#e69f00", "P"),
    "reranked_hits": ("#d55e00", "^"),
    "context": ("#333333", "v"),
}
#: What became of the relevant documents that did not get past a node.
LOSSES = {
    "failed": "the question failed",
    "semantic_hits+keyword_hits": "found by neither search",
    "fused_hits": "lost in fusion",
    "reranked_hits": "lost in reranking",
    "context": "left out of the context",
}
_BLUE, _ORANGE, _GREY, _BLACK = "#0072b2", "#d55e00", "#8c8c8c", "#222222"
_LINES = [
    (colour, style)
    for style in ("-", "--", ":")
    for colour in (_BLUE, _ORANGE, "#009e73", "#cc79a7", "#e69f00", "#56b4e9", _BLACK)
]
_MEASURES = ("nDCG@10", "Recall@20")
_LABELLED_COLLECTIONS, _LONGEST_NAME = 3, 30
_PERCENTILE_MARKS = {
    "p50": ("|", 90, 2),
    "p95": ("o", 16, 0),
    "p99": ("x", 20, 1.2),
}  # marker, size, line width
_SHORTEST_MS = 0.001  # times are kept to a microsecond, and a logarithmic axis has no 0


def quality_by_node(report: Mapping[str, Any]) -> "Figure":
    """nDCG@10 and Recall@20 after each node that ranks: a row per collection, in it the nodes from top to bottom in the order they run.

    A line joins the nodes that follow on each other (fused, reranked, context); the two searches run side by side. Values are written beside
    the points of up to three collections.
    """
    names = [
        name
        for name, measured in report["collections"].items()
        if _ranked(measured, _MEASURES[0]) or _ranked(measured, _MEASURES[1])
    ]
    if not names:
        return _nothing("No collection has judged questions: nothing to rank by.")
    few = len(names) <= _LABELLED_COLLECTIONS
    figure = _figure(
        1.5 + len(names) * (1.6 if few else 0.62),
        "Quality after each node that ranks (1 is the best possible)",
    )
    for ax, measure in zip(figure.subplots(1, 2, sharey=True), _MEASURES, strict=True):
        for row, name in enumerate(names):
            _draw_ranked(ax, row, _ranked(report["collections"][name], measure), few=few)
        _clean(ax, [_plain(name) for name in names])
        ax.set_xlabel(f"{measure}, mean over the judged questions", fontsize=9)
        _widen(ax)
    _legend(
        figure,
        {
            node: {"color": colour, "marker": marker, "linestyle": ""}
            for node, (colour, marker) in RANKING.items()
        },
    )
    return figure


def loss_waterfall(report: Mapping[str, Any]) -> "Figure":
    """From all relevant documents down to those that reached the context, and at which node the others were lost; a panel per collection."""
    of_collection = {
        name: measured["waterfall"]
        for name, measured in report["collections"].items()
        if "waterfall" in measured
    }
    if not of_collection:
        return _nothing("No collection has judged questions: no relevant documents to lose.")
    steps = [step for step in LOSSES if any(step in losses for losses in of_collection.values())]
    rows = ["all relevant", *(LOSSES[step] for step in steps), "reached the context"]
    figure, axes = _panels(
        list(of_collection),
        len(rows),
        "Where relevant documents are lost",
        "% of the relevant documents",
    )
    for ax, losses in zip(axes, of_collection.values(), strict=True):
        _draw_waterfall(ax, [100 * losses.get(step, 0.0) for step in steps])
        _clean(ax, rows)
        ax.set_xlim(0, 115)
        ax.set_xticks(range(0, 101, 25))
    return figure


def risk_coverage(report: Mapping[str, Any]) -> "Figure":
    """How often an answer is given where none should be, when only the surest share of the questions is answered; a line per collection."""
    declining = {
        name: measured.get("declining", {}) for name, measured in report["collections"].items()
    }
    curves = {
        name: measures for name, measures in declining.items() if measures.get("risk_coverage")
    }
    if not curves:
        return _nothing("No collection has questions marked as unanswerable: nothing to decline.")
    figure = _figure(
        max(4.2, 1.2 + 0.24 * len(curves)), "Risk when only the surest questions are answered"
    )
    ax = figure.subplots()
    for (name, measures), (colour, style) in zip(
        curves.items(), itertools.cycle(_LINES), strict=False
    ):
        coverage, risk = zip(*sorted(measures["risk_coverage"]), strict=True)
        label = f" {_plain(name)}" + (
            f" (AUROC {measures['auroc']:.2f})" if "auroc" in measures else ""
        )  # a label that begins with _ is left out
        ax.plot(
            [100 * c for c in coverage],
            [100 * r for r in risk],
            color=colour,
            linestyle=style,
            linewidth=1.8,
            label=label,
        )
    ax.set_xlabel("coverage: % of the questions that are answered, the surest first", fontsize=9)
    ax.set_ylabel("risk: % of those answered that should be declined", fontsize=9)
    ax.set(xlim=(0, 102), ylim=(0, None))
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color="#e5e5e5", linewidth=0.7)
    figure.legend(loc="outside right center", frameon=False, fontsize=9)
    return figure


def latency(report: Mapping[str, Any]) -> "Figure":
    """How long each node and a whole question take, on a logarithmic axis; a panel per collection, p50 written at the right."""
    timed = {name: _timed(measured) for name, measured in report["collections"].items()}
    timed = {name: distributions for name, distributions in timed.items() if distributions}
    if not timed:
        return _nothing("No question was timed.")
    rows = list(
        dict.fromkeys(
            node for distributions in timed.values() for node in distributions if node != "total"
        )
    ) + ["total"]
    figure, axes = _panels(
        list(timed),
        len(rows),
        "Time of each node, and of the whole question (nodes overlap)",
        "ms, logarithmic",
    )
    for ax, distributions in zip(axes, timed.values(), strict=True):
        ax.set_xscale("log")
        _draw_distributions(ax, rows, distributions)
        _beside(ax, -1, "p50 ms", _BLACK)
        _clean(ax, rows)
        _plain_log_ticks(ax)
    marks = {
        name: {"color": _BLACK, "marker": marker, "linestyle": ""}
        for name, (marker, _, _) in _PERCENTILE_MARKS.items()
    }
    lines = {
        "25th to 75th percentile": {"color": _BLUE, "linewidth": 6, "alpha": 0.45},
        "shortest to longest": {"color": _BLUE, "linewidth": 1},
    }
    _legend(figure, marks | lines)
    return figure


# ---------------------------------------------------------------------------------------------------------- what is drawn


def _ranked(measured: Mapping[str, Any], measure: str) -> dict[str, float]:
    """The ranking nodes' values of a measure, in the order they run."""
    return {
        node: measured["nodes"][node][measure]
        for node in RANKING
        if measure in measured["nodes"].get(node, {})
    }


def _timed(measured: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {
        node: times
        for node, times in {**measured["nodes"], "total": measured.get("total", {})}.items()
        if times.get("quantiles_ms")
    }


def _draw_ranked(ax: "Axes", row: int, values: Mapping[str, float], *, few: bool) -> None:
    lanes = {node: row + 0.13 * (place - 2.5) for place, node in enumerate(RANKING)}
    if row % 2 and not few:
        ax.axhspan(row - 0.5, row + 0.5, color="#f4f4f4", zorder=0)
    path = [
        node for node in ("fused_hits", "linked_hits", "reranked_hits", "context") if node in values
    ]
    ax.plot(
        [values[node] for node in path],
        [lanes[node] for node in path],
        color=_GREY,
        linewidth=1,
        zorder=1,
    )
    for node, value in values.items():
        colour, marker = RANKING[node]
        ax.scatter(
            [value],
            [lanes[node]],
            s=44 if few else 22,
            color=colour,
            marker=marker,
            linewidths=0,
            zorder=2,
        )
        if few:
            box = {"facecolor": "white", "linewidth": 0, "pad": 0.6}
            ax.annotate(
                f"{value:.3f}",
                (value, lanes[node]),
                (8, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
                bbox=box,
            )


def _draw_waterfall(ax: "Axes", losses: Sequence[float]) -> None:
    """100 %, then each loss hanging where the one before it ended, then what is left."""
    left = [max(0.0, 100 - sum(losses[: number + 1])) for number in range(len(losses) + 1)]
    widths = [100.0, *losses, left[-1]]
    colours = [_GREY, *[_ORANGE] * len(losses), _BLUE]
    bars = ax.barh(
        range(len(widths)),
        widths,
        left=[0.0, *left[:-1], 0.0],
        height=0.72,
        color=colours,
        linewidth=0,
    )
    labels = [
        "100",
        *(f"−{loss:.1f}" if loss >= 0.05 else "0" for loss in losses),
        f"{left[-1]:.1f}",
    ]
    ax.bar_label(bars, labels, padding=3, fontsize=8)


def _draw_distributions(
    ax: "Axes", rows: Sequence[str], timed: Mapping[str, Mapping[str, Any]]
) -> None:
    """For each row a line from the shortest to the longest time, thick over the middle half, with marks at p50, p95 and p99."""
    shown = [row for row, node in enumerate(rows) if node in timed]
    times = [timed[rows[row]] for row in shown]
    colours = [_BLACK if rows[row] == "total" else _BLUE for row in shown]
    quantiles = [
        [max(value, _SHORTEST_MS) for value in of_node["quantiles_ms"]] for of_node in times
    ]
    quarter = len(quantiles[0]) // 4
    ax.hlines(
        shown,
        [q[0] for q in quantiles],
        [q[-1] for q in quantiles],
        color=colours,
        linewidth=1,
        alpha=0.6,
    )
    ax.hlines(
        shown,
        [q[quarter] for q in quantiles],
        [q[-1 - quarter] for q in quantiles],
        color=colours,
        linewidth=6,
        alpha=0.45,
    )
    for name, (marker, size, width) in _PERCENTILE_MARKS.items():
        values = [max(of_node[f"{name}_ms"], _SHORTEST_MS) for of_node in times]
        ax.scatter(values, shown, marker=marker, s=size, linewidths=width, color=colours, zorder=3)
    for row, of_node, colour in zip(shown, times, colours, strict=True):
        _beside(
            ax,
            row,
            f"{of_node['p50_ms']:,.0f}" if of_node["p50_ms"] >= 100 else f"{of_node['p50_ms']:.3g}",
            colour,
        )


def _beside(ax: "Axes", row: int, text: str, colour: str) -> None:
    """A text to the right of the panel, in line with a row."""
    ax.annotate(
        text,
        (1, row),
        (4, 0),
        ("axes fraction", "data"),
        "offset points",
        va="center",
        fontsize=8,
        color=colour,
        annotation_clip=False,
    )


# --------------------------------------------------------------------------------------------------------------- plumbing


@cache
def _figure_class() -> type:
    try:
        from matplotlib.figure import Figure
    except ImportError as fault:
        raise SettingsError(
            "drawing an evaluation needs matplotlib: pip install 'headrace[evaluate]'"
        ) from fault

    class ShownFigure(Figure):
        """A figure that Jupyter shows without pyplot having been imported."""

        def _repr_png_(self) -> bytes:
            png = BytesIO()
            self.savefig(png, format="png")
            return png.getvalue()

    return ShownFigure


def _figure(height: float, title: str) -> "Figure":
    figure = _figure_class()(
        figsize=(9.5, height), dpi=110, layout="constrained", facecolor="white"
    )
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")
    return figure


def _nothing(text: str) -> "Figure":
    figure = _figure(1.0, "")
    figure.text(0.01, 0.5, text, va="center", fontsize=10)
    return figure


def _panels(
    names: Sequence[str], rows: int, title: str, label: str
) -> tuple["Figure", list["Axes"]]:
    """A figure with a panel per name, up to three beside each other, each with room for so many rows; the lowest of each column labelled."""
    columns = min(3, len(names))
    lines = math.ceil(len(names) / columns)
    figure = _figure(1.1 + lines * (0.6 + 0.23 * rows), title)
    axes = list(figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).flat)
    for place, (ax, name) in enumerate(zip(axes, names, strict=False)):
        ax.set_title(_plain(name), loc="left", fontsize=10)
        if place + columns >= len(names):
            ax.tick_params(labelbottom=True)
            ax.set_xlabel(label, fontsize=9)
    for spare in axes[len(names) :]:
        spare.set_visible(False)
    return figure, axes[: len(names)]


def _clean(ax: "Axes", rows: Sequence[str]) -> None:
    ax.set_yticks(range(len(rows)), rows)
    ax.set_ylim(len(rows) - 0.45, -0.55)
    ax.tick_params(labelsize=9, left=False)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.grid(axis="x", color="#e5e5e5", linewidth=0.7)
    ax.set_axisbelow(True)


def _widen(ax: "Axes") -> None:
    """Room for the values, and never so near that a difference of a hundredth looks like a cliff."""
    low, high = ax.get_xlim()
    ax.set_xlim(max(-0.02, low - 0.05), min(1.09, high + 0.08))
    ax.set_xticks([tick for tick in ax.get_xticks() if low - 0.05 <= tick <= 1])


def _plain_log_ticks(ax: "Axes") -> None:
    from matplotlib.ticker import FuncFormatter, NullFormatter

    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())


def _legend(figure: "Figure", styles: Mapping[str, Mapping[str, Any]]) -> None:
    """A line below the figure that says what each style of point or line stands for."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], label=label, **style) for label, style in styles.items()]
    figure.legend(
        handles=handles, loc="outside lower center", ncols=len(handles), frameon=False, fontsize=9
    )


def _plain(name: str) -> str:
    """A collection's name as a text that is not too long, and in which dollars do not enclose mathematics."""
    return (name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…").replace(
        "$", r"\$"
    )
