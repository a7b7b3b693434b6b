"""Figures of one slide."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard import palette
from dashboard.figures.layout import framed
from dashboard.views.slides import TileCount


def tile_counts(counts: Sequence[TileCount]) -> go.Figure:
    """One bar for each thing that became of tiles, with its number beside it."""
    bars = go.Bar(
        y=[count.word for count in counts],
        x=[count.tiles for count in counts],
        orientation="h",
        marker={"color": [palette.ACCENT if count.kept else palette.NEUTRAL for count in counts]},
        text=[f"{count.tiles:,}" for count in counts],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:,} tiles<extra></extra>",
    )
    figure = framed([bars], x="Tiles", y="", height=90 + 28 * len(counts))
    figure.update_xaxes(range=[0, 1.18 * max(count.tiles for count in counts)], nticks=5)
    figure.update_yaxes(autorange="reversed", type="category")
    return figure
