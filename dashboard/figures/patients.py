"""Figures of one patient or one case: answers of the models, gene sets and genes."""

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard import palette
from dashboard.figures.layout import faded, framed
from dashboard.views.attention import Gene, GeneSet
from dashboard.views.patients import Answer

ROW_PX, ROWS_TOP_PX, ROWS_BOTTOM_PX = 28, 34, 34
WORDS_PX = 330
"""Room beside the bars for what follows from them."""
PALE = 0.25
"""Opacity of an answer that is no decision."""
SHORT = 18
BAR = 0.65
"""Of the height of a row."""


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
        # plotly would make the bars of a class wider whose rows do not stand side by side
        width=BAR,
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
        height=106 + 26 * len(sets), showlegend=False, bargap=0.3, margin={"l": 8, "r": 8, "t": 8, "b": 60}
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
    figure = framed([bars], x=f"Speaks for {decision} (log-odds)", y="", height=106 + 22 * len(found))
    figure.update_layout(margin={"b": 24})
    figure.update_xaxes(zeroline=True, nticks=6)
    figure.update_yaxes(autorange="reversed", type="category")
    return figure
