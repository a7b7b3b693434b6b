"""What the viewer's routes give, to whom, and what they never tell."""

import asyncio
import io
import json
import os
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request as Asking
from urllib.request import urlopen

import h5py
import numpy as np
import PIL.Image
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from core.results import Store
from dashboard.viewer.known import find, ids, slide_id
from dashboard.viewer.readers import MOST
from dashboard.viewer.routes import SlideRoutes
from dashboard.views.attention import maps, slide_parts, tile_weights
from tests.dashboard.browser.browsing import served
from tests.dashboard.viewer.kinds import write_picture, write_with_tables
from tests.slides.conftest import paint
from tests.slides.formats.test_aperio import write_svs

VIEWERS, TILES, FEW_TILES = 20, 100, 4


@contextmanager
def asking(data: Path) -> Iterator[TestClient]:
    """Who asks for slides of a data folder."""
    slides = SlideRoutes(lambda asked: find(data, asked))
    yield TestClient(Starlette(routes=[Mount("/slides", app=slides.router())]))
    slides.readers.close()
    assert slides.readers.number == 0, "no answer keeps a slide to itself"


@contextmanager
def opened(data: Path) -> Iterator[Store]:
    store = Store.open(data)
    assert store is not None
    yield store
    store.close()


@pytest.fixture(scope="module")
def client(full_data: Path) -> Iterator[TestClient]:
    with asking(full_data) as found:
        yield found


@pytest.fixture(scope="module")
def patient(full_data: Path) -> str:
    """One with two slides."""
    with opened(full_data) as store:
        patients = [key[2] for key in store.slide_keys("run-0")]
    return next(one for one in patients if patients.count(one) == 2)


@pytest.fixture(scope="module")
def slides(full_data: Path, patient: str) -> tuple[str, ...]:
    with opened(full_data) as store:
        return tuple(slide for _, slide in ids(store, "run-0", patient))


def test_a_slide_is_described_by_its_size_its_tiles_and_its_resolution(client: TestClient, slides: tuple[str, ...]):
    assert client.get(f"/slides/{slides[0]}/info").json() == {
        "width": 448,
        "height": 336,
        "tile_px": 256,
        "levels": 2,
        "tiles_from": "tiff",
        "um_per_px": 1.0,
        "quality": True,
        "grid": True,
    }


def test_attention_is_that_of_the_fold_that_tested_the_patient(
    client: TestClient, slides: tuple[str, ...], full_data: Path, patient: str
):
    with opened(full_data) as store:
        run = store.run_folder("run-0")
    found = run.explanation("fused", patient)
    assert found is not None
    counts = [len(slide.origins) for slide in run.slides(patient)]
    told = client.get(f"/slides/{slides[1]}/maps/fused/0").json()
    assert tuple(told["tokens"]) == maps(found)
    assert patient in next(fold for fold in run.folds() if fold.index == told["fold"]).test
    largest = 0.0
    for place, name in enumerate(told["tokens"]):
        sent = np.frombuffer(client.get(f"/slides/{slides[1]}/maps/fused/0/{place}.bin").content, "<f4")
        np.testing.assert_allclose(sent, slide_parts(tile_weights(found, name), counts)[1], rtol=1e-5)
        largest = max(largest, float(sent.max()))
    assert told["largest"] == largest


def test_tiles_of_the_grid_lie_where_the_run_keeps_them(
    client: TestClient, slides: tuple[str, ...], full_data: Path, patient: str
):
    with opened(full_data) as store:
        kept = store.run_folder("run-0").slides(patient)[0]
    assert client.get(f"/slides/{slides[0]}/grid").json() == {"side_px": kept.side_px, "tiles": len(kept.origins)}
    sent = np.frombuffer(client.get(f"/slides/{slides[0]}/grid.bin").content, "<i4").reshape(-1, 2)
    np.testing.assert_array_equal(sent, kept.origins)


def test_the_quality_mask_is_a_picture_that_lets_the_slide_through(client: TestClient, slides: tuple[str, ...]):
    answer = client.get(f"/slides/{slides[0]}/quality.png")
    assert answer.headers["content-type"] == "image/png"
    with PIL.Image.open(io.BytesIO(answer.content)) as image:
        assert image.mode == "RGBA"


