"""Every place of the dashboard that an address opens, walked once a theme; tests then ask what was found."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote_plus

from playwright.sync_api import Browser, Page, expect

from dashboard.app_pages.about.page import TOPICS as ABOUT
from dashboard.app_pages.evaluation.page import TOPICS
from tests.dashboard.browser.browsing import WAIT_MS, done, opened

SLIDE = "TCGA-A2-0001-DX1"
SLIDES = {SLIDE: "done", "TCGA-A2-0002-DX1": "ink", "TCGA-BH-0003-DX1": "failed"}
SIZE = {"width": 1280, "height": 900}

PLACES: Mapping[str, tuple[str, str]] = {
    "cohort": ("/", "Cohort"),
    "slides": ("/data", "Data"),
    "one slide": (f"/data?slide={SLIDE}", "Data"),
    "models": ("/models", "Models"),
    **{f"evaluation: {name}": (f"/evaluation?run=run-0&topic={quote_plus(name)}", "Evaluation") for name in TOPICS},
    "patients": ("/patients?run=run-0", "Patients"),
    "one patient": ("/patients?run=run-0&patient=TCGA-A2-0001", "Patients"),
    "new case": ("/new-case", "New case"),
    "jobs": ("/jobs", "Jobs"),
    **{f"about: {name}": (f"/about?about={quote_plus(name)}", "About") for name in ABOUT},
}
"""Address and title by name."""

SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => list.getEntries().forEach((one) => window.shifts.push({
  value: one.value, recent: one.hadRecentInput,
  what: one.sources.map((source) => `${source.node?.className ?? source.node} ` +
    `${Math.round(source.previousRect.y)} -> ${Math.round(source.currentRect.y)}`).slice(0, 3).join("; "),
}))).observe({ type: "layout-shift", buffered: true });
"""


def settled(page: Page, url: str, *, title: str) -> None:
    """Opens a place and waits until everything on it is drawn."""
    page.goto(url)
    opened(page, title)
    drawn(page)


def drawn(page: Page) -> None:
    """Waits until the script has ended, nothing stands in for what is to come, and colours are faded in."""
    done(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    # a chart in a closed box is drawn when that is opened; one that was not handed its figure yet has no height
    page.wait_for_function(
        "[...document.querySelectorAll('.chart:not(.drawn)')].every((one) => !one.checkVisibility())"
    )
    page.wait_for_timeout(400)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """How far what was read already moved, as a share of the window (Web Vitals' cumulative layout shift)."""

    value: float
    what: tuple[str, ...]


def shift(page: Page) -> Shift:
    """All of it since the page was opened, or since it was last asked; what answers a key or a click is left out."""
    found = page.evaluate("window.shifts.splice(0)")
    own = [one for one in found if not one["recent"]]
    return Shift(value=sum(one["value"] for one in own), what=tuple(one["what"] for one in own if one["value"] > 0.01))


def new_page(browser: Browser, *, scheme: str) -> Page:
    """A page in one theme that notes what moves."""
    page = browser.new_page(viewport=SIZE, color_scheme=scheme)  # type: ignore[arg-type]
    page.set_default_timeout(WAIT_MS)
    page.add_init_script(SHIFTS)
    return page
