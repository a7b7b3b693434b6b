"""The viewer as the server mounts it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.viewer.mounted import FRONT, Viewer, address

ROOT = Path(__file__).parents[3]
SCRIPTS = sorted(path.name for path in FRONT.iterdir() if path.suffix == ".js")


@pytest.fixture
def client(full_data: Path) -> Iterator[TestClient]:
    viewer = Viewer(lambda: full_data)
    yield TestClient(Starlette(routes=viewer.routes()), base_url="http://127.0.0.1:8501")
    viewer.close()


def test_the_server_starts_without_what_reads_slides():
    late = ("large_image", "tifffile", "openslide", "duckdb", "scipy", "dashboard.viewer.routes")
    code = f"import sys, dashboard.app; sys.exit(', '.join(one for one in {late!r} if one in sys.modules) or None)"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_slides_are_found_below_the_mount(client: TestClient):
    assert client.get("/slides/0123/info").json() == {
        "error": "there is no such slide in the newest catalogue; open the page again"
    }


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8501", ""])
def test_slides_are_not_given_to_those_who_ask_by_another_name(client: TestClient, host: str):
    assert client.get("/slides/0123/info", headers={"Host": host}).status_code == 403


@pytest.mark.skipif(not SCRIPTS, reason="the front end is not there")
def test_files_of_the_front_end_are_kept_by_browsers_for_as_long_as_they_stay_the_same(client: TestClient):
    for name in SCRIPTS:
        answer = client.get(f"/{address(name)}")
        assert answer.content == (FRONT / name).read_bytes()
        assert "javascript" in answer.headers["content-type"]
        assert "immutable" in answer.headers["cache-control"]
        plain = client.get(f"/viewer/{name}")
        assert plain.headers["cache-control"] == "no-cache"
        again = client.get(f"/viewer/{name}", headers={"If-None-Match": plain.headers["etag"]})
        assert again.status_code == 304 and not again.content


@pytest.mark.parametrize(
    "name", ["..%2frouter.py", "%2e%2e/routes.py", "..%5croutes.py", "%2fetc%2fpasswd", "a%00b", "", "."]
)
def test_no_other_file_is_served(client: TestClient, name: str):
    assert client.get(f"/viewer/{name}").status_code == 404
