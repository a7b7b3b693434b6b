"""Lines with intervals, panels side by side."""

import math
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from core.report.figures.axes import quiet_grid, reference, shared_legend, wrapped
from core.report.palette import NEUTRAL
from core.report.plots import Curves, Panel, Series

ACROSS = 2
"""Panels in a row."""
LEGEND = 3
"""Names in a row of the legend."""


def curves_size(plot: Curves, *, width: float) -> tuple[float, float]:
    """Inches; a single panel is a little lower than wide, panels side by side are square."""
    rows = math.ceil(len(plot.panels) / ACROSS)
    names = {series.label for panel in plot.panels for series in panel.series}
    height = 3.1 * rows + 0.18 * math.ceil(len(names) / LEGEND) + 0.15
    return (width if len(plot.panels) > 1 else 0.82 * width, height)


def draw_curves(plot: Curves, figure: Figure) -> None:
    """All panels, with one legend above them."""
    across = min(len(plot.panels), ACROSS)
    grid = figure.subplots(math.ceil(len(plot.panels) / across), across, squeeze=False)
    axes = list(grid.flat)
    for one, panel in zip(axes, plot.panels, strict=False):
        _panel(one, panel)
    for spare in axes[len(plot.panels) :]:
        spare.set_axis_off()
    shared_legend(figure, axes, columns=LEGEND)


def _panel(axes: Any, panel: Panel) -> None:
    quiet_grid(axes, "both")
    if panel.diagonal:
        axes.plot([0, 1], [0, 1], color=NEUTRAL, linewidth=0.8, dashes=(4, 3), zorder=1)
    reference(axes, y=panel.level)
    for series in panel.series:
        _line(axes, series)
    if panel.log_x:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter(NullFormatter())
    if panel.x_range:
        axes.set_xlim(panel.x_range)
    if panel.y_range:
        axes.set_ylim(panel.y_range)
    axes.set(title=wrapped(panel.title, most=60), xlabel=panel.x_label, ylabel=panel.y_label)


def _line(axes: Any, series: Series) -> None:
    style, steps = series.style, "steps-post" if series.step else "default"
    if series.low:
        band = {"color": style.colour, "alpha": 0.12, "linewidth": 0, "step": "post" if series.step else None}
        if not series.marked:
            axes.fill_between(series.x, series.low, series.high, **band)
        else:
            axes.vlines(series.x, series.low, series.high, color=style.colour, linewidth=0.8)
    axes.plot(
        series.x,
        series.y,
        color=style.colour,
        linestyle=style.dash,
        drawstyle=steps,
        marker=style.marker if series.marked else "",
        markersize=3.5,
        label=wrapped(series.label, most=40),
    )
