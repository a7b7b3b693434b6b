"""Data folders for the pages, and the app run without a browser."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.config import MODELS
from core.results import publish
from dashboard.workspace import Workspace
from tests.stores import write_store

MAIN = Path(__file__).parents[2] / "dashboard" / "main.py"

Visit = Callable[..., AppTest]


@pytest.fixture(scope="session", autouse=True)
def close_catalogues() -> Iterator[None]:
    """The pages keep catalogues open for later visits."""
    yield
    st.cache_resource.clear()


@pytest.fixture(scope="session")
def full_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two finished runs of all models, with real slides."""
    return write_store(tmp_path_factory.mktemp("full"), runs=2, patients=24, models=MODELS, slides=True)


@pytest.fixture(scope="session")
def plain_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One finished run without slides."""
    return write_store(tmp_path_factory.mktemp("plain"), runs=1, patients=24)


@pytest.fixture
def empty_data(tmp_path: Path) -> Path:
    """A published catalogue without any run."""
    publish(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """AppTest leaves its script behind as the main module, which a process that a later test spawns would run."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(autouse=True)
def own_workspace() -> Iterator[None]:
    """A page's test opens the workspace in this process, where no server that a later test starts could."""
    yield
    Workspace.close_all()


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Visit:
    """Opens one page on a data folder; `query` is the address's part after the question mark."""

    def opened(page: str, data: Path, /, **query: str) -> AppTest:
        monkeypatch.setenv("ACINUS_DATA", str(data))
        app = AppTest.from_function(page_script, args=(page,), default_timeout=60)
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return opened


def page_script(path):
    """What AppTest runs: it copies the text of this function, so that everything it needs stands inside."""
    from dashboard import visit

    visit.show(next(page for page in visit.PAGES if page.path == path))


def shown(app: AppTest) -> str:
    """All text on the page that is not inside a table or chart."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "success")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


def tables(app: AppTest) -> list[pd.DataFrame]:
    """The page's tables that are read (`dashboard.pieces.tables`); what a heading means is in `attrs`, by heading."""
    bodies = [element.proto.body for element in app.get("html")]
    return [read(body) for body in bodies if body.startswith('<table class="words"')]


def read(written: str) -> pd.DataFrame:
    """One of them, from its HTML."""
    found = ElementTree.fromstring(written)
    head = found.findall("thead/tr/th")
    names = ["".join(cell.itertext()) for cell in head]
    rows = [["".join(cell.itertext()) for cell in row] for row in found.findall("tbody/tr")]
    notes = {name: note.get("data-note") for name, cell in zip(names, head, strict=True) for note in cell.iter("span")}
    table = pd.DataFrame(rows, columns=names)
    table.attrs.update(notes)
    return table


def faults(app: AppTest) -> list[str]:
    """Sentences about what went wrong; red findings on a run's split are none."""
    return [str(error.value) for error in app.error if error.icon != ":material/gpp_bad:"]
