"""Figures of the Models page."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float64
from plotly.subplots import make_subplots

from dashboard import palette
from dashboard.figures.layout import faded, framed
from dashboard.views.models import Comparison, Confusion, Interval

MATRIX_PX, MATRIX_GAP_PX = 180, 72
"""Height of a confusion matrix, and of what stands between two rows of them."""


def forest(rows: Sequence[Interval], *, metric: str) -> go.Figure:
    """Pooled values with 95 % intervals; each fold as a small ring."""
    labels = [row.label for row in rows]
    colours = [palette.model_style(row.model).colour for row in rows]
    folds = go.Scatter(
        x=[value for row in rows for value in row.folds],
        y=[row.label for row in rows for _ in row.folds],
        mode="markers",
        name="one fold",
        marker={"symbol": "circle-open", "size": 8, "color": palette.NEUTRAL, "opacity": 0.8},
        customdata=[[name] for row in rows for name in row.fold_names],
        hovertemplate="%{y}, fold %{customdata[0]}: %{x:.3f}<extra></extra>",
    )
    values = go.Scatter(
        x=[row.value for row in rows],
        y=labels,
        mode="markers",
        name="all folds pooled, with 95 % interval",
        marker={"size": 11, "color": colours, "symbol": [palette.model_style(row.model).symbol for row in rows]},
        error_x=_error_bars([(row.value, row.low, row.high) for row in rows]),
        customdata=[[row.low, row.high, row.n] for row in rows],
        hovertemplate="%{y}: %{x:.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}], %{customdata[2]} patients"
        "<extra></extra>",
    )
    figure = framed([folds, values], x=metric, y="", height=110 + 38 * len(rows))
    figure.update_layout(legend={"traceorder": "normal"})
    figure.update_yaxes(categoryorder="array", categoryarray=labels[::-1], type="category")
    return figure


def _error_bars(rows: Sequence[tuple[float | None, float | None, float | None]]) -> dict[str, object]:
    """Asymmetric bars; none where a bound is missing."""
    complete = [row if None not in row else (0.0, 0.0, 0.0) for row in rows]
    return {
        "type": "data",
        "symmetric": False,
        "array": [(high or 0.0) - (value or 0.0) for value, _, high in complete],
        "arrayminus": [(value or 0.0) - (low or 0.0) for value, low, _ in complete],
        "color": palette.NEUTRAL,
        "thickness": 2,
        "width": 5,
    }


def differences(rows: Sequence[Comparison], *, metric: str) -> go.Figure:
    """The model in question minus each other one; an interval across zero tells nothing apart."""
    known = [row for row in rows if row.value is not None]
    several = len({row.run for row in known}) > 1
    labels = [f"{row.baseline} · {row.run}" if several else row.baseline for row in known]
    trace = go.Scatter(
        x=[row.value for row in known],
        y=labels,
        mode="markers",
        marker={
            "size": 11,
            "color": [palette.model_style(row.baseline).colour for row in known],
            "symbol": [palette.model_style(row.baseline).symbol for row in known],
        },
        error_x=_error_bars([(row.value, row.low, row.high) for row in known]),
        customdata=[[row.low, row.high] for row in known],
        hovertemplate="against %{y}: %{x:+.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}]<extra></extra>",
        showlegend=False,
    )
    figure = framed([trace], x=f"Difference in {metric} (fused minus the other)", y="", height=110 + 38 * len(known))
    figure.add_vline(x=0, line={"color": palette.NEUTRAL, "dash": "dash", "width": 1.5})
    figure.update_yaxes(categoryorder="array", categoryarray=labels[::-1], type="category")
    return figure


def confusions(rows: Sequence[Confusion], *, columns: int = 4) -> go.Figure:
    """One matrix a model: patients and, in colour, the share of their true class."""
    lines = -(-len(rows) // columns)
    drawn = MATRIX_PX * lines + MATRIX_GAP_PX * (lines - 1)
    figure = make_subplots(
        rows=lines,
        cols=columns,
        subplot_titles=[row.label for row in rows],
        horizontal_spacing=0.06,
        vertical_spacing=MATRIX_GAP_PX / drawn if lines > 1 else None,
        shared_yaxes=True,
    )
    for place, row in enumerate(rows):
        for trace in (_matrix(row), _numbers(row)):
            figure.add_trace(trace, row=place // columns + 1, col=place % columns + 1)
    figure.update_layout(height=drawn + 100, margin={"l": 8, "r": 8, "t": 36, "b": 64})
    figure.update_yaxes(autorange="reversed", automargin=True, tickangle=-90, showgrid=False)
    figure.update_yaxes(title="True class", col=1)
    figure.update_xaxes(showgrid=False)
    figure.update_xaxes(title="Decided class", row=lines)
    return figure


def _matrix(row: Confusion) -> go.Heatmap:
    return go.Heatmap(
        z=_shares(row),
        x=row.classes,
        y=row.classes,
        zmin=0,
        zmax=1,
        colorscale=[[0, faded(palette.ACCENT, 0.05)], [1, faded(palette.ACCENT, 0.6)]],
        showscale=False,
        xgap=2,
        ygap=2,
        hovertemplate="true %{y}, decided %{x}: %{z:.0%} of the true class<extra></extra>",
    )


def _numbers(row: Confusion) -> go.Scatter:
    """Counts and shares as text of their own, so that it takes the theme's colour and stays legible on both."""
    shares = _shares(row)
    cells = [(true, decided) for true in range(len(row.classes)) for decided in range(len(row.classes))]
    return go.Scatter(
        x=[row.classes[decided] for _, decided in cells],
        y=[row.classes[true] for true, _ in cells],
        text=[f"<b>{row.counts[cell]}</b><br>{shares[cell]:.0%}" for cell in cells],
        mode="text",
        hoverinfo="skip",
        showlegend=False,
    )


def _shares(row: Confusion) -> Float64[np.ndarray, "classes classes"]:
    """Of each true class, the share that was decided so."""
    return row.counts / np.maximum(row.counts.sum(axis=1, keepdims=True), 1)
