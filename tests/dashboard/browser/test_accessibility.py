"""What eyes and fingers need: text that stands out from what it lies on, and every control reached by Tab."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.dashboard.browser.places import PLACES, SLIDE, SLIDES, Shift, drawn, new_page, settled, shift
from tests.dashboard.worklists import write_slides

MOST_TABS = 250
DARK = "rgb(21, 20, 27)"
FADE_MS = 600
"""Colours are faded from one theme to the other."""
MOST_SHIFT = 0.1
"""Good by Web Vitals."""
SLOWER = 6
"""Times: what comes together on a fast machine comes piece by piece then."""
NAMED = frozenset(
    {
        "button", "link", "textbox", "searchbox", "combobox", "listbox", "spinbutton", "slider", "checkbox", "radio",
        "switch", "tab", "image", "grid", "dialog", "progressbar",
    }
)  # fmt: skip
"""Roles that mean nothing without a name."""
FAINT = """
(root) => {
  const parsed = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    return colour.startsWith("color(") ? [r * 255, g * 255, b * 255, a] : [r, g, b, a];
  };
  const over = (top, below) => [0, 1, 2].map((at) => top[at] * top[3] + below[at] * (1 - top[3]));
  const lines = (node) => node ? [node, ...lines(node.parentElement)] : [];
  // what is drawn over the edge of a box does not lie on it
  const holds = (one, box) => {
    if (getComputedStyle(one).overflowY !== "visible") return true;
    const { left, right, top, bottom } = one.getBoundingClientRect();
    const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    return x >= left && x <= right && y >= top && y <= bottom;
  };
  const ground = (node, box) => {
    const under = lines(node).filter((one) => holds(one, box));
    const layers = under.map((one) => parsed(getComputedStyle(one).backgroundColor)).filter((one) => one[3] > 0);
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const linear = (c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const luminance = (colour) => {
    const [r, g, b] = colour.map((one) => linear(one / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const found = [];
  const walker = document.createTreeWalker(root ?? document.querySelector(".stApp"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const holder = node.parentElement, said = node.textContent.trim();
    // what is switched off is exempt (WCAG 2.2, 1.4.3), and so is what only a reader for the blind reads out
    if (!said || !holder.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (holder.closest("[disabled], [aria-disabled=true], [aria-hidden=true], script, style, canvas")) continue;
    const box = document.createRange(); box.selectNodeContents(node);
    const place = box.getBoundingClientRect();
    if (place.width < 2 || place.height < 2) continue;
    const style = getComputedStyle(holder), drawn = holder instanceof SVGElement ? style.fill : style.color;
    if (drawn === "none") continue;
    const colour = parsed(drawn), below = ground(holder, place);
    const shown = lines(holder).reduce((share, one) => share * Number(getComputedStyle(one).opacity), colour[3]);
    const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
    const wanted = size >= 24 || (bold && size >= 18.66) ? 3 : 4.5;
    const seen = contrast(over([...colour.slice(0, 3), shown], below), below);
    if (seen < wanted) found.push(`${said.slice(0, 40)}: ${seen.toFixed(2)} (${drawn} on ${below.map(Math.round)})`);
  }
  return [...new Set(found)];
}
"""
CONTROLS = """
() => {
  const wanted = "button, a[href], input, select, textarea, summary, [role=slider], [role=combobox], [tabindex='0']";
  const usable = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled && one.tabIndex >= 0 &&
    !one.closest("[disabled], [inert], [aria-hidden=true], .modebar") && one.getBoundingClientRect().width > 0;
  // of radio buttons, pills and tabs, Tab reaches one and the arrow keys the others
  const group = (one) => one.closest("[role=radiogroup], [role=toolbar], [role=tablist]") ?? one;
  // a ring, or another look than without focus, on the control or on what frames it
  window.look = (one) => {
    const frame = one.closest('[data-testid="stDataFrame"]') ?? one;
    const above = [one.parentElement, one.parentElement.parentElement, one.parentElement.parentElement.parentElement];
    return [one, frame, ...above, ...one.parentElement.children, ...one.children].map((node) => getComputedStyle(node))
      .map((s) => [s.outline, s.boxShadow, s.borderColor, s.backgroundColor, s.textDecorationLine, s.opacity].join())
      .join();
  };
  window.looks = new Map();
  const found = [...document.querySelectorAll(wanted)].filter(usable);
  found.forEach((one, place) => {
    const whole = group(one);
    whole.dataset.place ??= String(place);
    one.dataset.control = whole.dataset.place;
    window.looks.set(one, window.look(one));
  });
  return Object.fromEntries(found.map((one) => [one.dataset.control, one.outerHTML.slice(0, 160)]));
}
"""
BEYOND = """
() => Math.max(...[...document.querySelectorAll('[data-testid="stMain"], [data-testid="stDialog"] > *')]
  .map((one) => one.scrollWidth - one.clientWidth))
"""
FOCUSED = """
() => {
  const one = document.activeElement, before = window.looks.get(one);
  return before && [one.dataset.control, before !== window.look(one)];
}
"""

WITHIN = """
(box) => [...box.querySelectorAll("button, a[href], input, select, textarea")]
  .filter((one) => one.checkVisibility() && !one.disabled && one.tabIndex >= 0)
  .map((one, place) => one.dataset.place = String(place))
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What there was to find at one place."""

    title: str
    faint: tuple[str, ...]
    nameless: tuple[str, ...]
    shift: Shift
    beyond_px: int
    """Width that the window cannot show, on the page or its drawer."""


Walk = Mapping[str, Found]


@pytest.fixture(scope="module")
def walk(browser: Browser, address: str, full_data: Path) -> Walk:
    """Every place in both themes, opened once."""
    write_slides(full_data, SLIDES)
    return dict(_walked(browser, address))


def test_all_text_stands_out_from_what_it_lies_on(walk: Walk):
    assert {place: one.faint for place, one in walk.items() if one.faint} == {}


def test_every_control_and_every_picture_has_a_name(walk: Walk):
    assert {place: one.nameless for place, one in walk.items() if one.nameless} == {}


def test_every_page_says_its_own_name_in_the_tab(walk: Walk):
    assert {place: one.title for place, one in walk.items()} == {
        place: f"{title} · Acinus" for place, (_, title) in PLACES.items()
    }


def test_nothing_jumps_while_a_page_opens(walk: Walk):
    assert {place: one.shift for place, one in walk.items() if one.shift.value >= MOST_SHIFT} == {}


@pytest.mark.parametrize("name", ["cohort", "slides", "models", "patients", "new case"])
def test_nothing_jumps_on_a_slow_processor_either(browser: Browser, address: str, full_data: Path, name: str):
    write_slides(full_data, SLIDES)
    path, title = PLACES[name]
    page = new_page(browser, scheme="light")
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    settled(page, f"{address}{path}", title=title)
    assert shift(page).value < MOST_SHIFT
    page.context.close()


@pytest.mark.parametrize(
    ("path", "title", "role", "name"),
    [
        ("/evaluation?run=run-0&topic=Comparisons", "Evaluation", "radio", "Brier score"),
        ("/evaluation?run=run-0&topic=Subgroups", "Evaluation", "radio", "Accuracy"),
        ("/data", "Data", "button", "ink 1"),
        ("/about?about=Cite+and+licences", "About", "radio", "Keyboard"),
    ],
)
def test_nothing_jumps_when_something_is_chosen(
    browser: Browser, address: str, full_data: Path, path: str, title: str, role: Any, name: str
):
    write_slides(full_data, SLIDES)
    page = new_page(browser, scheme="light")
    settled(page, f"{address}{path}", title=title)
    shift(page)
    page.get_by_test_id("stMain").get_by_role(role, name=name, exact=True).click()
    page.wait_for_timeout(600)
    drawn(page)
    assert shift(page).value < MOST_SHIFT
    page.context.close()


def test_nothing_is_cut_off_at_1280_pixels(walk: Walk):
    assert {place: one.beyond_px for place, one in walk.items() if one.beyond_px > 0} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_of_the_slide_viewer_stands_out(browser: Browser, address: str, scheme: str):
    page = new_page(browser, scheme=scheme)
    page.goto(f"{address}/patients?run=run-0&patient=TCGA-A2-0000&view=55.raw.Viridis.q")
    expect(page.locator(".pane .crop")).to_have_count(12)
    expect(page.locator(".pane .surfaces")).to_be_visible()
    page.locator("button[name=compare]").click()
    page.locator("button[name=keys]").click()
    expect(page.locator(".pane .crop")).to_have_count(24)
    page.wait_for_timeout(400)
    assert page.locator(".viewer").evaluate(FAINT) == []
    page.context.close()


def _walked(browser: Browser, address: str) -> Iterator[tuple[str, Found]]:
    page = new_page(browser, scheme="light")
    tree = page.context.new_cdp_session(page)
    for name, (path, title) in PLACES.items():
        page.emulate_media(color_scheme="light")
        settled(page, f"{address}{path}", title=title)
        assert page.locator("html").get_attribute("lang") == "en"
        moved, beyond_px = shift(page), page.evaluate(BEYOND)
        nodes = tree.send("Accessibility.getFullAXTree")["nodes"]
        light = page.evaluate(FAINT)
        page.emulate_media(color_scheme="dark")
        expect(page.locator(".stApp")).to_have_css("background-color", DARK)
        page.wait_for_timeout(FADE_MS)
        yield (
            name,
            Found(
                title=page.title(),
                faint=tuple(
                    f"{scheme}: {one}"
                    for scheme, some in (("light", light), ("dark", page.evaluate(FAINT)))
                    for one in some
                ),
                nameless=_nameless(nodes),
                shift=moved,
                beyond_px=beyond_px,
            ),
        )
    page.context.close()


def _nameless(nodes: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Controls and pictures that somebody who does not see them is not told about."""
    told = [(node.get("role", {}).get("value"), node.get("name", {}).get("value", "")) for node in nodes
            if not node["ignored"]]  # fmt: skip
    return tuple(role for role, name in told if role in NAMED and not name.strip())


@pytest.mark.parametrize("name", PLACES)
def test_tab_reaches_every_control_and_shows_where_it_is(page: Page, address: str, full_data: Path, name: str):
    write_slides(full_data, SLIDES)
    path, title = PLACES[name]
    settled(page, f"{address}{path}", title=title)
    page.add_style_tag(content="* { transition: none !important }")
    controls = page.evaluate(CONTROLS)
    seen: dict[str, bool] = {}
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused and seen.keys() >= controls.keys():
            break
        if focused:
            seen[focused[0]] = focused[1]
    assert [html for place, html in controls.items() if place not in seen] == []
    assert [controls[place] for place, is_shown in seen.items() if not is_shown] == []


@pytest.mark.parametrize(
    ("path", "title", "opened"),
    [
        ("/", "Cohort", "patient=TCGA"),
        ("/patients?run=run-0", "Patients", "patient=TCGA"),
        ("/data", "Data", f"slide={SLIDE}"),
    ],
)
def test_tab_passes_a_table_whose_rows_open_and_enter_opens_its_first(
    page: Page, address: str, full_data: Path, path: str, title: str, opened: str
):
    write_slides(full_data, SLIDES)
    settled(page, f"{address}{path}", title=title)
    before = page.url
    canvas = page.locator("[class*='-table-'] canvas").first
    page.locator("[class*='-table-'] button").last.focus()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if canvas.evaluate("one => one === document.activeElement"):
            break
    expect(canvas).to_be_focused()
    page.wait_for_timeout(1500)
    assert page.url == before and page.locator("h1").inner_text() == title
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(opened))


@pytest.mark.parametrize(
    ("path", "title", "box"),
    [
        ("/", "Cohort", "Saved selections"),
        ("/evaluation?run=run-0", "Evaluation", "Report"),
        ("/models?runs=run-0&compare=Manage", "Models", "Rename …"),
        ("/models?runs=run-0&compare=Manage", "Models", "Delete …"),
    ],
)
def test_a_box_opens_by_enter_tab_stays_in_it_and_escape_goes_back(
    page: Page, address: str, path: str, title: str, box: str
):
    settled(page, f"{address}{path}", title=title)
    button = page.get_by_test_id("stPopover").get_by_role("button", name=box)
    button.focus()
    page.keyboard.press("Enter")
    body = page.get_by_test_id("stPopoverBody")
    expect(body).to_be_visible()
    drawn(page)
    wanted = body.evaluate(WITHIN)
    reached: set[str] = set()
    for _ in range(3 * len(wanted) + 3):
        page.keyboard.press("Tab")
        reached.add(
            body.evaluate("(one) => one.contains(document.activeElement) ? document.activeElement.dataset.place : ''")
        )
    assert wanted and set(wanted) <= reached and "" not in reached
    body.locator('[data-place="0"]').focus()
    page.keyboard.press("Shift+Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Escape")
    expect(body).to_have_count(0)
    expect(button).to_be_focused()


def test_charts_offer_nothing_but_zoom_pan_and_back(page: Page, address: str):
    """Plotly's own tool bar would send the chart to its makers."""
    settled(page, f"{address}/models?runs=run-0&compare=Curves", title="Models")
    for chart in page.locator(".chart").all():
        offered = chart.locator(".modebar-btn").evaluate_all("all => all.map((one) => one.dataset.title)")
        assert offered == ["Zoom", "Pan", "Reset axes"]
