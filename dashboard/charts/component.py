"""A figure, handed to the browser."""

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


def show(figure: go.Figure, *, key: str, alt: str) -> None:
    """A figure over the full width, as high as its layout says; `alt` describes it in words, `key` names its files."""
    _component(data={"figure": written(figure), "name": key, "alt": alt}, key=key, height=_height(figure))


def written(figure: go.Figure) -> str:
    """The figure as JSON; numbers in arrays as base64, as they are. Its looks are the browser's, so no template."""
    spec = figure.to_plotly_json()
    spec["layout"].pop("template", None)
    return to_json_plotly(spec)


def _height(figure: go.Figure) -> int:
    asked = figure.layout.height
    assert asked is not None, "a figure says how high it is, so that nothing below it jumps"
    return int(asked) + DOWNLOADS_PX
