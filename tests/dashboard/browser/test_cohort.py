"""Cross-filtering in a real browser: a click on a bar, its chip, the address, and selections that are saved."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.dashboard.browser.browsing import Heard, opened

CARD = '[data-testid="stMetric"]'


def chart(page: Page, title: str) -> Locator:
    return page.locator("section.panel", has=page.get_by_role("heading", name=title, exact=True))


def bar(page: Page, title: str, value: str) -> Locator:
    return chart(page, title).locator(f'button[data-value="{value}"]')


def labels(page: Page, title: str) -> list[str]:
    """Each bar's group and patients."""
    return chart(page, title).locator("button.group").all_inner_texts()


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_a_click_on_a_bar_narrows_every_chart_the_counts_the_table_and_the_address(
    page: Page, address: str, heard: Heard
):
    page.goto(f"{address}/")
    opened(page, "Cohort")
    expect(page.locator(CARD).first).to_contain_text("24")
    expect(bar(page, "Stage", "Stage I")).to_be_visible()
    before, places = labels(page, "Stage"), chart(page, "Stage").bounding_box()
    bar(page, "Class", "Luminal").click()
    chip = page.get_by_role("button", name="Class: Luminal")
    expect(chip).to_be_visible()
    expect(page.locator(CARD).first).to_contain_text("16 of 24")
    expect(page.locator(CARD).nth(1)).to_contain_text("100 %")
    expect(page.get_by_text("16 listed")).to_be_visible()
    assert asked(page)["class"] == ["Luminal"]
    expect(bar(page, "Class", "Luminal")).to_have_attribute("aria-pressed", "true")
    expect(bar(page, "Class", "Basal/HER2")).to_have_class(re.compile("faded"))
    expect(bar(page, "Class", "Basal/HER2")).to_contain_text("8")
    after = labels(page, "Stage")
    assert after != before, "other charts count the chosen only"
    assert [text.split("\n")[0] for text in after] == [text.split("\n")[0] for text in before], "no bar moves"
    assert chart(page, "Stage").bounding_box() == places, "no chart moves"
    bar(page, "Class", "Luminal").click()
    expect(chip).to_have_count(0)
    expect(page.locator(CARD).first).not_to_contain_text("of 24")
    assert "class" not in asked(page)
    assert heard.console == [] and heard.elsewhere == []


def test_bars_are_chosen_by_the_keyboard_and_ages_by_a_box(page: Page, address: str, heard: Heard):
    page.goto(f"{address}/")
    opened(page, "Cohort")
    bar(page, "Class", "Luminal").focus()
    page.keyboard.press("ArrowDown")
    expect(bar(page, "Class", "Basal/HER2")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Class: Basal/HER2")).to_be_visible()
    expect(bar(page, "Class", "Basal/HER2")).to_be_focused()
    page.get_by_role("button", name="Class: Basal/HER2").click()
    ages = chart(page, "Age (years)").locator("button.group")
    values = [int(one.get_attribute("data-value") or "") for one in ages.all()]
    first, last = ages.nth(1).bounding_box(), ages.nth(3).bounding_box()
    assert first is not None and last is not None
    page.mouse.move(first["x"] + first["width"] / 2, first["y"] + first["height"] / 2)
    page.mouse.down()
    page.mouse.move(last["x"] + last["width"] / 2, last["y"] + last["height"] / 2, steps=4)
    page.mouse.up()
    expect(page.get_by_role("button", name=f"Age: {values[1]} to {values[3] + 4} years")).to_be_visible()
    assert asked(page)["age"] == [f"{values[1]}-{values[3] + 4}"]
    assert heard.console == [] and heard.elsewhere == []


def test_each_chart_is_saved_as_picture_and_as_table(page: Page, address: str, heard: Heard):
    page.goto(f"{address}/")
    opened(page, "Cohort")
    found: dict[str, bytes] = {}
    for kind in ("SVG", "PNG", "CSV"):
        chart(page, "Class").hover()
        with page.expect_download() as download:
            chart(page, "Class").get_by_role("button", name=kind, exact=True).click()
        found[kind] = Path(download.value.path()).read_bytes()
    assert found["SVG"].startswith(b"<svg") and b"Basal/HER2" in found["SVG"]
    assert found["PNG"].startswith(b"\x89PNG")
    assert found["CSV"].decode().splitlines() == [
        "Class,Luminal,Basal/HER2,selected",
        "Luminal,16,0,yes",
        "Basal/HER2,0,8,yes",
    ]
    assert heard.console == [] and heard.elsewhere == []


def test_what_lists_choose_is_taken_back_by_chips_one_by_one(page: Page, address: str, heard: Heard):
    page.goto(f"{address}/?site=A2&site=BH&class=Luminal")
    opened(page, "Cohort")
    expect(page.get_by_role("button", name="Site: A2 and BH")).to_be_visible()
    page.get_by_text("Choose from lists").click()
    page.get_by_role("combobox", name=re.compile("Stage")).click()
    page.get_by_role("option", name=re.compile("^Stage I ")).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Stage: Stage I", exact=True)).to_be_visible()
    assert asked(page)["stage"] == ["Stage I"]
    page.get_by_role("button", name="Site: A2 and BH").click()
    expect(page.get_by_role("button", name="Site: A2 and BH")).to_have_count(0)
    assert "site" not in asked(page) and asked(page)["class"] == ["Luminal"]
    page.locator(".st-key-cohort-clear button").click()
    expect(page.locator(CARD).first).not_to_contain_text("of 24")
    assert heard.console == [] and heard.elsewhere == []


def test_a_saved_selection_is_opened_by_its_address_renamed_and_deleted(page: Page, address: str, heard: Heard):
    page.goto(f"{address}/?class=Luminal")
    opened(page, "Cohort")
    page.get_by_role("button", name="Saved selections").click()
    page.get_by_role("textbox", name="Name").fill("the luminal <b>ones</b>")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Saved: the luminal <b>ones</b>")).to_be_visible()
    kept = asked(page)["selection"]
    page.goto(f"{address}/?selection={kept[0]}")
    opened(page, "Cohort")
    expect(page.get_by_role("button", name="Class: Luminal")).to_be_visible()
    expect(page.locator(CARD).first).to_contain_text("16 of 24")
    page.get_by_role("button", name="Saved: the luminal <b>ones</b>").click()
    page.get_by_role("button", name="Rename or delete", exact=True).click()
    page.get_by_test_id("stDialog").get_by_role("textbox", name="Name").fill("luminal")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_role("button", name="Saved: luminal")).to_be_visible()
    page.get_by_role("button", name="Saved: luminal").click()
    page.get_by_role("button", name="Rename or delete", exact=True).click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("button", name="Saved selections")).to_be_visible()
    assert "selection" not in asked(page)
    assert heard.console == [] and heard.elsewhere == []