def test_a_picture_that_the_browser_has_is_not_sent_again(client: TestClient, slides: tuple[str, ...]):
    for part in ("info", "tiles/0/0_0.jpg", "thumbnail.jpg", "quality.png", "grid.bin", "maps/fused/0/1.bin"):
        first = client.get(f"/slides/{slides[0]}/{part}")
        assert first.status_code == 200 and "private" in first.headers["cache-control"]
        again = client.get(f"/slides/{slides[0]}/{part}", headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304 and not again.content


def test_tags_are_known_in_every_way_that_http_names_them_and_no_other_is(client: TestClient, slides: tuple[str, ...]):
    address = f"/slides/{slides[0]}/info"
    tag = client.get(address).headers["etag"]
    for named in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        assert client.get(address, headers={"If-None-Match": named}).status_code == 304
    for named in ('"other"', tag.strip('"'), ""):
        assert client.get(address, headers={"If-None-Match": named}).status_code == 200


def test_a_tag_is_answered_without_opening_the_slide(full_data: Path, slides: tuple[str, ...], client: TestClient):
    address = f"/slides/{slides[0]}/tiles/0/0_0.jpg"
    tag = client.get(address).headers["etag"]
    fresh = SlideRoutes(lambda asked: find(full_data, asked))
    asking_again = TestClient(Starlette(routes=[Mount("/slides", app=fresh.router())]))
    assert asking_again.get(address, headers={"If-None-Match": tag}).status_code == 304
    assert fresh.readers.number == 0
    assert asking_again.head(address).status_code == 200
    assert fresh.readers.number == 1
    fresh.readers.close()


HOSTILE = (
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "a%00b",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "C:\\x",
    "'; DROP TABLE slides",
    "*",
    "a" * 9999,
    "%ff%fe",
    "%2e%2e",
    "%2e%2e%2f%2e%2e%2fcatalog.json",
    "%252e%252e%252f",
)
PARTS = ("info", "tiles/0/0_0.jpg", "thumbnail.jpg", "quality.png", "grid", "grid.bin", "maps/fused/0")


@pytest.mark.parametrize("asked", HOSTILE)
@pytest.mark.parametrize("part", PARTS)
def test_only_ids_of_the_catalogue_are_answered(full_data: Path, asked: str, part: str):
    routes = SlideRoutes(lambda named: find(full_data, named))
    answer = TestClient(Starlette(routes=[Mount("/slides", app=routes.router())])).get(f"/slides/{asked}/{part}")
    assert answer.status_code == 404 and set(answer.json()) == {"error"}
    assert routes.readers.number == 0, "nothing was opened"


@pytest.mark.parametrize("part", PARTS)
def test_no_path_is_followed_however_it_is_written(full_data: Path, part: str):
    routes = SlideRoutes(lambda named: find(full_data, named))
    app = Starlette(routes=[Mount("/slides", app=routes.router())])
    file = next(iter(sorted((full_data / "slides").iterdir())))
    for named in (
        "..",
        "../../etc/passwd",
        "\0",
        str(file),
        f"/{file}",
        f"../slides/{file.name}",
        file.name,
        file.stem,
    ):
        status, body = asyncio.run(_as_written(app, f"/slides/{named}/{part}"))
        assert status == 404 and str(file) not in body and file.stem not in body
    assert routes.readers.number == 0, "nothing was opened"


async def _as_written(app: Starlette, path: str) -> tuple[int, str]:
    """What is answered to a path that no client has put in order."""
    sent: list[Any] = []
    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": path, "root_path": "",
        "raw_path": path.encode(), "query_string": b"", "headers": [(b"host", b"localhost")],
    }  # fmt: skip

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]).decode()


