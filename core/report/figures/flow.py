"""Who was there, who was lost at each step, and who is analysed: boxes from top to bottom."""

import textwrap
from typing import Any

from matplotlib.figure import Figure

from core.report.palette import INK, NEUTRAL
from core.report.plots import Flow

LINE = 0.16
"""Inches of a line of text."""
GAP = 0.3
LEFT, RIGHT = 30, 58
"""Characters of a line in the boxes of the kept and of the lost."""


def flow_size(plot: Flow, *, width: float) -> tuple[float, float]:
    """Inches."""
    return width, sum(_heights(plot)) + GAP * (len(plot.kept) - 1) + 0.1


def draw_flow(plot: Flow, figure: Figure) -> None:
    """Places are in inches, so that text fits its box."""
    width, height = figure.get_size_inches()
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    top = 0.05
    for row, (kept, tall) in enumerate(zip(plot.kept, _heights(plot), strict=True)):
        own = _height(_lines(kept, LEFT))
        _box(axes, kept, left=0.05, top=top, size=(2.2, own), wide=LEFT, edge=INK)
        if row < len(plot.lost):
            _arrow(axes, (1.15, top + own), (1.15, top + tall + GAP))
            if plot.lost[row]:
                middle = top + own + (tall + GAP - own) / 2
                lost = _height(_lines(plot.lost[row], RIGHT))
                _arrow(axes, (1.15, middle), (2.6, middle))
                _box(
                    axes,
                    plot.lost[row],
                    left=2.6,
                    top=middle - lost / 2,
                    size=(width - 2.65, lost),
                    wide=RIGHT,
                    edge=NEUTRAL,
                )
        top += tall + GAP


def _box(axes: Any, text: str, *, left: float, top: float, size: tuple[float, float], wide: int, edge: str) -> None:
    wide_in, tall_in = size
    axes.fill(
        [left, left + wide_in, left + wide_in, left],
        [top, top, top + tall_in, top + tall_in],
        facecolor="white",
        edgecolor=edge,
        linewidth=0.8,
    )
    axes.text(left + 0.08, top + tall_in / 2, "\n".join(_lines(text, wide)), va="center", fontsize=7.5, linespacing=1.3)


def _arrow(axes: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "linewidth": 0.8, "color": INK, "shrinkA": 0})


def _heights(plot: Flow) -> list[float]:
    """Of each row: its own box, and room for who is lost beneath it."""
    lost = [*plot.lost, ""]
    return [
        _height(_lines(kept, LEFT)) + (max(_height(_lines(gone, RIGHT)) - GAP / 2, 0) if gone else 0)
        for kept, gone in zip(plot.kept, lost, strict=True)
    ]


def _height(lines: list[str]) -> float:
    return LINE * len(lines) + 0.12


def _lines(text: str, wide: int) -> list[str]:
    return [line for part in text.split("\n") for line in textwrap.wrap(part, wide) or [""]]
