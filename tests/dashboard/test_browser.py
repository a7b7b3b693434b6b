"""The whole story in a real browser, on the server as it ships: pages, a patient, the attention map, no other host."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request, expect, sync_playwright

from dashboard.app_pages.evaluation import TOPICS
from tests.chromium import ARGUMENTS, chromium
from tests.dashboard.worklists import write_slides

ROOT = Path(__file__).parents[2]
START_S = 60
WAIT_MS = 60_000
expect.set_options(timeout=WAIT_MS)
HOSTS = ("127.0.0.1", "localhost")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium was found"),
    pytest.mark.xdist_group("browser"),
]


@dataclass
class Heard:
    """What the page said and asked for while it was used."""

    console: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        # opened at a page's own address, Streamlit first tries its health route below that address, then at the root
        if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
            self.console.append(message.text)

    def _asked(self, request: Request) -> None:
        scheme, _, rest = request.url.partition("://")
        if scheme in ("http", "https", "ws", "wss") and rest.split("/")[0].split(":")[0] not in HOSTS:
            self.elsewhere.append(request.url)


@pytest.fixture(scope="module")
def address(full_data: Path) -> Iterator[str]:
    """A running server on a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py", "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "ACINUS_DATA": str(full_data)})
    try:
        _wait_until_it_answers(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(WAIT_MS)
        yield page
        browser.close()


@pytest.fixture
def heard(page: Page) -> Heard:
    found = Heard()
    found.listen(page)
    return found


def test_the_pages_are_walked_without_error_and_without_another_host(page: Page, address: str, heard: Heard):
    answer = page.goto(address)
    assert answer is not None and "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    _opened(page, "Cohort")
    expect(page.locator(".js-plotly-plot")).to_have_count(5)
    walk = (("Data", 0), ("Models", 6), ("Evaluation", 2), ("Patients", 0), ("New case", 0), ("Cohort", 5))
    for name, charts in walk:
        page.get_by_test_id("stSidebarNav").get_by_text(name, exact=True).click()
        _opened(page, name)
        expect(page.locator(".js-plotly-plot")).to_have_count(charts)
    assert heard.console == [] and heard.elsewhere == []


def test_every_topic_of_the_evaluation_is_drawn_and_kept_in_the_address(page: Page, address: str, heard: Heard):
    page.goto(f"{address}/evaluation?run=run-0")
    _opened(page, "Evaluation")
    for name, topic in list(TOPICS.items())[::-1]:
        page.get_by_test_id("stMain").get_by_role("radio", name=name, exact=True).click()
        expect(page.locator("h2").first).to_have_text(topic.question)
        expect(page.locator(".js-plotly-plot").first).to_be_attached()
        expect(page.get_by_test_id("stException")).to_have_count(0)
    page.get_by_role("radio", name="Subgroups", exact=True).click()
    expect(page.locator("h2").first).to_have_text(TOPICS["Subgroups"].question)
    page.reload()
    expect(page.locator("h2").first).to_have_text(TOPICS["Subgroups"].question)
    assert "topic=Subgroups" in page.url
    assert heard.console == [] and heard.elsewhere == []


def test_slides_are_filtered_and_one_is_opened_by_a_click_and_by_its_address(
    page: Page, address: str, heard: Heard, full_data: Path
):
    slides = {"TCGA-A2-0001-DX1": "done", "TCGA-A2-0002-DX1": "ink", "TCGA-BH-0003-DX1": "failed"}
    write_slides(full_data, slides)
    page.goto(f"{address}/data")
    _opened(page, "Data")
    expect(page.get_by_text("3 of 3 slides listed")).to_be_visible()
    page.get_by_role("button", name="ink 1").click()
    expect(page.get_by_text("1 of 3 slides listed")).to_be_visible()
    # the table is drawn after the line that counts its rows: one row beside three is as high as two rows less
    page.wait_for_function("document.querySelector('[data-testid=stDataFrame]').clientHeight < 100")
    page.get_by_test_id("stDataFrame").locator(".dvn-scroller").click(position={"x": 60, "y": 52})
    drawer = page.get_by_test_id("stDialog")
    expect(drawer.get_by_text("Pen marks cover")).to_be_visible()
    expect(drawer.locator(".js-plotly-plot")).to_have_count(1)
    assert "slide=TCGA-A2-0002-DX1" in page.url
    page.reload()
    expect(drawer.get_by_text("Patient TCGA-A2-0002")).to_be_visible()
    expect(drawer.get_by_test_id("stImage").locator("img")).to_have_js_property("complete", True)
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    page.get_by_text("Pictures", exact=True).click()
    expect(page.locator(".st-key-data-gallery").get_by_test_id("stImage")).to_have_count(3)
    assert "slide=" not in page.url
    assert heard.console == [] and heard.elsewhere == []


def test_a_click_in_the_table_opens_the_patient_with_attention_on_the_slide(page: Page, address: str, heard: Heard):
    page.goto(f"{address}/patients?run=run-0")
    _opened(page, "Patients")
    table = page.get_by_test_id("stDataFrame").first
    table.locator(".dvn-scroller").click(position={"x": 20, "y": 52})
    expect(page.get_by_text("Where the model looked")).to_be_visible()
    assert "patient=TCGA-" in page.url
    _attention_is_drawn(page)
    expect(page.get_by_test_id("stImage").locator("img")).to_have_count(8)
    first = page.locator("h2").first.inner_text()
    page.get_by_role("button", name="Next").click()
    expect(page.locator("h2").first).not_to_have_text(first)
    assert heard.console == [] and heard.elsewhere == []


def test_a_table_handed_in_is_answered_in_words(page: Page, address: str, heard: Heard, tmp_path: Path):
    page.goto(f"{address}/new-case")
    _opened(page, "New case")
    given = tmp_path / "own name.tsv"
    given.write_text("gene\tS1\nTP53\t1.5\n")
    page.locator("input[type=file]").nth(1).set_input_files(given)
    expect(page.get_by_role("button", name="Predict")).to_be_enabled()
    page.get_by_role("button", name="Predict").click()
    # the stores of these tests hold no weights that fit: what matters is that the process's sentence arrives
    expect(page.get_by_test_id("stAlert").first).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Delete this case")).to_be_visible()
    assert "case=" in page.url
    page.get_by_role("button", name="Delete this case").click()
    expect(page.get_by_role("button", name="Predict")).to_be_visible()
    assert heard.console == [] and heard.elsewhere == []


def _opened(page: Page, title: str) -> None:
    expect(page.locator("h1").first).to_have_text(title)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def _attention_is_drawn(page: Page) -> None:
    """The slide's picture lies under a map of more than one colour."""
    picture = page.locator(".js-plotly-plot .layer-below image, .js-plotly-plot .imagelayer image").first
    expect(picture).to_be_attached()
    heat = page.locator(".js-plotly-plot .heatmaplayer image").first
    expect(heat).to_be_attached()
    colours = heat.evaluate(
        """async (node) => {
            const image = new Image();
            image.src = node.getAttribute('href') || node.getAttribute('xlink:href');
            await image.decode();
            const canvas = document.createElement('canvas');
            [canvas.width, canvas.height] = [image.width, image.height];
            const context = canvas.getContext('2d');
            context.drawImage(image, 0, 0);
            const pixels = context.getImageData(0, 0, image.width, image.height).data;
            const seen = new Set();
            for (let at = 0; at < pixels.length; at += 4) seen.add(pixels.slice(at, at + 4).join());
            return seen.size;
        }"""
    )
    assert colours > 3


def _wait_until_it_answers(url: str) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            with urlopen(url, timeout=2):
                return
        except OSError:
            assert time.monotonic() < deadline, f"the server did not answer within {START_S} s"
            time.sleep(0.2)
