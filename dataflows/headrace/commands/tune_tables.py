"""What `tune --leave-one-out` prints, and how gains are told."""

from collections.abc import Mapping

from headrace.commands import output
from headrace.measuring.statistics import Paired
from headrace.measuring.tuning.leaving_out import LeavingOut


def told(measure: str, gain: Paired) -> str:
    """A gain with its interval and its p-value."""
    interval = f"{gain.low:+.4f} to {gain.high:+.4f}, p = {gain.p:.4f}"
    return f"{measure} {gain.difference:+.4f} ({interval})"


def print_left_out(found: LeavingOut, alone: Mapping[str, float] | None = None) -> None:
    """Prints each collection beside what was fitted without it, and what that gains.

    Args:
        alone: collection -> the better search alone, where the stage joins searches.
    """
    name, measure = found.fitting.name(found.fitted), found.fitting.measure
    columns = ["collection", "chosen on the others", "in use", "fitted", "held out"]
    rows = []
    for collection, one in found.collections.items():
        figures = [one.in_use, one.fitted, one.held_out]
        row = [collection, one.chosen, *(f"{figure:.4f}" for figure in figures)]
        if alone:
            row.append(f"{one.held_out - alone[collection]:+.4f}")
        rows.append(row)
    means = [
        sum(getattr(one, column) for one in found.collections.values()) / len(found.collections)
        for column in ("in_use", "fitted", "held_out")
    ]
    last = ["mean", name, *(f"{mean:.4f}" for mean in means)]
    if alone:
        columns.append("over the better search")
        last.append(f"{means[-1] - sum(alone.values()) / len(alone):+.4f}")
    output.say(f"Each collection left out in its turn: {measure}", style="bold")
    output.console.print(output.table(columns, [*rows, last], numbers=columns[2:]))
    output.say(
        f"\nOn collections left out, fitting gains {told(measure, found.gain)}; the gains of the "
        f"collections spread by {found.spread:.4f}."
    )
    if found.over_simpler is not None:
        output.say(f"Over the simpler rule it gains {told(measure, found.over_simpler)}.")
