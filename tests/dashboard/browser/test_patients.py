"""Patients in a real browser: filters, the list by mouse and keyboard, neighbours, and the way back."""

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.dashboard.browser.browsing import Heard, opened


def named(page: Page) -> str:
    """The patient whose page is open."""
    return page.locator(".st-key-case-name").inner_text()


def at(page: Page, place: str) -> None:
    """Waits until the page says where in the list it is."""
    expect(page.locator(".st-key-patients-bar")).to_contain_text(place)


def test_the_wrong_are_gone_through_by_keyboard(page: Page, address: str, heard: Heard):
    page.goto(f"{address}/patients?run=run-0&model=image")
    opened(page, "Patients")
    page.get_by_role("button", name=re.compile("^wrong [0-9]+")).click()
    line = page.get_by_text(re.compile(r"[0-9]+ of 24 patients listed"))
    expect(line).not_to_contain_text("24 of 24")
    wrong = line.inner_text()
    truth = page.get_by_role("combobox", name=re.compile("True class"))
    truth.click()
    page.get_by_role("option", name=re.compile("^Luminal")).click()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stMultiSelect").first).to_contain_text("Luminal")
    expect(page.get_by_role("button", name=re.compile("^wrong [0-9]+"))).to_have_attribute("aria-pressed", "true")
    expect(line).not_to_have_text(wrong)
    listed = line.inner_text().split()[0]
    page.locator("h1").click()
    page.keyboard.press("j")
    at(page, f"1 of {listed} listed")
    first = named(page)
    page.keyboard.press("j")
    at(page, f"2 of {listed} listed")
    expect(page.locator(".st-key-case-name")).not_to_have_text(first)
    second = named(page)
    assert second != first and parse_qs(urlsplit(page.url).query)["patient"] == [second]
    page.keyboard.press("k")
    at(page, f"1 of {listed} listed")
    expect(page.locator(".st-key-case-name")).to_have_text(first)
    page.reload()
    at(page, f"1 of {listed} listed")
    expect(page.locator(".st-key-patients-bar")).to_contain_text("wrong")
    page.get_by_role("button", name="Back to the list").click()
    expect(line).to_contain_text(f"{listed} of 24")
    assert heard.console == [] and heard.elsewhere == []


def test_letters_typed_into_the_search_go_nowhere(page: Page, address: str, heard: Heard):
    page.goto(f"{address}/patients?run=run-0")
    opened(page, "Patients")
    search = page.get_by_role("textbox", name="Search")
    search.press_sequentially("jk")
    expect(page.get_by_text("0 of 24 patients listed")).to_be_visible()
    expect(search).to_have_value("jk")
    expect(page.locator(".st-key-patients-bar")).to_have_count(0)
    search.fill("a2")
    expect(page.get_by_text("4 of 24 patients listed")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query)["find"] == ["a2"]
    assert heard.console == [] and heard.elsewhere == []


def test_the_confident_and_wrong_one_is_opened_by_a_click_and_a_neighbour_by_another(
    page: Page, address: str, heard: Heard
):
    page.goto(f"{address}/patients?run=run-0&model=image")
    opened(page, "Patients")
    page.get_by_role("button", name=re.compile("^confident and wrong 1")).click()
    expect(page.get_by_text("1 of 24 patients listed")).to_be_visible()
    # the table is drawn after the line that counts its rows
    page.wait_for_function("document.querySelector('[data-testid=stDataFrame]').clientHeight < 100")
    page.get_by_test_id("stDataFrame").first.locator(".dvn-scroller").click(position={"x": 70, "y": 52})
    at(page, "1 of 1 listed")
    patient = named(page)
    expect(page.get_by_text("which is wrong")).to_be_visible()
    assert f"patient={patient}" in page.url
    expect(page.get_by_text("Where the model looked")).to_be_visible()
    neighbour = page.locator("[class*='st-key-rows-near'] button").first
    name = neighbour.inner_text()
    neighbour.click()
    expect(page.locator(".st-key-case-name")).to_have_text(name)
    assert name != patient
    page.go_back()
    expect(page.locator(".st-key-case-name")).to_have_text(patient)
    assert heard.console == [] and heard.elsewhere == []