@pytest.mark.parametrize(
    "part",
    [
        "tiles/2/0_0.jpg",
        "tiles/1/9_0.jpg",
        "tiles/1/0_9.jpg",
        "tiles/-1/0_0.jpg",
        "tiles/1/-1_0.jpg",
        "tiles/1/0_-1.jpg",
        "tiles/99999999999999999999/0_0.jpg",
        "tiles/1/99999999999999999999_0.jpg",
        f"tiles/1/{'9' * 5000}_0.jpg",
        "tiles/x/0_0.jpg",
        "tiles/²/0_0.jpg",
        "tiles/1.0/0_0.jpg",
        "tiles/1/0_0.png",
        "tiles/1/0_0_0.jpg",
        "tiles/%00/0_0.jpg",
        "maps/fused/7",
        "maps/fused/-1",
        f"maps/fused/{'9' * 5000}",
        "maps/nobody/0",
        "maps/genes/0",
        "maps/..%2f..%2frun.json/0",
        "maps/fused/0/99.bin",
        "maps/fused/0/-1.bin",
        "maps/fused/0/x.bin",
        "",
        "info/",
        "label.jpg",
    ],
)
def test_what_is_not_there_is_said_to_be_not_there(client: TestClient, slides: tuple[str, ...], part: str):
    answer = client.get(f"/slides/{slides[0]}/{part}")
    assert answer.status_code == 404 and set(answer.json()) == {"error"}
    assert "no-store" in answer.headers["cache-control"]


def test_nothing_but_reading_is_allowed(client: TestClient, slides: tuple[str, ...]):
    for method in ("post", "put", "delete", "patch"):
        assert getattr(client, method)(f"/slides/{slides[0]}/info").status_code == 405


def test_a_slide_of_another_store_or_of_a_run_made_anew_is_unknown(client: TestClient, full_data: Path):
    with opened(full_data) as store:
        key = store.slide_keys()[0]
    assert client.get(f"/slides/{slide_id(*key)}/info").status_code == 200
    for changed in (("run-9", *key[1:]), (key[0], "2031-01-01", *key[2:]), (*key[:4], "features/other.h5")):
        assert client.get(f"/slides/{slide_id(*changed)}/info").status_code == 404


def test_a_slide_file_that_went_away_is_told_in_a_sentence_without_its_name(
    full_data: Path, tmp_path: Path, patient: str, slides: tuple[str, ...]
):
    data = shutil.copytree(full_data, tmp_path / "data")
    with asking(data) as client:
        assert client.get(f"/slides/{slides[0]}/tiles/1/0_0.jpg").status_code == 200
        for file in (data / "slides").iterdir():
            file.unlink()
        answer = client.get(f"/slides/{slides[0]}/tiles/1/0_0.jpg")
        kept = client.get(f"/slides/{slides[0]}/grid")
    assert answer.status_code == 404 and "put it back" in answer.json()["error"]
    assert patient not in answer.text and str(tmp_path) not in answer.text
    assert kept.status_code == 200, "what the run keeps is still there"


@pytest.mark.parametrize("kept", ["features", "runs"])
def test_what_is_damaged_is_told_in_a_sentence_without_names(
    full_data: Path, tmp_path: Path, patient: str, slides: tuple[str, ...], kept: str
):
    data = shutil.copytree(full_data, tmp_path / "data")
    for file in [path for path in (data / kept).rglob("*") if path.is_file()]:
        file.write_bytes(b"damaged")
    with asking(data) as client:
        for part in ("quality.png",) if kept == "features" else ("grid", "grid.bin", "maps/fused/0", "info"):
            answer = client.get(f"/slides/{slides[0]}/{part}")
            assert answer.status_code == 404
            assert patient not in answer.text and str(tmp_path) not in answer.text and ".h5" not in answer.text


def test_a_damaged_slide_is_told_in_a_sentence_without_its_name(
    full_data: Path, tmp_path: Path, patient: str, slides: tuple[str, ...]
):
    data = shutil.copytree(full_data, tmp_path / "data")
    for file in (data / "slides").iterdir():
        file.write_bytes(file.read_bytes()[:500])
    with asking(data) as client:
        for part in ("info", "tiles/0/0_0.jpg", "thumbnail.jpg"):
            answer = client.get(f"/slides/{slides[0]}/{part}")
            assert answer.status_code == 404 and "Data page" in answer.json()["error"]
            assert patient not in answer.text


