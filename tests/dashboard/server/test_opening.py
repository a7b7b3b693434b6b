"""Streamlit's empty shell, sent with what keeps pages from jumping."""

import tomllib
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import FileResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from dashboard import palette, visit
from dashboard.server import front_files
from dashboard.server.front_files import BEGIN_WITH, EVERYWHERE, MODULES, OWN, SHELL, needed, opening
from dashboard.server.security import inline_script_hashes
from dashboard.viewer.mounted import FRONT

BROWSER = {"accept": "text/html,*/*", "accept-encoding": "gzip", "if-none-match": "*"}
CONFIG = tomllib.loads((Path(__file__).parents[3] / ".streamlit" / "config.toml").read_text())


@pytest.fixture(scope="module")
def client() -> TestClient:
    """Streamlit's own files behind the middleware."""
    served = [*front_files.routes(), Mount("/", StaticFiles(directory=SHELL.parent, html=True))]
    return TestClient(Starlette(routes=served, middleware=[Middleware(front_files.Opening)]))


def test_a_browser_that_opens_an_address_gets_style_and_skeleton_at_once(client: TestClient):
    answer = client.get("/", headers=BROWSER)
    assert answer.status_code == 200 and answer.text == opening("")
    assert answer.headers["cache-control"] == "no-cache" and "etag" not in answer.headers
    assert '<div id="opening"' in answer.text and "stMainBlockContainer" in answer.text
    assert "<title>Acinus</title>" in answer.text and '<div id="root">' in answer.text


def test_the_first_page_is_found_by_its_name_too_with_what_is_asked_of_it(client: TestClient):
    assert visit.PAGES[0].path == front_files.FIRST
    answer = client.get("/cohort?site=A2&site=B%20H", headers=BROWSER, follow_redirects=False)
    assert answer.status_code == 307 and answer.headers["location"] == "./?site=A2&site=B%20H"
    assert client.get("/cohort", headers=BROWSER).text == opening("")


def test_every_other_file_is_sent_as_it_is(client: TestClient):
    script = next(MODULES.glob("index.*.js"))
    assert client.get(f"/static/js/{script.name}", headers=BROWSER).content == script.read_bytes()
    assert client.get("/front/opening.html", headers=BROWSER).text.startswith('<div id="opening"')
    assert client.get("/", headers={"accept": "*/*"}).text == SHELL.read_text()
    assert client.get("/nowhere", headers=BROWSER).status_code == 404


@pytest.mark.parametrize("path", ["", *(page.path for page in visit.PAGES)])
def test_a_page_brings_no_script_that_the_policy_does_not_know_and_names_only_files_that_exist(path: str):
    html = opening(path)
    assert inline_script_hashes(html) == inline_script_hashes(SHELL.read_text())
    named = [part.split('"')[0] for part in html.split('modulepreload" href="./static/js/')[1:]]
    assert named and all((MODULES / name).is_file() for name in named)
    assert len(set(named)) == len(named)


def test_streamlit_has_each_module_that_is_fetched_early_and_what_it_imports_comes_along():
    for name in {*EVERYWHERE, *(name for names in BEGIN_WITH.values() for name in names)}:
        assert any(file.startswith(f"{name}.") for file in needed((name,))), name
    assert {file.split(".")[0] for file in needed(("DataFrame",))} >= {"DataFrame", "Quiver", "recordbatch"}
    assert needed(("NoSuchModule",)) == ()


def test_the_page_of_a_patient_fetches_charts_and_the_viewer_early_and_the_list_does_not():
    # Streamlit sends its shell for the path of every page
    shell = Route("/patients", lambda _: FileResponse(SHELL))
    client = TestClient(Starlette(routes=[shell], middleware=[Middleware(front_files.Opening)]))
    case = client.get("/patients?run=a&patient=b", headers=BROWSER).text
    listed = client.get("/patients?run=patient", headers=BROWSER).text
    assert case == opening(front_files.CASE) and listed == opening("patients")
    assert "./charts/charts.js" in case and "./charts/" not in listed
    named = {part.split('"')[0] for part in case.split('modulepreload" href="./viewer/')[1:]}
    assert named == {file.name for file in FRONT.glob("*.js")} - {"openseadragon.min.js"}
    assert "./viewer/" not in listed


def test_what_is_said_of_pages_is_said_of_pages_that_exist():
    first, *others = (page.path for page in visit.PAGES)
    assert first == front_files.FIRST
    assert {"", *others, front_files.CASE} >= BEGIN_WITH.keys() | OWN.keys()


def test_the_skeleton_and_the_page_have_the_colours_of_the_theme():
    style, skeleton = (Path(front_files.FOLDER / name).read_text() for name in ("style.css", "opening.css"))
    assert palette.ACCENT in style
    for theme in (CONFIG["theme"]["light"], CONFIG["theme"]["dark"]):
        for colour in (theme["backgroundColor"], theme["sidebar"]["backgroundColor"], theme["borderColor"]):
            assert colour in skeleton
