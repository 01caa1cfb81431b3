"""What the score for declining tells."""

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from headrace.measuring.quality.plots import drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLOURS = (
    drawing.BLUE,
    drawing.ORANGE,
    drawing.GREEN,
    drawing.PINK,
    drawing.YELLOW,
    drawing.SKY,
    drawing.BLACK,
)
#: The style and colour of each collection's line; after the last, the first again.
_LINES = tuple(itertools.product(("-", "--", ":"), _COLOURS))


def risk_coverage(report: Mapping[str, Any]) -> "Figure":
    """How often an answer is given where none should be, a line per collection.

    Further to the right, more of the questions are answered, the surest first.
    """
    declining = {}
    for name, measured in report["collections"].items():
        if measured.get("declining", {}).get("risk_coverage"):
            declining[name] = measured["declining"]
    if not declining:
        return drawing.nothing(
            "No collection has questions marked as unanswerable: nothing to decline."
        )
    height = max(4.2, 1.2 + 0.24 * len(declining))
    figure = drawing.new_figure(height, "Risk when only the surest questions are answered")
    ax = figure.subplots()
    for number, (name, measures) in enumerate(declining.items()):
        style, colour = _LINES[number % len(_LINES)]
        points = sorted(measures["risk_coverage"])
        ax.plot(
            [100 * coverage for coverage, _ in points],
            [100 * risk for _, risk in points],
            color=colour,
            linestyle=style,
            linewidth=1.8,
            label=_label(name, measures),
        )
    ax.set_xlabel("coverage: % of the questions that are answered, the surest first", fontsize=9)
    ax.set_ylabel("risk: % of those answered that should be declined", fontsize=9)
    ax.set(xlim=(0, 102), ylim=(0, None))
    drawing.light_grid(ax)
    figure.legend(loc="outside right center", frameon=False, fontsize=9)
    return figure


def _label(name: str, measures: Mapping[str, Any]) -> str:
    """The name and its AUROC, after a blank: matplotlib ignores labels like "_name"."""
    auroc = f" (AUROC {measures['auroc']:.2f})" if "auroc" in measures else ""
    return f" {drawing.plain(name)}{auroc}"
