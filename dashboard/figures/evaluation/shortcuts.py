"""The circularity ladder: what is left as the genes that define a class are taken away."""

import textwrap
from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard import palette
from dashboard.figures.layout import framed
from dashboard.views.evaluation.shortcuts import Ladder, rung_labels

STYLES = (
    (palette.ACCENT, "solid", "circle"),
    (palette.NEUTRAL, "dash", "square"),
    (palette.NEUTRAL, "dot", "diamond"),
    (palette.NEUTRAL, "dashdot", "triangle-up"),
    (palette.NEUTRAL, "longdash", "x"),
)
"""The run's own outcome stands out; the others are told apart by line and symbol."""
APART = 0.13
"""Of a step, between two targets on the same rung."""


def ladder(found: Sequence[Ladder], *, metric: str) -> go.Figure:
    """One line a target over the rungs, each with its interval; the dotted line is guessing."""
    labels = rung_labels(found)
    traces = [_trace(one, labels, place, len(found)) for place, one in enumerate(found)]
    figure = framed(traces, x="", y=metric, height=430)
    figure.update_xaxes(
        tickvals=list(range(len(labels))),
        ticktext=[_tick(label, found) for label in labels],
        range=[-0.5, len(labels) - 0.5],
        showgrid=False,
        zeroline=False,
    )
    figure.update_layout(legend={"traceorder": "normal"})
    if metric == "AUROC":
        figure.add_hline(y=0.5, line={"color": palette.NEUTRAL, "dash": "dot", "width": 1})
    return figure


def _tick(label: str, found: Sequence[Ladder]) -> str:
    genes = next(rung.genes for one in found for rung in one.rungs if rung.label == label)
    return "<br>".join([*textwrap.wrap(label, 20), f"<i>{genes}</i>"])


def _trace(one: Ladder, labels: Sequence[str], place: int, targets: int) -> go.Scatter:
    colour, dash, symbol = STYLES[place % len(STYLES)]
    shift = APART * (place - (targets - 1) / 2)
    return go.Scatter(
        x=[labels.index(rung.label) + shift for rung in one.rungs],
        y=[rung.value for rung in one.rungs],
        mode="lines+markers",
        name=f"{one.target} (the run's outcome)" if one.own else one.target,
        line={"color": colour, "dash": dash, "width": 2},
        marker={"size": 10, "symbol": symbol, "color": colour},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [0.0 if rung.high is None else rung.high - rung.value for rung in one.rungs],
            "arrayminus": [0.0 if rung.low is None else rung.value - rung.low for rung in one.rungs],
            "color": palette.NEUTRAL,
            "thickness": 1.5,
            "width": 4,
        },
        customdata=[[rung.label, rung.words] for rung in one.rungs],
        hovertemplate=f"{one.target}, %{{customdata[0]}}<br>%{{customdata[1]}}<extra></extra>",
    )
