"""Forest plots of the Evaluation page: a line for each number, with its interval and the number in words."""

import math
import textwrap
from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard import palette
from dashboard.figures.layout import framed
from dashboard.views.evaluation.shared import Line

LINE_PX = 27
LABEL_WIDTH = 30
"""Characters of a label before it is broken."""
CHARACTER_PX = 7


def forest(
    lines: Sequence[Line],
    *,
    x: str,
    reference: float | None = None,
    reference_name: str = "",
    logarithmic: bool = False,
) -> go.Figure:
    """One row a line, from the top: label, interval, and the number in words at the right.

    Args:
        lines: what is drawn.
        x: title of the axis.
        reference: where a dashed line stands; None for no line.
        reference_name: what stands there, above the plot.
        logarithmic: for ratios.
    """
    places = [-place for place in range(len(lines))]
    known = [(place, line) for place, line in zip(places, lines, strict=True) if line.value is not None]
    figure = framed([_points(known, x)], x=x, y="", height=96 + LINE_PX * len(lines) + (18 if reference_name else 0))
    labels = [f"<b>{_broken(line.label)}</b>" if line.heading else _broken(line.label) for line in lines]
    figure.update_yaxes(
        tickvals=places,
        ticktext=labels,
        range=[-len(lines) + 0.4, 0.6],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_xaxes(zeroline=False, type="log" if logarithmic else "linear")
    if logarithmic:
        figure.update_xaxes(tickvals=[0.1, 0.2, 0.5, 1, 2, 5, 10, 20], minor={"showgrid": False})
    figure.update_layout(showlegend=False, annotations=_words(places, lines), margin={"r": _room(lines), "t": 8})
    if reference is not None:
        figure.add_vline(x=reference, line={"color": palette.NEUTRAL, "dash": "dash", "width": 1.5})
        if reference_name:
            figure.update_layout(margin={"t": 26})
            figure.add_annotation(_above(reference, reference_name, logarithmic=logarithmic))
    return figure


def _points(known: Sequence[tuple[int, Line]], x: str) -> go.Scatter:
    colours = [palette.model_style(line.model).colour if line.model else palette.NEUTRAL for _, line in known]
    return go.Scatter(
        x=[line.value for _, line in known],
        y=[place for place, _ in known],
        mode="markers",
        marker={
            "size": 11,
            "color": colours,
            "symbol": [_symbol(line) for _, line in known],
            "line": {"width": 2, "color": colours},
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [0.0 if line.high is None else line.high - (line.value or 0.0) for _, line in known],
            "arrayminus": [0.0 if line.low is None else (line.value or 0.0) - line.low for _, line in known],
            "color": palette.NEUTRAL,
            "thickness": 2,
            "width": 5,
        },
        customdata=[[line.label, line.words] for _, line in known],
        hovertemplate=f"%{{customdata[0]}}<br>{x}: %{{customdata[1]}}<extra></extra>",
        cliponaxis=False,
    )


def _symbol(line: Line) -> str:
    symbol = palette.model_style(line.model).symbol if line.model else "square"
    return f"{symbol}-open" if line.hollow else symbol


def _words(places: Sequence[int], lines: Sequence[Line]) -> list[dict[str, object]]:
    """Numbers beside the plot; what stands in place of a number is written where its interval would be."""
    shared = {"showarrow": False, "xref": "paper", "xanchor": "left", "font": {"size": 13}}
    return [
        {
            **shared,
            "y": place,
            "x": 0.005 if line.value is None else 1.0,
            "xshift": 0 if line.value is None else 10,
            "text": line.words if line.value is not None else f"<i>{line.words}</i>",
        }
        for place, line in zip(places, lines, strict=True)
        if line.words
    ]


def _room(lines: Sequence[Line]) -> int:
    """Right margin that the numbers in words need."""
    return 20 + CHARACTER_PX * max((len(line.words) for line in lines if line.value is not None), default=0)


def _above(reference: float, name: str, *, logarithmic: bool) -> dict[str, object]:
    return {
        "x": math.log10(reference) if logarithmic else reference,
        "y": 1.0,
        "yref": "paper",
        "yanchor": "bottom",
        "text": name,
        "showarrow": False,
        "font": {"size": 12},
    }


def _broken(label: str) -> str:
    return "<br>".join(textwrap.wrap(label, LABEL_WIDTH)) or label
