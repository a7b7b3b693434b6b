"""Figures as the browser takes them: the plotly that is shipped can draw them, and nothing of them is lost."""

import json
import re

import numpy as np
import plotly.graph_objects as go
import pytest
from plotly.offline import get_plotlyjs_version

from dashboard import charts, figures
from dashboard.charts.component import DOWNLOADS_PX
from dashboard.charts.mounted import FRONT, PLOTLY
from dashboard.figures.layout import framed

KINDS = {"Bar", "Scatter", "Heatmap"}
"""Traces that the Cartesian part of plotly draws, as far as they are used here."""


def test_the_plotly_that_is_shipped_is_the_one_that_figures_are_made_for():
    head = (FRONT / PLOTLY).read_text(encoding="utf-8")[:200]
    found = re.search(r"plotly\.js \(cartesian - minified\) v([0-9.]+)", head)
    assert found is not None and found[1] == get_plotlyjs_version()
    assert "MIT" in (FRONT / "plotly-licence.txt").read_text()


def test_figures_use_only_what_it_can_draw():
    folder = next(iter(figures.__path__))
    text = "".join(file.read_text(encoding="utf-8") for file in sorted(type(FRONT)(folder).glob("*.py")))
    assert set(re.findall(r"go\.([A-Z]\w+)\(", text)) - {"Figure"} <= KINDS


def test_a_figure_is_written_without_a_template_and_as_high_as_it_says():
    figure = framed([go.Bar(x=["a"], y=np.array([2.0]))], x="x", y="y", height=210)
    found = charts.written(figure)
    spec = json.loads(found.text)
    assert found.height_px == 210 and "template" not in spec["layout"]
    assert spec["data"][0]["type"] == "bar" and spec["layout"]["xaxis"]["title"]["text"] == "x"


def test_a_figure_that_does_not_say_how_high_it_is_is_refused():
    with pytest.raises(AssertionError, match="how high"):
        charts.written(go.Figure(go.Bar(y=[1])))


def test_the_row_of_downloads_is_as_high_as_the_style_sheet_says():
    style = (FRONT / "charts.css").read_text()
    assert f"inset: 0 0 {DOWNLOADS_PX}px;" in style and f"height: {DOWNLOADS_PX}px" in style
