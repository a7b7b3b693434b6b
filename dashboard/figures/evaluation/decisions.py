"""Figures of probabilities and decisions: reliability, thresholds, net benefit."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.evaluation.rows import NetBenefit, ReliabilityBin, Threshold
from dashboard import palette
from dashboard.figures.layout import faded, framed


def reliability(bins: Sequence[ReliabilityBin], *, model: str, positive: str) -> go.Figure:
    """Observed share over predicted probability, one point a bin; on the dashed line both are equal."""
    colour = palette.model_style(model).colour
    perfect = go.Scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="predicted as observed",
        line={"color": palette.NEUTRAL, "dash": "dash", "width": 1.5},
        hoverinfo="skip",
    )
    points = go.Scatter(
        x=[one.predicted for one in bins],
        y=[one.observed for one in bins],
        mode="lines+markers",
        name="bins of patients, 95 % interval",
        line={"color": faded(colour, 0.5), "width": 1.5},
        marker={"size": 10, "color": colour, "symbol": palette.model_style(model).symbol},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [one.high - one.observed for one in bins],
            "arrayminus": [one.observed - one.low for one in bins],
            "color": palette.NEUTRAL,
            "thickness": 2,
            "width": 5,
        },
        customdata=[[one.low, one.high, one.n] for one in bins],
        hovertemplate="predicted %{x:.1%}, observed %{y:.1%} [%{customdata[0]:.1%}, %{customdata[1]:.1%}], "
        "%{customdata[2]} patients<extra></extra>",
    )
    figure = framed([perfect, points], x=f"Predicted probability of {positive}", y="Observed share", height=440)
    figure.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", dtick=0.2, constrain="domain")
    figure.update_yaxes(range=[-0.03, 1.03], tickformat=".0%", dtick=0.2, scaleanchor="x", constrain="domain")
    return figure


def thresholds(rows: Sequence[Threshold], *, positive: str) -> go.Figure:
    """Where each fold cuts, chosen on its own training patients."""
    repeats = len({one.repeat for one in rows}) > 1
    trace = go.Scatter(
        x=[one.value for one in rows],
        y=[0] * len(rows),
        mode="markers",
        marker={"size": 13, "symbol": "line-ns-open", "color": palette.ACCENT, "line": {"width": 2.5}},
        customdata=[f"fold {one.fold + 1}" + (f", repeat {one.repeat + 1}" if repeats else "") for one in rows],
        hovertemplate="%{customdata}: %{x:.3f}<extra></extra>",
    )
    figure = framed([trace], x=f"Threshold on the probability of {positive}, one mark a fold", y="", height=130)
    figure.update_xaxes(range=[0, 1], tickformat=".0%")
    figure.update_yaxes(visible=False, range=[-1, 1], fixedrange=True)
    figure.update_layout(margin={"b": 50})
    return figure


def net_benefit(rows: Sequence[NetBenefit], *, model: str) -> go.Figure:
    """The decision curve with its interval, beside treating everyone and treating nobody."""
    style, x = palette.model_style(model), [one.threshold for one in rows]
    band = {"x": x, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    traces = [
        go.Scatter(**band, y=[one.high for one in rows]),
        go.Scatter(**band, y=[one.low for one in rows], fill="tonexty", fillcolor=faded(style.colour, 0.16)),
        _line(x, [one.treat_all for one in rows], name="treat everyone", dash="dash"),
        _line([x[0], x[-1]], [0.0, 0.0], name="treat nobody", dash="dot"),
        go.Scatter(
            x=x,
            y=[one.value for one in rows],
            mode="lines",
            name=f"{model}, 95 % interval",
            line={"color": style.colour, "width": 2.5},
            customdata=[[one.low, one.high] for one in rows],
            hovertemplate="at %{x:.0%}: %{y:.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}]<extra></extra>",
        ),
    ]
    figure = framed(traces, x="Threshold probability", y="Net benefit", height=440)
    figure.update_xaxes(range=[0, 1], tickformat=".0%")
    # treating everyone falls without end; what matters lies between nobody and the best that is reached
    top = max(max(one.high, one.treat_all) for one in rows)
    figure.update_yaxes(range=[max(min(one.low for one in rows), -0.3 * top) - 0.02 * top, 1.05 * top])
    figure.update_layout(legend={"traceorder": "normal"})
    return figure


def _line(x: Sequence[float], y: Sequence[float], *, name: str, dash: str) -> go.Scatter:
    return go.Scatter(
        x=x,
        y=y,
        mode="lines",
        name=name,
        line={"color": palette.NEUTRAL, "dash": dash, "width": 1.5},
        hovertemplate=f"{name} at %{{x:.0%}}: %{{y:.3f}}<extra></extra>",
    )
