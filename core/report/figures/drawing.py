"""One matplotlib figure for every plot; pyplot is not used, so nothing is kept between figures."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from core.report.figures.bars import draw_bars
from core.report.figures.curves import curves_size, draw_curves
from core.report.figures.flow import draw_flow, flow_size
from core.report.figures.forest import draw_forest
from core.report.palette import INK
from core.report.plots import Bars, Curves, Flow, Forest, Plot

WIDTH = 6.7
"""Inches: the width of a page between its margins."""
SETTINGS: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same letters on every machine
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "lines.linewidth": 1.3,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "acinus",
    "text.parse_math": False,  # a site or a group may be called "$x$"
}


@contextmanager
def settled() -> Generator[None]:
    """Matplotlib with the settings of a report, whatever the user's own are."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        parameters: dict[str, Any] = matplotlib.rcParams  # pyright: ignore[reportAssignmentType]
        parameters.update(SETTINGS)
        yield


def drawn(plot: Plot) -> Figure:
    """The plot as a figure; call it within `settled`."""
    match plot:
        case Curves():
            figure = _figure(curves_size(plot, width=WIDTH))
            draw_curves(plot, figure)
        case Forest():
            figure = _figure((WIDTH, 0.75 + 0.21 * len(plot.labels)))
            draw_forest(plot, figure)
        case Flow():
            figure = Figure(figsize=flow_size(plot, width=WIDTH))
            draw_flow(plot, figure)
        case Bars():
            figure = _figure((WIDTH, 1.0 + 0.17 * len(plot.categories)))
            draw_bars(plot, figure)
    return figure


def _figure(size: tuple[float, float]) -> Figure:
    return Figure(figsize=size, layout="constrained")
