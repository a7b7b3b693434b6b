"""A case asked about by the API of a real server: the same numbers as by command, and nothing left after deleting."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import jsonschema
import pytest

from dashboard.access import tokens
from dashboard.api.document import V1, document
from tests.dashboard.browser.browsing import served
from tests.serving.test_prediction import timeless
from tests.trained import RUN, TrainedStore, core

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("trained-store")]


@pytest.fixture(scope="module")
def client(trained_store: TrainedStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Of a server whose API is enabled, with a bundle in its folder."""
    data = trained_store.data
    (data / "bundles").mkdir(exist_ok=True)
    frozen = data / "bundles" / "frozen.acinus"
    if not frozen.exists():
        assert core("-m", "core", "bundle", "--run", RUN, "--data", data, "--out", frozen).returncode == 0
    access = tmp_path_factory.mktemp("access") / "access.toml"
    access.write_text("[api]\nenabled = true\n")
    access.chmod(0o600)
    token = tokens.new_token(data, f"test-{access.parent.name}", role="analyst", days=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACINUS_ACCESS", str(access))
        with (
            served(data) as address,
            httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=120) as client,
        ):
            yield client


def followed(client: httpx.Client, begun: httpx.Response) -> dict[str, object]:
    assert begun.status_code in (200, 202), begun.text
    case = begun.json()
    while case["state"] == "running":
        case = client.get(f"{V1}/predict/{case['id']}", params={"wait": 30}).json()
    described = document(version="0")
    jsonschema.validate(case, {"$ref": "#/components/schemas/Case", "components": described["components"]})
    return case


def test_the_same_case_gives_the_same_numbers_by_api_and_by_command(
    client: httpx.Client, trained_store: TrainedStore, tmp_path: Path
) -> None:
    (bundle,) = client.get(f"{V1}/bundles").json()["bundles"]
    assert bundle["name"] == "frozen.acinus" and bundle["reads_slides"] and bundle["metrics"]
    with trained_store.slide.open("rb") as slide, trained_store.expression.open("rb") as expression:
        begun = client.post(
            f"{V1}/predict",
            data={"bundle": bundle["name"], "wait": "1"},
            files={"slide": ("../../patient name.tif", slide), "expression": ("x.tsv", expression)},
        )
    assert begun.headers["Location"] == f"{V1}/predict/{begun.json()['id']}"
    case = followed(client, begun)
    assert case["state"] == "done", case["problem"]
    out = tmp_path / "case"
    ended = core(
        "-m", "core", "predict", "--bundle", trained_store.data / "bundles" / "frozen.acinus", "--data",
        trained_store.data, "--out", out, "--slide", trained_store.slide, "--expression", trained_store.expression,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert timeless(case["prediction"]) == timeless(json.loads((out / "prediction.json").read_text()))
    home = f"{V1}/predict/{case['id']}"
    assert set(case["files"]) >= {"overlay.png", "tiles.geojson", "tiles.csv", "case.pdf", "prediction.json"}
    for name in case["files"]:
        content = client.get(f"{home}/files/{name}").content
        # of a page of PDF and of an answer, the moment differs
        if name not in ("case.pdf", "prediction.json"):
            assert content == (out / name).read_bytes()
    assert client.delete(home).status_code == 204
    assert client.get(home).status_code == 404
    assert not list(trained_store.data.rglob(f"*{case['id']}*.tif"))


def test_a_question_is_asked_by_name_of_the_field(client: httpx.Client, trained_store: TrainedStore) -> None:
    table = trained_store.cohort / "expression.tsv.gz"
    begun = client.post(
        f"{V1}/predict", data={"run": RUN, "wait": "60"}, files={"expression": ("e.tsv.gz", table.read_bytes())}
    )
    case = followed(client, begun)
    assert case["state"] == "failed"
    (asked,) = [one for one in case["checks"] if one["asks"]]
    assert asked["asks"] == "sample" and trained_store.sample in asked["choices"]
    answered = client.post(
        f"{V1}/predict",
        data={"run": RUN, "wait": "60", "sample": trained_store.sample},
        files={"expression": ("e.tsv.gz", table.read_bytes())},
    )
    assert followed(client, answered)["state"] == "done"


def test_a_slide_of_the_intake_folder_needs_no_upload(client: httpx.Client, trained_store: TrainedStore) -> None:
    intake = trained_store.data / "intake" / "today"
    intake.mkdir(parents=True, exist_ok=True)
    (intake / "s.tif").write_bytes(trained_store.slide.read_bytes())
    for wrong in ("../../etc/passwd", "today/../../x.tif", "/etc/passwd", "today/gone.tif"):
        refused = client.post(f"{V1}/predict", data={"run": RUN, "intake_slide": wrong}, files={"x": b""})
        assert refused.status_code == 400, refused.text
    begun = client.post(
        f"{V1}/predict",
        data={"run": RUN, "intake_slide": "today/s.tif", "wait": "60"},
        files={"expression": ("e.tsv", trained_store.expression.read_bytes())},
    )
    case = followed(client, begun)
    assert case["state"] == "done", case["problem"]
    client.delete(f"{V1}/predict/{case['id']}")
    assert (intake / "s.tif").exists(), "what lies in the intake folder is never touched"
