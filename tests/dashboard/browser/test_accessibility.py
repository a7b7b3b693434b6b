"""What eyes and fingers need: text that stands out from what it lies on, and every control reached by Tab."""

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.browser.browsing import opened

PAGES = {
    "": "Cohort",
    "data": "Data",
    "models": "Models",
    "evaluation": "Evaluation",
    "patients": "Patients",
    "new-case": "New case",
    "about": "About",
}
MOST_TABS = 250
FAINT = """
() => {
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
  const walker = document.createTreeWalker(document.querySelector(".stApp"), NodeFilter.SHOW_TEXT);
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
FOCUSED = """
() => {
  const one = document.activeElement, before = window.looks.get(one);
  return before && [one.dataset.control, before !== window.look(one)];
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_what_it_lies_on(page: Page, address: str, scheme: str):
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    faint = {}
    for path in PAGES:
        _settled(page, f"{address}/{path}")
        faint[path] = page.evaluate(FAINT)
    assert {path: found for path, found in faint.items() if found} == {}


@pytest.mark.parametrize("path", PAGES)
def test_tab_reaches_every_control_and_shows_where_it_is(page: Page, address: str, path: str):
    _settled(page, f"{address}/{path}")
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


def _settled(page: Page, url: str) -> None:
    page.goto(url)
    opened(page, PAGES[url.rpartition("/")[2]])
    expect(page.locator('[data-test-script-state="notRunning"]')).to_be_attached()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    charts = page.locator(".js-plotly-plot").count()
    expect(page.locator(".chart-downloads")).to_have_count(charts)
    # colours are faded in
    page.wait_for_timeout(400)
