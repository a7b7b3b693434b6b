"""How long a click on a chart of the Cohort page takes, until charts, counts and table are those of the new selection.

    .venv/bin/python -m benchmarks.cohort --data gen-100000 --rounds 5

In headless Chromium, on a warm server, each click on another bar and so on a selection that nobody asked for before. In
the same rounds a bare Streamlit page of two plotly charts runs again at the press of a button: the machine's own share.
"""

import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import tyro
from playwright.sync_api import Page, sync_playwright

from benchmarks.pages import BARE, ROOT, browser, served

BARE_AGAIN = f"""{BARE}
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
st.button("again")
st.text(f"run {{st.session_state['runs']}}")
"""
IDLE = """
document.querySelector('[data-test-script-state="notRunning"]') &&
  !document.querySelectorAll('[data-stale="true"]').length
"""
LONGEST_MS = 60_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Clicks:
    """Measure clicks on bars."""

    data: Path
    """Folder with a published catalogue; benchmarks/generated.py writes one."""
    rounds: int = 5
    """Clicks; medians are printed."""


def main(asked: Clicks) -> None:
    """Serve both, click by turns, print medians."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "bare.py").write_text(BARE_AGAIN)
        bare_address = stack.enter_context(served(folder / "bare.py", cwd=folder, data=folder))
        address = stack.enter_context(served(ROOT / "dashboard" / "app.py", cwd=ROOT, data=asked.data))
        playwright = stack.enter_context(sync_playwright())
        context = stack.enter_context(browser(playwright, folder / "profile"))
        bare, page = context.new_page(), context.new_page()
        bare.goto(bare_address)
        page.goto(address)
        page.locator("section.panel").first.wait_for(timeout=LONGEST_MS)
        page.wait_for_function(IDLE, timeout=LONGEST_MS)
        again(bare)
        seconds = [(again(bare), *clicked(page, place)) for place in range(asked.rounds)]
    base, drawn, whole = (statistics.median(column) for column in zip(*seconds, strict=True))
    print(
        f"{asked.data.name}: charts and counts of the new selection {drawn:.2f} s ({drawn / base:.1f} x a bare rerun)"
    )
    print(f"everything, models and table too {whole:.2f} s ({whole / base:.1f} x); bare rerun {base:.2f} s")


def again(page: Page) -> float:
    """Seconds of a run of the bare page."""
    page.bring_to_front()
    runs = page.get_by_text("run ", exact=False).last
    before = runs.inner_text()
    start = time.perf_counter()
    page.get_by_role("button", name="again").click()
    page.wait_for_function(
        "before => document.body.innerText.includes('run ') && !document.body.innerText.includes(before)",
        arg=f"{before}\n",
        timeout=LONGEST_MS,
    )
    page.wait_for_function(IDLE, timeout=LONGEST_MS)
    return time.perf_counter() - start


def clicked(page: Page, place: int) -> tuple[float, float]:
    """Seconds until the charts are those of another selection, and until nothing is left to do."""
    page.bring_to_front()
    charts = page.locator("section.panel")
    chart = charts.nth(2 + place % (charts.count() - 2))
    bar = chart.locator("button.group").first
    start = time.perf_counter()
    bar.click()
    page.wait_for_function(
        "bar => bar.getAttribute('aria-pressed') === 'true'", arg=bar.element_handle(), timeout=LONGEST_MS
    )
    drawn = time.perf_counter() - start
    page.wait_for_function(IDLE, timeout=LONGEST_MS)
    return drawn, time.perf_counter() - start


if __name__ == "__main__":
    main(tyro.cli(Clicks))
