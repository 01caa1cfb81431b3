"""How long each node takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headrace.measuring.quality.plots import drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TOTAL = "total"
#: Times are kept to a microsecond, and a logarithmic axis has no 0.
_SHORTEST_MS = 0.001
#: From this many ms on, a time is written without decimals.
_ROUNDED_MS = 100


@dataclass(frozen=True)
class _Mark:
    """How a percentile is marked."""

    marker: str
    size: float
    line_width: float


_MARKS = {
    "p50": _Mark("|", 90, 2),
    "p95": _Mark("o", 16, 0),
    "p99": _Mark("x", 20, 1.2),
}


def latency(report: Mapping[str, Any]) -> "Figure":
    """How long each node and a whole question take, a panel per collection.

    The axis is logarithmic; p50 is written at the right.
    """
    timed = {}
    for name, measured in report["collections"].items():
        distributions = _distributions(measured)
        if distributions:
            timed[name] = distributions
    if not timed:
        return drawing.nothing("No question was timed.")
    nodes: dict[str, None] = {}
    for distributions in timed.values():
        nodes |= dict.fromkeys(distributions)
    rows = [*(node for node in nodes if node != _TOTAL), _TOTAL]
    title = "Time of each node, and of the whole question (nodes overlap)"
    figure, axes = drawing.panels(list(timed), len(rows), title, "ms, logarithmic")
    for ax, distributions in zip(axes, timed.values(), strict=True):
        ax.set_xscale("log")
        _draw(ax, rows, distributions)
        _write_beside(ax, -1, "p50 ms", drawing.BLACK)
        drawing.label_rows(ax, rows)
        _plain_log_ticks(ax)
    drawing.legend(figure, _legend_styles())
    return figure


def _distributions(measured: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The times of each node, and of the whole question, as far as there are any."""
    every = {**measured["nodes"], _TOTAL: measured.get("total", {})}
    return {node: times for node, times in every.items() if times.get("quantiles_ms")}


def _draw(ax: "Axes", rows: Sequence[str], timed: Mapping[str, Mapping[str, Any]]) -> None:
    """Draws a line per row, from the shortest to the longest time.

    It is thick over the middle half, and has marks at p50, p95 and p99.
    """
    shown = [row for row, node in enumerate(rows) if node in timed]
    times = [timed[rows[row]] for row in shown]
    colours = [drawing.BLACK if rows[row] == _TOTAL else drawing.BLUE for row in shown]
    quantiles = []
    for of_node in times:
        quantiles.append([max(value, _SHORTEST_MS) for value in of_node["quantiles_ms"]])
    _draw_lines(ax, shown, quantiles, 0, color=colours, linewidth=1, alpha=0.6)
    quarter = len(quantiles[0]) // 4
    _draw_lines(ax, shown, quantiles, quarter, color=colours, linewidth=6, alpha=0.45)
    for name, mark in _MARKS.items():
        ax.scatter(
            [max(of_node[f"{name}_ms"], _SHORTEST_MS) for of_node in times],
            shown,
            marker=mark.marker,
            s=mark.size,
            linewidths=mark.line_width,
            color=colours,
            zorder=3,
        )
    for row, of_node, colour in zip(shown, times, colours, strict=True):
        ms = of_node["p50_ms"]
        _write_beside(ax, row, f"{ms:,.0f}" if ms >= _ROUNDED_MS else f"{ms:.3g}", colour)


def _draw_lines(
    ax: "Axes", rows: Sequence[int], quantiles: Sequence[Sequence[float]], cut: int, **style: Any
) -> None:
    """A line in each row, without the `cut` lowest and the `cut` highest quantiles."""
    low = [of_row[cut] for of_row in quantiles]
    high = [of_row[-1 - cut] for of_row in quantiles]
    ax.hlines(rows, low, high, **style)


def _write_beside(ax: "Axes", row: int, text: str, colour: str) -> None:
    """Writes a text to the right of the panel, in line with a row."""
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


def _plain_log_ticks(ax: "Axes") -> None:
    from matplotlib.ticker import FuncFormatter, NullFormatter

    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())


def _legend_styles() -> dict[str, dict[str, Any]]:
    styles: dict[str, dict[str, Any]] = {}
    for name, mark in _MARKS.items():
        styles[name] = {"color": drawing.BLACK, "marker": mark.marker, "linestyle": ""}
    styles["25th to 75th percentile"] = {"color": drawing.BLUE, "linewidth": 6, "alpha": 0.45}
    styles["shortest to longest"] = {"color": drawing.BLUE, "linewidth": 1}
    return styles
