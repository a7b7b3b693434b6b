"""Counts as lying bars, stacked by group."""

from matplotlib.figure import Figure

from core.report.figures.axes import quiet_grid, shared_legend, wrapped
from core.report.plots import Bars


def draw_bars(plot: Bars, figure: Figure) -> None:
    """The first category is on top."""
    axes = figure.subplots()
    quiet_grid(axes, "x")
    rows = range(len(plot.categories))
    start = [0.0] * len(plot.categories)
    for stack in plot.stacks:
        axes.barh(rows, stack.values, left=start, color=stack.colour, label=wrapped(stack.label, most=40), height=0.72)
        start = [low + value for low, value in zip(start, stack.values, strict=True)]
    axes.set_yticks(rows, [wrapped(category, most=40) for category in plot.categories])
    axes.set_ylim(len(plot.categories) - 0.4, -0.6)
    axes.set_xlabel(plot.axis)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    shared_legend(figure, [axes], columns=4)
