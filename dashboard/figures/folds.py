"""Figures of how a value differs from fold to fold."""

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard import palette
from dashboard.views.models import Interval
from dashboard.words.wording import interval

COLUMNS = 4
PANEL_PX, GAP_PX = 220, 70
"""Height of a panel, and of what stands between two rows of them."""
RUN_SYMBOLS = ("circle", "square-open", "diamond-open", "triangle-up-open", "cross-open", "x-open")
"""By the place of a run among those compared; its model has the colour."""
RUN_MARKS = ("filled circle", "square", "diamond", "triangle", "cross", "x")
"""The same in words."""


def folds(rows: Sequence[Interval], *, metric: str) -> go.Figure:
    """A panel a model: every fold with its interval, side by side for several runs; the pooled value as a line."""
    models = list(dict.fromkeys(row.model for row in rows))
    runs = list(dict.fromkeys(row.run for row in rows))
    names = list(dict.fromkeys(name for row in rows for name in row.fold_names))
    lines = -(-len(models) // COLUMNS)
    inside = PANEL_PX * lines + GAP_PX * (lines - 1)
    figure = make_subplots(
        rows=lines,
        cols=min(COLUMNS, len(models)),
        subplot_titles=models,
        shared_yaxes=True,
        horizontal_spacing=0.03,
        vertical_spacing=GAP_PX / inside if lines > 1 else None,
    )
    for row in rows:
        at = models.index(row.model)
        for trace in _traces(row, names=names, runs=runs):
            figure.add_trace(trace, row=at // COLUMNS + 1, col=at % COLUMNS + 1)
    figure.update_layout(
        height=inside + 90,
        margin={"l": 8, "r": 8, "t": 30, "b": 48},
        hoverlabel={"namelength": -1},
    )
    figure.update_xaxes(tickvals=list(range(len(names))), ticktext=names, showgrid=False, zeroline=False)
    figure.update_xaxes(title="Fold", row=lines)
    figure.update_yaxes(automargin=True)
    figure.update_yaxes(title=metric, col=1)
    return figure


def _traces(row: Interval, *, names: Sequence[str], runs: Sequence[str]) -> tuple[go.Scatter, go.Scatter]:
    colour, place = palette.model_style(row.model).colour, runs.index(row.run)
    shift = 0.7 * ((place + 0.5) / len(runs) - 0.5)
    # an entry would have the colour of one model; the page says in words which mark is which run's
    common = {"showlegend": False}
    pooled = go.Scatter(
        x=[-0.5, len(names) - 0.5],
        y=[row.value, row.value],
        mode="lines",
        name=f"{row.label}, pooled",
        line={"color": colour, "dash": palette.run_dash(place), "width": 1.5},
        hovertemplate=f"{row.label}, all folds pooled: %{{y:.3f}}<extra></extra>",
        **common,
    )
    bounds = [
        (value if low is None else low, value if high is None else high)
        for value, (low, high) in zip(row.folds, row.fold_bounds, strict=True)
    ]
    marks = go.Scatter(
        x=[names.index(name) + shift for name in row.fold_names],
        y=row.folds,
        mode="markers",
        name=row.label,
        marker={"size": 8, "color": colour, "symbol": RUN_SYMBOLS[place % len(RUN_SYMBOLS)]},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [high - value for value, (_, high) in zip(row.folds, bounds, strict=True)],
            "arrayminus": [value - low for value, (low, _) in zip(row.folds, bounds, strict=True)],
            "color": palette.NEUTRAL,
            "thickness": 1.5,
            "width": 3,
        },
        customdata=[
            [name, interval(value, low=low, high=high), n]
            for name, value, (low, high), n in zip(row.fold_names, row.folds, row.fold_bounds, row.fold_n, strict=True)
        ],
        hovertemplate=f"{row.label}, fold %{{customdata[0]}}: %{{customdata[1]}}, %{{customdata[2]}} patients"
        "<extra></extra>",
        **common,
    )
    return pooled, marks
