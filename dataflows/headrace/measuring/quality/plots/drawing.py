"""Figures, panels, axes and legends, as all figures of a report have them."""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from headrace.errors import SettingsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe & Ito's colours, which colour-blind people can tell from each other.
BLUE = "#0072b2"
GREEN = "#009e73"
PINK = "#cc79a7"
YELLOW = "#e69f00"
ORANGE = "#d55e00"
SKY = "#56b4e9"
GREY = "#8c8c8c"
BLACK = "#222222"
_GRID = "#e5e5e5"
_WIDTH_INCHES = 9.5
_MOST_COLUMNS = 3
_LONGEST_NAME = 30


def new_figure(height: float, title: str) -> "Figure":
    """An empty figure, `height` inches high.

    Raises SettingsError when matplotlib is not installed.
    """
    figure = figure_class()(
        figsize=(_WIDTH_INCHES, height), dpi=110, layout="constrained", facecolor="white"
    )
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")
    return figure


def nothing(text: str) -> "Figure":
    """A figure that says why there is nothing to draw."""
    figure = new_figure(1.0, "")
    figure.text(0.01, 0.5, text, va="center", fontsize=10)
    return figure


def panels(
    names: Sequence[str], rows: int, title: str, label: str
) -> tuple["Figure", list["Axes"]]:
    """A figure with a panel per name, up to three side by side.

    Args:
        rows: each panel has room for this many.
        label: of the x axis, below the lowest panel of each column.
    """
    columns = min(_MOST_COLUMNS, len(names))
    lines = math.ceil(len(names) / columns)
    figure = new_figure(1.1 + lines * (0.6 + 0.23 * rows), title)
    axes = list(figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).flat)
    for place, (ax, name) in enumerate(zip(axes, names, strict=False)):
        ax.set_title(plain(name), loc="left", fontsize=10)
        if place + columns >= len(names):
            ax.tick_params(labelbottom=True)
            ax.set_xlabel(label, fontsize=9)
    for spare in axes[len(names) :]:
        spare.set_visible(False)
    return figure, axes[: len(names)]


def label_rows(ax: "Axes", rows: Sequence[str]) -> None:
    """Names the rows of a panel, from the top, and clears away what says nothing."""
    ax.set_yticks(range(len(rows)), rows)
    ax.set_ylim(len(rows) - 0.45, -0.55)
    ax.tick_params(labelsize=9, left=False)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.grid(axis="x", color=_GRID, linewidth=0.7)
    ax.set_axisbelow(True)


def light_grid(ax: "Axes") -> None:
    """A grid behind curves, without a frame on the right and above."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color=_GRID, linewidth=0.7)


def legend(figure: "Figure", styles: Mapping[str, Mapping[str, Any]]) -> None:
    """A line below the figure that says what each style of point or line means."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], label=label, **style) for label, style in styles.items()]
    figure.legend(
        handles=handles, loc="outside lower center", ncols=len(handles), frameon=False, fontsize=9
    )


def plain(name: str) -> str:
    """A collection's name, shortened if long.

    Dollars are escaped, or matplotlib would read mathematics between them.
    """
    if len(name) > _LONGEST_NAME:
        name = name[: _LONGEST_NAME - 1] + "…"
    return name.replace("$", r"\$")


@cache
def figure_class() -> type:
    """The class of all figures: Jupyter shows it although pyplot was never imported."""
    try:
        from matplotlib.figure import Figure
    except ImportError as fault:
        raise SettingsError(
            "drawing an evaluation needs matplotlib: pip install 'headrace[evaluate]'"
        ) from fault

    class ShownFigure(Figure):
        def _repr_png_(self) -> bytes:
            png = BytesIO()
            self.savefig(png, format="png")
            return png.getvalue()

    return ShownFigure
