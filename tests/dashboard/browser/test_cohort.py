"""Cross-filtering in a real browser: a click on a bar, its chip, the address, and selections that are saved."""

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.dashboard.browser.browsing import Heard, opened

CARD = '[data-testid="stMetric"]'


def chart(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-chart-cohort-{name}")


def bar(page: Page, name: str, place: int) -> Locator:
    """A bar of the first class, as it is drawn."""
    return chart(page, name).locator(".trace.bars").first.locator(".point path").nth(place)


def labels(page: Page, name: str) -> list[str]:
    return chart(page, name).locator(".ytick text").all_inner_texts()


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_a_click_on_a_bar_narrows_every_chart_the_counts_the_table_and_the_address(
    page: Page, address: str, heard: Heard
):
    page.goto(f"{address}/cohort")
    opened(page, "Cohort")
    expect(page.locator(CARD).first).to_contain_text("24")
    expect(chart(page, "stage").locator(".main-svg").first).to_be_visible()
    before = labels(page, "stage")
    # a press on the middle of a bar, as a hand does it: plotly listens to the layer above its bars
    box = bar(page, "class", 0).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    chip = page.get_by_role("button", name="Class: Luminal")
    expect(chip).to_be_visible()
    expect(page.locator(CARD).first).to_contain_text("16 of 24")
    expect(page.get_by_text("16 listed")).to_be_visible()
    assert asked(page)["class"] == ["Luminal"]
    assert labels(page, "stage") != before, "other charts count the chosen only"
    assert any("Basal/HER2 (8)" in text for text in labels(page, "class")), "the clicked one keeps what else there is"
    expect(bar(page, "class", 1)).to_have_css("opacity", "0.28")
    box = bar(page, "class", 0).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(chip).to_have_count(0)
    expect(page.locator(CARD).first).not_to_contain_text("of 24")
    assert "class" not in asked(page)
    assert heard.console == [] and heard.elsewhere == []


def test_what_lists_choose_is_taken_back_by_chips_one_by_one(page: Page, address: str, heard: Heard):
    page.goto(f"{address}/cohort?site=A2&site=BH&class=Luminal")
    opened(page, "Cohort")
    expect(page.get_by_role("button", name="Site: A2 and BH")).to_be_visible()
    page.get_by_text("Choose from lists").click()
    page.get_by_role("combobox", name=re.compile("Sex")).click()
    page.get_by_role("option", name=re.compile("^Female")).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sex: Female")).to_be_visible()
    assert asked(page)["sex"] == ["Female"]
    page.get_by_role("button", name="Site: A2 and BH").click()
    expect(page.get_by_role("button", name="Site: A2 and BH")).to_have_count(0)
    assert "site" not in asked(page) and asked(page)["class"] == ["Luminal"]
    page.get_by_role("button", name="Clear all").click()
    expect(page.locator(CARD).first).not_to_contain_text("of 24")
    assert heard.console == [] and heard.elsewhere == []


def test_a_saved_selection_is_opened_by_its_address_renamed_and_deleted(page: Page, address: str, heard: Heard):
    page.goto(f"{address}/cohort?class=Luminal")
    opened(page, "Cohort")
    page.get_by_role("button", name="Saved selections").click()
    page.get_by_role("textbox", name="Name").fill("the luminal <b>ones</b>")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Saved: the luminal <b>ones</b>")).to_be_visible()
    kept = asked(page)["selection"]
    page.goto(f"{address}/cohort?selection={kept[0]}")
    opened(page, "Cohort")
    expect(page.get_by_role("button", name="Class: Luminal")).to_be_visible()
    expect(page.locator(CARD).first).to_contain_text("16 of 24")
    page.get_by_role("button", name="Saved: the luminal <b>ones</b>").click()
    page.get_by_role("button", name="Rename or delete the luminal <b>ones</b>").click()
    page.get_by_role("dialog").get_by_role("textbox", name="Name").fill("luminal")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_role("button", name="Saved: luminal")).to_be_visible()
    page.get_by_role("button", name="Saved: luminal").click()
    page.get_by_role("button", name="Rename or delete luminal").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("button", name="Saved selections")).to_be_visible()
    assert "selection" not in asked(page)
    assert heard.console == [] and heard.elsewhere == []
