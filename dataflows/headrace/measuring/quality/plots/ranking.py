"""How good each ranking is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headrace.measuring.quality.plots import drawing
from headrace.measuring.quality.rankings import CONTEXT, named_searches

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MEASURES = ("nDCG@10", "Recall@20")
#: Up to this many collections have their values written beside the points.
_LABELLED_COLLECTIONS = 3
#: The nodes of a row are this far apart, in rows; closer where there are many.
_LANE = 0.13
_ALL_LANES = 0.8


@dataclass(frozen=True)
class _Style:
    """How the points of a ranking node look."""

    colour: str
    marker: str


#: In the order of the nodes; after the last, the first again.
_STYLES = (
    _Style(drawing.BLUE, "o"),
    _Style(drawing.GREEN, "s"),
    _Style(drawing.PINK, "D"),
    _Style(drawing.YELLOW, "P"),
    _Style(drawing.ORANGE, "^"),
    _Style(drawing.SKY, "X"),
    _Style(drawing.GREY, "p"),
)
_CONTEXT_STYLE = _Style("#333333", "v")


def quality_by_node(report: Mapping[str, Any]) -> "Figure":
    """nDCG@10 and Recall@20 after each node that ranks.

    A collection is a row; in it the nodes follow each other from top to bottom, in the
    order in which they run. A line joins the nodes that are made from each other; the
    searches stand beside it. Up to three collections have their values written beside
    the points.
    """
    collections = {}
    for name, measured in report["collections"].items():
        if any(_values(measured, measure) for measure in _MEASURES):
            collections[name] = measured
    if not collections:
        return drawing.nothing("No collection has judged questions: nothing to rank by.")
    few = len(collections) <= _LABELLED_COLLECTIONS
    height = 1.5 + len(collections) * (1.6 if few else 0.62)
    figure = drawing.new_figure(
        height, "Quality after each node that ranks (1 is the best possible)"
    )
    styles = _styles(collections.values())
    for ax, measure in zip(figure.subplots(1, 2, sharey=True), _MEASURES, strict=True):
        for row, measured in enumerate(collections.values()):
            searches = named_searches(measured.get("waterfall", {}))
            _draw_row(ax, row, _values(measured, measure), searches, styles, few=few)
        drawing.label_rows(ax, [drawing.plain(name) for name in collections])
        ax.set_xlabel(f"{measure}, mean over the judged questions", fontsize=9)
        _widen(ax)
    points = {}
    for node, style in styles.items():
        points[node] = {"color": style.colour, "marker": style.marker, "linestyle": ""}
    drawing.legend(figure, points)
    return figure


def _values(measured: Mapping[str, Any], measure: str) -> dict[str, float]:
    """The measure after each ranking node, in the order of the report."""
    values = {}
    for node, figures in measured["nodes"].items():
        if measure in figures:
            values[node] = figures[measure]
    return values


def _styles(collections: Any) -> dict[str, _Style]:
    """The style of every ranking node, in order; the context always has the same."""
    nodes: dict[str, None] = {}
    for measured in collections:
        for measure in _MEASURES:
            nodes |= dict.fromkeys(_values(measured, measure))
    styles = {}
    for place, node in enumerate(node for node in nodes if node != CONTEXT):
        styles[node] = _STYLES[place % len(_STYLES)]
    if CONTEXT in nodes:
        styles[CONTEXT] = _CONTEXT_STYLE
    return styles


def _draw_row(
    ax: "Axes",
    row: int,
    values: Mapping[str, float],
    searches: Sequence[str],
    styles: Mapping[str, _Style],
    *,
    few: bool,
) -> None:
    """Draws the points of a collection, and the line from fusion to the context."""
    lane = min(_LANE, _ALL_LANES / len(styles))
    middle = (len(styles) - 1) / 2
    heights = {node: row + lane * (place - middle) for place, node in enumerate(styles)}
    if row % 2 and not few:
        ax.axhspan(row - 0.5, row + 0.5, color="#f4f4f4", zorder=0)
    path = [node for node in styles if node in values and node not in searches]
    ax.plot(
        [values[node] for node in path],
        [heights[node] for node in path],
        color=drawing.GREY,
        linewidth=1,
        zorder=1,
    )
    for node in styles:
        if node in values:
            _draw_point(ax, values[node], heights[node], styles[node], few=few)


def _draw_point(ax: "Axes", value: float, height: float, style: _Style, *, few: bool) -> None:
    """Draws a value, and writes it beside its point where there are few of them."""
    ax.scatter(
        [value],
        [height],
        s=44 if few else 22,
        color=style.colour,
        marker=style.marker,
        linewidths=0,
        zorder=2,
    )
    if few:
        ax.annotate(
            f"{value:.3f}",
            (value, height),
            (8, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            bbox={"facecolor": "white", "linewidth": 0, "pad": 0.6},
        )


def _widen(ax: "Axes") -> None:
    """Makes room for the values.

    The axis is never so short that a difference of a hundredth looks like a cliff.
    """
    low, high = ax.get_xlim()
    ax.set_xlim(max(-0.02, low - 0.05), min(1.09, high + 0.08))
    ax.set_xticks([tick for tick in ax.get_xticks() if low - 0.05 <= tick <= 1])
