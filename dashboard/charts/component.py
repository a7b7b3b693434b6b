"""A figure, handed to the browser."""

from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
from plotly.io.json import to_json_plotly
from streamlit.components import v2

from dashboard.charts.mounted import FRONT

DOWNLOADS_PX = 24
"""Height of the row of downloads below a chart; `charts.css` says it too."""
START = """
const charts = import(new URL("charts/charts.js", document.baseURI).href);
export default async ({ data, parentElement }) => (await charts).mount(parentElement, data);
"""
"""Only the way to our own module: it is served as a file, so that it is cached and can import others."""

_component = v2.component(
    "acinus_chart",
    html='<div class="chart" role="figure"><div class="plot"></div></div>',
    css=(FRONT / "charts.css").read_text(encoding="utf-8"),
    js=START,
    # plotly writes its own style sheet into the page, and would not find it in a tree of its own
    isolate_styles=False,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A figure as the browser takes it."""

    text: str
    height_px: int


def show(figure: go.Figure | Written, *, key: str, alt: str) -> None:
    """A figure over the full width, as high as its layout says; `alt` describes it in words, `key` names its files."""
    one = figure if isinstance(figure, Written) else written(figure)
    height = one.height_px + DOWNLOADS_PX
    _component(data={"figure": one.text, "name": key, "alt": alt, "height": height}, key=key, height=height)


def written(figure: go.Figure) -> Written:
    """The figure as JSON; numbers in arrays as base64, as they are. Its looks are the browser's, so no template."""
    spec: dict[str, Any] = figure.to_plotly_json()
    layout: dict[str, Any] = spec["layout"]
    layout.pop("template", None)
    assert "height" in layout, "a figure says how high it is, so that nothing below it jumps"
    return Written(text=str(to_json_plotly(spec)), height_px=int(layout["height"]))
