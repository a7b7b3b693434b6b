"""Numbers with their intervals, one row each; the numbers themselves stand in the table beside it."""

from typing import Any

from matplotlib.figure import Figure

from core.report.figures.axes import quiet_grid, reference, wrapped
from core.report.plots import Forest, ForestPanel


def draw_forest(plot: Forest, figure: Figure) -> None:
    """Panels share their rows; the first row is on top."""
    grid = figure.subplots(1, len(plot.panels), sharey=True, squeeze=False)
    for axes, panel in zip(grid.flat, plot.panels, strict=True):
        _panel(axes, panel, plot)
    first = grid.flat[0]
    first.set_yticks(range(len(plot.labels)), [wrapped(label, most=46) for label in plot.labels])
    first.set_ylim(len(plot.labels) - 0.4, -0.6)


def _panel(axes: Any, panel: ForestPanel, plot: Forest) -> None:
    quiet_grid(axes, "x")
    reference(axes, x=panel.reference)
    for row, (one, style) in enumerate(zip(panel.estimates, plot.styles, strict=True)):
        if one.value is None:
            continue
        if one.low is not None and one.high is not None:
            axes.hlines(row, one.low, one.high, color=style.colour, linewidth=1.4)
        axes.plot(one.value, row, marker=style.marker, color=style.colour, markersize=4.5, linestyle="none")
    axes.set_xlabel(panel.title)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
