"""Where relevant documents are lost."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from headrace.measuring.quality.plots import drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LABELS = {
    "failed": "the question failed",
    "fused_hits": "lost in fusion",
    "reranked_hits": "lost in reranking",
    "context": "left out of the context",
}
#: Below this many percent, a loss is written as 0.
_LEAST_PERCENT = 0.05


def loss_label(step: str) -> str:
    """What became of the documents that a step of the waterfall lost.

    The step that none of `_LABELS` names is that of the searches, joined by "+".
    """
    searches = step.count("+") + 1
    unfound = "found by neither search" if searches == 2 else "found by no search"
    return _LABELS.get(step, unfound)


def loss_waterfall(report: Mapping[str, Any]) -> "Figure":
    """From all relevant documents down to those that reached the context.

    A bar for each step says how many it lost; a panel per collection.
    """
    waterfalls = {}
    for name, measured in report["collections"].items():
        if "waterfall" in measured:
            waterfalls[name] = measured["waterfall"]
    if not waterfalls:
        return drawing.nothing("No collection has judged questions: no relevant documents to lose.")
    steps = _steps(waterfalls.values())
    rows = ["all relevant", *map(loss_label, steps), "reached the context"]
    title = "Where relevant documents are lost"
    figure, axes = drawing.panels(list(waterfalls), len(rows), title, "% of the relevant documents")
    for ax, losses in zip(axes, waterfalls.values(), strict=True):
        _draw(ax, [100 * losses.get(step, 0.0) for step in steps])
        drawing.label_rows(ax, rows)
        ax.set_xlim(0, 115)
        ax.set_xticks(range(0, 101, 25))
    return figure


def _steps(waterfalls: Any) -> list[str]:
    """The steps of all waterfalls in their order; failures, if any, come first."""
    steps: dict[str, None] = {}
    for losses in waterfalls:
        steps |= dict.fromkeys(losses)
    return sorted(steps, key=lambda step: step != "failed")


def _draw(ax: "Axes", losses: Sequence[float]) -> None:
    """100 %, then each loss from where the one before it ended, then what is left."""
    left = [100.0]
    for loss in losses:
        left.append(max(0.0, left[-1] - loss))
    bars = ax.barh(
        range(len(losses) + 2),
        [100.0, *losses, left[-1]],
        left=[0.0, *left[1:], 0.0],
        height=0.72,
        color=[drawing.GREY, *[drawing.ORANGE] * len(losses), drawing.BLUE],
        linewidth=0,
    )
    labels = [f"−{loss:.1f}" if loss >= _LEAST_PERCENT else "0" for loss in losses]
    ax.bar_label(bars, ["100", *labels, f"{left[-1]:.1f}"], padding=3, fontsize=8)
