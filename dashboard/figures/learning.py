"""Figures of how networks learned."""

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard import palette
from dashboard.figures.layout import faded
from dashboard.views.learning import LearningCurve

COLUMNS = 3


def learning(rows: Sequence[LearningCurve]) -> go.Figure:
    """Loss over epochs: a chart for each model, a line for each run."""
    models = list(dict.fromkeys(row.model for row in rows))
    lines = -(-len(models) // COLUMNS)
    figure = make_subplots(
        rows=lines,
        cols=min(COLUMNS, len(models)),
        subplot_titles=models,
        shared_yaxes=True,
        horizontal_spacing=0.04,
        vertical_spacing=0.18 if lines > 1 else None,
    )
    for row in rows:
        place = models.index(row.model)
        for trace in _traces(row, legend=row.model == models[0]):
            figure.add_trace(trace, row=place // COLUMNS + 1, col=place % COLUMNS + 1)
    figure.update_layout(
        height=90 + 300 * lines,
        margin={"l": 8, "r": 8, "t": 56, "b": 8},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.09, "x": 0, "title": None},
        hoverlabel={"namelength": -1},
    )
    figure.update_xaxes(title="Epoch", automargin=True)
    figure.update_yaxes(title="Loss", col=1, automargin=True)
    return figure


def _traces(row: LearningCurve, *, legend: bool) -> tuple[go.Scatter, ...]:
    style = palette.model_style(row.model)
    dash = palette.run_dash(row.place or 0)
    edge = {
        "x": row.epochs,
        "mode": "lines",
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
        "name": f"{row.run}, range",
    }
    common = {"legendgroup": row.run, "showlegend": legend}
    line = go.Scatter(
        x=row.epochs,
        y=row.median,
        mode="lines",
        name=row.label,
        line={"color": style.colour, "dash": dash, "width": 2.2},
        customdata=list(zip(row.low, row.high, row.networks, strict=True)),
        hovertemplate=f"{row.model} of {row.run}, epoch %{{x}}: %{{y:.3f}}, from %{{customdata[0]:.3f}} to "
        "%{customdata[1]:.3f}, %{customdata[2]} networks<extra></extra>",
        **common,
    )
    best = go.Scatter(
        x=[row.best[0]],
        y=[row.best[1]],
        mode="markers",
        name=f"{row.run}, kept",
        marker={"symbol": "circle-open", "size": 13, "color": style.colour, "line": {"width": 2.5}},
        hovertemplate=f"{row.model} of {row.run}, kept (median): epoch %{{x}}<extra></extra>",
        showlegend=False,
        legendgroup=row.run,
    )
    band = (
        go.Scatter(**edge, y=row.high),
        go.Scatter(**edge, y=row.low, fill="tonexty", fillcolor=_fill(style.colour)),
    )
    return (*band, line, best) if row.place is None else (line, best)


def _fill(colour: str) -> str:
    return faded(colour, 0.14)
