"""The API before anything is predicted: off unless enabled, closed without a token, true to its own document."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from core.results import publish
from dashboard.access import tokens
from dashboard.access.roles import Role
from dashboard.api.document import V1, document
from dashboard.api.mounted import Api
from dashboard.api.routes import ApiRoutes
from dashboard.cases.folder import CaseFolder, all_cases
from dashboard.cases.request import Request
from dashboard.server.gate import Gate

SOME_CASE = "0" * 32


def enabled(data: Path, extra: str = "") -> None:
    path = data / "access.toml"
    path.write_text(f"[api]\nenabled = true\n{extra}")
    path.chmod(0o600)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    publish(tmp_path)
    return tmp_path


@pytest.fixture
def client(data: Path) -> Iterator[TestClient]:
    app = Starlette(routes=Api(lambda: data).routes(), middleware=[Middleware(Gate, data=lambda: data)])
    with TestClient(app, client=("127.0.0.1", 5000)) as client:
        yield client


def headers(data: Path, role: Role = "analyst", name: str = "") -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.new_token(data, name or role, role=role, days=1)}"}


def held(answer: dict[str, Any], schema: str) -> None:
    """Whether an answer is what the document says of it."""
    described = document(version="0")
    jsonschema.validate(answer, {"$ref": f"#/components/schemas/{schema}", "components": described["components"]})


def test_the_document_is_openapi_and_names_every_route(data: Path) -> None:
    described = document(version="0.1.0")
    validate(described)
    routes = {
        (route.path, method.lower())
        for route in ApiRoutes(lambda: data).router().routes
        for method in route.methods - {"HEAD"}  # type: ignore[attr-defined]
    }
    methods = ("get", "post", "delete")
    told = {(path, method) for path, item in described["paths"].items() for method in item if method in methods}
    assert routes == told


@pytest.mark.parametrize("path", ["/healthz", f"{V1}/openapi.json", f"{V1}/bundles", f"{V1}/predict/{SOME_CASE}"])
def test_it_is_off_unless_it_is_enabled(client: TestClient, data: Path, path: str) -> None:
    answer = client.get(path, headers=headers(data, "admin"))
    assert answer.status_code == 404 and "the API is off" in answer.json()["error"]
    held(answer.json(), "Error")
    assert client.post(f"{V1}/predict", headers=headers(data, "analyst")).status_code == 404


def test_health_and_the_document_need_no_token(client: TestClient, data: Path) -> None:
    enabled(data)
    assert client.get("/healthz").json() == {"status": "ok"}
    validate(client.get(f"{V1}/openapi.json").json())


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{V1}/bundles"),
        ("POST", f"{V1}/predict"),
        ("GET", f"{V1}/predict/{SOME_CASE}"),
        ("DELETE", f"{V1}/predict/{SOME_CASE}"),
        ("GET", f"{V1}/predict/{SOME_CASE}/files/case.pdf"),
    ],
)
def test_all_else_needs_a_token_whose_role_may(client: TestClient, data: Path, method: str, path: str) -> None:
    enabled(data)
    for wrong in ({}, {"Authorization": "Bearer acinus_wrong"}, {"Authorization": "Basic x"}):
        answer = client.request(method, path, headers=wrong)
        assert answer.status_code == 401 and answer.headers["WWW-Authenticate"] == "Bearer"
        held(answer.json(), "Error")
    viewer = client.request(method, path, headers=headers(data, "viewer"))
    assert viewer.status_code == (200 if path.endswith("bundles") else 403)


def test_a_cookie_opens_nothing(client: TestClient, data: Path) -> None:
    enabled(data)
    assert client.get(f"{V1}/bundles", headers={"Cookie": "_streamlit_user=x"}).status_code == 401


@pytest.mark.parametrize(
    ("fields", "files", "sentence"),
    [
        ({}, {}, "either bundle or run"),
        ({"bundle": "a.acinus", "run": "b"}, {}, "either bundle or run"),
        ({"bundle": "../../etc/passwd"}, {}, "no bundle of that name"),
        ({"bundle": "x.acinus' OR 1=1"}, {}, "no bundle of that name"),
        ({"run": "gone"}, {}, "there is no run"),
        ({"run": "../.."}, {}, "is not allowed"),
        ({"run": "r", "evil": "1"}, {}, "no such field"),
        ({"run": "r" * 1001}, {}, "more than 1,000 letters"),
        ({"run": "r", "wait": "soon"}, {}, "wait must be a number"),
        ({"run": "r", "um_per_px": "nan"}, {}, ""),
        ({}, {"run": ("r", b"r")}, "a field of text"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_sentence_and_nothing_is_kept(
    client: TestClient, data: Path, fields: dict[str, str], files: dict[str, Any], sentence: str
) -> None:
    enabled(data)
    answer = client.post(
        f"{V1}/predict", data=fields, files={"expression": ("e.tsv", b"gene\tS\nTP53\t1\n"), **files},
        headers=headers(data),
    )  # fmt: skip
    assert answer.status_code == 400 and sentence in answer.json()["error"]
    assert "Traceback" not in answer.text and not all_cases(data)


def test_too_much_is_refused_before_it_is_read(client: TestClient, data: Path) -> None:
    enabled(data, "upload_mb = 1\n")
    mine = headers(data)
    big = client.post(f"{V1}/predict", files={"slide": ("s.tif", b"II*\0" + bytes(3_000_000))}, headers=mine)
    assert big.status_code == 413 and "at most 1 MB" in big.json()["error"]

    def lies() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="slide"; filename="s.tif"\r\n\r\n'
        for _ in range(4):
            yield bytes(1_000_000)

    typed = {**mine, "Content-Type": "multipart/form-data; boundary=b"}
    unsized = client.post(f"{V1}/predict", content=lies(), headers=typed)
    assert unsized.status_code == 400 and "Content-Length" in unsized.json()["error"]
    assert not all_cases(data)


def test_a_disk_without_room_is_told_before_anything_is_read(
    client: TestClient, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enabled(data)
    full = type("Usage", (), {"free": 1_000_000_100})
    monkeypatch.setattr("dashboard.api.routes.shutil.disk_usage", lambda _: full)
    answer = client.post(f"{V1}/predict", files={"slide": ("s.tif", b"II*\0" + bytes(100))}, headers=headers(data))
    assert answer.status_code == 507 and "no room" in answer.json()["error"]


def test_a_case_of_somebody_else_is_as_good_as_none(client: TestClient, data: Path) -> None:
    enabled(data)
    case = CaseFolder.new(data)
    case.write(Request(run="r", by="token:other"))
    path = f"{V1}/predict/{case.id}"
    mine, admin = headers(data, "analyst"), headers(data, "admin")
    assert client.get(path, headers=mine).status_code == 404
    assert client.delete(path, headers=mine).status_code == 404
    assert client.get(path, headers=admin).status_code == 200
    held(client.get(path, headers=admin).json(), "Case")
    assert client.delete(path, headers=admin).status_code == 204 and not all_cases(data)


@pytest.mark.parametrize(
    "name", ["../request.json", "..%2Frequest.json", "request.json", "log.txt", "case.pdf%00", "/etc/passwd"]
)
def test_no_file_but_those_of_a_prediction_is_given(client: TestClient, data: Path, name: str) -> None:
    enabled(data)
    case = CaseFolder.new(data)
    case.write(Request(run="r", by="token:analyst"))
    case.result.mkdir()
    (case.result / "log.txt").write_text("x")
    answer = client.get(f"{V1}/predict/{case.id}/files/{name}", headers=headers(data))
    assert answer.status_code in (400, 404) and "by" not in answer.text.replace("byte", "")


def test_the_audit_log_tells_which_token_did_what(client: TestClient, data: Path) -> None:
    enabled(data)
    case = CaseFolder.new(data)
    case.write(Request(run="r", by="token:analyst"))
    client.delete(f"{V1}/predict/{case.id}", headers=headers(data))
    line = json.loads((data / "audit" / "log.jsonl").read_text().splitlines()[-1])
    assert (line["who"], line["action"], line["case"]) == ("token:analyst", "case deleted", case.id)


def test_another_machine_is_refused_where_nobody_signs_in(data: Path) -> None:
    enabled(data)
    app = Starlette(routes=Api(lambda: data).routes(), middleware=[Middleware(Gate, data=lambda: data)])
    with TestClient(app, client=("192.168.0.9", 5000)) as far:
        answer = far.get("/healthz")
        assert answer.status_code == 403 and re.search("only this machine", answer.json()["error"])
