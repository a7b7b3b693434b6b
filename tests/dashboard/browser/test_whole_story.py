"""The whole story, as one who is new to it walks it: on slides really encoded and runs really trained."""

import base64
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pypdf
import pytest
from playwright.sync_api import Page, expect

from core.results import RunFolder
from core.slides.formats import open_slide
from tests.dashboard.browser.browsing import SLIDE, Heard, opened, served, upload
from tests.real_data import real_data
from tests.trained import PATIENTS, TrainedStore, write_trained_store

pytestmark = pytest.mark.slow
MINUTES_MS = 300_000
TISSUE = ".tissue > .openseadragon-container > .openseadragon-canvas > canvas:not(.overlay)"
SIDE = 96
"""Pixels of the screen that are held against the slide's own."""
AROUND = 8
"""Pixels around them: the middle of a canvas is known within one, and farther away the slide must look otherwise."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> TrainedStore:
    return write_trained_store(tmp_path_factory.mktemp("story"), runs=("first", "second"))


@pytest.fixture(scope="module")
def address(store: TrainedStore) -> Iterator[str]:
    with served(store.data) as found:
        yield found


def visit(page: Page, name: str) -> None:
    """By the navigation, as a person goes."""
    page.get_by_test_id("stSidebarNav").get_by_text(name, exact=True).click()
    opened(page, name)


def settled(page: Page) -> None:
    """A click on what is about to be drawn anew is lost."""
    page.wait_for_timeout(300)
    expect(page.locator('[data-test-script-state="notRunning"]')).to_have_count(1)


def view(page: Page) -> tuple[float, float, float]:
    """Middle of what is seen, level-0 pixels, and screen pixels a level-0 pixel; once it rests."""
    pane = page.locator(".pane").first
    found = pane.get_attribute("data-view")
    while True:
        page.wait_for_timeout(700)
        before, found = found, pane.get_attribute("data-view")
        if before == found and found is not None:
            x, y, zoom = map(float, found.split())
            return x, y, zoom


def middle(page: Page) -> np.ndarray:
    """RGB of the middle of the canvas, as it stands on the screen."""
    told = page.locator(TISSUE).first.evaluate(
        """(canvas, side) => {
            const left = Math.round(canvas.width / 2 - side / 2), top = Math.round(canvas.height / 2 - side / 2);
            const { data } = canvas.getContext("2d").getImageData(left, top, side, side);
            return btoa(String.fromCharCode(...data));
        }""",
        SIDE,
    )
    return np.frombuffer(base64.b64decode(told), np.uint8).reshape(SIDE, SIDE, 4)[..., :3].astype(float)


def of_slide(data: Path, patient: str, x: float, y: float, zoom: float) -> np.ndarray:
    """RGB of the slide itself around that point, at that scale, with what lies around it."""
    slide = RunFolder.open(data, "first").slides(patient)[0]
    shown = SIDE + 2 * AROUND
    side = shown / zoom
    with open_slide(slide.source) as found:
        region = found.region(x=x - side / 2, y=y - side / 2, side_px_w=side, side_px_h=side, out_w=shown, out_h=shown)
    return region.astype(float)


def apart(seen: np.ndarray, true: np.ndarray, *, by: int) -> float:
    """Mean grey levels between the screen and the slide moved by so many pixels, in the direction that fits best."""
    corners = [
        (AROUND + by * down, AROUND + by * right) for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right
    ]
    found = [np.abs(seen - true[top : top + SIDE, left : left + SIDE]).mean() for top, left in corners]
    return float(min(found) if by else np.abs(seen - true[AROUND:-AROUND, AROUND:-AROUND]).mean())


def test_the_whole_story(page: Page, address: str, store: TrainedStore, heard: Heard):
    page.goto(address)
    opened(page, "Cohort")
    _filter_the_cohort(page)
    _compare_two_runs(page)
    patient = _open_a_patient(page)
    _zoom_until_the_slide_itself_is_drawn(page, store.data, patient)
    _click_a_top_tile(page)
    _predict_a_new_case(page, store)
    _take_its_sheet_and_the_report_of_the_run(page)
    assert heard.console == [] and heard.elsewhere == []


def _filter_the_cohort(page: Page) -> None:
    card = page.get_by_test_id("stMetric").first
    expect(card).to_contain_text(re.compile(r"\b[0-9]+"))
    whole = int(re.findall(r"[0-9]+", card.get_by_test_id("stMetricValue").inner_text())[0])
    assert whole <= PATIENTS
    page.get_by_role("button", name=re.compile("^Basal.HER2, [0-9]+ patients")).click()
    expect(page.get_by_role("button", name=re.compile("^Class: Basal.HER2"))).to_be_visible()
    chosen = int(re.findall(r"[0-9]+", card.get_by_test_id("stMetricValue").inner_text())[0])
    assert 0 < chosen < whole and parse_qs(urlsplit(page.url).query)["class"] == ["Basal/HER2"]


def _compare_two_runs(page: Page) -> None:
    visit(page, "Models")
    chosen = page.get_by_role("combobox", name=re.compile("Runs that are compared"))
    expect(page.get_by_test_id("stMultiSelect")).to_contain_text(re.compile("first|second"))
    already = page.get_by_test_id("stMultiSelect").inner_text()
    chosen.click()
    page.get_by_role("option", name="first" if "second" in already else "second").click()
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile("runs=.*runs="))
    settled(page)
    page.get_by_test_id("stMain").get_by_role("radio", name="Curves", exact=True).click()
    legend = page.locator(".js-plotly-plot").first.locator(".legendtext")
    expect(legend.filter(has_text="first").first).to_be_visible()
    expect(legend.filter(has_text="second").first).to_be_visible()


def _open_a_patient(page: Page) -> str:
    visit(page, "Patients")
    page.get_by_role("button", name="Open the first").click()
    expect(page.locator(".st-key-case-name")).to_be_visible()
    expect(page.get_by_text("never trained on this patient")).to_be_visible()
    return page.locator(".st-key-case-name").inner_text().strip()


def _zoom_until_the_slide_itself_is_drawn(page: Page, data: Path, patient: str) -> None:
    expect(page.locator(".pane .crop").first).to_be_visible()
    page.locator(".viewer").scroll_into_view_if_needed()
    page.locator("input[name=opacity]").fill("0")
    far = view(page)
    page.locator(".stage").focus()
    page.keyboard.press("1")
    x, y, zoom = view(page)
    assert zoom > 2 * far[2], "deeper than the first picture"
    expect(page.locator(".stage.loading")).to_have_count(0)
    seen, true = middle(page), of_slide(data, patient, x, y, zoom)
    assert true.std() > 5, "there is something to be seen"
    assert min(apart(seen, true, by=0), apart(seen, true, by=1)) < 0.6 * apart(seen, true, by=AROUND)
    page.locator("input[name=opacity]").fill("55")


def _click_a_top_tile(page: Page) -> None:
    tile = page.locator(".crop").first
    tile.click()
    expect(tile).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".readout")).to_contain_text("an even share")


def _predict_a_new_case(page: Page, store: TrainedStore) -> None:
    """A real slide where there is one, else one of the painted; it is told what it cannot know."""
    real = real_data()
    found = None if real is None else next(iter(sorted((real / "slides").glob("*.svs"))), None)
    given = found or store.slide
    visit(page, "New case")
    upload(page, SLIDE).set_input_files(given)
    start = page.get_by_role("button", name="Check and predict")
    expect(start).to_be_enabled(timeout=MINUTES_MS)
    start.click()
    expect(page.get_by_role("button", name="One-page PDF")).to_be_visible(timeout=MINUTES_MS)
    expect(page.locator(".pane[data-view]")).to_have_count(1)
    if found is not None:
        expect(page.get_by_text("Out of distribution").first).to_be_visible()


def _take_its_sheet_and_the_report_of_the_run(page: Page) -> None:
    with page.expect_download() as sheet:
        page.get_by_role("button", name="One-page PDF").click()
    (only,) = pypdf.PdfReader(BytesIO(sheet.value.path().read_bytes())).pages
    assert "research use only" in only.extract_text().lower()
    visit(page, "Evaluation")
    page.get_by_role("button", name=re.compile("^(Report|Write report)")).first.click()
    write = page.get_by_role("button", name="Write report")
    if write.count():
        write.first.click()
    ready = page.get_by_role("button", name="report.html")
    expect(ready).to_be_visible(timeout=MINUTES_MS)
    with page.expect_download() as report:
        ready.click()
    assert "research use only" in report.value.path().read_text(encoding="utf-8").lower()
