"""A training in a real browser, by a real process: begun, left alone, stopped, resumed, looked at."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.results import RunFolder
from tests.commands.conftest import write_cohort
from tests.dashboard.browser.browsing import WAIT_MS, Heard, opened, served

pytestmark = pytest.mark.slow
MINUTES_MS = 300_000
MODELS, FOLDS = ("fused", "image", "genes"), 3
HOW_FAR = re.compile(rf"([0-9]+) of {len(MODELS) * FOLDS} fits done")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a cohort and nothing else."""
    folder = tmp_path_factory.mktemp("begun")
    write_cohort(folder / "raw" / "small")
    return folder


@pytest.fixture(scope="module")
def own(data: Path) -> Iterator[str]:
    """A server of it."""
    with served(data) as address:
        yield address


def visited(browser: Browser, address: str, heard: Heard) -> Page:
    """The Models page in a browser that knows nothing of an earlier visit."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(WAIT_MS)
    heard.listen(page)
    page.goto(f"{address}/models")
    opened(page, "Models")
    return page


def done(page: Page) -> int:
    """Fits done, as the page says; waits until it says so."""
    told = page.get_by_text(HOW_FAR).first
    expect(told).to_be_visible(timeout=MINUTES_MS)
    found = HOW_FAR.search(told.inner_text())
    assert found
    return int(found[1])


def test_a_training_goes_on_without_its_browser_and_is_stopped_and_resumed_from_another(
    browser: Browser, own: str, data: Path
):
    heard = Heard()
    page = visited(browser, own, heard)
    command = begin(page)
    assert "--models fused image genes" in command and f"--folds {FOLDS}" in command
    seen = done(page)
    page.context.close()

    page = visited(browser, own, heard)
    expect(page.get_by_text(HOW_FAR).first).not_to_have_text(re.compile(f"^{seen} of"), timeout=MINUTES_MS)
    kept = stop(page)
    assert kept < len(MODELS) * FOLDS, "it was to be stopped before its end"
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Trained and evaluated in")).to_be_visible(timeout=MINUTES_MS)

    page.get_by_role("link", name="Show its results").click()
    expect(page.get_by_test_id("stMultiSelect").filter(has_text="Runs that are compared")).to_contain_text("begun-here")
    expect(page.get_by_text("Scores with 95 % intervals")).to_be_visible()
    run = RunFolder.open(data, "begun-here")
    tested = Counter(
        (one.model, one.patient) for one in run.predictions() if one.mode == "both" or one.model != "fused"
    )
    assert {model for model, _ in tested} == set(MODELS) and set(tested.values()) == {1}
    assert heard.console == [] and heard.elsewhere == []


def begin(page: Page) -> str:
    """Fills the form and starts; the command that it showed."""
    page.get_by_text("Train a new run").click()
    page.get_by_role("combobox", name=re.compile("Cohort folder")).click()
    page.get_by_role("option", name=re.compile("small")).click()
    page.get_by_role("textbox", name="Name of the run").fill("begun-here")
    page.get_by_role("textbox", name="Name of the run").press("Enter")
    for model in MODELS:
        page.get_by_role("combobox", name=re.compile("^Models")).click()
        page.get_by_role("option", name=model, exact=True).click()
    page.keyboard.press("Escape")
    page.get_by_role("spinbutton", name="Folds").fill(str(FOLDS))
    page.get_by_role("spinbutton", name="Folds").press("Enter")
    code = page.get_by_test_id("stCode").filter(has_text="python train.py")
    expect(code).to_contain_text(f"--folds {FOLDS}")
    expect(code).to_contain_text("begun-here")
    command = code.inner_text()
    page.get_by_role("button", name="Start training").click()
    return command


def stop(page: Page) -> int:
    """Stops it, and confirms that where more than half is done; fits that were done at the last look."""
    before = done(page)
    page.get_by_role("button", name=re.compile("^Stop( …)?$")).click()
    sure = page.get_by_role("button", name="Stop it all the same")
    if sure.count():
        sure.click()
    expect(page.get_by_text("It was stopped.")).to_be_visible(timeout=MINUTES_MS)
    return before
