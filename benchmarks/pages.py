"""How long a page takes until everything on it is drawn, in headless Chromium, with a warm and a cold browser cache.

    .venv/bin/python -m benchmarks.pages --data DATA_FOLDER ANOTHER --rounds 5

The server is warm: every page was asked for once. Beside the dashboard a bare Streamlit page with two plotly charts is
served and measured in the same rounds, so that what Streamlit, plotly and the machine take can be told from our share.
A page counts as rendered when its title stands, its script has ended, nothing waits anywhere on it, every chart and
table that the window shows is drawn, and none of that changes any more; the whole page, when those below are drawn too.
"""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import tyro
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from tests.chromium import ARGUMENTS, chromium

ROOT = Path(__file__).parents[1]
PAGES = ("", "data", "models", "evaluation", "patients", "new-case", "jobs", "about")
STILL_MS = 500
LONGEST_MS = 60_000
BARE = """
import plotly.graph_objects as go
import streamlit as st
st.title("Bare")
for key in "ab":
    st.plotly_chart(go.Figure(go.Bar(x=list(range(20)), y=list(range(20)))), key=key)
"""
WATCH = """
(() => {
  const all = (wanted) => [...document.querySelectorAll(wanted)];
  const seen = { since: null, state: "", window: null };
  const inWindow = (one) => {
    const { top, bottom } = one.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  };
  const look = () => {
    // what lies in a closed box is drawn when it is opened
    const charts = all('[data-testid="stPlotlyChart"], .chart').filter((one) => one.checkVisibility());
    const tables = all('[data-testid="stDataFrame"]').filter((one) => one.checkVisibility());
    const drawn = (is) => charts.filter(is).every((one) => one.querySelector(".main-svg")) &&
      tables.filter(is).every((one) => one.querySelector("canvas"));
    const ready = document.querySelector("h1")?.textContent &&
      document.querySelector('[data-test-script-state="notRunning"]') &&
      !all('[data-testid="stSkeleton"], [data-testid="stAppSkeleton"], [data-stale="true"]').length;
    const elements = all('[data-testid="stElementContainer"]').length;
    const state = ready && drawn(() => true) ? [charts.length, tables.length, elements].join() : "";
    if (state !== seen.state) Object.assign(seen, { state, since: performance.now() });
    if (!ready || !drawn(inWindow)) seen.window = null;
    else seen.window ??= performance.now();
    window.rendered = seen;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""
STILL = f"window.rendered?.state && performance.now() - window.rendered.since > {STILL_MS}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pages:
    """Measure the first render of every page."""

    data: tuple[Path, ...]
    """Data folders, one after the other."""
    rounds: int = 5
    """How often each page is opened; medians are printed."""
    only: tuple[str, ...] = PAGES
    """Paths of pages; the first page's is empty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Render:
    """One opening of one page."""

    seconds: float
    """Until all that the window shows is drawn."""
    whole: float
    """Until all that is below it is, too."""
    kilobytes: float
    """That the server sent through the web socket."""
    charts: int
    elements: int


def main(asked: Pages) -> None:
    """Serve the folders and the bare page, open all by turns, print medians."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "bare.py").write_text(BARE)
        addresses = {"bare page, two charts": stack.enter_context(served(folder / "bare.py", cwd=folder, data=folder))}
        for data in asked.data:
            address = stack.enter_context(served(ROOT / "dashboard" / "app.py", cwd=ROOT, data=data))
            addresses |= {f"{data.name}: /{page}": f"{address}/{page}" for page in asked.only}
        playwright = stack.enter_context(sync_playwright())
        warm, cold = measured(playwright, addresses, folder=folder, rounds=asked.rounds)
    printed(warm, cold)


def measured(
    playwright: Playwright, addresses: dict[str, str], *, folder: Path, rounds: int
) -> tuple[dict[str, list[Render]], dict[str, list[Render]]]:
    """All pages by turns, so that what else the machine does falls on all alike."""
    warm: dict[str, list[Render]] = {name: [] for name in addresses}
    cold: dict[str, list[Render]] = {name: [] for name in addresses}
    with browser(playwright, folder / "warm") as context:
        # a browser keeps compiled scripts only after it has met them twice
        for url in [*addresses.values()] * 2:
            opened(context, url)
        for turn in range(rounds):
            for place, (name, url) in enumerate(addresses.items()):
                warm[name].append(opened(context, url))
                with browser(playwright, folder / f"cold-{turn}-{place}") as fresh:
                    cold[name].append(opened(fresh, url))
    return warm, cold


def printed(warm: dict[str, list[Render]], cold: dict[str, list[Render]]) -> None:
    """One line a page; ratios are to the bare page of the same rounds."""
    bare = next(iter(warm))
    times = ("warm s", "x bare", "whole s", "x bare", "cold s", "x bare", "whole s")
    print(("{:34}" + "{:>9}" * 10).format("page", *times, "kB", "charts", "elements"))
    for name, renders in warm.items():
        a, b = middle(renders), middle(cold[name])
        of = middle(warm[bare]), middle(cold[bare])
        last = renders[-1]
        seconds = (a.seconds, a.seconds / of[0].seconds, a.whole, a.whole / of[0].whole)
        seconds += (b.seconds, b.seconds / of[1].seconds, b.whole)
        print(
            f"{name:34}"
            + "".join(f"{one:9.2f}" for one in seconds)
            + f"{last.kilobytes:9.0f}{last.charts:9d}{last.elements:9d}"
        )


def middle(renders: Sequence[Render]) -> Render:
    """Medians of the times; all else is alike."""
    return replace(
        renders[-1],
        seconds=statistics.median(render.seconds for render in renders),
        whole=statistics.median(render.whole for render in renders),
    )


def opened(context: BrowserContext, url: str) -> Render:
    """A page in a tab of its own, from the request until it is rendered."""
    page = context.new_page()
    received: list[int] = []
    page.on("websocket", lambda line: line.on("framereceived", lambda data: received.append(len(data))))
    page.add_init_script(WATCH)
    page.goto(url, wait_until="commit")
    page.wait_for_function(STILL, timeout=LONGEST_MS)
    render = _render(page, sum(received))
    page.close()
    return render


def _render(page: Page, received: int) -> Render:
    seen = page.evaluate("window.rendered")
    charts, _, elements = map(int, seen["state"].split(","))
    return Render(
        seconds=seen["window"] / 1000,
        whole=seen["since"] / 1000,
        kilobytes=received / 1000,
        charts=charts,
        elements=elements,
    )


@contextmanager
def browser(playwright: Playwright, profile: Path) -> Iterator[BrowserContext]:
    """A browser with a profile on disk, as a user's."""
    context = playwright.chromium.launch_persistent_context(
        profile, executable_path=chromium(), args=list(ARGUMENTS), viewport={"width": 1440, "height": 900}
    )
    yield context
    context.close()


@contextmanager
def served(script: Path, *, cwd: Path, data: Path) -> Iterator[str]:
    """The address of a Streamlit server that answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    options = ["--server.headless", "true", "--browser.gatherUsageStats", "false"]
    environment = {**os.environ, "ACINUS_DATA": str(data.absolute())}
    server = subprocess.Popen(command + options, cwd=cwd, env=environment, stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                    break
            except (URLError, TimeoutError):
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main(tyro.cli(Pages))
