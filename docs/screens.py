"""`make screens`: pictures of every page, from the data folder given, into docs/screens."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import tyro
from playwright.sync_api import Page, sync_playwright

from core.console import ended, say
from core.errors import InputError
from core.results import Store
from dashboard.cases import intake
from dashboard.cases.folder import CaseFolder
from dashboard.cases.request import Request
from tests.chromium import ARGUMENTS, chromium

ROOT = Path(__file__).parents[1]
SIZE = {"width": 1440, "height": 900}
PARTS: tuple[intake.Kind, ...] = ("slide", "expression")
SETTLE_MS = 1500
"""Charts are drawn in steps; a picture waits this long after the last request."""


BEGINNINGS = {"patients": ".st-key-case-name", "curves": ".st-key-compare"}
"""What a picture begins with, where it is not the page's title."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Screens:
    """Take pictures of the dashboard."""

    data: Path = Path("data")
    """Data folder with at least one finished run."""
    out: Path = Path("docs/screens")
    """Where the pictures go."""
    slide: Path | None = None
    """Slide of a case to predict; without it the New case page shows its form."""
    expression: Path | None = None
    """Expression table of that case."""
    sample: str = ""
    """Its sample, when the table has several."""
    dark: bool = False
    """In the dark theme."""

    def __call__(self) -> None:
        browser_path = chromium()
        if browser_path is None:
            raise InputError("no Chromium was found; install one, e.g. apt-get install chromium")
        runs, patient = newest_runs(self.data)
        run, both = runs[0], "&".join(f"runs={name}" for name in runs)
        case = predicted(self, run)
        self.out.mkdir(parents=True, exist_ok=True)
        with served(self.data) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path, args=list(ARGUMENTS))
            page = browser.new_page(viewport=SIZE, color_scheme="dark" if self.dark else "light")  # type: ignore[arg-type]
            addresses = {
                "cohort": address,
                "data": f"{address}/data",
                "models": f"{address}/models?{both}",
                "curves": f"{address}/models?{both}&compare=Curves",
                "evaluation": f"{address}/evaluation?run={run}&topic=Modalities",
                "patients": f"{address}/patients?run={run}&patient={patient}",
                "new_case": f"{address}/new-case" + (f"?case={case.id}" if case else ""),
                "jobs": f"{address}/jobs",
                "about": f"{address}/about",
            }
            for name, url in addresses.items():
                take(page, url, self.out / f"{name}.png", scroll_to=BEGINNINGS.get(name))
            browser.close()
        if case:
            case.delete()


def newest_runs(data: Path) -> tuple[tuple[str, ...], str]:
    """The newest finished runs, two at most, and a patient whose class the newest tells with the most confidence."""
    store = Store.open(data)
    runs = store.runs() if store else None
    if store is None or runs is None or not (runs["status"] == "finished").any():
        raise InputError(f"{data} holds no finished run; run `make demo-run` first")
    names = tuple(map(str, runs[runs["status"] == "finished"]["run"].head(2)))
    predictions = store.predictions(names[0])
    right = predictions[(predictions["predicted"] == predictions["label"]) & (predictions["label"] == 1)]
    store.close()
    return names, str(right.sort_values("confidence")["patient"].iloc[-1])


def predicted(screens: Screens, run: str) -> CaseFolder | None:
    """A case of the given files, once it is predicted; None when no files are given."""
    if screens.slide is None and screens.expression is None:
        return None
    case = CaseFolder.new(screens.data.absolute())
    slide, expression = (
        None if file is None else case.link(file, part=part, suffix=intake.suffix_of(file, kind=part))
        for part, file in zip(PARTS, (screens.slide, screens.expression), strict=True)
    )
    case.start(Request(run=run, slide=slide, expression=expression, sample=screens.sample))
    while (status := case.status()).state == "running":
        time.sleep(0.5)
    if status.state == "failed":
        case.delete()
        raise InputError(status.problem)
    return case


@contextmanager
def served(data: Path) -> Iterator[str]:
    """The dashboard on a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py", "--server.port", str(port)]
    environment = {**os.environ, "ACINUS_DATA": str(data.absolute())}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                    break
            except URLError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def take(page: Page, url: str, file: Path, *, scroll_to: str | None) -> None:
    """One picture of one page, once it stands still."""
    page.goto(url)
    page.wait_for_selector("h1")
    page.wait_for_selector('[data-testid="stStatusWidget"]', state="detached")
    page.wait_for_load_state("networkidle")
    if scroll_to is not None:
        # what comes late moves what stands below it
        page.wait_for_timeout(SETTLE_MS)
        page.locator(scroll_to).first.evaluate("node => node.scrollIntoView()")
        page.get_by_test_id("stMain").evaluate("main => main.scrollBy(0, -90)")
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=file)
    say(f"wrote {file}")


if __name__ == "__main__":
    sys.exit(ended(tyro.cli(Screens)))
