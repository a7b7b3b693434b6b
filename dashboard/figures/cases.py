"""Figures of a new case."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard import palette
from dashboard.figures.layout import framed
from dashboard.views.cases import CaseAnswer


def probabilities(answers: Sequence[CaseAnswer], *, classes: Sequence[str]) -> go.Figure:
    """One bar a model, divided by class; with two classes the range over the folds' models at their border."""
    labels = [f"{answer.model} · {answer.uses}" for answer in answers]
    traces = [
        go.Bar(
            y=labels,
            x=[answer.probabilities[place] for answer in answers],
            name=name,
            orientation="h",
            marker={"color": palette.class_colour(place)},
            error_x=_range(answers) if len(classes) == 2 and place == 0 else None,
            customdata=[[answer.low[place], answer.high[place]] for answer in answers],
            hovertemplate=f"%{{y}}<br>{name}: %{{x:.0%}} "
            "[%{customdata[0]:.0%}, %{customdata[1]:.0%}]<extra></extra>",
        )
        for place, name in enumerate(classes)
    ]
    figure = framed(traces, x="Probability", y="", height=110 + 34 * len(answers))
    figure.update_layout(barmode="stack", legend={"traceorder": "normal"})
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%", tickvals=[0, 0.25, 0.5, 0.75, 1])
    figure.update_yaxes(autorange="reversed", type="category")
    return figure


def _range(answers: Sequence[CaseAnswer]) -> dict[str, object]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [answer.high[0] - answer.probabilities[0] for answer in answers],
        "arrayminus": [answer.probabilities[0] - answer.low[0] for answer in answers],
        "color": palette.WHISKER,
        "thickness": 2,
        "width": 6,
    }
