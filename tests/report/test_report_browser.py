"""The report in a real browser: from a file, on a desk and on a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from core.report import document
from core.report.html import to_html
from tests.chromium import ARGUMENTS, chromium
from tests.report.rows import findings_of

pytestmark = [pytest.mark.browser, pytest.mark.skipif(chromium() is None, reason="no Chromium was found")]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("page") / "report.html"
    made.write_text(to_html(document(findings_of(accept="<img src=x onerror=alert(1)>"))))
    return made


@pytest.mark.parametrize("width", [390, 1200])
def test_the_report_opens_without_an_error_and_never_scrolls_sideways(file: Path, width: int) -> None:
    said, asked = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("svg[role=img]").first.is_visible()
        browser.close()
    assert said == []
    assert asked == [file.as_uri()]
