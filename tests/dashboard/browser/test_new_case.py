"""A new case in a real browser, with a run that is really trained: given, asked about, predicted, kept, deleted."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from dashboard.cases.folder import CaseFolder, all_cases
from tests.dashboard.browser.browsing import EXPRESSION, SLIDE, Heard, done, opened, served, upload
from tests.real_data import real_data
from tests.trained import RUN, TrainedStore

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("trained-store")]
MINUTES_MS = 300_000
"""A prediction is a process of its own, which imports torch and encodes tiles."""


@pytest.fixture(scope="module")
def address(trained_store: TrainedStore) -> Iterator[str]:
    """A server of the trained store, with a folder of large files."""
    folder = trained_store.data / "intake" / "batch 1"
    folder.mkdir(parents=True, exist_ok=True)
    # a copy: links are not offered
    (folder / "scan.tif").write_bytes(trained_store.slide.read_bytes())
    with served(trained_store.data) as found:
        yield found


def given_slide(store: TrainedStore) -> Path:
    """A real slide where there is one, else a painted one."""
    real = real_data()
    found = None if real is None else next(iter(sorted((real / "slides").glob("*.svs"))), None)
    return found or store.slide


def the_case(page: Page, store: TrainedStore) -> CaseFolder:
    found = re.search(r"case=([0-9a-f]{32})", page.url)
    assert found is not None
    case = CaseFolder.find(store.data, found[1])
    assert case is not None
    return case


def test_a_case_is_given_asked_about_predicted_kept_listed_and_deleted(
    page: Page, address: str, heard: Heard, trained_store: TrainedStore, tmp_path: Path
):
    table = pd.read_csv(trained_store.cohort / "expression.tsv.gz", sep="\t", index_col=0)
    others = [one for one in table.columns if one != trained_store.sample][:3]
    several = tmp_path / "a patient's name.csv"
    table[[*others, trained_store.sample]].to_csv(several)
    page.goto(f"{address}/new-case")
    opened(page, "New case")
    upload(page, SLIDE).set_input_files(given_slide(trained_store))
    expect(page.locator(".st-key-case-slide-given")).to_be_visible()
    done(page)
    upload(page, EXPRESSION).set_input_files(several)
    expect(page.locator(".st-key-case-expression-given")).to_contain_text("CSV")
    page.reload()
    expect(page.locator(".st-key-case-slide-given")).to_be_visible()
    case = the_case(page, trained_store)
    assert not [path for path in case.path.iterdir() if "patient" in path.name]

    page.get_by_role("button", name="Check and predict").click()
    checks = page.locator(".st-key-case-checks")
    expect(checks).to_contain_text("The slide can be read", timeout=MINUTES_MS)
    question = page.locator(".st-key-case-question")
    expect(question).to_contain_text("The expression file has 4 samples", timeout=MINUTES_MS)
    expect(question.get_by_role("button", name="Go on")).to_be_disabled()
    question.get_by_role("combobox").click()
    page.get_by_role("option", name=trained_store.sample, exact=True).click()
    question.get_by_role("button", name="Go on").click()

    sheet = page.get_by_role("button", name="One-page PDF")
    expect(sheet).to_be_visible(timeout=MINUTES_MS)
    expect(page.locator(".st-key-case-name")).to_contain_text("by fused")
    expect(page.get_by_text("not kept", exact=False).first).to_be_visible()
    expect(page.locator(".pane[data-view]")).to_have_count(1)
    expect(page.locator(".crop").first).to_be_visible()
    expect(checks).to_contain_text("The tissue is like that of the training patients")
    with page.expect_download() as download:
        sheet.click()
    (only,) = PdfReader(io.BytesIO(download.value.path().read_bytes())).pages
    assert "For research use only" in only.extract_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").first.click()
    numbers = pd.read_csv(download.value.path())
    assert set(numbers["model"]) == {"fused", "image", "genes"} and set(numbers["run"]) == {RUN}

    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_role("textbox", name="Name for the list").fill("second visit")
    page.get_by_role("button", name="Keep this case").click()
    expect(page.get_by_text("until somebody deletes it")).to_be_visible()
    page.get_by_role("button", name="Another case").click()
    kept = page.locator(".st-key-rows-kept")
    expect(kept).to_contain_text("second visit")
    kept.get_by_role("button", name="Open").click()
    expect(page.locator(".st-key-case-name")).to_contain_text("by fused")
    page.get_by_role("button", name="Another case").click()
    kept.get_by_role("button", name="Delete …").click()
    page.get_by_role("button", name="Delete it for good").click()
    expect(kept).to_have_count(0)
    assert not case.path.exists() and not list((trained_store.data / "features").glob(f"*/{case.id}-*"))
    assert heard.console == [] and heard.elsewhere == []


def test_a_large_slide_is_picked_from_the_intake_folder_and_a_running_case_is_stopped(
    page: Page, address: str, heard: Heard, trained_store: TrainedStore
):
    page.goto(f"{address}/new-case")
    opened(page, "New case")
    page.get_by_role("combobox", name=re.compile("or from the intake folder")).first.click()
    page.get_by_role("option", name="batch 1/", exact=True).click()
    # the way into a folder draws the field anew, under a name that says where one is
    page.get_by_role("combobox", name=re.compile("intake folder . batch 1")).click()
    page.get_by_role("option", name="scan.tif", exact=True).click()
    expect(page.locator(".st-key-case-slide-given")).to_contain_text("read where it lies in the intake folder")
    case = the_case(page, trained_store)
    page.get_by_role("button", name="Check and predict").click()
    page.locator(".st-key-case-stop").get_by_role("button").click()
    expect(page.get_by_text("It was stopped before it ended")).to_be_visible(timeout=MINUTES_MS)
    page.get_by_role("button", name="Change what was given").click()
    expect(page.locator(".st-key-case-slide-given")).to_be_visible()
    page.get_by_role("button", name="Discard").click()
    expect(page.locator(".st-key-case-slide-given")).to_have_count(0)
    assert case.id not in {one.id for one in all_cases(trained_store.data)}
    assert (trained_store.data / "intake" / "batch 1" / "scan.tif").is_file()
    assert heard.console == [] and heard.elsewhere == []
