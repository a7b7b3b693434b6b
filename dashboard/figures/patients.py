"""Figures of one patient or one case: answers of the models, attention on the slide, gene sets."""

import base64
import io
from collections.abc import Sequence
from typing import Literal

import numpy as np
import plotly.graph_objects as go
from jaxtyping import UInt8
from PIL import Image
from plotly.subplots import make_subplots

from dashboard import palette
from dashboard.figures.layout import framed
from dashboard.views.attention import Gene, GeneSet, SlideAttention
from dashboard.views.patients import Answer

MAP_WIDTH = 620
"""About as wide as a slide is drawn beside its colour bar; sets the height that its shape asks for."""
MAP_HEIGHTS = (280, 640)
EVEN_TOP = 2.0


def probabilities(answers: Sequence[Answer], *, classes: Sequence[str]) -> go.Figure:
    """One bar a model, divided by the probability of each class."""
    labels = [f"{answer.model} · {answer.uses}" for answer in answers]
    traces = [
        go.Bar(
            y=labels,
            x=[answer.probabilities[place] for answer in answers],
            name=name,
            orientation="h",
            marker={"color": palette.class_colour(place)},
            customdata=[[answer.tested_by] for answer in answers],
            hovertemplate=f"%{{y}}<br>{name}: %{{x:.1%}}<br>tested in %{{customdata[0]}}<extra></extra>",
        )
        for place, name in enumerate(classes)
    ]
    figure = framed(traces, x="Probability", y="", height=110 + 30 * len(answers))
    notes = [_decision_note(label, answer, classes) for label, answer in zip(labels, answers, strict=True)]
    figure.update_layout(annotations=notes)
    figure.update_layout(barmode="stack", legend={"traceorder": "normal"})
    figure.update_xaxes(range=[0, 1.14], tickformat=".0%", tickvals=[0, 0.25, 0.5, 0.75, 1])
    figure.update_yaxes(autorange="reversed", type="category")
    if len(classes) == 2:
        figure.add_vline(x=0.5, line={"color": palette.NEUTRAL, "dash": "dash", "width": 1.5})
    return figure


def _decision_note(label: str, answer: Answer, classes: Sequence[str]) -> dict[str, object]:
    """Beside a model's bar: the probability of its decision, marked when the decision is wrong."""
    place = classes.index(answer.decision)
    return {
        "x": 1.01,
        "y": label,
        "xanchor": "left",
        "text": f"{answer.probabilities[place]:.0%}{'' if answer.right else ' ✗'}",
        "hovertext": f"decides {answer.decision}, which is {'right' if answer.right else 'wrong'}",
        "showarrow": False,
        "font": {"size": 13},
    }


def attention(
    slide: SlideAttention, *, opacity: float, colours: Literal["share", "rank"], largest: float, trusted: bool = True
) -> go.Figure:
    """The slide with the attention of its tiles on it.

    Args:
        slide: picture and attention.
        opacity: of the map, 0 to 1.
        colours: by share of the attention, or by rank among the patient's tiles.
        largest: share of the patient's most attended tile, on whichever slide: one scale for all their slides.
        trusted: false draws the map in greys.
    """
    height, width = slide.thumbnail.shape[0] * slide.px_per_px, slide.thumbnail.shape[1] * slide.px_per_px
    grid = slide.grid
    heat = go.Heatmap(
        z=grid.shares if colours == "share" else grid.ranks,
        x=grid.x + grid.side_px / 2,
        y=grid.y + grid.side_px / 2,
        zmin=0,
        # an even map must look even: the scale reaches at least twice an even share
        zmax=max(EVEN_TOP, largest) if colours == "share" else 100,
        colorscale=palette.ATTENTION_SCALE if trusted else palette.DOUBTED_SCALE,
        opacity=opacity,
        hoverongaps=False,
        customdata=np.dstack([grid.shares, grid.ranks]),
        colorbar={
            "title": {"text": "× even share" if colours == "share" else "rank, %", "font": {"size": 12}},
            "thickness": 12,
            "len": 1.0,
            "outlinewidth": 0,
            "ticks": "",
        },
        hovertemplate="attention %{customdata[0]:.2f} × an even share<br>more than %{customdata[1]:.0f} % of the tiles"
        "<br>at (%{x:.0f}, %{y:.0f}) px<extra></extra>",
    )
    figure = go.Figure([heat])
    figure.add_layout_image(
        source=jpeg_uri(slide.thumbnail),
        xref="x",
        yref="y",
        x=0,
        y=0,
        sizex=width,
        sizey=height,
        sizing="stretch",
        layer="below",
    )
    shortest, tallest = MAP_HEIGHTS
    asked = int(MAP_WIDTH * height / width)
    figure.update_layout(
        height=min(max(asked, shortest), tallest), margin={"l": 0, "r": 0, "t": 0, "b": 0}, dragmode="pan"
    )
    figure.update_xaxes(visible=False, range=[0, width], constrain="domain")
    figure.update_yaxes(visible=False, range=[height, 0], scaleanchor="x", constrain="domain")
    return figure


def gene_sets(sets: Sequence[GeneSet], *, decision: str) -> go.Figure:
    """Signed contribution of each gene set to the decision, and beside it the attention it got."""
    names = [one.name for one in sets]
    figure = make_subplots(cols=2, shared_yaxes=True, column_widths=[0.68, 0.32], horizontal_spacing=0.06)
    values = [one.contribution for one in sets]
    shares = [one.attention for one in sets]
    contribution = go.Bar(
        y=names,
        x=values,
        orientation="h",
        marker={"color": [palette.ACCENT if (value or 0) >= 0 else palette.NEUTRAL for value in values]},
        hovertemplate="%{y}: %{x:+.2f} log-odds<extra></extra>",
    )
    attention = go.Bar(
        y=names,
        x=shares,
        orientation="h",
        marker={"color": palette.NEUTRAL},
        hovertemplate="%{y}: %{x:.1%} of the attention<extra></extra>",
    )
    figure.add_trace(contribution, col=1, row=1)
    figure.add_trace(attention, col=2, row=1)
    figure.update_layout(
        height=90 + 26 * len(sets), showlegend=False, bargap=0.3, margin={"l": 8, "r": 8, "t": 8, "b": 8}
    )
    figure.update_xaxes(title=f"Speaks for {decision} (log-odds)", zeroline=True, col=1, nticks=6)
    figure.update_xaxes(title="Attention", tickformat=".0%", rangemode="tozero", nticks=3, col=2)
    figure.update_yaxes(autorange="reversed", type="category", automargin=True)
    return figure


def genes(found: Sequence[Gene], *, decision: str) -> go.Figure:
    """Signed attribution of single genes, the largest above."""
    bars = go.Bar(
        y=[one.name for one in found],
        x=[one.attribution for one in found],
        orientation="h",
        marker={"color": [palette.ACCENT if one.attribution >= 0 else palette.NEUTRAL for one in found]},
        hovertemplate="%{y}: %{x:+.3f} log-odds<extra></extra>",
    )
    figure = framed([bars], x=f"Speaks for {decision} (log-odds)", y="", height=90 + 22 * len(found))
    figure.update_xaxes(zeroline=True, nticks=6)
    figure.update_yaxes(autorange="reversed", type="category")
    return figure


def jpeg_uri(pixels: UInt8[np.ndarray, "h w 3"]) -> str:
    """An image as a data URI: nothing has to be fetched."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
