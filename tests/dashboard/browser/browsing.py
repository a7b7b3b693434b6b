"""What tests in a real browser share: a served data folder, and what the browser said and asked for."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import ConsoleMessage, Locator, Page, Request, expect

ROOT = Path(__file__).parents[3]
START_S = 60
WAIT_MS = 60_000
expect.set_options(timeout=WAIT_MS)
SLIDE, EXPRESSION = "One slide", "Gene symbols"
"""What the labels of the New case page's fields for files begin with."""
HOSTS = ("127.0.0.1", "localhost")


@dataclass
class Heard:
    """What the page said and asked for while it was used."""

    console: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        # opened at a page's own address, Streamlit first tries its health route below that address, then at the root
        if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
            self.console.append(message.text)

    def _asked(self, request: Request) -> None:
        scheme, _, rest = request.url.partition("://")
        if scheme in ("http", "https", "ws", "wss") and rest.split("/")[0].split(":")[0] not in HOSTS:
            self.elsewhere.append(request.url)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def served(data: Path, *options: str, port: int | None = None) -> Iterator[str]:
    """The address of a running server on a free port of this machine; `options` are Streamlit's own."""
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py", "--server.port", str(port), *options]
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "ACINUS_DATA": str(data)})
    try:
        _wait_until_it_answers(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def opened(page: Page, title: str) -> None:
    """Waits for a page's title and all that comes with it; it shows no exception."""
    expect(page.locator("h1").first).to_have_text(title)
    done(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def done(page: Page) -> None:
    """Waits until the server's script has ended: a click on what is about to be drawn anew would be lost."""
    expect(page.locator('[data-test-script-state="notRunning"]')).to_be_attached()


def upload(page: Page, what: str) -> Locator:
    """The field that takes a file of the New case page, by what its label begins with; fields come one by one."""
    return page.get_by_test_id("stFileUploader").filter(has_text=what).locator("input[type=file]")


def _wait_until_it_answers(url: str) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            with urlopen(url, timeout=2):
                return
        except OSError:
            assert time.monotonic() < deadline, f"the server did not answer within {START_S} s"
            time.sleep(0.2)
