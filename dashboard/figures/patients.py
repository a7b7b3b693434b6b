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
from dashboard.figures.layout import faded, framed
from dashboard.views.attention import Gene, GeneSet, SlideAttention
from dashboard.views.patients import Answer

MAP_WIDTH = 620
"""About as wide as a slide is drawn beside its colour bar; sets the height that its shape asks for."""
MAP_HEIGHTS = (280, 640)
EVEN_TOP = 2.0
ROW_PX, ROWS_TOP_PX, ROWS_BOTTOM_PX = 28, 34, 34
WORDS_PX = 330
"""Room beside the bars for what follows from them."""
PALE = 0.25
"""Opacity of an answer that is no decision."""
SHORT = 18


def probabilities(answers: Sequence[Answer], *, classes: Sequence[str]) -> go.Figure:
    """A row an answer: how probable the classes are, and in words what follows from it.

    Two classes: a bar from even odds towards the likelier one, pale where the answer is to be referred; a ring for the
    networks' own probability; an upright stroke for the threshold. More classes: one bar divided by class.
    """
    places = [-place for place in range(len(answers))]
    traces = (_towards if len(classes) == 2 else _divided)(answers, places, classes)
    figure = framed(traces, x="", y="", height=ROWS_TOP_PX + ROW_PX * len(answers) + ROWS_BOTTOM_PX)
    labels = [answer.label for answer in answers]
    figure.update_yaxes(
        tickvals=places, ticktext=labels, range=[-len(answers) + 0.4, 0.6], showgrid=False, zeroline=False,
        fixedrange=True,
    )  # fmt: skip
    figure.update_xaxes(fixedrange=True, zeroline=False)
    figure.update_layout(
        barmode="stack", legend={"traceorder": "normal"}, bargap=0.35, annotations=_columns(answers, places),
        margin={"r": WORDS_PX, "t": ROWS_TOP_PX},
    )  # fmt: skip
    if len(classes) == 2:
        figure.update_xaxes(range=[0, 1], tickvals=[0, 0.25, 0.5, 0.75, 1], ticktext=_both_ways(classes))
        figure.add_vline(x=0.5, line={"color": palette.NEUTRAL, "dash": "dash", "width": 1.5})
    else:
        figure.update_xaxes(range=[0, 1], tickformat=".0%", tickvals=[0, 0.25, 0.5, 0.75, 1], title="Probability")
    return figure


def _both_ways(classes: Sequence[str]) -> list[str]:
    """The axis tells the probability of the class that the bar goes towards."""
    return [f"100 % {_short(classes[0])}", "75 %", "50 %", "75 %", f"100 % {_short(classes[1])}"]


def _short(name: str) -> str:
    return name if len(name) <= SHORT else f"{name[: SHORT - 1]}…"


def _towards(answers: Sequence[Answer], places: Sequence[int], classes: Sequence[str]) -> list[go.Bar | go.Scatter]:
    """Bars, one trace a class so that the legend names them, then rings and strokes."""
    rows = list(zip(answers, places, strict=True))
    bars = [_bars([row for row in rows if row[0].decision == name], classes, side) for side, name in enumerate(classes)]
    rings = [(answer.uncalibrated[1], place) for answer, place in rows if answer.uncalibrated]
    strokes = [(value, place) for answer, place in rows for cut in answer.cuts for value in cut.values]
    marks = [
        _marks(rings, name="uncalibrated", symbol="circle-open", size=11),
        _marks(strokes, name="threshold in use", symbol="line-ns-open", size=17),
    ]
    return [*_named(classes), *bars, *(mark for mark, found in zip(marks, (rings, strokes), strict=True) if found)]


def _named(classes: Sequence[str]) -> list[go.Bar]:
    """Nothing but the legend's colours: those of bars are pale where an answer is no decision."""
    return [
        go.Bar(y=[None], x=[None], orientation="h", name=name, marker={"color": palette.class_colour(side)})
        for side, name in enumerate(classes)
    ]


def _bars(rows: Sequence[tuple[Answer, int]], classes: Sequence[str], side: int) -> go.Bar:
    colour = palette.class_colour(side)
    spread = [answer.low and answer.high for answer, _ in rows]
    return go.Bar(
        y=[place for _, place in rows],
        x=[answer.probabilities[1] - 0.5 for answer, _ in rows],
        base=0.5,
        orientation="h",
        name=classes[side],
        showlegend=False,
        marker={
            "color": [faded(colour, PALE if answer.standing.refer else 1.0) for answer, _ in rows],
            "line": {"color": colour, "width": 1.5},
        },
        error_x=_range([answer for answer, _ in rows]) if rows and all(spread) else None,
        customdata=[[answer.label, answer.probabilities[side], answer.tested_by] for answer, _ in rows],
        hovertemplate=f"%{{customdata[0]}}<br>{classes[side]}: %{{customdata[1]:.1%}}<br>%{{customdata[2]}}"
        "<extra></extra>",
    )


def _range(answers: Sequence[Answer]) -> dict[str, object]:
    """From the lowest to the highest probability over several models."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [answer.high[1] - answer.probabilities[1] for answer in answers],
        "arrayminus": [answer.probabilities[1] - answer.low[1] for answer in answers],
        "color": palette.NEUTRAL,
        "thickness": 2,
        "width": 5,
    }


def _marks(found: Sequence[tuple[float, int]], *, name: str, symbol: str, size: int) -> go.Scatter:
    return go.Scatter(
        x=[value for value, _ in found],
        y=[place for _, place in found],
        mode="markers",
        name=name,
        marker={"symbol": symbol, "size": size, "color": palette.NEUTRAL, "line": {"width": 2.5}},
        hovertemplate=f"{name}: %{{x:.1%}}<extra></extra>",
        cliponaxis=False,
    )


def _divided(answers: Sequence[Answer], places: Sequence[int], classes: Sequence[str]) -> list[go.Bar | go.Scatter]:
    bars = [
        go.Bar(
            y=list(places),
            x=[answer.probabilities[side] for answer in answers],
            name=name,
            showlegend=False,
            orientation="h",
            marker={
                "color": [faded(palette.class_colour(side), PALE if one.standing.refer else 1.0) for one in answers],
                "line": {"color": palette.class_colour(side), "width": 1},
            },
            customdata=[[answer.label, answer.tested_by] for answer in answers],
            hovertemplate=f"%{{customdata[0]}}<br>{name}: %{{x:.1%}}<br>%{{customdata[1]}}<extra></extra>",
        )
        for side, name in enumerate(classes)
    ]
    return [*_named(classes), *bars]


def _columns(answers: Sequence[Answer], places: Sequence[int]) -> list[dict[str, object]]:
    """Beside each bar the probability of its decision, whether it is right, and what its conformal set says."""
    shared = {"showarrow": False, "xref": "paper", "x": 1.0, "xanchor": "left", "font": {"size": 13}}
    return [
        {
            **shared,
            "y": place,
            "xshift": shift,
            "text": text,
        }
        for answer, place in zip(answers, places, strict=True)
        for shift, text in ((14, _percent(answer)), (74, answer.standing.words))
    ]


def _percent(answer: Answer) -> str:
    mark = "" if answer.right is None else (" ✓" if answer.right else " ✗")
    return f"<b>{max(answer.probabilities):.0%}</b>{mark}"


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