def test_features_of_other_programs_have_no_quality_mask(full_data: Path, tmp_path: Path, slides: tuple[str, ...]):
    data = shutil.copytree(full_data, tmp_path / "data")
    for file in (data / "features").rglob("*.h5"):
        with h5py.File(file, "r+") as hdf:
            del hdf["thumbnail"]
    with asking(data) as client:
        assert client.get(f"/slides/{slides[0]}/info").json()["quality"] is False
        answer = client.get(f"/slides/{slides[0]}/quality.png")
        assert answer.status_code == 404 and "extract" in answer.json()["error"]


def test_a_changed_slide_file_is_not_answered_from_what_was_kept(
    full_data: Path, tmp_path: Path, slides: tuple[str, ...]
):
    data = shutil.copytree(full_data, tmp_path / "data")
    with asking(data) as client:
        before = client.get(f"/slides/{slides[0]}/tiles/0/0_0.jpg")
        *files, other = sorted((data / "slides").iterdir())
        for file in files:
            shutil.copy(other, file)
        after = client.get(f"/slides/{slides[0]}/tiles/0/0_0.jpg", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200 and after.content != before.content


@pytest.mark.slow
def test_twenty_viewers_at_once_are_all_answered_from_a_bounded_number_of_open_slides(full_data: Path, tmp_path: Path):
    data = shutil.copytree(full_data, tmp_path / "data")
    with opened(data) as store:
        keys = store.slide_keys("run-0")
    assert len(keys) > MOST + 1
    # one whose tiles are sent as they are, one of JPEG 2000, which is slow to decode, one picture in one piece
    files = [data / "slides" / f"{key[3]}.tiff" for key in keys]
    scan = paint(2048, 1536, tissue=(200, 200, 1800, 1300))
    write_with_tables(files[0], scan, tile=256)
    write_svs(files[1], codec="J2K/KDU")
    write_picture(tmp_path / "a.png").rename(files[2])
    known, start = [slide_id(*key) for key in keys], threading.Barrier(VIEWERS)

    def look(viewer: int, address: str) -> list[int]:
        start.wait(30)
        found: list[int] = []
        # all look at the first three, then each at some of their own
        for slide in (known[viewer % 3], *known[3 + viewer :: VIEWERS]):
            told = json.loads(urlopen(f"{address}/slides/{slide}/info", timeout=60).read())
            count = TILES if slide in known[:3] else FEW_TILES
            found += [_status(f"{address}/slides/{slide}/tiles/{place}.jpg") for place in walk(told, viewer, count)]
        return found

    with served(data) as address, ThreadPoolExecutor(VIEWERS) as pool:
        found = list(pool.map(lambda viewer: look(viewer, address), range(VIEWERS)))
        still_open = _open_files(data / "slides")
    assert {status for one in found for status in one} == {200}
    assert sum(len(one) for one in found) >= VIEWERS * TILES
    # the one that large_image reads may still be held by it, until Python collects what is no longer used
    assert still_open is None or 0 < still_open <= MOST + 1


def _open_files(folder: Path) -> int | None:
    """How many slides of a folder the processes that this one started hold open; None where nobody can say."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    if not children.is_file():
        return None
    links = [link for child in children.read_text().split() for link in Path(f"/proc/{child}/fd").iterdir()]
    # large_image opens a slide once for each of its levels
    return len({slide for link in links if link.is_symlink() and folder in (slide := link.readlink()).parents})


def walk(told: dict[str, int], seed: int, count: int) -> Iterator[str]:
    """Tiles that somebody looks at, at random."""
    random = np.random.default_rng(seed)
    for _ in range(count):
        level = int(random.integers(told["levels"]))
        side = told["tile_px"] * 2 ** (told["levels"] - 1 - level)
        column, row = (int(random.integers(-(-told[name] // side))) for name in ("width", "height"))
        yield f"{level}/{column}_{row}"


def _status(url: str) -> int:
    try:
        with urlopen(Asking(url), timeout=60) as answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.read(3) == b"\xff\xd8\xff"
            return int(answer.status)
    except HTTPError as error:
        return error.code
