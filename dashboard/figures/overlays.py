"""Curves of several models and runs in one chart: a model by its colour, a run by its line and the model's symbol."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard import palette
from dashboard.figures.layout import faded, framed
from dashboard.views.overlays import Line

HEIGHT = 440
SYMBOLS = 7
"""Marks along a curve, where the line's pattern tells the run."""
MOST_RANGES = 3
"""Curves whose intervals are drawn; beyond, they are told on hover."""


def roc(lines: Sequence[Line]) -> go.Figure:
    """ROC curves over what guessing gives."""
    traces = [_drawn(line) for line in lines] + [_reference([0, 1], [0, 1], name="guessing")]
    return _square(traces, x="False positive rate", y="True positive rate")


def precision_recall(lines: Sequence[Line], *, prevalence: float) -> go.Figure:
    """Precision-recall curves over what guessing gives."""
    # between two points nothing was measured: steps, not slopes
    traces = [_drawn(line, shape="vh") for line in lines]
    traces.append(_reference([0, 1], [prevalence, prevalence], name="guessing"))
    return _square(traces, x="Recall", y="Precision")


def calibration(lines: Sequence[Line], *, positive: str) -> go.Figure:
    """Observed share over predicted probability, one point a bin."""
    ranged = len(lines) <= MOST_RANGES
    traces = [_reference([0, 1], [0, 1], name="predicted as observed")]
    traces += [_drawn(line, points=True, ranged=ranged) for line in lines]
    figure = _square(traces, x=f"Predicted probability of {positive}", y="Observed share")
    figure.update_xaxes(tickformat=".0%")
    figure.update_yaxes(tickformat=".0%")
    return figure


def decision(lines: Sequence[Line], *, everyone: tuple[Sequence[float], Sequence[float]]) -> go.Figure:
    """Net benefit over threshold probability, beside treating everyone and nobody."""
    x, y = everyone
    traces = [_reference(x, y, name="treat everyone", dash="dash"), _reference([0, 1], [0, 0], name="treat nobody")]
    bands = [trace for line in lines for trace in _band(line)] if len(lines) <= MOST_RANGES else []
    figure = framed(
        [*bands, *traces, *(_drawn(line) for line in lines)], x="Threshold probability", y="Net benefit", height=HEIGHT
    )
    figure.update_xaxes(range=[0, 1], tickformat=".0%")
    # treating everyone falls without end; what matters lies between nobody and the best that is reached
    top = max([*y, *(float(line.y.max()) for line in lines)])
    low = min(float(line.y.min()) for line in lines)
    figure.update_yaxes(range=[max(low, -0.3 * top) - 0.02 * top, 1.08 * top])
    figure.update_layout(legend=_LEGEND)
    return figure


_LEGEND = {"orientation": "v", "x": 1.02, "y": 1, "yanchor": "top", "traceorder": "normal"}


def _drawn(line: Line, *, shape: str = "linear", points: bool = False, ranged: bool = False) -> go.Scatter:
    style = palette.model_style(line.model)
    one_run = line.place is None
    marks = points or not one_run
    made: dict[str, object] = {
        "x": line.x,
        "y": line.y,
        "mode": "lines+markers" if marks else "lines",
        "name": line.label,
        "line": {
            "color": style.colour,
            "dash": style.dash if one_run else palette.run_dash(line.place or 0),
            "width": 2.4 if line.model == "fused" else 1.8,
            "shape": shape,
        },
        "marker": {
            "symbol": style.symbol,
            "size": 8,
            "color": style.colour,
            "maxdisplayed": 0 if points else SYMBOLS,
        },
        "hovertemplate": f"{line.label}: %{{x:.2f}}, %{{y:.2f}}{_told(line)}<extra></extra>",
        "customdata": _custom(line),
    }
    if ranged and line.low is not None and line.high is not None:
        made["error_y"] = {
            "type": "data",
            "symmetric": False,
            "array": line.high - line.y,
            "arrayminus": line.y - line.low,
            "color": faded(style.colour, 0.55),
            "thickness": 1.5,
            "width": 4,
        }
    return go.Scatter(**made)


def _told(line: Line) -> str:
    if line.low is None:
        return ""
    patients = "" if line.patients is None else ", %{customdata[2]} patients"
    return f" [%{{customdata[0]:.2f}}, %{{customdata[1]:.2f}}]{patients}"


def _custom(line: Line) -> list[list[float]] | None:
    if line.low is None or line.high is None:
        return None
    columns = [line.low, line.high] if line.patients is None else [line.low, line.high, line.patients]
    return [list(map(float, row)) for row in zip(*columns, strict=True)]


def _band(line: Line) -> tuple[go.Scatter, ...]:
    if line.low is None or line.high is None:
        return ()
    colour = palette.model_style(line.model).colour
    edge = {"x": line.x, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    named = {"name": f"{line.label}, 95 % interval"}
    return (
        go.Scatter(**edge, **named, y=line.high),
        go.Scatter(**edge, **named, y=line.low, fill="tonexty", fillcolor=faded(colour, 0.14)),
    )


def _reference(x: Sequence[float], y: Sequence[float], *, name: str, dash: str = "dot") -> go.Scatter:
    line = {"color": palette.NEUTRAL, "dash": dash, "width": 1.2}
    return go.Scatter(x=list(x), y=list(y), mode="lines", name=name, line=line, hoverinfo="skip")


def _square(traces: Sequence[go.Scatter], *, x: str, y: str) -> go.Figure:
    figure = framed(traces, x=x, y=y, height=HEIGHT)
    figure.update_xaxes(range=[-0.01, 1.01], constrain="domain")
    figure.update_yaxes(range=[-0.01, 1.02], scaleanchor="x", constrain="domain")
    figure.update_layout(legend=_LEGEND)
    return figure
