"""What a page begins with is fetched early: no script is met only when it is needed, one round trip after the other."""

import pytest
from playwright.sync_api import Browser

from tests.dashboard.browser.places import PLACES, SLIDES, new_page, settled
from tests.dashboard.worklists import write_slides

FAR = {"cohort": ["plotly-cartesian.min.js"]}
"""What is fetched once the window is drawn, as only charts below it need it."""
PAGES = ("cohort", "slides", "models", "evaluation: Split", "patients", "one patient", "new case", "jobs")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_all_scripts_that_it_begins_with(browser: Browser, address: str, full_data, name: str):
    write_slides(full_data, SLIDES)
    path, title = PLACES[name]
    page = new_page(browser, scheme="light")
    html = page.request.get(f"{address}{path}", headers={"accept": "text/html"}).text()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    settled(page, f"{address}{path}", title=title)
    scripts = {url.rsplit("/", 1)[1] for url in asked if url.endswith(".js")}
    assert len(scripts) > 50
    assert sorted(script for script in scripts if script not in html) == FAR.get(name, [])
    page.context.close()
