"""Figures of a run's split: how even the folds are, and what a random split would have promised."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard import palette
from dashboard.figures.layout import framed
from dashboard.views.evaluation.split import FoldClass, Gap


def balance(found: Sequence[FoldClass], *, classes: Sequence[str]) -> go.Figure:
    """Patients of each class in each test fold; the lines across the bars are even shares."""
    bars = [
        go.Bar(
            x=one.folds,
            y=one.patients,
            name=one.label,
            offsetgroup=one.label,
            marker={"color": palette.class_colour(list(classes).index(one.label))},
            customdata=list(zip(one.even, one.sites, strict=True)),
            hovertemplate=f"%{{x}}<br>{one.label}: %{{y}} patients, %{{customdata[0]:.1f}} would be even"
            "<br>%{customdata[1]} sites<extra></extra>",
        )
        for one in found
    ]
    figure = framed(bars, x="Test fold", y="Patients", height=300)
    # plotly's own add_hline takes a hundred times as long
    across = {"xref": "paper", "x0": 0, "x1": 1}
    beside = {"xref": "paper", "x": 1, "xanchor": "left", "yanchor": "middle", "showarrow": False, "font": {"size": 12}}
    colours = {one.label: palette.class_colour(list(classes).index(one.label)) for one in found}
    figure.update_layout(
        barmode="group",
        legend={"traceorder": "normal"},
        margin={"r": 74},
        shapes=[
            {**across, "y0": one.even[0], "y1": one.even[0]}
            | {"type": "line", "line": {"color": colours[one.label], "dash": "dot", "width": 1.5}}
            for one in found
        ],
        annotations=[{**beside, "y": one.even[0], "text": f"even: {one.even[0]:.1f}"} for one in found],
    )
    figure.update_xaxes(type="category")
    return figure


def gaps(found: Sequence[Gap], *, metric: str) -> go.Figure:
    """Both numbers of each model, joined: what is lost when sites are kept apart."""
    names = [one.model for one in found]
    joined = go.Scatter(
        x=[value for one in found for value in (one.preserved, one.random, None)],
        y=[name for one in found for name in (one.model, one.model, None)],
        mode="lines",
        line={"color": palette.NEUTRAL, "width": 2},
        hoverinfo="skip",
        showlegend=False,
    )
    ends = [_ends(found, kind) for kind in ("random folds", "sites kept apart")]
    figure = framed([joined, *ends], x=metric, y="", height=120 + 30 * len(found))
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], type="category")
    figure.update_layout(legend={"traceorder": "normal"})
    return figure


def _ends(found: Sequence[Gap], kind: str) -> go.Scatter:
    is_random = kind == "random folds"
    return go.Scatter(
        x=[one.random if is_random else one.preserved for one in found],
        y=[one.model for one in found],
        mode="markers",
        name=kind,
        marker={
            "size": 11,
            "symbol": "circle-open" if is_random else "circle",
            "color": palette.NEUTRAL if is_random else palette.ACCENT,
            "line": {"width": 2, "color": palette.NEUTRAL if is_random else palette.ACCENT},
        },
        hovertemplate=f"%{{y}}, {kind}: %{{x:.3f}}<extra></extra>",
    )
