"""A chart is drawn, drawn anew and taken away, in whatever order the page asks for it."""

import plotly.graph_objects as go
from playwright.sync_api import Page

from dashboard import charts
from tests.dashboard.browser.browsing import Heard, opened

GONE_AFTER = 60
"""Steps of its own drawing; it takes some thirty."""
TAKEN_AWAY = """async ([figure, steps]) => {
  const { mount } = await import("/charts/charts.js");
  const host = document.createElement("div");
  host.innerHTML = '<div class="chart"><div class="plot"></div></div>';
  document.body.prepend(host);
  const begun = new Promise((tell) => {
    const watched = { subtree: true, attributes: true, childList: true };
    new MutationObserver((_, watcher) => {
      if (!host.querySelector(".js-plotly-plot .main-svg")) return;
      watcher.disconnect();
      tell();
    }).observe(host, watched);
  });
  const gone = mount(host, { figure, name: "chart", alt: "a chart", height: 200 });
  await begun;
  for (let step = 0; step < steps; step++) await null;
  host.remove();
  gone();
}"""


def test_a_chart_that_goes_while_it_is_drawn_goes_without_an_error(page: Page, address: str, heard: Heard):
    page.goto(f"{address}/jobs")
    opened(page, "Jobs")
    bars = go.Bar(x=[1, 2], y=["a rather long name of a group", "another group"], orientation="h")
    figure = charts.written(go.Figure(bars, {"height": 176})).text
    for steps in range(GONE_AFTER):
        page.evaluate(TAKEN_AWAY, [figure, steps])
    page.wait_for_timeout(500)
    assert heard.console == [] and heard.elsewhere == []
