"""The whole story in a real browser, on the server as it ships: pages, a patient, the attention map, no other host."""

from pathlib import Path

from playwright.sync_api import Page, expect

from dashboard.app_pages.evaluation.page import TOPICS
from tests.dashboard.browser.browsing import EXPRESSION, Heard, done, opened, upload
from tests.dashboard.worklists import write_slides


def test_the_pages_are_walked_without_error_and_without_another_host(page: Page, address: str, heard: Heard):
    answer = page.goto(address)
    assert answer is not None and "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    opened(page, "Cohort")
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    walk = (("Data", 0), ("Models", 3), ("Evaluation", 2), ("Patients", 0), ("New case", 0), ("Cohort", 2))
    for name, charts in walk:
        page.get_by_test_id("stSidebarNav").get_by_text(name, exact=True).click()
        opened(page, name)
        expect(page.locator(".js-plotly-plot")).to_have_count(charts)
    assert heard.console == [] and heard.elsewhere == []


def test_every_topic_of_the_evaluation_is_drawn_and_kept_in_the_address(page: Page, address: str, heard: Heard):
    page.goto(f"{address}/evaluation?run=run-0")
    opened(page, "Evaluation")
    for name, topic in list(TOPICS.items())[::-1]:
        page.get_by_test_id("stMain").get_by_role("radio", name=name, exact=True).click()
        expect(page.locator("h2").first).to_have_text(topic.question)
        expect(page.locator(".js-plotly-plot").first).to_be_attached()
        done(page)
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
    opened(page, "Data")
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


def test_a_table_handed_in_is_answered_in_words(page: Page, address: str, heard: Heard, tmp_path: Path):
    page.goto(f"{address}/new-case")
    opened(page, "New case")
    given = tmp_path / "own name.tsv"
    given.write_text("gene\tS1\nTP53\t1.5\n")
    upload(page, EXPRESSION).set_input_files(given)
    expect(page.locator(".st-key-case-expression-given")).to_be_visible()
    page.get_by_role("button", name="Check and predict").click()
    # the stores of these tests hold no weights that fit: what matters is that the process's sentence arrives
    expect(page.get_by_test_id("stAlert").first).to_contain_text("has 0 of")
    page.reload()
    expect(page.get_by_test_id("stAlert").first).to_contain_text("has 0 of")
    assert "case=" in page.url
    page.get_by_role("button", name="Delete …").click()
    page.get_by_role("button", name="Delete it for good").click()
    expect(page.get_by_role("button", name="Check and predict")).to_be_visible()
    assert "case=" not in page.url
    assert heard.console == [] and heard.elsewhere == []
