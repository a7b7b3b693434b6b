"""Every chart can be taken away: as a picture that a paper can use, and as the numbers behind it."""

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.dashboard.browser.browsing import Heard, opened
from tests.dashboard.browser.places import PLACES, SLIDES, settled
from tests.dashboard.worklists import write_slides

FORMATS = ("SVG", "PNG", "CSV")
DRAWN = ("/", "/models", "/evaluation")
"""Addresses of pages that open with charts; a slide's and a patient's are tested with their pages."""
SVG = "{http://www.w3.org/2000/svg}"


def test_every_chart_of_a_page_is_downloaded_in_three_formats(page: Page, address: str, heard: Heard, tmp_path: Path):
    page.emulate_media(color_scheme="dark")
    settled(page, f"{address}/models?runs=run-0", title="Models")
    for row in page.locator(".chart-downloads").all():
        svg, png, table = (_downloaded(row, word, tmp_path) for word in FORMATS)
        assert svg.name.startswith("acinus-models-run-0-") and svg.stem == png.stem == table.stem
        assert ElementTree.parse(svg).getroot().tag == f"{SVG}svg"
        picture = Image.open(png).convert("RGB")
        assert picture.getpixel((0, 0)) == (255, 255, 255), "white, although the page is dark"
        assert picture.width > 2 * row.bounding_box()["width"]
        assert len(_rows(table)) > 1
    assert heard.console == [] and heard.elsewhere == []


@pytest.mark.parametrize("name", [name for name, (path, _) in PLACES.items() if path.split("?")[0] in DRAWN])
def test_each_chart_of_each_page_gives_its_numbers_under_its_own_name(
    page: Page, address: str, full_data: Path, tmp_path: Path, name: str
):
    write_slides(full_data, SLIDES)
    path, title = PLACES[name]
    settled(page, f"{address}{path}", title=title)
    charts = page.locator(".chart")
    rows = page.locator(".chart-downloads").all()
    assert len(rows) == charts.count() > 0
    names = set()
    for row in rows:
        assert row.get_attribute("aria-label") not in ("Download: chart", None), "a chart is described in words"
        row.scroll_into_view_if_needed()
        table = _downloaded(row, "CSV", tmp_path)
        names.add(table.name)
        lines = _rows(table)
        assert len(lines) > 1 and all(len(line) == len(lines[0]) for line in lines)
        assert not [cell for line in lines for cell in line if cell[:1] in "=+@" and cell[:1]]
        assert not [cell for line in lines for cell in line if cell.startswith("-") and not _is_number(cell)]
    assert len(names) == len(rows) and all(one.startswith("acinus-") for one in names)


def test_the_table_behind_a_chart_holds_what_is_drawn(page: Page, address: str, tmp_path: Path):
    page.goto(address)
    opened(page, "Cohort")
    chart = page.locator(".chart").first
    expect(chart).to_have_class("chart drawn")
    header, *rows = _rows(_downloaded(chart.locator(".chart-downloads"), "CSV", tmp_path))
    drawn = chart.locator(".js-plotly-plot").evaluate(
        "plot => plot._fullData.flatMap(one => Array.from(one.x, (x, at) => [one.name, String(x), String(one.y[at])]))"
    )
    columns = [header.index(name) for name in ("series", "x", "y")]
    assert [[row[place] for place in columns] for row in rows] == drawn


def test_no_cell_of_a_table_begins_a_formula(page: Page, address: str, tmp_path: Path):
    page.goto(address)
    opened(page, "Cohort")
    chart = page.locator(".chart").first
    expect(chart).to_have_class("chart drawn")
    chart.locator(".js-plotly-plot").evaluate("plot => { plot.data[0].name = '=1+1'; }")
    _, first, *_ = _rows(_downloaded(chart.locator(".chart-downloads"), "CSV", tmp_path))
    assert first[0] == "'=1+1"


def test_downloads_are_reached_and_pressed_from_the_keyboard(page: Page, address: str):
    settled(page, address, title="Cohort")
    button = page.locator(".chart-downloads button").nth(2)
    page.locator(".chart-downloads button").nth(1).focus()
    page.keyboard.press("Tab")
    expect(button).to_be_focused()
    with page.expect_download() as told:
        page.keyboard.press("Enter")
    assert told.value.suggested_filename.endswith(".csv")


def _downloaded(row: Locator, word: str, folder: Path) -> Path:
    with row.page.expect_download() as told:
        row.get_by_role("button", name=f"({word})").click()
    file = folder / told.value.suggested_filename
    told.value.save_as(file)
    return file


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _rows(file: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.read_text("utf-8-sig"))))


def test_a_chart_fills_the_screen_and_goes_back(page: Page, address: str, heard: Heard):
    settled(page, f"{address}/models?runs=run-0&compare=Curves", title="Models")
    chart = page.locator(".chart").first
    before = chart.locator(".main-svg").first.bounding_box()
    chart.get_by_role("button", name="(Enlarge)").click()
    expect(chart.locator(".main-svg").first).not_to_have_attribute("height", str(round(before["height"])))
    assert page.evaluate("document.fullscreenElement.className") == "chart drawn"
    assert chart.locator(".main-svg").first.bounding_box()["width"] > 1.5 * before["width"]
    chart.get_by_role("button", name="(Enlarge)").click()
    expect(chart.locator(".main-svg").first).to_have_attribute("height", str(round(before["height"])))
    assert page.evaluate("document.fullscreenElement") is None
    assert heard.console == [] and heard.elsewhere == []


def test_a_chart_is_as_high_as_its_figure_says_and_stays_within_its_room(page: Page, address: str):
    settled(page, f"{address}/models?runs=run-0&compare=Curves", title="Models")
    for chart in page.locator(".chart").all():
        asked = json.loads(chart.evaluate("one => JSON.stringify(one.querySelector('.plot').layout.height)"))
        room = chart.locator("xpath=ancestor::*[@data-testid='stElementContainer'][1]").bounding_box()
        drawn = chart.locator(".main-svg").first.bounding_box()
        assert drawn["height"] == asked != 450, "not what plotly takes where nothing is said"
        assert drawn["height"] + 24 == pytest.approx(room["height"], abs=1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_chart_takes_the_colours_of_the_theme_without_being_drawn_anew(page: Page, address: str, scheme):
    page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
    settled(page, f"{address}/models?runs=run-0&compare=Curves", title="Models")
    chart = page.locator(".chart").first
    chart.locator(".main-svg").first.evaluate("one => { one.dataset.same = 'yes'; }")
    page.emulate_media(color_scheme=scheme)
    ink = page.locator(".stApp").evaluate("one => getComputedStyle(one).color")
    expect(chart.locator(".xtick text").first).to_have_css("fill", ink)
    assert chart.locator(".main-svg").first.get_attribute("data-same") == "yes"
