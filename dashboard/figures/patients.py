"""Figures of one patient or one case: answers of the models, attention on the slide, gene sets."""

import base64
import io
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from jaxtyping import UInt8
from PIL import Image

from dashboard import palette
from dashboard.figures.layout import framed
from dashboard.views.attention import GeneSet, SlideAttention
from dashboard.views.patients import Answer

ATTENTION_HEIGHT = 520


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
    figure.update_layout(barmode="stack", legend={"traceorder": "normal"})
    figure.update_xaxes(range=[0, 1], tickformat=".0%")
    figure.update_yaxes(autorange="reversed", type="category")
    if len(classes) == 2:
        figure.add_vline(x=0.5, line={"color": palette.NEUTRAL, "dash": "dash", "width": 1.5})
    return figure


def attention(slide: SlideAttention, *, opacity: float, limits: tuple[float, float]) -> go.Figure:
    """The slide with the attention of its tiles on it; `limits` is the range of colours, times an even share."""
    height, width = slide.thumbnail.shape[0] * slide.px_per_px, slide.thumbnail.shape[1] * slide.px_per_px
    grid = slide.grid
    heat = go.Heatmap(
        z=grid.values,
        x=grid.x + grid.side_px / 2,
        y=grid.y + grid.side_px / 2,
        zmin=limits[0],
        zmax=limits[1],
        colorscale=palette.ATTENTION_SCALE,
        opacity=opacity,
        hoverongaps=False,
        colorbar={"title": {"text": "Attention<br>(× even share)"}, "thickness": 14, "len": 0.9, "outlinewidth": 0},
        hovertemplate="attention %{z:.2f} × an even share<br>at (%{x:.0f}, %{y:.0f}) px<extra></extra>",
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
    figure.update_layout(height=ATTENTION_HEIGHT, margin={"l": 0, "r": 0, "t": 0, "b": 0}, dragmode="pan")
    figure.update_xaxes(visible=False, range=[0, width], constrain="domain")
    figure.update_yaxes(visible=False, range=[height, 0], scaleanchor="x", constrain="domain")
    return figure


def gene_sets(sets: Sequence[GeneSet], *, decision: str) -> go.Figure:
    """Signed contribution of each gene set to the decision."""
    values = [one.contribution or 0.0 for one in sets]
    attention = ["not known" if one.attention is None else f"{one.attention:.1%}" for one in sets]
    bars = go.Bar(
        y=[one.name for one in sets],
        x=values,
        orientation="h",
        marker={"color": [palette.ACCENT if value >= 0 else palette.NEUTRAL for value in values]},
        customdata=[[share] for share in attention],
        hovertemplate="%{y}: %{x:+.2f}<br>attention %{customdata[0]}<extra></extra>",
    )
    figure = framed([bars], x=f"Contribution to “{decision}” (log-odds)", y="", height=90 + 26 * len(sets))
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_xaxes(zeroline=True)
    return figure


def gene_set_attention(sets: Sequence[GeneSet]) -> go.Figure:
    """Weight of each of these gene sets in the pooled gene representation, in percent."""
    bars = go.Bar(
        y=[one.name for one in sets],
        x=[one.attention or 0.0 for one in sets],
        orientation="h",
        marker={"color": palette.ACCENT},
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
    )
    figure = framed([bars], x="Share of the attention on gene sets", y="", height=90 + 26 * len(sets))
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_xaxes(tickformat=".0%")
    return figure


def jpeg_uri(pixels: UInt8[np.ndarray, "h w 3"]) -> str:
    """An image as a data URI: nothing has to be fetched."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
