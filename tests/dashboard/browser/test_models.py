"""The Models page in a real browser: runs chosen by click, topics by address, a tag, a shown name, a deletion."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.results import run_names
from tests.dashboard.browser.browsing import Heard, opened, served
from tests.stores import write_store


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs that the tests of this module may change."""
    return write_store(tmp_path_factory.mktemp("managed"), runs=3, patients=24, models=("fused", "image"))


@pytest.fixture(scope="module")
def own(data: Path) -> Iterator[str]:
    """A server of them."""
    with served(data) as address:
        yield address


def test_two_runs_are_chosen_by_click_and_the_address_keeps_them_and_the_topic(page: Page, own: str, heard: Heard):
    page.goto(f"{own}/models?runs=run-0")
    opened(page, "Models")
    expect(page.locator(".js-plotly-plot")).to_have_count(3)
    board = page.get_by_test_id("stDataFrame").first
    # the box of the second row; the newest run stands first
    board.locator(".dvn-scroller").click(position={"x": 16, "y": 36 + 35 + 17})
    expect(page).to_have_url(re.compile(r"runs=run-0.*runs=run-1|runs=run-1.*runs=run-0"))
    page.get_by_role("radio", name="Curves", exact=True).click()
    expect(page.locator(".js-plotly-plot")).to_have_count(4)
    expect(page.locator(".legendtext").get_by_text("fused · run-1").first).to_be_visible()
    page.reload()
    opened(page, "Models")
    expect(page.locator(".js-plotly-plot")).to_have_count(4)
    page.get_by_role("radio", name="Between runs", exact=True).click()
    expect(page.get_by_text(re.compile("fused of run-. is .* fused of run-.")).first).to_be_visible()
    assert heard.console == [] and heard.elsewhere == []


def test_a_run_is_tagged_shown_under_another_name_and_deleted_when_its_name_is_typed(
    page: Page, own: str, heard: Heard, data: Path
):
    page.goto(f"{own}/models?runs=run-0&compare=Manage")
    opened(page, "Models")
    tags = page.locator(".st-key-tags-run-0 input")
    tags.fill("poster")
    tags.press("Enter")
    # the open list hides the rest of the page from those who ask by role
    tags.press("Tab")
    page.get_by_role("button", name="Save tags and note").click()
    expect(page.get_by_text("Saved for run-0.")).to_be_visible()
    expect(page.locator(".st-key-board-tag").get_by_role("button", name="poster")).to_be_visible()
    page.get_by_role("button", name="Rename …").click()
    page.get_by_label("Shown name").fill("Baseline")
    page.get_by_role("button", name="Show it under this name").click()
    expect(page.get_by_text("run-0 is shown as Baseline from now on.")).to_be_visible()
    expect(page.get_by_text("run-0 (Baseline)")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Delete …").click()
    typed = page.get_by_label("Type its name to confirm")
    typed.fill("run")
    page.get_by_role("button", name="Delete it for good").click()
    expect(page.get_by_text("Nothing was deleted")).to_be_visible()
    assert len(run_names(data)) == 3
    if not typed.is_visible():
        page.get_by_role("button", name="Delete …").click()
    typed.fill("run-0")
    page.get_by_role("button", name="Delete it for good").click()
    expect(page.get_by_text("run-0 is deleted.")).to_be_visible()
    assert run_names(data) == ("run-1", "run-2")
    expect(page).not_to_have_url(re.compile("runs=run-0"))
    assert heard.console == [] and heard.elsewhere == []
