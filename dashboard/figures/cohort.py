"""Figures of the Cohort page."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard import palette
from dashboard.figures.layout import faded, framed
from dashboard.views.cohort.summary import CrossTable, Step, Survival


def stacked(table: CrossTable, *, group: str) -> go.Figure:
    """Patients by group, one stacked segment a class."""
    traces = [
        go.Bar(
            x=table.groups,
            y=[row[place] for row in table.counts],
            name=name,
            marker={"color": palette.class_colour(place), "line": {"width": 0}},
            hovertemplate=f"%{{x}}<br>{name}: %{{y}} patients<extra></extra>",
        )
        for place, name in enumerate(table.classes)
    ]
    figure = framed(traces, x=group, y="Patients")
    figure.update_layout(barmode="stack", legend={"traceorder": "normal"})
    figure.update_xaxes(type="category")
    return figure


def survival(groups: Sequence[Survival], *, classes: Sequence[str]) -> go.Figure:
    """Kaplan-Meier curves with 95 % intervals; the patients still followed stand under the axis."""
    traces: list[go.Scatter] = []
    for group in groups:
        traces += _survival_traces(group, palette.class_colour(list(classes).index(group.name)))
    figure = framed(traces, x="", y="Share of patients event-free", height=360)
    ticks = groups[0].ticks
    figure.update_layout(margin={"b": 30 + 20 * (len(groups) + 2), "l": 30 + 7 * max(len(g.name) for g in groups)})
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%")
    figure.update_xaxes(tickvals=ticks, ticktext=[f"{tick:.0f}" for tick in ticks], range=[0, None], rangemode="tozero")
    below = [_written_below("Months since diagnosis", row=1, place={"x": 0.5, "xref": "paper", "xanchor": "center"})]
    below.append(_written_below("Still followed", row=1, place=ROW_NAME))
    for row, group in enumerate(groups, start=2):
        below.append(_written_below(group.name, row=row, place=ROW_NAME))
        below += [
            _written_below(f"{count}", row=row, place={"x": tick, "xref": "x", "xanchor": "center"})
            for tick, count in zip(group.ticks, group.at_risk, strict=True)
        ]
    figure.update_layout(annotations=below)
    return figure


def _survival_traces(group: Survival, colour: str) -> list[go.Scatter]:
    """The interval as a band, then the curve."""
    times, value, low, high = group.curve.times, group.curve.survival, group.curve.low, group.curve.high
    step = {"shape": "hv", "width": 0}
    label = f"{group.name} ({group.patients} patients, {group.events} events)"
    shared = {"x": times, "mode": "lines", "legendgroup": group.name}
    return [
        go.Scatter(**shared, y=high, name=f"{group.name}, upper bound", line=step, hoverinfo="skip", showlegend=False),
        go.Scatter(
            **shared,
            y=low,
            name=f"{group.name}, lower bound",
            line=step,
            fill="tonexty",
            fillcolor=faded(colour, 0.16),
            hoverinfo="skip",
            showlegend=False,
        ),
        go.Scatter(
            **shared,
            y=value,
            name=label,
            line={"shape": "hv", "width": 2.5, "color": colour},
            customdata=np.column_stack([low, high]),
            hovertemplate="month %{x:.0f}: %{y:.0%} [%{customdata[0]:.0%}, %{customdata[1]:.0%}]"
            f"<extra>{group.name}</extra>",
        ),
    ]


ROW_NAME = {"x": 0, "xref": "paper", "xanchor": "right", "xshift": -14}


def _written_below(text: str, *, row: int, place: Mapping[str, object]) -> dict[str, object]:
    """One entry of the table under the horizontal axis; rows of 20 px below its tick labels."""
    below = {"y": 0, "yref": "paper", "yanchor": "top", "yshift": -6 - 20 * row}
    return {"text": text, "showarrow": False, "font": {"size": 13}, **below, **place}


def flow(steps: Sequence[Step]) -> go.Figure:
    """How many patients each step left, and how many it lost."""
    labels = [step.label for step in steps]
    lost_text = [f"{step.left:,}" + (f"  (−{step.lost:,})" if step.lost else "") for step in steps]
    kept = go.Bar(
        y=labels,
        x=[step.left for step in steps],
        name="patients left",
        orientation="h",
        marker={"color": palette.ACCENT},
        hovertemplate="%{y}: %{x:,} patients left<extra></extra>",
    )
    lost = go.Bar(
        y=labels,
        x=[step.lost for step in steps],
        name="lost at this step",
        orientation="h",
        marker={"color": faded(palette.NEUTRAL, 0.35), "pattern": {"shape": "/", "fgcolor": palette.NEUTRAL}},
        text=lost_text,
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:,} patients lost<extra></extra>",
    )
    figure = framed([kept, lost], x="Patients", y="", height=60 + 44 * len(steps))
    figure.update_layout(
        barmode="stack", legend={"traceorder": "normal"}, xaxis={"range": [0, 1.16 * max(step.left for step in steps)]}
    )
    figure.update_yaxes(autorange="reversed")
    return figure
