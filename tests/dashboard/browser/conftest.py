"""One browser and one served store for all tests in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.chromium import ARGUMENTS, chromium
from tests.dashboard.browser.browsing import WAIT_MS, Heard, served

MARKS = (
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium was found"),
    pytest.mark.xdist_group("browser"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            for mark in MARKS:
                item.add_marker(mark)


@pytest.fixture(scope="module")
def address(full_data: Path) -> Iterator[str]:
    """A server of `full_data`."""
    with served(full_data) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A fresh browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    """A page of a fresh browser."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(WAIT_MS)
    return page


@pytest.fixture
def heard(page: Page) -> Heard:
    """What the page says and asks for from now on."""
    found = Heard()
    found.listen(page)
    return found
